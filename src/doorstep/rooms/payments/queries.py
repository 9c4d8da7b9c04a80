"""What other rooms and pages ask about money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from doorstep.kernel.errors import NotFound
from doorstep.kernel.tallies import Tally, read_tally
from doorstep.rooms.payments.contracts import (
    CallKind,
    CallState,
    CallTrouble,
    ChargeView,
    LinkView,
    RefundState,
    RefundView,
)
from doorstep.rooms.payments.models import Call, Charge, PaymentLink, Refund
from doorstep.rooms.payments.ports import label_of
from doorstep.rooms.payments.views import charge_view, link_view, refund_view
from doorstep.rooms.stores import api as stores

TROUBLED = Q(state=CallState.PARKED) | Q(state=CallState.DUE, attempts__gt=1) & ~Q(words="")


def get_charge(charge_id: UUID) -> ChargeView:
    """Return one charge. :raises NotFound: the store has no such charge."""
    row = Charge.objects.filter(id=charge_id).first()
    if row is None:
        raise NotFound("There is no such payment.")
    return charge_view(row)


def get_refund(refund_id: UUID) -> RefundView:
    """Return one refund. :raises NotFound: the store has no such refund."""
    row = Refund.objects.filter(id=refund_id).first()
    if row is None:
        raise NotFound("There is no such refund.")
    return refund_view(row)


def get_link(link_id: UUID) -> LinkView:
    """Return one request to pay. :raises NotFound: the store has no such request."""
    row = PaymentLink.objects.filter(id=link_id).first()
    if row is None:
        raise NotFound("There is no such payment link.")
    return link_view(row, stores.get_store())


def list_charges(subjects: Sequence[str]) -> dict[str, list[ChargeView]]:
    """Return the charges of each subject, newest first, with one query."""
    found: dict[str, list[ChargeView]] = {subject: [] for subject in subjects}
    rows = Charge.objects.filter(subject__in=found).order_by("-charged_at", "-id")
    for row in rows:
        found[row.subject].append(charge_view(row))
    return found


def list_refunds(subjects: Sequence[str]) -> dict[str, list[RefundView]]:
    """Return the refunds of each subject, newest first, with one query."""
    found: dict[str, list[RefundView]] = {subject: [] for subject in subjects}
    for row in Refund.objects.filter(subject__in=found).order_by("-requested_at", "-id"):
        found[row.subject].append(refund_view(row))
    return found


def list_links(subjects: Sequence[str]) -> dict[str, list[LinkView]]:
    """Return the requests to pay of each subject, newest first, with two queries."""
    found: dict[str, list[LinkView]] = {subject: [] for subject in subjects}
    store = stores.get_store()
    for row in PaymentLink.objects.filter(subject__in=found).order_by("-requested_at", "-id"):
        found[row.subject].append(link_view(row, store))
    return found


def list_refunds_by_hand(*, limit: int = 100, before: datetime | None = None) -> list[RefundView]:
    """List the refunds that wait for a person, newest first."""
    rows = Refund.objects.filter(state=RefundState.NEEDS_PERSON)
    if before is not None:
        rows = rows.filter(requested_at__lt=before)
    return [refund_view(row) for row in rows.order_by("-requested_at", "-id")[:limit]]


REFUNDS_BY_HAND = Tally(
    f"""
    SELECT count(*) FROM payments_refund
    WHERE store_id = %(store)s AND state = '{RefundState.NEEDS_PERSON}'
    """  # noqa: S608 (only a constant is put into the text)
)
# The same as TROUBLED.
ASKED_IN_VAIN = Tally(
    f"""
    SELECT count(*) FROM payments_call
    WHERE store_id = %(store)s
      AND (state = '{CallState.PARKED}'
           OR (attempts > 0 AND state = '{CallState.DUE}'))
      AND (state = '{CallState.PARKED}' OR (attempts > 1 AND words <> ''))
    """  # noqa: S608 (only constants are put into the text)
)


def count_refunds_by_hand() -> int:
    """Count the refunds that wait for a person."""
    return read_tally(REFUNDS_BY_HAND)


def list_troubles(*, limit: int = 100) -> list[CallTrouble]:
    """List what vendors were asked in vain, newest first, with four queries."""
    calls = list(Call.objects.filter(TROUBLED).order_by("-made_at", "-id")[:limit])
    about: dict[UUID, Charge | Refund | PaymentLink] = {}
    by_kind: dict[type[Charge | Refund | PaymentLink], list[UUID]] = defaultdict(list)
    for call in calls:
        by_kind[_MODELS[CallKind(call.kind)]].append(call.row_id)
    for model, ids in by_kind.items():  # three kinds at most
        about |= {row.id: row for row in model.objects.filter(id__in=ids)}
    return [_trouble(call, about[call.row_id]) for call in calls]


_MODELS: dict[CallKind, type[Charge | Refund | PaymentLink]] = {
    CallKind.REFUND: Refund,
    CallKind.OPEN_LINK: PaymentLink,
    CallKind.CLOSE_LINK: PaymentLink,
    CallKind.LOOK_AT_LINK: PaymentLink,
    CallKind.CAPTURE: Charge,
    CallKind.VOID: Charge,
}


def _trouble(call: Call, row: Charge | Refund | PaymentLink) -> CallTrouble:
    return CallTrouble(
        id=call.id,
        kind=CallKind(call.kind),
        provider=row.provider,
        provider_label=label_of(row.provider),
        subject=row.subject,
        currency=row.currency,
        amount_minor=row.amount_minor,
        attempts=call.attempts,
        words=call.words,
        state=CallState(call.state),
        due_at=call.due_at,
        first_asked_at=call.first_asked_at,
    )
