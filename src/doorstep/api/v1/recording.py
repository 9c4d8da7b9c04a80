"""Orders into the orders room: the bad ones sorted out, the good ones kept as one set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from doorstep.api.problems import FieldProblem, field_problems
from doorstep.api.v1.schemas.orders import BadItem, OrderIn, RecordedOut
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import DomainError
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import IncomingOrder, RecordedOrder


def understand(item: OrderIn | BadItem) -> IncomingOrder | BadItem:
    """Return an order that can be kept, or what is wrong with it."""
    if isinstance(item, BadItem):
        return item
    try:
        incoming = item.incoming()
        orders.check_incoming(incoming)
    except DomainError as error:
        # Not every rule is about one field
        errors = field_problems(error) or [FieldProblem(field="", message=error.message)]
        return BadItem(item.external_id, errors)
    return incoming


def record(
    items: Sequence[IncomingOrder | BadItem],
    sales_channel: str,
    mode: Literal["live", "history"],
    *,
    by: Actor,
    at: datetime,
) -> list[RecordedOut]:
    """Keep the good ones in one transaction and answer for all, in the order given.

    :raises Invalid: an order among them was not checked and can't be kept.
    """
    good = [item for item in items if not isinstance(item, BadItem)]
    kept = iter(
        orders.record_orders(
            good, sales_channel=sales_channel, connection_id=None, mode=mode, by=by, at=at
        )
    )
    return [
        RecordedOut(
            external_id=item.external_id, order_id=None, outcome="rejected", errors=item.errors
        )
        if isinstance(item, BadItem)
        else _recorded(next(kept))
        for item in items
    ]


def _recorded(answer: RecordedOrder) -> RecordedOut:
    return RecordedOut(
        external_id=answer.external_id, order_id=answer.order_id, outcome=answer.outcome.value
    )
