"""Made-up parcels of the cast in every condition, to be varied by each test."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.portal.orders.page import read_order
from doorstep.portal.orders.reading import Reading
from doorstep.portal.tests.made_up import CUP, ORDER, STORE, TEA
from doorstep.rooms.fulfillment.contracts import OrderParcels, PackedThing, ParcelView
from doorstep.rooms.orders.contracts import LineView, ShopperOrder
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking.contracts import (
    CheckpointView,
    EstimateView,
    ParcelCondition,
    ParcelProgress,
    PickupPoint,
    Substatus,
    TrackingStatus,
)

AT = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
SHIPPED_AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
TODAY = date(2026, 11, 24)
SOON = date(2026, 11, 26)
PAST = date(2026, 11, 22)


def uuid(number: int) -> UUID:
    """Return a fixed id."""
    return UUID(int=0x0192F000_0000_7000_8000_000000000000 + number)


def thing(line: LineView, quantity: int) -> PackedThing:
    """Return pieces of an order's line as packed."""
    return PackedThing(
        order_line_id=line.id,
        variant_id=None,
        title=line.title,
        variant_title=line.variant_title,
        options=line.options,
        properties=line.properties,
        sku=line.sku,
        quantity=quantity,
        image_url=line.image_url,
    )


def view(number: int = 1, *things: PackedThing, **changes: Any) -> ParcelView:
    """Return a parcel that left; by default with all of the made-up order."""
    whole = ParcelView(
        id=uuid(100 + number),
        shipment_id=uuid(90),
        order_id=ORDER.id,
        customer_id=None,
        position=number,
        box_name="Medium",
        weight_grams=1200,
        carrier="dhl",
        carrier_name="DHL",
        service_level="Paket",
        tracking_number=f"0034043412345678{number:04d}",
        tracking_url=f"https://carrier.example/track?n=0034043412345678{number:04d}",
        has_label=True,
        shipped_at=SHIPPED_AT,
        things=things or (thing(TEA, 2), thing(CUP, 1)),
    )
    return replace(whole, **changes)


def sent(*views: ParcelView) -> OrderParcels:
    """Return these parcels as all that left."""
    gone: Counter[UUID] = Counter()
    for one in views:
        for packed in one.things:
            if packed.order_line_id is not None:
                gone[packed.order_line_id] += packed.quantity
    return OrderParcels(views, gone)


def step(
    hours_ago: float,
    status: str,
    substatus: str = "",
    *,
    place: str = "Leipzig, DE",
    description: str = "",
    **changes: Any,
) -> CheckpointView:
    """Return a step of a parcel's way."""
    at = AT - timedelta(hours=hours_ago)
    whole = CheckpointView(
        id=uuid(5000 + int(hours_ago * 10)),
        at=at,
        received_at=at,
        status=status,
        substatus=substatus,
        code="X1",
        description=description,
        place=place,
        source="aftership",
        carrier="dhl",
        tracking_number="00340434123456780001",
        is_clock_off=False,
        is_date_only=False,
        is_ignored=False,
    )
    return replace(whole, **changes)


WAY = (
    step(5, TrackingStatus.IN_TRANSIT, Substatus.ARRIVED),
    step(21, TrackingStatus.IN_TRANSIT, Substatus.DEPARTED, place="Berlin, DE"),
    step(26, TrackingStatus.IN_TRANSIT, Substatus.ARRIVED, place="Berlin, DE"),
    step(69, TrackingStatus.IN_TRANSIT, Substatus.PICKED_UP, place="Berlin, DE"),
    step(94, TrackingStatus.INFO_RECEIVED, place=""),
)

CARRIER_SAYS = EstimateView(SOON, SOON, "carrier")


def progress(condition: str, number: int = 1, **changes: Any) -> ParcelProgress:
    """Return a parcel on its way in a condition."""
    whole = ParcelProgress(
        tracker_id=uuid(200 + number),
        parcel_id=uuid(100 + number),
        order_id=ORDER.id,
        customer_id=None,
        carrier="dhl",
        carrier_name="DHL",
        service_level="Paket",
        tracking_number=f"0034043412345678{number:04d}",
        tracking_url=f"https://carrier.example/track?n=0034043412345678{number:04d}",
        linked_numbers=(),
        status=TrackingStatus.IN_TRANSIT,
        substatus="",
        status_at=AT - timedelta(hours=5),
        condition=condition,
        estimate=CARRIER_SAYS,
        promised_to=SOON,
        shipped_at=SHIPPED_AT,
        first_scan_at=AT - timedelta(hours=69),
        last_news_at=AT - timedelta(hours=5),
        delivered_at=None,
        signed_by="",
        pickup=None,
        late_since=None,
        stalled_since=None,
        lost_since=None,
        not_found_since=None,
        steps_done=(("shipped", SHIPPED_AT),),
        checkpoints=WAY,
    )
    return replace(whole, **changes)


def exception(substatus: str) -> ParcelProgress:
    """Return a parcel in the trouble that a substatus names."""
    status = TrackingStatus.EXCEPTION
    return progress(
        ParcelCondition.EXCEPTION,
        status=status,
        substatus=substatus,
        checkpoints=(step(5, status, substatus), *WAY[1:]),
    )


_DELIVERED: dict[str, Any] = {
    "status": TrackingStatus.DELIVERED,
    "substatus": Substatus.TO_NEIGHBOR,
    "delivered_at": AT - timedelta(hours=2),
    "status_at": AT - timedelta(hours=2),
    "steps_done": (("shipped", SHIPPED_AT), ("delivered", AT - timedelta(hours=2))),
    "checkpoints": (
        step(2, TrackingStatus.DELIVERED, Substatus.TO_NEIGHBOR, place="Stockholm, SE"),
        step(7, TrackingStatus.OUT_FOR_DELIVERY, place="Stockholm, SE"),
        *WAY,
    ),
}

STATES: dict[str, ParcelProgress] = {
    "no scan yet": progress(
        ParcelCondition.NO_SCAN_YET,
        status=TrackingStatus.INFO_RECEIVED,
        first_scan_at=None,
        estimate=EstimateView(date(2026, 11, 25), SOON, "service"),
        checkpoints=(WAY[-1],),
    ),
    "on its way": progress(ParcelCondition.ON_ITS_WAY),
    "out for delivery": progress(
        ParcelCondition.OUT_FOR_DELIVERY,
        status=TrackingStatus.OUT_FOR_DELIVERY,
        estimate=EstimateView(TODAY, TODAY, "carrier", is_sure=True),
        checkpoints=(step(5, TrackingStatus.OUT_FOR_DELIVERY, place="Stockholm, SE"), *WAY[1:]),
    ),
    "late, new date": progress(
        ParcelCondition.LATE,
        promised_to=PAST,
        late_since=AT - timedelta(hours=20),
        estimate=EstimateView(
            SOON, SOON, "carrier", revise_reason="weather", previous_to=PAST, revised_at=AT
        ),
    ),
    "late": progress(
        ParcelCondition.LATE,
        promised_to=PAST,
        late_since=AT - timedelta(hours=20),
        estimate=EstimateView(PAST, PAST, "carrier"),
    ),
    "stalled": progress(
        ParcelCondition.STALLED,
        last_news_at=AT - timedelta(days=5),
        stalled_since=AT - timedelta(days=1),
        checkpoints=(step(120, TrackingStatus.IN_TRANSIT, Substatus.ARRIVED),),
    ),
    "attempted": progress(
        ParcelCondition.ATTEMPTED,
        status=TrackingStatus.ATTEMPT_FAILED,
        substatus=Substatus.NOBODY_HOME,
        estimate=EstimateView(date(2026, 11, 25), date(2026, 11, 25), "carrier"),
        checkpoints=(step(5, TrackingStatus.ATTEMPT_FAILED, Substatus.NOBODY_HOME), *WAY[1:]),
    ),
    "pick-up": progress(
        ParcelCondition.PICKUP,
        status=TrackingStatus.AVAILABLE_FOR_PICKUP,
        pickup=PickupPoint(
            "ICA Nära", ("Hornsgatan 40", "118 21 Stockholm"), "4711", date(2026, 12, 1)
        ),
        checkpoints=(step(5, TrackingStatus.AVAILABLE_FOR_PICKUP, place="Stockholm, SE"), *WAY[1:]),
    ),
    "customs": replace(exception(Substatus.CUSTOMS_HELD), condition=ParcelCondition.CUSTOMS),
    "customs, payment due": replace(
        exception(Substatus.PAYMENT_DUE), condition=ParcelCondition.CUSTOMS
    ),
    "address problem": exception(Substatus.ADDRESS_PROBLEM),
    "damaged": exception(Substatus.DAMAGED),
    "refused": exception(Substatus.REFUSED),
    "weather": exception(Substatus.WEATHER),
    "delayed": exception(Substatus.DELAYED),
    "held": exception(Substatus.HELD),
    "label canceled": exception(Substatus.CANCELED),
    "other exception": exception(Substatus.OTHER),
    "delivered": progress(ParcelCondition.DELIVERED, **_DELIVERED),
    "not found": progress(
        ParcelCondition.NOT_FOUND, **_DELIVERED, not_found_since=AT - timedelta(hours=1)
    ),
    "returning": progress(
        ParcelCondition.RETURNING,
        status=TrackingStatus.RETURNED,
        substatus=Substatus.RETURNING,
        checkpoints=(step(5, TrackingStatus.RETURNED, Substatus.RETURNING), *WAY[1:]),
    ),
    "returned": progress(
        ParcelCondition.RETURNED,
        status=TrackingStatus.RETURNED,
        substatus=Substatus.RETURNED_TO_SENDER,
        checkpoints=(step(5, TrackingStatus.RETURNED, Substatus.RETURNED_TO_SENDER), *WAY[1:]),
    ),
    "lost": progress(
        ParcelCondition.LOST,
        last_news_at=AT - timedelta(days=16),
        lost_since=AT - timedelta(days=1),
        checkpoints=(step(384, TrackingStatus.IN_TRANSIT, Substatus.ARRIVED),),
    ),
}
"""Every condition that a parcel can be in, by the name tests and screenshots know it by."""

SHIPPED_ORDER = replace(ORDER, state="shipped")


def read(
    state: str = "on its way",
    *,
    language: str = "en",
    order: ShopperOrder = SHIPPED_ORDER,
    store: StoreInfo = STORE,
) -> Reading:
    """Return the made-up order in one parcel in a state of :data:`STATES`."""
    return read_order(
        order, store, language=language, at=AT, sent=sent(view()), progress=[STATES[state]]
    )


def read_several(*, language: str = "en", store: StoreInfo = STORE) -> Reading:
    """Return the made-up order in two parcels, one there and one late, the rest not sent."""
    tea = replace(TEA, quantity=4)
    return read_order(
        replace(ORDER, lines=(tea, CUP)),
        store,
        language=language,
        at=AT,
        sent=sent(view(1, thing(tea, 2)), view(2, thing(CUP, 1))),
        progress=[
            STATES["delivered"],
            replace(
                STATES["late, new date"],
                parcel_id=uuid(102),
                tracker_id=uuid(202),
                tracking_number="00340434123456780002",
            ),
        ],
    )
