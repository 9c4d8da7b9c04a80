"""Lists of shipments: filters, search, pages, tabs."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from doorstep.kernel.errors import Invalid
from doorstep.kernel.searching import search_query
from doorstep.kernel.tallies import Tally, read_tally
from doorstep.rooms.fulfillment.contracts import (
    ShipmentCounts,
    ShipmentFilter,
    ShipmentPage,
    ShipmentState,
)
from doorstep.rooms.fulfillment.models import Parcel, Shipment, ShipmentLine, VariantHandling
from doorstep.rooms.fulfillment.models.shipment import HERE
from doorstep.rooms.fulfillment.reading.views import Reader
from doorstep.rooms.fulfillment.rules.numbers import normalize_number
from doorstep.rooms.fulfillment.rules.search import number_key
from doorstep.rooms.stores import api as stores

MAX_PAGE = 200
_NEVER = "-"


def list_shipments(
    filters: ShipmentFilter | None = None, *, cursor: str = "", limit: int = 50
) -> ShipmentPage:
    """List shipments: what is here by its ship-by day, what has left and all by time, newest first.

    :raises Invalid: the cursor is not one that an earlier page of this list gave.
    """
    filters = filters or ShipmentFilter()
    limit = max(1, min(limit, MAX_PAGE))
    rows = _filtered(filters)
    if filters.state in HERE or filters.due:
        rows = _after_day(rows, cursor).order_by(F("ship_by_date").asc(nulls_last=True), "id")
        key = "ship_by_date"
    else:
        key = "shipped_at" if filters.state == ShipmentState.SHIPPED else "created_at"
        rows = _after_instant(rows, key, cursor).order_by(f"-{key}", "-id")
    found = list(rows[: limit + 1])
    page = found[:limit]
    reader = Reader(page)
    more = len(found) > limit
    return ShipmentPage(
        tuple(reader.summary(one) for one in page) if page else (),
        _cursor(getattr(page[-1], key), page[-1].id) if more else "",
    )


def _filtered(filters: ShipmentFilter) -> QuerySet[Shipment]:
    rows: QuerySet[Shipment] = Shipment.objects.all()
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.due == "late":
        rows = rows.filter(state__in=HERE, missed_at__isnull=False)
    elif filters.due == "at_risk":
        rows = rows.filter(
            state=ShipmentState.TO_PACK, at_risk_at__isnull=False, missed_at__isnull=True
        )
    elif filters.due:
        raise Invalid("Ask for “late” or “at_risk”.", field="due")
    if filters.location_id is not None:
        rows = rows.filter(location_id=filters.location_id)
    if filters.order_id is not None:
        rows = rows.filter(order_id=filters.order_id)
    if filters.handling_class:
        rows = rows.filter(Exists(_handled(filters.handling_class)))
    return _matching(rows, filters.search) if filters.search.strip() else rows


def _handled(handling_class: str) -> QuerySet[ShipmentLine]:
    handled = VariantHandling.objects.filter(
        handling_class=handling_class, variant_id=OuterRef("order_line__variant_id")
    )
    return ShipmentLine.objects.filter(Exists(handled), shipment_id=OuterRef("id"))


def _matching(rows: QuerySet[Shipment], typed: str) -> QuerySet[Shipment]:
    """Narrow to what somebody typed or scanned: words, a shipment's or a tracking number."""
    where = Q(number_key=number_key(typed))
    number = normalize_number(typed)
    if number:
        parcels = Parcel.objects.filter(tracking_key__startswith=number[:64])
        where |= Q(id__in=parcels.values("shipment_id"))
    query = search_query(typed)
    if query:
        # The expression must be the index's own, or the index is not used.
        rows = rows.annotate(found_by=SearchVector("search_text", config="simple"))
        where |= Q(found_by=SearchQuery(query, config="simple", search_type="raw"))
    return rows.filter(where)


def _cursor(value: date | datetime | None, shipment_id: UUID) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    raw = f"{value.isoformat() if value else _NEVER}|{shipment_id.hex}"
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[str, UUID]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        value, _, shipment_id = raw.partition("|")
        return value, UUID(hex=shipment_id)
    except (binascii.Error, ValueError):
        raise _foreign_cursor() from None


def _foreign_cursor() -> Invalid:
    return Invalid("This cursor is not one that an earlier page gave.", field="cursor")


def _after_day(rows: QuerySet[Shipment], cursor: str) -> QuerySet[Shipment]:
    if not cursor:
        return rows
    value, last = _read(cursor)
    if value == _NEVER:
        return rows.filter(ship_by_date__isnull=True, id__gt=last)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise _foreign_cursor() from None
    return rows.filter(
        Q(ship_by_date__gt=day) | Q(ship_by_date=day, id__gt=last) | Q(ship_by_date__isnull=True)
    )


def _after_instant(rows: QuerySet[Shipment], key: str, cursor: str) -> QuerySet[Shipment]:
    if not cursor:
        return rows
    value, last = _read(cursor)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _foreign_cursor() from None
    if moment.tzinfo is None:
        raise _foreign_cursor()
    return rows.filter(**{f"{key}__lte": moment}).exclude(**{key: moment, "id__gte": last})


# Shipments that should have left by now, tests apart: cheap, for every page.
NEEDS_PERSON = Tally(
    f"""
    SELECT count(*) FROM fulfillment_shipment
    WHERE store_id = %(store)s AND state IN ('{"', '".join(HERE)}')
      AND missed_at IS NOT NULL AND NOT is_test AND NOT is_history
    """  # noqa: S608 (only constants are put into the text)
)


def count_late() -> int:
    """Count shipments that should have left by now, tests apart."""
    return read_tally(NEEDS_PERSON)


def count_shipments(*, at: datetime) -> ShipmentCounts:
    """Count shipments for tabs and the board, tests and history apart (two queries).

    :param at: whose day, in the store's zone, "shipped today" means.
    """
    rows = Shipment.objects.filter(is_test=False, is_history=False)
    states = {"to_pack": ShipmentState.TO_PACK, "on_hold": ShipmentState.ON_HOLD,
              "packed": ShipmentState.PACKED}  # fmt: skip
    is_to_pack, is_late = Q(state=ShipmentState.TO_PACK), Q(missed_at__isnull=False)
    here: dict[str, int] = rows.filter(state__in=HERE).aggregate(
        **{name: Count("id", filter=Q(state=state)) for name, state in states.items()},
        late=Count("id", filter=is_late),
        at_risk=Count("id", filter=is_to_pack & Q(at_risk_at__isnull=False) & ~is_late),
    )
    zone = ZoneInfo(stores.get_store().timezone)
    midnight = datetime.combine(at.astimezone(zone).date(), time.min, zone)
    return ShipmentCounts(
        **here,
        shipped_today=rows.filter(
            state=ShipmentState.SHIPPED, shipped_at__gte=midnight, shipped_at__lte=at
        ).count(),
    )
