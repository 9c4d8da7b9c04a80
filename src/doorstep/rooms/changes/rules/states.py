"""What a change may become."""

from __future__ import annotations

from doorstep.kernel.errors import Conflict
from doorstep.rooms.changes.contracts import ChangeState as S

TRANSITIONS: dict[S, frozenset[S]] = {
    S.REQUESTED: frozenset(
        {S.AWAITING_APPROVAL, S.AWAITING_PAYMENT, S.TELLING_PLATFORM, S.APPLIED}
    ),
    S.AWAITING_APPROVAL: frozenset(
        {S.AWAITING_PAYMENT, S.TELLING_PLATFORM, S.APPLIED, S.DECLINED, S.WITHDRAWN, S.FAILED}
    ),
    S.AWAITING_PAYMENT: frozenset(
        {S.TELLING_PLATFORM, S.APPLIED, S.EXPIRED, S.WITHDRAWN, S.FAILED}
    ),
    # From here on the platform may have done it: nobody can take it back until it has answered.
    S.TELLING_PLATFORM: frozenset({S.APPLIED, S.FAILED}),
    S.APPLIED: frozenset(),
    S.DECLINED: frozenset(),
    S.EXPIRED: frozenset(),
    S.FAILED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
OPEN = frozenset(state for state, after in TRANSITIONS.items() if after)

_OVER = {
    S.APPLIED: "was carried out already",
    S.DECLINED: "was declined",
    S.EXPIRED: "was not paid in time and undone",
    S.FAILED: "could not be carried out and was undone",
    S.WITHDRAWN: "was withdrawn",
    S.TELLING_PLATFORM: "is being carried out in the shop right now",
    S.AWAITING_PAYMENT: "waits for its payment",
    S.AWAITING_APPROVAL: "waits for the shop's decision",
    S.REQUESTED: "was just asked for",
}


def check_can_become(state: str, target: S) -> None:
    """Raise unless a change may go from one state to another.

    :raises Conflict: in words for whoever tried.
    """
    if target not in TRANSITIONS[S(state)]:
        raise Conflict(f"This change {_OVER[S(state)]}.")
