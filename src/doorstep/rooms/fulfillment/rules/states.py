"""Shipment states and what may become what."""

from __future__ import annotations

from doorstep.kernel.errors import Conflict
from doorstep.rooms.fulfillment.contracts import ShipmentState

TO_PACK, ON_HOLD = ShipmentState.TO_PACK, ShipmentState.ON_HOLD
PACKED, SHIPPED, CANCELED = ShipmentState.PACKED, ShipmentState.SHIPPED, ShipmentState.CANCELED

TRANSITIONS: dict[ShipmentState, frozenset[ShipmentState]] = {
    # From open straight to shipped: the platform says so, or the carrier took it unpacked here.
    TO_PACK: frozenset({ON_HOLD, PACKED, SHIPPED, CANCELED}),
    ON_HOLD: frozenset({TO_PACK, SHIPPED, CANCELED}),
    PACKED: frozenset({TO_PACK, ON_HOLD, SHIPPED, CANCELED}),
    # Platforms call sendings off that they had reported, and report them again.
    SHIPPED: frozenset({CANCELED}),
    CANCELED: frozenset({SHIPPED}),
}

OPEN = frozenset({TO_PACK, ON_HOLD})
HERE = OPEN | {PACKED}

_WORDS = {
    TO_PACK: "is not packed yet",
    ON_HOLD: "waits",
    PACKED: "is packed already",
    SHIPPED: "has left already",
    CANCELED: "was canceled",
}


def can_become(state: str, target: str) -> bool:
    """Tell whether a shipment may go from one state to another."""
    return ShipmentState(target) in TRANSITIONS[ShipmentState(state)]


def why_not_packable(number: str, state: str, hold_words: str) -> str:
    """Say why a shipment can't be packed now, "" when it can."""
    if state == TO_PACK:
        return ""
    if state == ON_HOLD:
        return f"{number} is on hold, do not pack it. {hold_words}".strip()
    again = " Reopen it to pack it differently." if state == PACKED else ""
    return f"{number} {_WORDS[ShipmentState(state)]}.{again}"


def why_not_shippable(number: str, state: str, hold_words: str, *, order_changed: bool) -> str:
    """Say why a shipment can't leave now, "" when it can."""
    if state != PACKED:
        if state == ON_HOLD:
            return f"{number} is on hold and must stay here. {hold_words}".strip()
        hint = " Pack it first." if state == TO_PACK else ""
        return f"{number} {_WORDS[ShipmentState(state)]}.{hint}"
    if hold_words:
        return f"{number} must stay here, its order is on hold. {hold_words}"
    if order_changed:
        return (
            f"The order was changed after {number} was packed. Reopen it, or confirm that it is"
            " right as it is."
        )
    return ""


def check(problem: str) -> None:
    """Raise what stands in the way, if anything.

    :raises Conflict: there is a problem.
    """
    if problem:
        raise Conflict(problem)
