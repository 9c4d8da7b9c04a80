"""Have a vendor take a hold or let it go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from doorstep.rooms.payments import outcomes
from doorstep.rooms.payments.calls.steps import Park, Question, ready_link_provider
from doorstep.rooms.payments.contracts import ChargeState
from doorstep.rooms.payments.models import Call
from doorstep.rooms.payments.ports import MovedMoney, Refused


def prepare_capture(call: Call, at: datetime) -> Question | None:
    """Take what was wished for."""
    charge = outcomes.lock_charge(call.row_id)
    amount = charge.wish_minor
    if charge.state != ChargeState.AUTHORIZED or charge.wish != "capture" or amount is None:
        return None
    return lambda: ready_link_provider(charge.provider).capture(
        charge.id, charge.external_id, amount, charge.currency
    )


def record_capture(call: Call, answer: Any, at: datetime) -> None:
    """Record that it was taken, or that the hold was over."""
    charge = outcomes.lock_charge(call.row_id)
    match answer:
        case MovedMoney():
            outcomes.hold_was_taken(
                charge, charge.wish_minor or charge.amount_minor, by=outcomes.SYSTEM, at=at
            )
        case Refused(_, words):
            outcomes.hold_ended(charge, words=words, by=outcomes.SYSTEM, at=at)
        case _:
            raise TypeError(f"no answer to a capture: {answer!r}")


def prepare_void(call: Call, at: datetime) -> Question | None:
    """Let it go."""
    charge = outcomes.lock_charge(call.row_id)
    if charge.state != ChargeState.AUTHORIZED or charge.wish != "void":
        return None
    return lambda: ready_link_provider(charge.provider).void(charge.id, charge.external_id)


def record_void(call: Call, answer: Any, at: datetime) -> Park | None:
    """Record that the hold is gone. One that somebody took at the vendor needs a person."""
    charge = outcomes.lock_charge(call.row_id)
    match answer:
        case MovedMoney():
            outcomes.hold_ended(charge, words="", by=outcomes.SYSTEM, at=at)
            return None
        case Refused(_, words):
            return Park(words)
        case _:
            raise TypeError(f"no answer to a void: {answer!r}")
