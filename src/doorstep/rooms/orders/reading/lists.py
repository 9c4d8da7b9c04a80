"""Lists of orders: filters, search, pages, tabs."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from doorstep.kernel.errors import Invalid
from doorstep.kernel.searching import search_query
from doorstep.rooms.orders.contracts import (
    OrderCounts,
    OrderFilter,
    OrderPage,
    OrderState,
    OrderSummary,
)
from doorstep.rooms.orders.models import Hold, Order
from doorstep.rooms.orders.reading.views import summary_of
from doorstep.rooms.orders.rules.search import number_key
from doorstep.rooms.stores import api as stores

MAX_PAGE = 200
_LISTED = (
    "id",
    "number",
    "sales_channel",
    "placed_at",
    "customer_id",
    "shopper_name",
    "email",
    "currency",
    "total_minor",
    "refunded_minor",
    "financial_status",
    "state",
    "item_count",
    "country_code",
    "is_history",
    "is_test",
)


def list_orders(
    filters: OrderFilter | None = None, *, cursor: str = "", limit: int = 50
) -> OrderPage:
    """List orders, newest first; at most three queries whatever is asked for.

    :raises Invalid: the cursor is not one that an earlier page gave.
    """
    limit = max(1, min(limit, MAX_PAGE))
    rows = _filtered(filters or OrderFilter()).order_by("-placed_at", "-id").only(*_LISTED)
    if cursor:
        placed_at, order_id = _read_cursor(cursor)
        # Spelled out rather than as a row comparison: Django has none, and the first half alone
        # lets the index begin at the right place.
        rows = rows.filter(placed_at__lte=placed_at).exclude(placed_at=placed_at, id__gte=order_id)
    found = list(rows[: limit + 1])
    page = found[:limit]
    reasons = open_reasons([order.id for order in page if order.state == OrderState.ON_HOLD])
    more = len(found) > limit
    return OrderPage(
        tuple(summary_of(order, reasons.get(order.id, ())) for order in page),
        _cursor(page[-1]) if more else "",
    )


def get_summaries(order_ids: Collection[UUID]) -> dict[UUID, OrderSummary]:
    """Return orders as lists show them (two queries); unknown ids are left out."""
    rows = list(Order.objects.filter(id__in=list(set(order_ids))).only(*_LISTED))
    reasons = open_reasons([row.id for row in rows if row.state == OrderState.ON_HOLD])
    return {row.id: summary_of(row, reasons.get(row.id, ())) for row in rows}


def open_reasons(order_ids: list[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return why orders wait (one query, none when nothing waits)."""
    found: dict[UUID, list[str]] = defaultdict(list)
    if order_ids:
        holds = Hold.objects.filter(order_id__in=order_ids, lifted_at__isnull=True)
        for order_id, reason in holds.order_by("placed_at", "id").values_list("order_id", "reason"):
            found[order_id].append(reason)
    return {order_id: tuple(reasons) for order_id, reasons in found.items()}


def _filtered(filters: OrderFilter) -> QuerySet[Order]:
    rows: QuerySet[Order] = Order.objects.all()
    if filters.state:
        rows = rows.filter(state=filters.state)
        if filters.state != OrderState.HISTORY:
            rows = rows.filter(is_history=False)  # what the index of states is made for
    if filters.hold_reason:
        held = Hold.objects.filter(
            order_id=OuterRef("id"), reason=filters.hold_reason, lifted_at__isnull=True
        )
        rows = rows.filter(Exists(held), state=OrderState.ON_HOLD, is_history=False)
    if filters.sales_channel:
        rows = rows.filter(sales_channel=filters.sales_channel)
    if filters.financial_status:
        rows = rows.filter(financial_status=filters.financial_status)
    if filters.customer_id is not None:
        rows = rows.filter(customer_id=filters.customer_id)
    if not filters.include_history:
        rows = rows.filter(is_history=False)
    if not filters.include_tests:
        rows = rows.filter(is_test=False)
    if filters.placed_from or filters.placed_to:
        rows = _placed_between(rows, filters.placed_from, filters.placed_to)
    return _matching(rows, filters.search) if filters.search.strip() else rows


def _placed_between(
    rows: QuerySet[Order], first: date | None, last: date | None
) -> QuerySet[Order]:
    """Narrow to days of the store's own zone."""
    zone = ZoneInfo(stores.get_store().timezone)
    if first:
        rows = rows.filter(placed_at__gte=datetime.combine(first, time.min, zone))
    if last:
        rows = rows.filter(placed_at__lt=datetime.combine(last + timedelta(1), time.min, zone))
    return rows


def _matching(rows: QuerySet[Order], typed: str) -> QuerySet[Order]:
    """Narrow to what somebody typed: all its words as prefixes, or the whole as a number."""
    number = Q(number_key=number_key(typed))
    query = search_query(typed)
    if not query:
        return rows.filter(number)
    # The expression must be the index's own, or the index is not used.
    return rows.annotate(found_by=SearchVector("search_text", config="simple")).filter(
        number | Q(found_by=SearchQuery(query, config="simple", search_type="raw"))
    )


def _cursor(order: Order) -> str:
    raw = f"{order.placed_at.astimezone(UTC).isoformat()}|{order.id.hex}"
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        placed_at, _, order_id = raw.partition("|")
        instant = datetime.fromisoformat(placed_at)
        if instant.tzinfo is None:
            raise ValueError("naive")
        return instant, UUID(hex=order_id)
    except (binascii.Error, ValueError):
        raise Invalid("This cursor is not one that an earlier page gave.", field="cursor") from None


def count_orders() -> OrderCounts:
    """Count orders for the tabs, history and tests apart (two queries)."""
    rows = Order.objects.filter(is_history=False, is_test=False)
    by_state = dict(rows.values_list("state").annotate(count=Count("id")))
    holds = Hold.objects.filter(lifted_at__isnull=True, order__is_test=False)
    by_reason = dict(holds.values_list("reason").annotate(count=Count("id")))
    return OrderCounts(
        all=sum(by_state.values()),
        ready=by_state.get(OrderState.READY, 0),
        on_hold=by_state.get(OrderState.ON_HOLD, 0),
        shipped=by_state.get(OrderState.SHIPPED, 0),
        canceled=by_state.get(OrderState.CANCELED, 0),
        by_hold_reason=by_reason,
    )


def count_orders_by_day(*, days: int, at: datetime) -> list[tuple[date, int]]:
    """Count new orders of each of the last days, oldest first, today last (one query).

    Days are the store's own; days without an order are in the list with 0. History and tests
    are apart.
    """
    zone = ZoneInfo(stores.get_store().timezone)
    today = at.astimezone(zone).date()
    wanted = [today - timedelta(back) for back in range(days - 1, -1, -1)]
    counted = (
        Order.objects.filter(
            is_history=False,
            is_test=False,
            placed_at__gte=datetime.combine(wanted[0], time.min, zone),
            placed_at__lt=datetime.combine(today + timedelta(1), time.min, zone),
        )
        .annotate(day=TruncDate("placed_at", tzinfo=zone))
        .values_list("day")
        .annotate(count=Count("id"))
    )
    by_day = dict(counted)
    return [(day, by_day.get(day, 0)) for day in wanted]


def list_external_ids(customer_ids: Collection[UUID]) -> list[tuple[str, str]]:
    """List customers' orders by sales channel and platform id, also of people who were erased."""
    rows = Order.objects.filter(customer_id__in=customer_ids)
    return list(rows.values_list("sales_channel", "external_id"))


def list_sales_channels() -> list[str]:
    """List the channels that have orders.

    A "loose index scan": each step jumps to the next channel in the unique index, so it costs
    as many look-ups as there are channels, however many orders.
    """
    found: list[str] = []
    rows = Order.objects.order_by("sales_channel").values_list("sales_channel", flat=True)
    following = rows.first()
    while following is not None:
        found.append(following)
        following = rows.filter(sales_channel__gt=following).first()
    return found
