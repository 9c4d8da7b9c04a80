"""What happens to shipments. Keyed by the customer (by the order for guests nobody can tell).

All carry ``order:<uuid>`` as their subject, so that the order's timeline shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("fulfillment.shipment_created")
@dataclass(frozen=True, slots=True)
class ShipmentCreated:
    """A sending is there to be packed."""

    shipment_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    location_id: UUID | None
    ship_by_date: date | None


@event("fulfillment.shipment_packed")
@dataclass(frozen=True, slots=True)
class ShipmentPacked:
    """A sending is in its boxes and waits for the carrier."""

    shipment_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    parcel_ids: list[UUID]


@event("fulfillment.shipment_reopened")
@dataclass(frozen=True, slots=True)
class ShipmentReopened:
    """A packed sending was opened again; it has not left."""

    shipment_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    reason: str


@event("fulfillment.shipment_shipped")
@dataclass(frozen=True, slots=True)
class ShipmentShipped:
    """A sending left: handed to the carrier here, or reported by the platform."""

    shipment_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    source: str  # own or platform
    shipped_at: datetime
    parcel_ids: list[UUID]
    is_whole_order: bool  # nothing of the order is left to ship
    is_history: bool = False
    is_test: bool = False


@event("fulfillment.shipment_canceled")
@dataclass(frozen=True, slots=True)
class ShipmentCanceled:
    """A sending will not go out, or the platform called it off."""

    shipment_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    was_shipped: bool = False


@event("fulfillment.tracking_number_changed")
@dataclass(frozen=True, slots=True)
class TrackingNumberChanged:
    """A parcel that has left got its number, or another one."""

    parcel_id: UUID
    shipment_id: UUID
    order_id: UUID
    customer_id: UUID | None
    carrier: str
    tracking_number: str
    previous_number: str


@event("fulfillment.ship_by_at_risk")
@dataclass(frozen=True, slots=True)
class ShipByAtRisk:
    """A sending must leave by this day, which is near, and is not packed."""

    shipment_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    ship_by_date: date


@event("fulfillment.ship_by_missed")
@dataclass(frozen=True, slots=True)
class ShipByMissed:
    """A sending did not leave by the promised day. ``new_date``: when it leaves instead."""

    shipment_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    ship_by_date: date
    new_date: date | None
