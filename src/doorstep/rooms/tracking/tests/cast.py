"""Parcels of the cast, and what the tests of this room share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.reading import list_events
from doorstep.kernel.ids import new_id
from doorstep.rooms.fulfillment.contracts import CarrierInfo, ParcelView
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import (
    IncomingAddress,
    IncomingLine,
    IncomingOrder,
    IncomingPerson,
    LineAmounts,
    OrderTotals,
)
from doorstep.rooms.tracking import api
from doorstep.rooms.tracking.contracts import (
    RecordedReport,
    ReportedCheckpoint,
    Substatus,
    TrackingReport,
    TrackingStatus,
)
from doorstep.rooms.tracking.models import Tracker
from doorstep.rooms.tracking.recording.shipments import Shipped, follow_parcels

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)  # a Friday
SHIPPED = AT - timedelta(days=2)
CARRIER = Actor("connector", "aftership", "AfterShip")
INES = Actor("user", "ines", "Ines", role="owner")
SAM = Actor("user", "sam", "Sam", role="support")
MIA = Actor("user", "mia", "Mia", role="marketer")
S = TrackingStatus


def place_order(nth: int = 1, *, email: str = "maya@example.com", country: str = "DE") -> UUID:
    """Place an order of Maya's; returns its id."""
    home = IncomingAddress(
        name="Maya Lindqvist",
        line1="Kastanienallee 12",
        city="Berlin",
        postal_code="10435",
        country_code=country,
    )
    order = IncomingOrder(
        external_id=f"order-{nth}",
        number=f"#{1000 + nth}",
        currency="EUR",
        placed_at=SHIPPED - timedelta(hours=6),
        version_at=SHIPPED,
        totals=OrderTotals(1000, 0, 0, 0, 1000),
        lines=(IncomingLine("l", "Tea", 1, LineAmounts(1000, 0, 0, 1000)),),
        taxes_included=True,
        person=IncomingPerson(email=email, name="Maya Lindqvist"),
        shipping_address=home,
    )
    [kept] = orders.record_orders(
        [order], sales_channel="shopify", connection_id=None, by=CARRIER, at=SHIPPED
    )
    return kept.order_id


def make_parcel(order_id: UUID, number: str = "", **more: Any) -> ParcelView:
    """Make a parcel that left, as the fulfillment room shows it."""
    left = more.pop("shipped_at", SHIPPED)
    shipments = apps.get_model("fulfillment", "Shipment")
    nth = shipments.objects.filter(order=order_id).count() + 1
    shipment = shipments.objects.create(
        store_id=_store_of(order_id),
        order_id=order_id,
        nth=nth,
        number=f"#{nth}",
        number_key=f"{nth}",
        state="shipped",
        created_at=left,
        created_by="system:test",
        packed_at=left,
        packed_by="system:test",
        shipped_at=left,
        shipped_by="system:test",
    )
    parcel = apps.get_model("fulfillment", "Parcel").objects.create(
        store_id=shipment.store_id, shipment=shipment, position=1, created_at=left
    )
    given: dict[str, Any] = {
        "id": parcel.id,
        "shipment_id": shipment.id,
        "order_id": order_id,
        "customer_id": None,
        "position": 1,
        "box_name": "",
        "weight_grams": None,
        "carrier": "dhl",
        "carrier_name": "DHL",
        "service_level": "",
        "tracking_number": number,
        "tracking_url": "",
        "has_label": False,
        "shipped_at": left,
        "things": (),
    }
    return ParcelView(**given | more)


def _store_of(order_id: UUID) -> UUID:
    store_id: UUID = apps.get_model("orders", "Order").objects.get(id=order_id).store_id
    return store_id


def ship(
    *parcels: ParcelView,
    at: datetime = SHIPPED,
    whole: bool = True,
    carriers: Sequence[CarrierInfo] = (),
) -> list[Tracker]:
    """Let parcels leave; returns their trackers."""
    follow_parcels(
        [Shipped(parcel, is_order_shipped=whole) for parcel in parcels], carriers, by=CARRIER, at=at
    )
    found = {
        one.parcel_id: one for one in Tracker.objects.filter(parcel__in=[p.id for p in parcels])
    }
    return [found[parcel.id] for parcel in parcels]


def ship_one(number: str = "00340434161094042557", nth: int = 1, **more: Any) -> Tracker:
    """Let one parcel of a new order leave."""
    [tracker] = ship(make_parcel(place_order(nth), number, **more))
    return tracker


def step(
    status: TrackingStatus | None, hours: float = 0, substatus: str = "", **more: Any
) -> ReportedCheckpoint:
    """Return a step so many hours after the parcel left."""
    at = more.pop("occurred_at", SHIPPED + timedelta(hours=hours))
    return ReportedCheckpoint(at, status, Substatus(substatus), **more)


def report(
    *steps: ReportedCheckpoint, number: str = "00340434161094042557", **more: Any
) -> TrackingReport:
    """Return what an aggregator says about a number."""
    given: dict[str, Any] = {"source": "aftership", "carrier": "dhl"}
    return TrackingReport(tracking_number=number, checkpoints=steps, **given | more)


def tell(*reports: TrackingReport, at: datetime = AT) -> list[RecordedReport]:
    """Bring reports."""
    return api.record_reports(reports, by=CARRIER, at=at)


def events_of(order_id: UUID | None) -> list[str]:
    """List the names of an order's tracking events, oldest first."""
    found = list_events(subjects=[f"order:{order_id}"])
    names = [one["name"] for one in reversed(found)]
    return [name.removeprefix("tracking.") for name in names if name.startswith("tracking.")]


def fresh(tracker: Tracker) -> Tracker:
    """Read a tracker again."""
    return Tracker.objects.get(id=tracker.id)


__all__ = ["new_id"]
