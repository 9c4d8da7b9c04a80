"""What became of money: rows and events for what a vendor answered, reported, or a person said.

Whoever records an outcome holds the charge's row first, then the refund's or the link's, in a
transaction. Each function takes a state only where it may go from; a repeated outcome does nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import publish
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.payments.calls.asking import finish
from doorstep.rooms.payments.contracts import CallKind, ChargeState, LinkState, RefundState
from doorstep.rooms.payments.events import (
    ChargeCaptured,
    ChargeSucceeded,
    ChargeVoided,
    LinkEnded,
    RefundFailed,
    RefundSucceeded,
)
from doorstep.rooms.payments.models import Charge, PaymentLink, Refund
from doorstep.rooms.payments.models.link import OPEN_STATES
from doorstep.rooms.payments.models.refund import SETTLED
from doorstep.rooms.payments.ports import PaidLink

SYSTEM = Actor.system("payments")
# Card networks let online holds stand for seven days (Visa five since 2024, whose vendors say so by
# ending it earlier); the vendor's own report has the last word.
HOLD_LASTS = timedelta(days=7)

_LINK_CALLS = (CallKind.OPEN_LINK, CallKind.CLOSE_LINK, CallKind.LOOK_AT_LINK)


def _tell(event: Any, row: Charge | Refund | PaymentLink, by: Actor, at: datetime) -> None:
    publish(event, key=row.key, at=at, by=by, subject=row.subject)


def lock_charge(charge_id: UUID) -> Charge:
    """Hold a charge's row."""
    return Charge.objects.select_for_update().get(id=charge_id)


def lock_refund(refund_id: UUID) -> tuple[Charge, Refund] | None:
    """Hold a refund's charge and then the refund itself; None: no such refund."""
    found = Refund.objects.filter(id=refund_id).values_list("charge_id", flat=True).first()
    if found is None:
        return None
    charge = lock_charge(found)
    return charge, Refund.objects.select_for_update().get(id=refund_id)


def refund_went_through(
    refund: Refund, *, external_id: str, words: str, by: Actor, at: datetime
) -> None:
    """Record that money went back."""
    if refund.state in SETTLED:
        return
    refund.state = RefundState.SUCCEEDED
    refund.external_id = external_id or refund.external_id
    refund.words, refund.settled_at, refund.settled_by = words, at, by.key
    refund.save()
    finish(refund.id, [CallKind.REFUND], at=at)
    event = RefundSucceeded(
        refund.id, refund.charge_id, refund.subject, refund.cause, refund.provider,
        refund.external_id, refund.currency, refund.amount_minor,
    )  # fmt: skip
    _tell(event, refund, by, at)


def refund_came_to_nothing(
    charge: Charge, refund: Refund, *, words: str, by: Actor, at: datetime, external_id: str = ""
) -> None:
    """Record that no money went back, or that it came back later: the charge has it again."""
    if refund.state == RefundState.FAILED:
        return
    refund.state = RefundState.FAILED
    refund.external_id = external_id or refund.external_id
    refund.words, refund.settled_at, refund.settled_by = words, at, by.key
    refund.save()
    charge.refunded_minor -= refund.amount_minor
    Charge.objects.filter(id=charge.id).update(
        refunded_minor=F("refunded_minor") - refund.amount_minor
    )
    finish(refund.id, [CallKind.REFUND], at=at)
    event = RefundFailed(
        refund.id, refund.charge_id, refund.subject, refund.cause, refund.currency,
        refund.amount_minor, words,
    )  # fmt: skip
    _tell(event, refund, by, at)


def refund_needs_person(refund: Refund, *, words: str) -> None:
    """Leave it to a person to find out, or to do."""
    if refund.state not in SETTLED:
        refund.state, refund.words = RefundState.NEEDS_PERSON, words
        refund.save(update_fields=["state", "words"])


def link_was_paid(link: PaymentLink, paid: PaidLink, *, by: Actor, at: datetime) -> Charge:
    """Record a payment for a request, whatever the request's state: money is never ignored.

    A second payment for one request (two of its pages paid) is a second charge; who asked for it
    is told of both.
    """
    charge, is_new = Charge.objects.get_or_create(
        store_id=current_store_id(),
        provider=link.provider,
        external_id=paid.payment_id,
        cause=link.cause,
        defaults={
            "subject": link.subject,
            "key": link.key,
            "method_label": paid.method_label,
            "currency": paid.currency,
            "amount_minor": paid.amount_minor,
            "captured_minor": paid.amount_minor if paid.is_captured else 0,
            "state": ChargeState.CAPTURED if paid.is_captured else ChargeState.AUTHORIZED,
            "charged_at": paid.paid_at,
            "hold_ends_at": None if paid.is_captured else paid.paid_at + HOLD_LASTS,
            "by": by.key,
        },
    )
    if not is_new:
        return charge
    if link.state != LinkState.PAID:
        link.state, link.charge, link.ended_at, link.ending = LinkState.PAID, charge, at, ""
        link.save()
    finish(link.id, _LINK_CALLS, at=at)
    event = ChargeSucceeded(
        charge.id, link.subject, link.cause, charge.currency, charge.amount_minor,
        paid.is_captured,
    )  # fmt: skip
    _tell(event, link, by, at)
    return charge


def link_ended(
    link: PaymentLink, state: LinkState, *, by: Actor, at: datetime, problem: str = ""
) -> None:
    """Record that a request to pay is over, unpaid."""
    if link.state not in OPEN_STATES:
        return
    link.state, link.ending, link.ended_at, link.problem = state, "", at, problem
    link.save()
    finish(link.id, _LINK_CALLS, at=at)
    _tell(LinkEnded(link.id, link.subject, link.cause, state), link, by, at)


def hold_was_taken(charge: Charge, amount_minor: int, *, by: Actor, at: datetime) -> None:
    """Record that so much of a hold was taken; the rest of it is let go by the bank."""
    if charge.state != ChargeState.AUTHORIZED:
        return
    charge.state, charge.captured_minor = ChargeState.CAPTURED, amount_minor
    charge.wish, charge.wish_minor, charge.hold_ends_at = "", None, None
    charge.save()
    finish(charge.id, [CallKind.CAPTURE, CallKind.VOID], at=at)
    event = ChargeCaptured(
        charge.id, charge.subject, charge.cause, charge.currency, charge.captured_minor
    )
    _tell(event, charge, by, at)


def hold_ended(charge: Charge, *, words: str, by: Actor, at: datetime) -> None:
    """Record that a hold was let go, or ended by itself."""
    if charge.state != ChargeState.AUTHORIZED:
        return
    charge.state, charge.ended_at, charge.words = ChargeState.VOIDED, at, words
    charge.wish, charge.wish_minor, charge.hold_ends_at = "", None, None
    charge.save()
    finish(charge.id, [CallKind.CAPTURE, CallKind.VOID], at=at)
    _tell(ChargeVoided(charge.id, charge.subject, charge.cause), charge, by, at)
