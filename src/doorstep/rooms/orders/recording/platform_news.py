"""What platforms report apart from whole orders: refunds and cancellations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.row_sets import update_rows
from doorstep.rooms.orders.contracts import IncomingRefund, OrderState, RefundOutcome
from doorstep.rooms.orders.events import OrderCanceled
from doorstep.rooms.orders.models import Order, OrderLine
from doorstep.rooms.orders.recording.desk import Desk, open_desk
from doorstep.rooms.orders.recording.holds import end_holds
from doorstep.rooms.orders.recording.incoming import check_refund
from doorstep.rooms.orders.recording.rechecking import recheck_restocked
from doorstep.rooms.orders.recording.refunds import add_refunds, line_ids_of, refund_of
from doorstep.rooms.orders.recording.stock import release_lines


def _lock(sales_channel: str, external_ids: Iterable[str]) -> dict[str, Order]:
    rows = (
        Order.objects.select_for_update(no_key=True)
        .filter(sales_channel=sales_channel, external_id__in=list(external_ids))
        .order_by("id")
    )
    return {order.external_id: order for order in rows}


def record_refunds(
    refunds: Sequence[IncomingRefund], *, sales_channel: str, by: Actor, at: datetime
) -> list[RefundOutcome]:
    """Keep refunds; those whose order is not known yet are named so, for the caller to wait.

    :raises Invalid: one of them can't be kept.
    """
    for refund in refunds:
        check_refund(refund)
    once = {(r.order_external_id, r.external_id): r for r in refunds}
    with transaction.atomic():
        orders = _lock(sales_channel, {r.order_external_id for r in refunds})
        known = [
            refund_of(r, order)
            for r in once.values()
            if (order := orders.get(r.order_external_id)) is not None
        ]
        desk = open_desk(by=by, at=at, sales_channel=sales_channel)
        added = add_refunds(known, line_ids_of([one.order_id for one in known]), desk)
        recheck_restocked(added, desk)
    new = {(one.order_id, one.refund.external_id) for one in added}
    outcomes = []
    for refund in refunds:
        order = orders.get(refund.order_external_id)
        is_new = order is not None and (order.id, refund.external_id) in new
        outcomes.append(
            RefundOutcome(
                refund.external_id, refund.order_external_id, order.id if order else None, is_new
            )
        )
    return outcomes


def cancel_from_platform(
    *,
    sales_channel: str,
    external_id: str,
    reason: str,
    canceled_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> bool:
    """Cancel an order a platform reports as canceled or deleted; False: nobody knows it.

    What is canceled already stays as it is. Stock it holds is given back.
    """
    with transaction.atomic():
        orders = _lock(sales_channel, [external_id])
        desk = open_desk(by=by, at=at, sales_channel=sales_channel)
        alive = [order for order in orders.values() if order.canceled_at is None]
        cancel_locked(alive, reason, desk, canceled_at=canceled_at)
    return bool(orders)


def cancel_locked(
    orders: Sequence[Order], reason: str, desk: Desk, *, canceled_at: datetime | None = None
) -> None:
    """Cancel orders whose rows are locked: holds end, stock goes back, events say so."""
    if not orders:
        return
    update_rows(
        Order,
        [
            {
                "id": order.id,
                "state": order.state if order.is_history else str(OrderState.CANCELED),
                "canceled_at": canceled_at or desk.at,
                "canceled_by": desk.by.key,
                "cancel_reason": reason,
            }
            for order in orders
        ],
    )
    ids = [order.id for order in orders]
    end_holds(ids, desk)
    lines = OrderLine.objects.filter(order_id__in=[o.id for o in orders if not o.is_history])
    release_lines(lines.values_list("id", flat=True), desk)
    publish_many(
        [
            EventDraft(
                OrderCanceled(order.id, order.customer_id, reason, order.is_history, order.is_test),
                order.customer_id or order.id,
                desk.at,
                desk.by,
                f"order:{order.id}",
            )
            for order in orders
        ]
    )
