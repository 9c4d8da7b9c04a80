"""Find the shipment behind whatever a scanner reads."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Case, QuerySet, Value, When

from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.fulfillment.contracts import ShipmentState
from doorstep.rooms.fulfillment.models import Parcel, Shipment
from doorstep.rooms.fulfillment.rules.numbers import normalize_number, trackable_number
from doorstep.rooms.fulfillment.rules.search import number_key
from doorstep.rooms.orders import api as orders

MAX_SCANNED = 2_000


def find_by_scan(code: str) -> UUID | None:
    """Return the shipment a scanned code means, None when it means none in this store.

    Understood are a shipment's number, an order's number, a tracking number, and the addresses
    on our own slips (the order's page, a shipment in the console). Of several, the one to pack
    comes first, then what is packed, then the newest.
    """
    code = code.strip()[:MAX_SCANNED]
    if not code or "\x00" in code:
        return None
    if "://" in code or code.startswith("/"):
        return _by_address(code)
    exact = Shipment.objects.filter(number__iexact=code, number_key=number_key(code))
    keyed = Shipment.objects.filter(number_key=number_key(code))
    return (
        _first(exact)
        or _first(keyed)
        or _first(Shipment.objects.filter(order_id__in=_orders_named(code)))
        or _by_tracking(code)
    )


def _first(rows: QuerySet[Shipment]) -> UUID | None:
    """Return the shipment somebody at the packing table most likely means."""
    ranked = rows.annotate(
        rank=Case(
            When(state=ShipmentState.TO_PACK, then=Value(0)),
            When(state=ShipmentState.PACKED, then=Value(1)),
            When(state=ShipmentState.ON_HOLD, then=Value(2)),
            When(state=ShipmentState.SHIPPED, then=Value(3)),
            default=Value(4),
        )
    )
    return ranked.order_by("rank", "-created_at", "nth").values_list("id", flat=True).first()


def _orders_named(code: str) -> Sequence[UUID]:
    return orders.find_orders_by_number(code)


def _by_tracking(code: str) -> UUID | None:
    keys = {normalize_number(code), trackable_number(code)} - {""}
    parcels = Parcel.objects.filter(tracking_key__in=keys).values("shipment_id")
    return _first(Shipment.objects.filter(id__in=parcels))


def _by_address(code: str) -> UUID | None:
    """Read an address: ids in its path, or the signed token of an order's page."""
    parts = [part for part in urlsplit(code).path.split("/") if part]
    for part in reversed(parts):
        try:
            named = UUID(part)
        except ValueError:
            continue
        found = _first(Shipment.objects.filter(id=named))
        return found or _first(Shipment.objects.filter(order_id=named))
    if not parts:
        return None
    try:
        store_id, order_id, _ = orders.read_order_page_token(parts[-1])
    except NotFound:
        return None
    if store_id != current_store_id():
        return None
    return _first(Shipment.objects.filter(order_id=order_id))
