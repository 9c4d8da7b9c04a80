"""What has left, as shipments tell: line by line, and when the whole order is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.row_sets import update_rows
from doorstep.rooms.orders.contracts import OrderState, ShippedTotals
from doorstep.rooms.orders.events import OrderShipped, OrderUpdated
from doorstep.rooms.orders.models import Order, OrderLine
from doorstep.rooms.orders.recording.desk import Desk, open_desk
from doorstep.rooms.orders.recording.holds import end_holds
from doorstep.rooms.orders.recording.rechecking import Recheck, recheck
from doorstep.rooms.orders.recording.refunds import pieces_back
from doorstep.rooms.orders.recording.stock import release_lines, ship_pieces
from doorstep.rooms.orders.rules.states import OPEN


@dataclass
class _Told:
    """One order (its row locked), what was told of it, and what follows."""

    order: Order
    totals: ShippedTotals
    lines: list[OrderLine] = field(default_factory=list)

    def missing(self, back: Mapping[UUID, int]) -> int:
        """Count the pieces that have still to leave."""
        return sum(
            max(line.quantity - back.get(line.id, 0) - line.shipped_quantity, 0)
            for line in self.lines
            if line.requires_shipping and line.removed_at is None
        )


def record_shipped(told: Sequence[ShippedTotals], *, by: Actor, at: datetime) -> dict[UUID, bool]:
    """Keep how many pieces of orders' lines have left; returns whether each order is gone whole.

    Totals, not changes: the same again does nothing. What is new is taken off the shelves; an
    order of which nothing is left becomes shipped, and one that is no longer whole (a shipment
    was called off) is checked again, unless the platform itself says that it went out. Canceled
    orders and history keep their state. Unknown orders are left out.
    """
    if not told:
        return {}
    with transaction.atomic():
        desk = open_desk(by=by, at=at)
        found = _load(told)
        _write(found, desk)
        back = pieces_back([one.order.id for one in found])
        whole = {one.order.id: one.missing(back) == 0 for one in found}
        _finish([one for one in found if whole[one.order.id] and _is_open(one)], desk)
        _reopen([one for one in found if not whole[one.order.id] and _left_here(one)], desk)
        return whole


def _load(told: Sequence[ShippedTotals]) -> list[_Told]:
    by_id = {one.order_id: one for one in told}
    rows = Order.objects.select_for_update(no_key=True).filter(id__in=list(by_id)).order_by("id")
    found = {order.id: _Told(order, by_id[order.id]) for order in rows}
    for line in OrderLine.objects.filter(order_id__in=list(found)).order_by("position"):
        found[line.order_id].lines.append(line)
    return list(found.values())


def _write(found: Sequence[_Told], desk: Desk) -> None:
    changed, gone = [], []
    for one in found:
        for line in one.lines:
            total = one.totals.lines.get(line.id, line.shipped_quantity)
            more = total - line.shipped_quantity
            if more > 0:
                gone.append((line.id, more, one.totals.left_from.get(line.id)))
            if more:
                line.shipped_quantity = total
                changed.append({"id": line.id, "shipped_quantity": total})
    update_rows(OrderLine, changed)
    if gone:
        ship_pieces(gone, desk)


def _is_open(one: _Told) -> bool:
    return OrderState(one.order.state) in OPEN


def _left_here(one: _Told) -> bool:
    return one.order.state == OrderState.SHIPPED and one.order.shipped_here_at is not None


def _finish(gone: Sequence[_Told], desk: Desk) -> None:
    """Close orders of which nothing is left: nothing waits, what they held in excess is free."""
    if not gone:
        return
    update_rows(
        Order,
        [
            {
                "id": one.order.id,
                "state": str(OrderState.SHIPPED),
                "fulfilled_at": one.totals.shipped_at,
                "shipped_here_at": one.totals.shipped_at,
            }
            for one in gone
        ],
    )
    end_holds([one.order.id for one in gone], desk)
    release_lines([line.id for one in gone for line in one.lines], desk)
    publish_many(
        [
            EventDraft(
                OrderShipped(
                    one.order.id, one.order.customer_id, one.totals.shipped_at, one.order.is_test
                ),
                one.order.customer_id or one.order.id,
                desk.at,
                desk.by,
                f"order:{one.order.id}",
            )
            for one in gone
        ]
    )


def _reopen(back: Sequence[_Told], desk: Desk) -> None:
    """Check orders again of which something comes back or has not left after all."""
    if not back:
        return
    ready = str(OrderState.READY)
    update_rows(
        Order,
        [
            {"id": one.order.id, "state": ready, "fulfilled_at": None, "shipped_here_at": None}
            for one in back
        ],
    )
    publish_many(
        [
            EventDraft(
                OrderUpdated(one.order.id, one.order.customer_id, ["fulfilled_at"]),
                one.order.customer_id or one.order.id,
                desk.at,
                desk.by,
                f"order:{one.order.id}",
            )
            for one in back
        ]
    )
    recheck(
        [Recheck(one.order.id, one.order.customer_id, ready, is_whole=True) for one in back], desk
    )
