"""Frozen values that cross the wall of the tracking room.

Connectors bring what carriers and aggregators say as :class:`TrackingReport`; whatever they call
their codes, this is the one shape the room understands. All instants in views are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class TrackingStatus(StrEnum):
    """Where a parcel is. One list for all carriers."""

    PENDING = "pending"  # a number, and nothing else
    INFO_RECEIVED = "info_received"  # announced to the carrier, not seen yet
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERED = "delivered"
    EXCEPTION = "exception"  # the substatus says what
    EXPIRED = "expired"  # the carrier stopped to follow it
    RETURNED = "returned"  # going back to the sender, or back


class Substatus(StrEnum):
    """What exactly; a closed list."""

    NONE = ""
    # info_received, in_transit
    PICKED_UP = "picked_up"
    ARRIVED = "arrived"  # at a depot
    DEPARTED = "departed"
    CUSTOMS = "customs"  # cleared or in the normal course
    HANDED_OVER = "handed_over"  # to another carrier
    RESCHEDULED = "rescheduled"
    # attempt_failed
    NOBODY_HOME = "nobody_home"
    NO_ACCESS = "no_access"
    # delivered
    SIGNED = "signed"
    TO_NEIGHBOR = "to_neighbor"
    TO_SAFE_PLACE = "to_safe_place"
    TO_LOCKER = "to_locker"
    # exception
    CUSTOMS_HELD = "customs_held"
    PAYMENT_DUE = "payment_due"  # duties, cash on delivery
    ADDRESS_PROBLEM = "address_problem"
    DAMAGED = "damaged"
    LOST = "lost"  # the carrier says so
    REFUSED = "refused"
    WEATHER = "weather"
    DELAYED = "delayed"
    HELD = "held"
    CANCELED = "canceled"  # the label was voided
    OTHER = "other"
    # returned
    RETURNING = "returning"
    RETURNED_TO_SENDER = "returned_to_sender"


@dataclass(frozen=True, slots=True)
class ReportedCheckpoint:
    """One step as the source reports it.

    :param occurred_at: aware where the source names a zone or an offset; *naive* (local to where
        it happened) where it does not; None where it gives no time at all.
    :param status: None when the code was not understood: kept, shown, and without effect.
    :param code: the source's own code, for the list of what was not understood.
    :param raw: the source's own words for this step, as JSON.
    """

    occurred_at: datetime | None
    status: TrackingStatus | None
    substatus: Substatus = Substatus.NONE
    code: str = ""
    description: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country_code: str = ""  # ISO 3166-1 alpha-2, "" when unknown
    external_id: str = ""
    is_date_only: bool = False  # the source gives the day alone
    is_correction: bool = False  # the source says so: an earlier "delivered" was wrong
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PickupPoint:
    """Where a parcel waits for its shopper."""

    name: str = ""
    address_lines: tuple[str, ...] = ()
    code: str = ""
    until_date: date | None = None


@dataclass(frozen=True, slots=True)
class TrackingReport:
    """What one source says about one tracking number at one moment.

    :param source: who says it: "aftership", "easypost", "ups" …
    :param carrier: our code of the carrier ("usps"); "" when the source does not say.
    :param status: the source's own summary; None when it gives none or it was not understood.
        Used where there are no checkpoints, and to complete a step that has no status.
    :param status_at: when the summary was true (aware, naive or None as above).
    :param estimated_from: first and last day of arrival as the carrier estimates now; equal for a
        single day. Naive local dates.
    :param linked_numbers: (carrier, number) of the same parcel elsewhere: handed over, master.
    :param reference: what the merchant wrote on it (the order's number), "" when none.
    """

    source: str
    tracking_number: str
    carrier: str = ""
    checkpoints: tuple[ReportedCheckpoint, ...] = ()
    status: TrackingStatus | None = None
    substatus: Substatus = Substatus.NONE
    status_code: str = ""
    status_at: datetime | None = None
    estimated_from: date | None = None
    estimated_to: date | None = None
    service_level: str = ""
    signed_by: str = ""
    pickup: PickupPoint | None = None
    linked_numbers: tuple[tuple[str, str], ...] = ()
    tracking_url: str = ""
    reference: str = ""
    origin_country: str = ""
    destination_country: str = ""
    is_test: bool = False
    warnings: tuple[str, ...] = ()  # what the normalizer found odd but bearable


class ReportOutcome(StrEnum):
    """What recording one report did."""

    APPLIED = "applied"  # something new about a parcel of ours
    UNCHANGED = "unchanged"  # all of it was known
    KEPT = "kept"  # nobody knows the number yet: kept for when its shipment comes


@dataclass(frozen=True, slots=True)
class RecordedReport:
    """The answer to one report, in the order they were given."""

    tracking_number: str
    tracker_id: UUID
    outcome: ReportOutcome
    new_checkpoints: int
    order_id: UUID | None = None


class ParcelCondition(StrEnum):
    """What a parcel is to its shopper: decides the words, the tone and who acts.

    A parcel has exactly one; what is worse comes first where several would fit.
    """

    LOST = "lost"
    RETURNING = "returning"
    RETURNED = "returned"
    NOT_FOUND = "not_found"  # delivered, says the carrier; not found, says the shopper
    DELIVERED = "delivered"
    ATTEMPTED = "attempted"
    PICKUP = "pickup"
    CUSTOMS = "customs"  # held: somebody must do something
    EXCEPTION = "exception"  # any other trouble, named by the substatus
    STALLED = "stalled"  # no news for too long
    LATE = "late"
    OUT_FOR_DELIVERY = "out_for_delivery"
    NO_SCAN_YET = "no_scan_yet"  # shipped, but the carrier has not seen it
    ON_ITS_WAY = "on_its_way"


@dataclass(frozen=True, slots=True)
class EstimateView:
    """When a parcel should arrive, as store-local dates, and why that changed.

    :param source: "carrier" (its own word), "service" (from the service level's usual time),
        "order" (what was promised).
    :param is_sure: a single day named by the carrier for a parcel that moves.
    :param revise_reason: why it is not what it was: carrier_update, carrier_delay, weather,
        customs, missed_delivery, no_movement, weekend_holiday, address_problem, other; "" for
        the first one.
    :param previous_to: the last day before this revision.
    """

    from_date: date | None
    to_date: date | None
    source: str
    is_sure: bool = False
    revise_reason: str = ""
    previous_to: date | None = None
    revised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """One step of a parcel, newest first in lists.

    :param at: the instant that counts; ``is_clock_off``: the source's own lay in the future or
        had no zone that makes sense, so the instant of arrival here was taken.
    :param status: "" when the code was not understood.
    """

    id: UUID
    at: datetime
    received_at: datetime
    status: str
    substatus: str
    code: str
    description: str
    place: str  # "Leipzig, DE"
    source: str
    carrier: str
    tracking_number: str
    is_clock_off: bool
    is_date_only: bool
    is_ignored: bool  # kept, but without effect (after the end, or not understood)


@dataclass(frozen=True, slots=True)
class ParcelProgress:
    """A parcel on its way: what pages, API and messages show.

    :param parcel_id: None for a number that belongs to no shipment yet.
    :param steps_done: which of the shopper's milestones are reached, at which instant:
        ``shipped``, ``in_transit``, ``out_for_delivery``, ``delivered``.
    :param linked_numbers: further numbers of the same parcel: (carrier name, number, address).
    """

    tracker_id: UUID
    parcel_id: UUID | None
    order_id: UUID | None
    customer_id: UUID | None
    carrier: str
    carrier_name: str
    service_level: str
    tracking_number: str
    tracking_url: str
    linked_numbers: tuple[tuple[str, str, str], ...]
    status: str
    substatus: str
    status_at: datetime | None
    condition: str  # a ParcelCondition
    estimate: EstimateView
    promised_to: date | None
    shipped_at: datetime | None
    first_scan_at: datetime | None
    last_news_at: datetime | None
    delivered_at: datetime | None
    signed_by: str
    pickup: PickupPoint | None
    late_since: datetime | None
    stalled_since: datetime | None
    lost_since: datetime | None
    not_found_since: datetime | None  # the shopper told us
    steps_done: tuple[tuple[str, datetime], ...]
    checkpoints: tuple[CheckpointView, ...] = ()
    estimates: tuple[EstimateView, ...] = ()  # all revisions, newest first (console and API)
    trouble_after_delivery: str = ""  # a Substatus told after it was delivered: "damaged"
    is_open: bool = True  # it can still move
    is_test: bool = False
    is_history: bool = False
    not_found_note: str = ""  # what the shopper wrote
    settled_as: str = ""  # a person's last word: found, lost or delivered
    settled_at: datetime | None = None
    settled_note: str = ""


@dataclass(frozen=True, slots=True)
class TrackerFilter:
    """What a list of parcels is narrowed to.

    :param alarm: "late", "stalled", "lost", "exception", "not_found", "unmatched", "any" (of the
        first five) or "".
    :param search: tracking number (any part's beginning) or order number's parcels by order_id.
    :param only_on_the_way: those that left and can still move, the past left out.
    :param delivered_since: those that arrived from this instant on.
    """

    alarm: str = ""
    status: str = ""
    carrier: str = ""
    order_id: UUID | None = None
    search: str = ""
    only_on_the_way: bool = False
    delivered_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrackerPage:
    """Some parcels, the oldest trouble first, and where the next ones begin ("" at the end)."""

    items: tuple[ParcelProgress, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class TrackerCounts:
    """How many parcels are where, for tabs, the board and Problems."""

    on_the_way: int
    late: int
    stalled: int
    lost: int
    exception: int
    not_found: int
    unmatched: int
    delivered_today: int


@dataclass(frozen=True, slots=True)
class ParcelTroubles:
    """How much of the parcels needs a person.

    :param parcels: those with at least one of the five troubles that follow; one may have several.
    :param unmatched: numbers that for more than a day (and less than thirty) belong to no parcel.
    :param unknown_codes: codes of carriers that nobody has given a meaning.
    """

    parcels: int
    late: int
    stalled: int
    lost: int
    not_found: int
    exception: int
    unmatched: int
    unknown_codes: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many parcels left and arrived on one of the store's days."""

    date: date
    shipped: int
    delivered: int


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Of the parcels that arrived and had a promise, how many kept it."""

    arrived: int
    on_time: int


@dataclass(frozen=True, slots=True)
class Clocks:
    """When a parcel counts as late, stalled and lost. Hours and days by the calendar.

    The most specific set counts: carrier and service level, carrier, the store's own.

    :param no_scan_hours: after handing over without any scan: stalled.
    :param stalled_hours: after the last news while on its way: stalled.
    :param late_hours: after the end of the last promised day: late.
    :param lost_days: after the last news (or handing over), when late or stalled: lost.
    """

    carrier: str = ""
    service_level: str = ""
    no_scan_hours: int = 72
    stalled_hours: int = 96
    late_hours: int = 12
    lost_days: int = 14


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A status code that nobody understood yet, and what the store says it means."""

    id: UUID
    source: str
    carrier: str
    code: str
    example: str  # the description that came with it last
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    meaning: str  # a TrackingStatus the store chose, "" while open
    substatus: str


class Step(StrEnum):
    """The news a shopper can choose to be told."""

    SHIPPED = "shipped"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    PROBLEM = "problem"  # attempt failed, pick-up, customs, late, returning, lost


@dataclass(frozen=True, slots=True)
class UpdateChoice:
    """Which news about an order's parcels its shopper wants, and how.

    :param channel: a messaging channel, or "none" for silence.
    :param is_default: nobody chose: the store's own settings.
    :param offered: channels that can be chosen beside "email" and "none".
    """

    channel: str
    steps: tuple[str, ...]
    is_default: bool
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderUpdates:
    """What somebody chose to be told about one order's parcels, and when."""

    order_id: UUID
    channel: str
    steps: tuple[str, ...]
    chosen_at: datetime
