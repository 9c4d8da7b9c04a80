"""Orders as shipping sees them: what goes where, what has left, what keeps it here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from doorstep.kernel import once
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.orders.contracts import LineToShip, OrderState, OrderToShip
from doorstep.rooms.orders.models import Hold, Order, OrderLine
from doorstep.rooms.orders.reading.held import TABLES, hold, is_held
from doorstep.rooms.orders.reading.views import address_of
from doorstep.rooms.orders.recording.desk import load_settings
from doorstep.rooms.orders.recording.refunds import pieces_back
from doorstep.rooms.orders.rules.estimates import Calendar, calendar_of
from doorstep.rooms.orders.rules.holds import words_for
from doorstep.rooms.orders.rules.search import number_key
from doorstep.rooms.stores import api as stores


def get_orders_to_ship(
    order_ids: Collection[UUID], *, lock: bool = False
) -> dict[UUID, OrderToShip]:
    """Return orders with what shipping needs; unknown ids are left out. Four queries at most.

    An action that holds an order's row already gets what it read before, until it writes.

    :param lock: hold the orders' rows until the transaction ends. Whoever changes shipments
        does: orders are locked first, then shipments, then stock.
    """
    if len(order_ids) == 1 and is_held(only := next(iter(order_ids))):
        key = ("order to ship", current_store_id(), only)
        return dict(once.remember(key, TABLES, lambda: _read([only])))
    found = _read(order_ids, lock=lock)
    if lock:
        hold(found)
    return found


def _read(order_ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, OrderToShip]:
    rows = Order.objects.filter(id__in=list(set(order_ids))).order_by("id")
    if lock:
        rows = rows.select_for_update(no_key=True)
    orders = list(rows)
    ids = [order.id for order in orders]
    lines: dict[UUID, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=ids).order_by("order_id", "position"):
        lines[line.order_id].append(line)
    back = pieces_back(ids)
    holds: dict[UUID, list[Hold]] = defaultdict(list)
    waiting = [order.id for order in orders if order.state == OrderState.ON_HOLD]
    if waiting:
        for hold in Hold.objects.filter(order_id__in=waiting, lifted_at__isnull=True):
            holds[hold.order_id].append(hold)
    return {order.id: _to_ship(order, lines[order.id], holds[order.id], back) for order in orders}


def _to_ship(
    order: Order, lines: list[OrderLine], holds: list[Hold], back: dict[UUID, int]
) -> OrderToShip:
    return OrderToShip(
        id=order.id,
        number=order.number,
        sales_channel=order.sales_channel,
        customer_id=order.customer_id,
        state=order.state,
        is_history=order.is_history,
        is_test=order.is_test,
        is_erased=order.erased_at is not None,
        placed_at=order.placed_at,
        fulfilled_at=order.fulfilled_at,
        is_shipped_here=order.shipped_here_at is not None,
        shipping_address=address_of(order.shipping_address),
        country_code=order.country_code,
        shopper_name=order.shopper_name,
        shipping_method=order.shipping_method,
        ship_by_date=order.ship_by_date,
        is_gift=order.is_gift,
        hold_reasons=tuple(sorted(hold.reason for hold in holds)),
        hold_words=" ".join(words_for(hold.reason, hold.details) for hold in holds),
        lines=tuple(_line(line, back.get(line.id, 0)) for line in lines),
    )


def _line(line: OrderLine, back: int) -> LineToShip:
    ordered = 0 if line.removed_at is not None else line.quantity
    return LineToShip(
        id=line.id,
        external_id=line.external_id,
        variant_id=line.variant_id,
        title=line.title,
        variant_title=line.variant_title,
        options=tuple((name, value) for name, value in line.options),
        properties=tuple((name, value) for name, value in line.properties),
        sku=line.sku,
        image_url=line.image_url,
        weight_grams=line.weight_grams,
        ordered=ordered,
        quantity=max(ordered - back, 0) if line.requires_shipping else 0,
        shipped_quantity=line.shipped_quantity,
    )


def find_order_ids(sales_channel: str, external_ids: Collection[str]) -> dict[str, UUID]:
    """Return our ids of a channel's orders by the platform's; unknown ones are left out."""
    rows = Order.objects.filter(sales_channel=sales_channel, external_id__in=list(external_ids))
    return dict(rows.values_list("external_id", "id"))


def get_customers_of(order_ids: Collection[UUID]) -> dict[UUID, UUID | None]:
    """Return whose each order is, after all merges (one query)."""
    if not order_ids:
        return {}
    return dict(Order.objects.filter(id__in=list(set(order_ids))).values_list("id", "customer_id"))


def get_calendar() -> Calendar:
    """Return the working days of the current store and its zone (two queries)."""
    return calendar_of(stores.get_store(), load_settings())


def list_order_ids_of(customer_ids: Collection[UUID]) -> list[UUID]:
    """List the orders of customers, also of people who were erased (one query)."""
    return list(
        Order.objects.filter(customer_id__in=list(customer_ids)).values_list("id", flat=True)
    )


def find_orders_by_number(number: str) -> list[UUID]:
    """List the orders with this number, however it is typed; the newest first, at most 20."""
    key = number_key(number)
    if not key:
        return []
    rows = Order.objects.filter(number_key=key).order_by("-placed_at", "-id")
    return list(rows.values_list("id", flat=True)[:20])
