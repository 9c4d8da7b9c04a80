"""What the order's page asks: the returns there are, and whether anything may come back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.rooms.returns.contracts import Eligibility, RefusalCode, ReturnMark, ReturnState
from doorstep.rooms.returns.models import ReturnAuthorization
from doorstep.rooms.returns.policy.deciding import decide

NOTHING = "This order has nothing that could come back."


def list_marks(order_id: UUID) -> list[ReturnMark]:
    """List the returns of an order by number and state, newest first; one query."""
    rows = ReturnAuthorization.objects.filter(order=order_id).order_by("-requested_at")
    return [
        ReturnMark(number, ReturnState(state), for_recipient)
        for number, state, for_recipient in rows.values_list("number", "state", "for_recipient")
    ]


def why_nothing(order_id: UUID, *, at: datetime, locale: str = "") -> str:
    """Say why nothing of an order may come back; "" where something may.

    The same answer as ``options`` gives, without looking at stock, prices and exchanges.
    """
    decided = decide([order_id], at=at, locale=locale).values()
    # Lines that were taken off the order are nothing to speak of.
    return words_of([one for one in decided if one.reason_code != RefusalCode.CANCELED])


def words_of(decided: Sequence[Eligibility]) -> str:
    """Say why none of these lines may come back; "" where one may."""
    if any(one.is_allowed for one in decided):
        return ""
    return " ".join(dict.fromkeys(one.reason for one in decided)) or NOTHING
