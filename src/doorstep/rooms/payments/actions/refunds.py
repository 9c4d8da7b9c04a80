"""Giving money back: the wish, and what a person says became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from doorstep.kernel import audit, money
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.payments import outcomes
from doorstep.rooms.payments.calls.asking import ask
from doorstep.rooms.payments.contracts import CallKind, ChargeState, RefundState, RefundView
from doorstep.rooms.payments.models import Charge, Refund
from doorstep.rooms.payments.ports import LinkProvider, find_provider
from doorstep.rooms.payments.views import refund_view

_REFUSALS = {
    ChargeState.AUTHORIZED: "This money is only held, not taken. Let the hold go instead.",
    ChargeState.VOIDED: "The hold was let go: no money was taken.",
    ChargeState.FAILED: "This payment failed: no money was taken.",
    ChargeState.DISPUTED: (
        "The shopper’s bank has taken this payment back (a chargeback). Refunding it as well would "
        "pay twice; answer the chargeback at your payment provider instead."
    ),
}


def request_refund(
    *,
    charge_id: UUID,
    amount_minor: int,
    cause: str,
    key: str,
    reason: str,
    details: Mapping[str, Any] | None = None,
    by: Actor,
    at: datetime,
) -> RefundView:
    """Ask for so much of a charge to go back, once per charge and cause.

    Joins the caller's transaction; the vendor is asked after the commit. The same cause again
    answers what became of the first.

    :param details: what shop platforms want besides (see ``ports.RefundAsk``).
    :raises NotFound: no such charge.
    :raises Invalid: an amount the provider can't pay back.
    :raises Conflict: more than is left, not refundable (any more), or the same cause was asked for
        with another amount.
    """
    with transaction.atomic():
        charge = Charge.objects.select_for_update().filter(id=charge_id).first()
        if charge is None:
            raise NotFound("There is no such payment.")
        known = Refund.objects.filter(charge=charge, cause=cause).first()
        if known is not None:
            if known.amount_minor != amount_minor:
                raise Conflict(
                    "A refund for the same reason was asked for with another amount already.",
                    code="refund_repeated",
                )
            return refund_view(known)
        _check(charge, amount_minor)
        Charge.objects.filter(id=charge.id).update(
            refunded_minor=F("refunded_minor") + amount_minor
        )
        refund = Refund.objects.create(
            store_id=current_store_id(),
            charge=charge,
            subject=charge.subject,
            cause=cause,
            key=key,
            provider=charge.provider,
            currency=charge.currency,
            amount_minor=amount_minor,
            reason=reason,
            details=dict(details or {}),
            requested_at=at,
            requested_by=by.key,
        )
        ask(CallKind.REFUND, refund.id, at=at)
        return refund_view(refund)


def _check(charge: Charge, amount_minor: int) -> None:
    if amount_minor <= 0:
        raise Invalid("The amount must be more than nothing.", field="amount_minor")
    refusal = _REFUSALS.get(ChargeState(charge.state))
    if refusal:
        code = "charge_disputed" if charge.state == ChargeState.DISPUTED else "not_refundable"
        raise Conflict(refusal, code=code)
    left = charge.captured_minor - charge.refunded_minor
    if amount_minor > left:
        said = money.format_money(left, charge.currency, "en")
        raise Conflict(
            f"Only {said} of this payment can still be refunded.", field="amount_minor",
            code="more_than_left",
        )  # fmt: skip
    provider = find_provider(charge.provider)
    if isinstance(provider, LinkProvider):
        provider.check_amount(charge.currency, amount_minor)


@action(
    "payments.settle_refund",
    permission="money.move",
    summary="Say what became of a refund that a person had to make or look up",
)
def settle_refund(
    *,
    refund_id: UUID,
    external_id: str = "",
    failed_words: str = "",
    by: Actor,
    at: datetime,
) -> RefundView:
    """Record that a person has paid it back, or (with ``failed_words``) that it can't be.

    :param external_id: where it can be found again, such as the bank's reference.
    :raises NotFound: no such refund.
    :raises Conflict: it is not waiting for a person.
    """
    found = outcomes.lock_refund(refund_id)
    if found is None:
        raise NotFound("There is no such refund.")
    charge, refund = found
    if refund.state != RefundState.NEEDS_PERSON:
        raise Conflict("This refund is not waiting for anybody: it was settled, or is being made.")
    if external_id and _is_taken(refund, external_id.strip()):
        raise Conflict("Another refund has this reference already.", field="external_id")
    audit.note(subject=refund.subject, changes={"refund": [refund.state, _became(failed_words)]})
    if failed_words.strip():
        words = failed_words.strip()[:500]
        outcomes.refund_came_to_nothing(charge, refund, words=words, by=by, at=at)
    else:
        outcomes.refund_went_through(
            refund, external_id=external_id.strip()[:200], words="", by=by, at=at
        )
    return refund_view(refund)


def _became(failed_words: str) -> str:
    return RefundState.FAILED if failed_words.strip() else RefundState.SUCCEEDED


def _is_taken(refund: Refund, external_id: str) -> bool:
    others = Refund.objects.filter(provider=refund.provider, external_id=external_id)
    return others.exclude(id=refund.id).exists()
