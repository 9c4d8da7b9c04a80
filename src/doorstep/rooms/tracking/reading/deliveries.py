"""When the parcels of orders arrived: the least that clocks elsewhere need, for large sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from doorstep.rooms.tracking.models import Tracker


def list_deliveries(
    order_ids: Collection[UUID],
) -> dict[UUID, list[tuple[UUID | None, datetime | None]]]:
    """Return (parcel, moment of delivery or None) of each order's parcels; one query."""
    found: dict[UUID, list[tuple[UUID | None, datetime | None]]] = defaultdict(list)
    rows = Tracker.objects.filter(order_id__in=list(order_ids), canceled_at__isnull=True)
    for order_id, parcel_id, delivered_at in rows.values_list(
        "order_id", "parcel_id", "delivered_at"
    ):
        if order_id is not None:
            found[order_id].append((parcel_id, delivered_at))
    return dict(found)


def list_delivered(
    since: datetime, until: datetime
) -> list[tuple[UUID, UUID, UUID | None, datetime]]:
    """Return (order, customer, parcel, moment) of what arrived in a span, oldest first; one query."""
    rows = Tracker.objects.filter(
        delivered_at__gte=since,
        delivered_at__lt=until,
        order__isnull=False,
        order__customer__isnull=False,
        canceled_at__isnull=True,
        is_test=False,
    )
    columns = ("order_id", "order__customer_id", "parcel_id", "delivered_at")
    found = rows.order_by("delivered_at", "id").values_list(*columns)
    return [(order, customer, parcel, at) for order, customer, parcel, at in found if at]
