"""What happens to parcels on their way. Keyed by the customer (by the order for guests).

All carry ``order:<uuid>`` as their subject where the order is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("tracking.parcel_moved")
@dataclass(frozen=True, slots=True)
class ParcelMoved:
    """A parcel's status changed (once per report, however many steps came at once)."""

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None
    status: str
    substatus: str
    previous_status: str
    occurred_at: datetime
    is_backfill: bool = False  # old news: nobody needs to be told now
    is_test: bool = False


@event("tracking.parcel_seen")
@dataclass(frozen=True, slots=True)
class ParcelSeen:
    """New steps without a change of status; pages that show the parcel look again."""

    tracker_id: UUID
    order_id: UUID | None
    customer_id: UUID | None
    checkpoints: int


@event("tracking.parcel_delivered")
@dataclass(frozen=True, slots=True)
class ParcelDelivered:
    """A parcel arrived. Journeys and run-out clocks start here, item by item."""

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None
    delivered_at: datetime
    is_whole_order: bool  # nothing of the order is still on its way or to be shipped
    is_backfill: bool = False
    is_test: bool = False


@event("tracking.delivery_taken_back")
@dataclass(frozen=True, slots=True)
class DeliveryTakenBack:
    """What was reported as delivered was not: the carrier corrected itself."""

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None
    status: str


@event("tracking.estimate_revised")
@dataclass(frozen=True, slots=True)
class EstimateRevised:
    """The days of arrival are others than before."""

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None
    from_date: date | None
    to_date: date | None
    previous_to: date | None
    source: str
    reason: str


@event("tracking.parcel_late")
@dataclass(frozen=True, slots=True)
class ParcelLate:
    """A parcel did not arrive when it was promised."""

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None
    promised_to: date | None
    is_test: bool = False


@event("tracking.parcel_stalled")
@dataclass(frozen=True, slots=True)
class ParcelStalled:
    """No news of a parcel for longer than its service level allows."""

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None
    last_news_at: datetime | None
    is_test: bool = False


@event("tracking.parcel_lost")
@dataclass(frozen=True, slots=True)
class ParcelLost:
    """A parcel is taken for lost: by the clock, or by the carrier's own word."""

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None
    by_carrier: bool
    is_test: bool = False


@event("tracking.alarm_ended")
@dataclass(frozen=True, slots=True)
class AlarmEnded:
    """A parcel is no longer late, stalled or lost: it moved, arrived or somebody settled it."""

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None
    alarms: list[str]


@event("tracking.parcel_not_found")
@dataclass(frozen=True, slots=True)
class ParcelNotFound:
    """The shopper says that a delivered parcel is not there."""

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None  # the shopper's words stand with the parcel: events can't be erased


@event("tracking.parcel_matched")
@dataclass(frozen=True, slots=True)
class ParcelMatched:
    """News that had come before the shipment found its parcel."""

    tracker_id: UUID
    parcel_id: UUID
    order_id: UUID
    customer_id: UUID | None
    checkpoints: int
