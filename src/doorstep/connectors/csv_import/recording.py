"""Give a chunk of parsed orders to the orders room, the good apart from the bad."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import DomainError
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import ImportCounts, IncomingOrder, RecordOutcome


def record_chunk(
    found: Sequence[IncomingOrder],
    *,
    mode: str,
    sales_channel: str,
    import_id: str,
    by: Actor,
    at: datetime,
) -> ImportCounts:
    """Record a chunk within the caller's transaction and return what became of it.

    :param mode: "history" keeps it without a word; "live" checks, reserves and announces.
    """
    if not found:
        return ImportCounts()
    if mode == "history":
        # One chunk is one call, so that all its problems come back and not the first hundred.
        return orders.import_history(
            found, sales_channel=sales_channel, import_id=import_id, by=by, at=at, chunk=len(found)
        )
    return _record_live(found, sales_channel=sales_channel, by=by, at=at)


def _record_live(
    found: Sequence[IncomingOrder], *, sales_channel: str, by: Actor, at: datetime
) -> ImportCounts:
    good, problems = [], []
    for order in found:
        try:
            orders.check_incoming(order)
        except DomainError as error:
            where = f"{error.field}: " if error.field else ""
            problems.append((order.external_id, where + error.message))
        else:
            good.append(order)
    recorded = orders.record_orders(
        good, sales_channel=sales_channel, connection_id=None, mode="live", by=by, at=at
    )
    new = sum(one.outcome in (RecordOutcome.PLACED, RecordOutcome.IMPORTED) for one in recorded)
    return ImportCounts(
        seen=len(found),
        imported=new,
        known_before=len(good) - new,
        rejected=len(problems),
        problems=tuple(problems),
    )
