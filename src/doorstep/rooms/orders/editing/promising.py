"""Another day on which an order is promised to leave, said to its shopper."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import NotFound
from doorstep.kernel.events.publish import publish
from doorstep.rooms.orders.events import OrderUpdated
from doorstep.rooms.orders.models import Order
from doorstep.rooms.orders.recording.desk import open_desk
from doorstep.rooms.orders.rules.estimates import add_working_days

_DATES = ("ship_by_date", "delivery_from_date", "delivery_to_date")


def move_promise(*, order_id: UUID, ship_by_date: date | None, by: Actor, at: datetime) -> None:
    """Let an order promise another day: the days of arrival follow, with the usual ways.

    Whoever calls this tells the shopper. Joins the caller's transaction.

    :param ship_by_date: None: nobody knows; then the order promises no arrival either.
    :raises NotFound: there is no such order in this store.
    """
    order = Order.objects.select_for_update(no_key=True).filter(id=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    before = tuple(getattr(order, name) for name in _DATES)
    order.ship_by_date = ship_by_date
    order.delivery_from_date = order.delivery_to_date = None
    if ship_by_date is not None and order.is_shippable:
        calendar = open_desk(by=by, at=at).calendar
        fastest, slowest = min(calendar.transit), max(calendar.transit)
        order.delivery_from_date = add_working_days(ship_by_date, fastest, calendar)
        order.delivery_to_date = add_working_days(ship_by_date, slowest, calendar)
    if before == tuple(getattr(order, name) for name in _DATES):
        return
    order.save(update_fields=_DATES)
    publish(
        OrderUpdated(order.id, order.customer_id, list(_DATES), order.is_history),
        key=order.customer_id or order.id,
        at=at,
        by=by,
        subject=f"order:{order.id}",
    )
