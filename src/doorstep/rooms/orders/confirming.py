"""Ask for the messages an order brings with it: confirmation, hold, cancellation, refund."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import NotFound
from doorstep.kernel.events.registry import Recorded
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contexts import day, instant, money
from doorstep.rooms.messaging.contracts import MessageRequest, Purpose
from doorstep.rooms.orders.context import Composer
from doorstep.rooms.orders.contracts import HoldReason
from doorstep.rooms.orders.models import Order
from doorstep.rooms.orders.ports import return_policies

CONFIRMATION = "order_confirmation"
ON_HOLD = "order_on_hold"
CANCELED = "order_canceled"
REFUNDED = "order_refunded"

# What the templates call the reasons (see messaging/templating/context.py, HoldContext).
_SPOKEN = {
    HoldReason.OUT_OF_STOCK: "out_of_stock",
    HoldReason.ADDRESS_INVALID: "address_problem",
    HoldReason.OPTIONS_INCOMPLETE: "missing_options",
    HoldReason.PAYMENT_PENDING: "payment_pending",
    HoldReason.RISK_REVIEW: "review",
    HoldReason.MANUAL: "review",
    HoldReason.DELAYED: "review",
    HoldReason.CHANGING: "review",
}
# Only the shopper can help with these, so they are told. What resolves itself is no news.
ASKING = frozenset({HoldReason.ADDRESS_INVALID, HoldReason.OPTIONS_INCOMPLETE})


def orders_of(order_ids: Sequence[UUID]) -> dict[UUID, Order]:
    """Return orders that shoppers may be written to about: no history among them."""
    rows = Order.objects.filter(id__in=order_ids, is_history=False, erased_at__isnull=True)
    return {order.id: order for order in rows}


def ask(kind: str, order: Order, composer: Composer, *, cause: str, **more: Any) -> MessageRequest:
    """Return the request for one message about an order."""
    return ask_with(
        composer.compose(kind, order, **more), kind, order, composer.locale(order), cause=cause
    )


def ask_with(
    context: dict[str, Any], kind: str, order: Order, locale: str, *, cause: str
) -> MessageRequest:
    """Return the request for one message whose context is composed already."""
    return MessageRequest(
        kind=kind,
        purpose=Purpose.TRANSACTIONAL,
        cause=f"order:{order.id}:{cause}",
        customer_id=order.customer_id,
        context=context,
        subject=f"order:{order.id}",
        email=order.email,
        name=order.shopper_name,
        locale=locale,
        sales_channel=order.sales_channel,
        order_completed_at=order.fulfilled_at,
    )


def confirm(order_ids: Sequence[UUID], *, by: Actor, at: datetime) -> None:
    """Ask for the confirmations of new orders, in one set."""
    orders = [o for o in orders_of(order_ids).values() if o.canceled_at is None]
    if not orders:
        return
    composer = Composer(orders, at=at)
    contexts = _confirmations(orders, composer, at=at)
    messaging.request_messages(
        [
            ask_with(context, CONFIRMATION, order, composer.locale(order), cause="confirmation")
            for order, context in zip(orders, contexts, strict=True)
        ],
        by=by,
        at=at,
    )


def _confirmations(
    orders: Sequence[Order], composer: Composer, *, at: datetime
) -> list[dict[str, Any]]:
    """Compose confirmations, each with the return policy that counts for its order."""
    composed = [composer.compose(CONFIRMATION, order) for order in orders]
    ships = {
        order.id: composer.locale(order)
        for order, context in zip(orders, composed, strict=True)
        if context["delivery"]["kind"] != "digital"
    }
    policies = return_policies(ships, at)
    for order, context in zip(orders, composed, strict=True):
        policy = policies.get(order.id)
        context["links"]["returns"] = policy.url if policy else ""
        context["return_policy"] = {"summary": policy.summary if policy else ""}
    return composed


def confirm_again(order_id: UUID, *, by: Actor, at: datetime) -> UUID:
    """Ask for one more confirmation; returns the message's id.

    Within one minute it is the same one: an impatient second click is no second mail.
    """
    order = orders_of([order_id]).get(order_id)
    if order is None:
        raise NotFound("There is nobody to write to about this order.")
    minute = instant(at.replace(second=0, microsecond=0))
    composer = Composer([order], at=at)
    [context] = _confirmations([order], composer, at=at)
    request = ask_with(
        context, CONFIRMATION, order, composer.locale(order), cause=f"confirmation:{minute}"
    )
    return messaging.request_messages([request], by=by, at=at)[0].message_id


def confirmation_context(order_id: UUID, *, at: datetime) -> dict[str, Any]:
    """Return the context of an order's confirmation, for previews with a real order.

    :raises NotFound: there is none in this store.
    """
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    [context] = _confirmations([order], Composer([order], at=at), at=at)
    return context


def ask_shoppers(batch: Sequence[Recorded], *, by: Actor, at: datetime) -> None:
    """Tell shoppers about holds that only they can resolve."""
    asking = [one for one in batch if ASKING.intersection(one.event.reasons)]
    orders = orders_of([one.event.order_id for one in asking])
    wanted = [(one, orders[one.event.order_id]) for one in asking if one.event.order_id in orders]
    if not wanted:
        return
    composer = Composer(list(orders.values()), at=at)
    requests = []
    for one, order in wanted:
        reasons = [_SPOKEN[HoldReason(r)] for r in one.event.reasons if r in ASKING]
        page = composer.compose(ON_HOLD, order)["links"]["order"]
        hold = {
            "reasons": reasons,
            "needs_shopper": True,
            "action_url": page,
            "respond_by_date": day(None),
        }
        requests.append(ask(ON_HOLD, order, composer, cause=f"on_hold:{one.id}", hold=hold))
    messaging.request_messages(requests, by=by, at=at)


def tell_canceled(batch: Sequence[Recorded], *, by: Actor, at: datetime) -> None:
    """Tell shoppers that their order will not come."""
    orders = orders_of([one.event.order_id for one in batch])
    wanted = [
        (one, order)
        for one in batch
        if (order := orders.get(one.event.order_id)) is not None and order.canceled_at is not None
    ]
    if not wanted:
        return
    composer = Composer(list(orders.values()), at=at)
    requests = []
    for one, order in wanted:
        refunded = order.refunded_minor
        cancellation = {
            "canceled_at": instant(order.canceled_at),
            "by_shopper": one.event.reason == "customer",
            "reason": _cancel_reason(one.event.reason),
            "refund": money(refunded, order.currency) if refunded else None,
        }
        requests.append(
            ask(CANCELED, order, composer, cause=f"canceled:{one.id}", cancellation=cancellation)
        )
    messaging.request_messages(requests, by=by, at=at)


def _cancel_reason(reason: str) -> str:
    known = {"customer", "inventory", "fraud", "declined", "other"}
    return reason if reason in known else ""


def tell_refunded(batch: Sequence[Recorded], *, by: Actor, at: datetime) -> None:
    """Tell shoppers that money is on its way back."""
    orders = orders_of([one.event.order_id for one in batch])
    wanted = [(one, orders[one.event.order_id]) for one in batch if one.event.order_id in orders]
    if not wanted:
        return
    composer = Composer(list(orders.values()), at=at)
    requests = []
    for one, order in wanted:
        refunds = composer.parts.refunds[order.id]
        view = next((r for r in refunds if r.id == one.event.refund_id), None)
        if view is None or not view.amount_minor:
            continue
        refund = {
            "amount": money(view.amount_minor, view.currency),
            "refunded_at": instant(view.refunded_at),
            "method": order.payment_method,
            "reason": view.reason,
            "expected_by_date": day(None),
            "lines": [
                {
                    "title": line.title,
                    "quantity": line.quantity,
                    "amount": money(line.amount_minor, view.currency),
                }
                for line in view.lines
                if line.quantity
            ],
        }
        requests.append(ask(REFUNDED, order, composer, cause=f"refunded:{view.id}", refund=refund))
    messaging.request_messages(requests, by=by, at=at)
