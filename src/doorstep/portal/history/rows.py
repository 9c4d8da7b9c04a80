"""What the list of a shopper's orders shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from doorstep.portal.formats import show_date, show_money, show_number
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderDetail, OrderFilter, OrderState, OrderSummary
from doorstep.rooms.stores.contracts import StoreInfo

_MOST = 50


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One order, and the link to its page."""

    number: str
    placed_on: str
    items: str
    total: str
    state: str
    tone: str
    token: str


def order_of(order_id: UUID) -> OrderDetail:
    """Return the order whose shopper is to see their history. :raises NotFound: there is none."""
    return orders.get_order(order_id)


def history_rows(
    store: StoreInfo, shopper: OrderDetail, *, language: str, at: datetime
) -> list[HistoryRow]:
    """List the orders placed with the proven address, newest first.

    Of the same customer *and* the same address: two people whom somebody took for one, by their
    shared telephone say, still do not see each other's.
    """
    mine = shopper.summary
    if mine.customer_id is None or not mine.email:
        return []
    page = orders.list_orders(OrderFilter(customer_id=mine.customer_id), limit=200)
    same = [one for one in page.items if one.email == mine.email and not one.is_test]
    return [_row(one, store, language, at) for one in same[:_MOST]]


def _row(order: OrderSummary, store: StoreInfo, language: str, at: datetime) -> HistoryRow:
    state, tone = _state(order)
    items = _("Items: %(count)s")
    return HistoryRow(
        number=order.number,
        placed_on=show_date(order.placed_at, language, store.timezone),
        items=items % {"count": show_number(order.item_count, language)},
        total=show_money(order.total_minor, order.currency, language),
        state=state,
        tone=tone,
        token=orders.order_page_token(store.id, order.id, at=at),
    )


def _state(order: OrderSummary) -> tuple[str, str]:
    words = {
        OrderState.READY: (_("Being prepared"), "info"),
        OrderState.ON_HOLD: (_("On hold"), "warn"),
        OrderState.SHIPPED: (_("Shipped"), "info"),
        OrderState.CANCELED: (_("Canceled"), "bad"),
        OrderState.HISTORY: (_("Earlier order"), "neutral"),
    }
    return words[OrderState(order.state)]
