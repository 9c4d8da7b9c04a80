"""States of a return and what may become what."""

from __future__ import annotations

from doorstep.kernel.errors import Conflict
from doorstep.rooms.returns.contracts import ReturnState

REQUESTED, APPROVED = ReturnState.REQUESTED, ReturnState.APPROVED
DECLINED, CANCELED = ReturnState.DECLINED, ReturnState.CANCELED
EXPIRED, CLOSED = ReturnState.EXPIRED, ReturnState.CLOSED

TRANSITIONS: dict[ReturnState, frozenset[ReturnState]] = {
    REQUESTED: frozenset({APPROVED, DECLINED, CANCELED}),
    APPROVED: frozenset({CANCELED, EXPIRED, CLOSED}),
    # The parcel that comes after all is received: the return lives again.
    EXPIRED: frozenset({APPROVED}),
    DECLINED: frozenset(),
    CANCELED: frozenset(),
    CLOSED: frozenset(),
}

_WORDS = {
    REQUESTED: "waits for a decision",
    APPROVED: "is approved already",
    DECLINED: "was declined",
    CANCELED: "was canceled",
    EXPIRED: "has expired",
    CLOSED: "is settled and closed",
}


class ReturnNotThere(Conflict):
    """The return is not in a state that allows this."""

    code = "return_state"


def can_become(state: str, target: ReturnState) -> bool:
    """Tell whether a return may go from one state to another."""
    return target in TRANSITIONS[ReturnState(state)]


def check_can_become(number: str, state: str, target: ReturnState) -> None:
    """Raise unless a return may go from one state to another.

    :raises ReturnNotThere: it may not.
    """
    if not can_become(state, target):
        raise ReturnNotThere(f"{number} {_WORDS[ReturnState(state)]}.")


def check_is_approved(number: str, state: str) -> None:
    """Raise unless the return is approved. :raises ReturnNotThere: it is not."""
    if state != APPROVED:
        words = _WORDS[ReturnState(state)]
        raise ReturnNotThere(f"{number} {words}: approve it first.")
