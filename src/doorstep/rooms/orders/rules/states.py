"""Order states and what may become what."""

from __future__ import annotations

from doorstep.kernel.errors import Conflict
from doorstep.rooms.orders.contracts import OrderState

READY, ON_HOLD = OrderState.READY, OrderState.ON_HOLD
SHIPPED, CANCELED, HISTORY = OrderState.SHIPPED, OrderState.CANCELED, OrderState.HISTORY

TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    READY: frozenset({ON_HOLD, SHIPPED, CANCELED}),
    ON_HOLD: frozenset({READY, SHIPPED, CANCELED}),
    # Platforms take both back: a shipment that was entered by mistake, a cancellation. Then the
    # order is checked as if it were new.
    SHIPPED: frozenset({READY, ON_HOLD, CANCELED}),
    CANCELED: frozenset({READY, ON_HOLD}),
    HISTORY: frozenset(),
}

# Only these wait for something; only their holds are opened and lifted.
OPEN = frozenset({READY, ON_HOLD})


def can_become(state: str, target: str) -> bool:
    """Tell whether an order may go from one state to another (staying is always fine)."""
    return state == target or OrderState(target) in TRANSITIONS[OrderState(state)]


def check_open(state: str) -> None:
    """Raise unless the order can still be worked on.

    :raises Conflict: it is shipped, canceled or history.
    """
    if OrderState(state) not in OPEN:
        words = {
            SHIPPED: "has gone out",
            CANCELED: "was canceled",
            HISTORY: "is history, kept for the record",
        }[OrderState(state)]
        raise Conflict(f"This order {words}.")
