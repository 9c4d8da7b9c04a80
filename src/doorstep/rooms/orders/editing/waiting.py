"""Holds that a change brings with it: while it is under way, and until the day it is delayed to."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders.contracts import HoldReason, OrderState
from doorstep.rooms.orders.models import Hold, Order
from doorstep.rooms.orders.recording.desk import open_desk
from doorstep.rooms.orders.recording.holds import Waiting, reconcile
from doorstep.rooms.orders.rules.checks import Details
from doorstep.rooms.orders.rules.states import OPEN, check_open

BATCH = 200
_SWEEP = Actor.system("orders.delays")


def hold_for_change(*, order_id: UUID, change_id: UUID, note: str, by: Actor, at: datetime) -> None:
    """Keep an open order from being packed while a change of it is under way.

    :raises NotFound, Conflict: there is no such order, or it is over.
    """
    details = {"change_id": str(change_id), "note": note}
    _settle(order_id, HoldReason.CHANGING, details, by=by, at=at)


def end_change(*, order_id: UUID, by: Actor, at: datetime) -> None:
    """Let an order go on after a change; one that is over needs nothing."""
    _lift(order_id, HoldReason.CHANGING, by=by, at=at)


def delay(*, order_id: UUID, until: date, by: Actor, at: datetime) -> None:
    """Hold an open order until a day (the store's); then it lifts itself. Another day replaces it.

    :raises Invalid: the day is not after today.
    :raises NotFound, Conflict: there is no such order, or it is over.
    """
    with transaction.atomic():
        desk = open_desk(by=by, at=at)
        if until <= at.astimezone(desk.calendar.zone).date():
            raise Invalid("Choose a day from tomorrow on.", field="until")
        _settle(order_id, HoldReason.DELAYED, {"until": until.isoformat()}, by=by, at=at)


def end_delay(*, order_id: UUID, by: Actor, at: datetime) -> None:
    """Take a delay back."""
    _lift(order_id, HoldReason.DELAYED, by=by, at=at)


def _settle(
    order_id: UUID, reason: HoldReason, details: Details, *, by: Actor, at: datetime
) -> None:
    with transaction.atomic():
        order = _lock(order_id)
        check_open(order.state)
        reconcile([_waiting(order)], {order.id: {reason: details}}, open_desk(by=by, at=at))


def _lift(order_id: UUID, reason: HoldReason, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        order = _lock(order_id)
        if OrderState(order.state) in OPEN:
            reconcile([_waiting(order)], {order.id: {reason: None}}, open_desk(by=by, at=at))


def _lock(order_id: UUID) -> Order:
    order = Order.objects.select_for_update(no_key=True).filter(id=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    return order


def _waiting(order: Order) -> Waiting:
    return Waiting(order.id, order.customer_id, order.state)


def lift_due_delays(at: datetime) -> int:
    """Let go one set of orders, of any store, whose day has come; returns how many.

    Several workers take different ones. Other reasons to wait stay.
    """
    due: dict[UUID, list[UUID]] = defaultdict(list)
    holds = Hold.all_stores.filter(lifted_at__isnull=True, until_at__lte=at)
    for store_id, order_id in holds.order_by("until_at").values_list("store_id", "order_id")[
        :BATCH
    ]:
        due[store_id].append(order_id)
    lifted = 0
    for store_id, order_ids in due.items():
        with store_scope(store_id), transaction.atomic():
            orders = list(
                Order.objects.select_for_update(no_key=True, skip_locked=True)
                .filter(id__in=order_ids)
                .order_by("id")
            )
            still = set(
                Hold.objects.filter(
                    order_id__in=[order.id for order in orders],
                    reason=HoldReason.DELAYED,
                    lifted_at__isnull=True,
                    until_at__lte=at,
                ).values_list("order_id", flat=True)
            )
            waiting = [_waiting(order) for order in orders if order.id in still]
            findings = {one.order_id: {HoldReason.DELAYED: None} for one in waiting}
            reconcile(waiting, findings, open_desk(by=_SWEEP, at=at))  # type: ignore[arg-type]
            lifted += len(waiting)
    return lifted
