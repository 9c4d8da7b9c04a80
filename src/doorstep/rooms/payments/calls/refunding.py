"""Ask a vendor to give money back, and record what it says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from doorstep.rooms.payments import outcomes
from doorstep.rooms.payments.calls.asking import finish
from doorstep.rooms.payments.calls.steps import LookLater, Park, Question, ready_provider
from doorstep.rooms.payments.contracts import CallKind, RefundState
from doorstep.rooms.payments.models import Call
from doorstep.rooms.payments.models.refund import SETTLED
from doorstep.rooms.payments.ports import Accepted, ByHand, MovedMoney, RefundAsk, Refused
from doorstep.rooms.payments.rules.backoff import LOOK_EVERY, LOOKS


def prepare(call: Call, at: datetime) -> Question | None:
    """Mark the refund as sent before it is: from now on nobody may take it for not made."""
    found = outcomes.lock_refund(call.row_id)
    if found is None or found[1].state in SETTLED:
        return None
    charge, refund = found
    ask = RefundAsk(
        refund_id=refund.id,
        charge_external_id=charge.external_id,
        currency=refund.currency,
        amount_minor=refund.amount_minor,
        reason=refund.reason,
        details=refund.details,
        is_repeat=refund.state != RefundState.REQUESTED,
        external_id=refund.external_id,
    )
    refund.state = RefundState.SENT
    refund.save(update_fields=["state"])
    return lambda: ready_provider(refund.provider).refund(ask)


def record(call: Call, answer: Any, at: datetime) -> LookLater | Park | None:
    """Record the answer; any worker's definite answer counts, for all of them ask with one key."""
    found = outcomes.lock_refund(call.row_id)
    assert found is not None
    charge, refund = found
    match answer:
        case MovedMoney(external_id, words):
            outcomes.refund_went_through(
                refund, external_id=external_id, words=words, by=outcomes.SYSTEM, at=at
            )
        case Refused(_, words):
            outcomes.refund_came_to_nothing(charge, refund, words=words, by=outcomes.SYSTEM, at=at)
        case ByHand(words):
            outcomes.refund_needs_person(refund, words=words)
            finish(refund.id, [CallKind.REFUND], at=at)
        case Accepted(external_id, words):
            refund.external_id, refund.words = external_id, words
            refund.save(update_fields=["external_id", "words"])
            if at - refund.requested_at > LOOK_EVERY * LOOKS:
                return Park(f"{words} It has not been settled for more than a month.")
            return LookLater(LOOK_EVERY / timedelta(seconds=1), words)
        case _:
            raise TypeError(f"no answer to a refund: {answer!r}")
    return None


def give_up(call: Call, words: str) -> None:
    """Leave the refund to a person: nobody knows whether it was made."""
    found = outcomes.lock_refund(call.row_id)
    assert found is not None
    outcomes.refund_needs_person(
        found[1],
        words=f"{words} Look at the provider’s own pages whether this refund was made, and say so.",
    )
