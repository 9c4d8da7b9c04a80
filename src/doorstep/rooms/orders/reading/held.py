"""Which orders the running action holds: nobody else can change them, so they are read once."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from doorstep.kernel import once

TABLES = "orders_"  # an order and all its parts; whoever writes to any of them holds its row


def hold(order_ids: Iterable[UUID]) -> None:
    """Note that the running action has locked these orders' rows."""
    once.hold({("order", order_id) for order_id in order_ids})


def is_held(order_id: UUID) -> bool:
    """Tell whether the running action has locked this order's row."""
    return once.is_held(("order", order_id))
