"""Cancel an order here: by its shopper, the team, or a rule."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, NotFound
from doorstep.rooms.orders.contracts import OrderState
from doorstep.rooms.orders.models import Order, OrderLine
from doorstep.rooms.orders.recording.desk import open_desk
from doorstep.rooms.orders.recording.platform_news import cancel_locked
from doorstep.rooms.orders.rules.states import check_open

MAX_REASON = 500


def cancel_here(*, order_id: UUID, reason: str, by: Actor, at: datetime) -> bool:
    """Cancel an open order whole: holds end, stock is free again, its shopper is told by the event.

    Until the platform says so itself, its versions do not bring the order back. Joins the caller's
    transaction. Canceled already: nothing happens and False comes back.

    :raises NotFound: there is no such order.
    :raises Conflict: it has gone out, in whole or in part, or is history.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).filter(id=order_id).first()
        if order is None:
            raise NotFound("There is no such order.")
        if order.state == OrderState.CANCELED:
            return False
        check_open(order.state)
        if OrderLine.objects.filter(order=order, shipped_quantity__gt=0).exists():
            raise Conflict("A part of this order has gone out already.")
        desk = open_desk(by=by, at=at, sales_channel=order.sales_channel)
        cancel_locked([order], reason.strip()[:MAX_REASON], desk)
        # An order no platform keeps (API, CSV) has nobody who could take it back.
        Order.objects.filter(id=order_id).update(canceled_here_at=at)
        return True
