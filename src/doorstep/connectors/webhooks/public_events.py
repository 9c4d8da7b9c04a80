"""Which events merchants' systems hear of, and what each tells.

The docstrings are the documentation: they stand in the API's pages and in docs/map/webhooks.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from doorstep.connectors.webhooks.catalog import (
    EventData,
    also_publish_as,
    publish_as,
    register_test_type,
)
from doorstep.rooms.fulfillment import events as fulfillment
from doorstep.rooms.journeys import events as journeys
from doorstep.rooms.orders import events as orders
from doorstep.rooms.returns import events as returns
from doorstep.rooms.tracking import events as tracking
from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus

OrderId = Annotated[UUID, Field(examples=["0192f000-0000-7000-8000-000000000001"])]
CustomerId = Annotated[
    UUID | None,
    Field(
        description="Null for guests nobody can tell.",
        examples=["0192f000-0000-7000-8000-000000000002"],
    ),
]
ShipmentId = Annotated[UUID, Field(examples=["0192f000-0000-7000-8000-000000000003"])]
ParcelId = Annotated[
    UUID | None,
    Field(
        description="Null while no parcel has this number.",
        examples=["0192f000-0000-7000-8000-000000000004"],
    ),
]
TrackerId = Annotated[
    UUID,
    Field(
        description="Who follows the number: it is there also before the parcel is known.",
        examples=["0192f000-0000-7000-8000-000000000005"],
    ),
]
Reasons = Annotated[list[str], Field(examples=[["out_of_stock"]])]
Day = Annotated[date | None, Field(examples=["2026-11-25"])]
Instant = Annotated[datetime, Field(examples=["2026-11-22T09:10:00Z"])]


# --- orders --------------------------------------------------------------------------------------


class OrderData(EventData):
    """What every event about an order tells."""

    order_id: OrderId
    order_number: Annotated[str, Field(examples=["#1001"])]
    sales_channel: Annotated[str, Field(examples=["shopify"])]
    customer_id: CustomerId
    is_test: Annotated[bool, Field(description="A test order of the shop.", examples=[False])]


class OrderPlacedData(OrderData):
    """A new order arrived and was checked. Imported history is never told."""

    state: Annotated[
        str,
        Field(description="ready, on_hold, or shipped (downloads).", examples=["ready"]),
    ]
    currency: Annotated[str, Field(examples=["EUR"])]
    total_minor: Annotated[int, Field(examples=[3390])]
    item_count: Annotated[int, Field(examples=[2])]


class OrderUpdatedData(OrderData):
    """An order changed; `changed` names the fields."""

    changed: Annotated[list[str], Field(examples=[["shipping_address"]])]


class OrderOnHoldData(OrderData):
    """Something keeps an order from going out."""

    reasons: Annotated[Reasons, Field(description="What is new.")]
    all_reasons: Annotated[Reasons, Field(description="Everything it waits for.")]


class OrderReleasedData(OrderData):
    """The last hold is gone: the order is ready."""

    reasons: Annotated[Reasons, Field(description="What it had been waiting for last.")]


class OrderCanceledData(OrderData):
    """An order will not come; what was reserved for it is free again."""

    reason: Annotated[str, Field(examples=["customer"])]


class OrderRefundedData(OrderData):
    """Money went back to the shopper."""

    refund_id: Annotated[UUID, Field(examples=["0192f000-0000-7000-8000-000000000006"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    amount_minor: Annotated[int, Field(description="This time.", examples=[1450])]


class OrderShippedData(OrderData):
    """Nothing of the order is left to ship: the last of it left, here or on the platform."""


class OrderDeliveredData(OrderData):
    """All of the order arrived."""


publish_as("order.placed", orders.OrderPlaced, OrderPlacedData, renames={"order_number": "number"})
publish_as("order.updated", orders.OrderUpdated, OrderUpdatedData)
publish_as("order.on_hold", orders.OrderPutOnHold, OrderOnHoldData)
publish_as("order.released", orders.OrderReleased, OrderReleasedData)
publish_as("order.canceled", orders.OrderCanceled, OrderCanceledData)
publish_as("order.refunded", orders.OrderRefunded, OrderRefundedData)
publish_as("order.shipped", orders.OrderShippedOnPlatform, OrderShippedData)
# Whoever says it first, the shop or the shipments: an order becomes shipped by one of the two.
also_publish_as("order.shipped", orders.OrderShipped)
publish_as(
    "order.delivered",
    tracking.ParcelDelivered,
    OrderDeliveredData,
    when=lambda event: event.is_whole_order and event.order_id is not None,
)


# --- shipments -----------------------------------------------------------------------------------


class ShipmentData(EventData):
    """What every event about a shipment tells."""

    shipment_id: ShipmentId
    shipment_number: Annotated[str, Field(examples=["#1001-1"])]
    order_id: OrderId
    order_number: Annotated[str, Field(examples=["#1001"])]
    customer_id: CustomerId
    is_test: Annotated[bool, Field(description="Of a test order.", examples=[False])]


class ShipmentCreatedData(ShipmentData):
    """A sending is there to be packed."""

    ship_by_date: Annotated[Day, Field(description="Must leave by this day.")]


class ShipmentPackedData(ShipmentData):
    """A sending is in its boxes and waits for the carrier."""

    parcel_ids: Annotated[list[UUID], Field(examples=[["0192f000-0000-7000-8000-000000000004"]])]


class ShipmentShippedData(ShipmentData):
    """A sending left: handed to the carrier here, or reported by the platform."""

    source: Annotated[str, Field(description="own or platform.", examples=["own"])]
    shipped_at: Instant
    parcel_ids: Annotated[list[UUID], Field(examples=[["0192f000-0000-7000-8000-000000000004"]])]
    is_whole_order: Annotated[
        bool, Field(description="Nothing of the order is left to ship.", examples=[True])
    ]


class ShipmentCanceledData(ShipmentData):
    """A sending will not go out, or the platform called it off."""

    was_shipped: Annotated[bool, Field(examples=[False])]


_NUMBER = {"shipment_number": "number"}
publish_as("shipment.created", fulfillment.ShipmentCreated, ShipmentCreatedData, renames=_NUMBER)
publish_as("shipment.packed", fulfillment.ShipmentPacked, ShipmentPackedData, renames=_NUMBER)
publish_as("shipment.shipped", fulfillment.ShipmentShipped, ShipmentShippedData, renames=_NUMBER)
publish_as("shipment.canceled", fulfillment.ShipmentCanceled, ShipmentCanceledData, renames=_NUMBER)


# --- parcels -------------------------------------------------------------------------------------


class ParcelData(EventData):
    """What every event about a parcel tells."""

    tracker_id: TrackerId
    parcel_id: ParcelId
    order_id: Annotated[
        UUID | None,
        Field(
            description="Null while no parcel has this number.",
            examples=["0192f000-0000-7000-8000-000000000001"],
        ),
    ]
    order_number: Annotated[str, Field(examples=["#1001"])]
    customer_id: CustomerId
    is_test: Annotated[bool, Field(description="Of a test order.", examples=[False])]


class ParcelMovedData(ParcelData):
    """A parcel moved on; `status` and `substatus` say where to."""

    status: Annotated[TrackingStatus, Field(examples=["in_transit"])]
    substatus: Annotated[Substatus, Field(description="What exactly; may be empty.", examples=[""])]
    previous_status: Annotated[TrackingStatus, Field(examples=["info_received"])]
    occurred_at: Instant


class ParcelInTransitData(ParcelMovedData):
    """A parcel is on its way."""


class ParcelOutForDeliveryData(ParcelMovedData):
    """A parcel is on the last van."""

    status: Annotated[TrackingStatus, Field(examples=["out_for_delivery"])]


class ParcelAttemptFailedData(ParcelMovedData):
    """The carrier was there and could not hand the parcel over."""

    status: Annotated[TrackingStatus, Field(examples=["attempt_failed"])]
    substatus: Annotated[Substatus, Field(examples=["nobody_home"])]


class ParcelAvailableForPickupData(ParcelMovedData):
    """A parcel waits for its shopper at a shop, locker or depot."""

    status: Annotated[TrackingStatus, Field(examples=["available_for_pickup"])]


class ParcelExceptionData(ParcelMovedData):
    """Something is wrong with a parcel; `substatus` says what."""

    status: Annotated[TrackingStatus, Field(examples=["exception"])]
    substatus: Annotated[Substatus, Field(examples=["customs_held"])]


class ParcelReturnedData(ParcelMovedData):
    """A parcel goes back to the sender, or is back."""

    status: Annotated[TrackingStatus, Field(examples=["returned"])]
    substatus: Annotated[Substatus, Field(examples=["returning"])]


class ParcelDeliveredData(ParcelData):
    """A parcel arrived."""

    delivered_at: Instant
    is_whole_order: Annotated[
        bool,
        Field(description="Nothing of the order is on its way or to be shipped.", examples=[True]),
    ]


class ParcelDeliveryTakenBackData(ParcelData):
    """What was told as delivered was not: the carrier corrected itself."""

    status: Annotated[TrackingStatus, Field(examples=["in_transit"])]


class ParcelEstimateRevisedData(ParcelData):
    """The days of arrival are others than before."""

    from_date: Annotated[Day, Field(description="First day; null when there is none any more.")]
    to_date: Annotated[Day, Field(description="Last day.")]
    previous_to: Annotated[Day, Field(description="The last day before.")]
    source: Annotated[str, Field(description="Who estimates.", examples=["carrier"])]
    reason: Annotated[str, Field(examples=["delayed"])]


class ParcelLateData(ParcelData):
    """A parcel did not arrive when it was promised."""

    promised_to: Annotated[Day, Field(description="The last day promised.")]


class ParcelStalledData(ParcelData):
    """There is no news of a parcel for longer than its service level allows."""

    last_news_at: Annotated[
        datetime | None,
        Field(description="Null when there never was any.", examples=["2026-11-18T17:40:00Z"]),
    ]


class ParcelLostData(ParcelData):
    """A parcel is taken for lost."""

    by_carrier: Annotated[
        bool, Field(description="By the carrier's own word; else by the clock.", examples=[False])
    ]


class ParcelAlarmEndedData(ParcelData):
    """A parcel is no longer late, stalled or lost: it moved, arrived, or somebody settled it."""

    alarms: Annotated[list[str], Field(examples=[["late"]])]


class ParcelReportedMissingData(ParcelData):
    """The shopper says that a delivered parcel is not there."""


def _has_status(status: TrackingStatus) -> Callable[[tracking.ParcelMoved], bool]:
    return lambda event: event.status == status


for _status, _data in {
    TrackingStatus.IN_TRANSIT: ParcelInTransitData,
    TrackingStatus.OUT_FOR_DELIVERY: ParcelOutForDeliveryData,
    TrackingStatus.ATTEMPT_FAILED: ParcelAttemptFailedData,
    TrackingStatus.AVAILABLE_FOR_PICKUP: ParcelAvailableForPickupData,
    TrackingStatus.EXCEPTION: ParcelExceptionData,
    TrackingStatus.RETURNED: ParcelReturnedData,
}.items():
    publish_as(
        f"parcel.{_status}",
        tracking.ParcelMoved,
        _data,
        when=_has_status(_status),
    )
publish_as("parcel.delivered", tracking.ParcelDelivered, ParcelDeliveredData)
publish_as("parcel.delivery_taken_back", tracking.DeliveryTakenBack, ParcelDeliveryTakenBackData)
publish_as("parcel.estimate_revised", tracking.EstimateRevised, ParcelEstimateRevisedData)
publish_as("parcel.late", tracking.ParcelLate, ParcelLateData)
publish_as("parcel.stalled", tracking.ParcelStalled, ParcelStalledData)
publish_as("parcel.lost", tracking.ParcelLost, ParcelLostData)
publish_as("parcel.alarm_ended", tracking.AlarmEnded, ParcelAlarmEndedData)
publish_as("parcel.reported_missing", tracking.ParcelNotFound, ParcelReportedMissingData)


# --- returns -------------------------------------------------------------------------------------

ReturnId = Annotated[UUID, Field(examples=["0192f000-0000-7000-8000-000000000008"])]


class ReturnData(EventData):
    """What every event about a return tells."""

    return_id: ReturnId
    return_number: Annotated[str, Field(examples=["R-1042"])]
    order_id: OrderId
    order_number: Annotated[str, Field(examples=["#1001"])]
    customer_id: CustomerId
    is_test: Annotated[bool, Field(description="Of a test order.", examples=[False])]


class ReturnRequestedData(ReturnData):
    """A shopper wants to send something back."""

    kind: Annotated[
        str, Field(description="voluntary, withdrawal or warranty.", examples=["voluntary"])
    ]
    pieces: Annotated[int, Field(examples=[2])]
    needs_review: Annotated[bool, Field(description="A person has to decide.", examples=[False])]


class ReturnApprovedData(ReturnData):
    """A return may come back, or need not."""

    kind: Annotated[str, Field(examples=["voluntary"])]
    is_kept: Annotated[bool, Field(description="Nothing has to come back.", examples=[False])]
    expires_at: Annotated[
        datetime | None, Field(description="Until then.", examples=["2026-12-21T09:10:00Z"])
    ]


class ReturnReceivedData(ReturnData):
    """A returned parcel was opened."""

    pieces: Annotated[int, Field(examples=[2])]
    extra: Annotated[int, Field(description="More than was announced.", examples=[0])]
    unexpected: Annotated[int, Field(description="Of no line of the return.", examples=[0])]
    is_complete: Annotated[bool, Field(description="Nothing more is expected.", examples=[True])]


class ReturnRefundedData(ReturnData):
    """Money of a return was put on its way back, given as credit, or pays for an exchange."""

    how: Annotated[str, Field(description="source, store_credit or exchange.", examples=["source"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    amount_minor: Annotated[int, Field(examples=[2880])]
    fee_minor: Annotated[int, Field(description="Kept as a fee.", examples=[0])]
    bonus_minor: Annotated[int, Field(description="On top of store credit.", examples=[0])]


class ReturnClosedData(ReturnData):
    """Everything of a return is settled."""

    kind: Annotated[str, Field(examples=["voluntary"])]


_RETURN = {"return_number": "number"}
publish_as("return.requested", returns.ReturnRequested, ReturnRequestedData, renames=_RETURN)
publish_as("return.approved", returns.ReturnApproved, ReturnApprovedData, renames=_RETURN)
publish_as("return.received", returns.ReturnReceived, ReturnReceivedData, renames=_RETURN)
publish_as("return.refunded", returns.ReturnRefunded, ReturnRefundedData, renames=_RETURN)
publish_as("return.closed", returns.ReturnClosed, ReturnClosedData, renames=_RETURN)


# --- journeys ------------------------------------------------------------------------------------


class JourneyStepReachedData(EventData):
    """Somebody got to a journey's step that calls a webhook."""

    customer_id: CustomerId
    label: Annotated[
        str, Field(description="Your own name for the step.", examples=["Send a card"])
    ]


publish_as("journey.step_reached", journeys.WebhookAsked, JourneyStepReachedData)


# --- a test --------------------------------------------------------------------------------------


class TestData(EventData):
    """Sent from the console or the API to see whether an endpoint works. Every endpoint gets it."""

    endpoint_id: Annotated[UUID, Field(examples=["0192f000-0000-7000-8000-000000000007"])]
    is_test: Literal[True] = True


register_test_type(TestData)
