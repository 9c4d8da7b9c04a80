"""What messages about parcels, and about shipping late, can talk about.

The conventions of ``context.py`` hold: every key is always present, dates are ISO texts, ``""``
says that something is unknown. :func:`parcel_context` fills in what a caller does not know.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict, cast

from doorstep.rooms.messaging.templating.context import NamedValue, OrderMessageContext

ReviseReason = Literal[
    "",
    "carrier_update",
    "carrier_delay",
    "weather",
    "customs",
    "missed_delivery",
    "no_movement",
    "weekend_holiday",
    "address_problem",
    "other",
]
AttemptReason = Literal["", "nobody_home", "no_access", "other"]
ExceptionKind = Literal["customs", "payment_due", "damaged", "address", "weather", "held", "other"]


class ParcelLineContext(TypedDict):
    """One thing in the parcel."""

    title: Annotated[str, "Product title"]
    variant_title: Annotated[str, "Variant as one text; empty when there are options or no variant"]
    options: Annotated[list[NamedValue], "Chosen options, each with name and value"]
    quantity: Annotated[int, "How many of it are in this parcel"]
    image_url: Annotated[str, "Product picture; empty when there is none"]


class AttemptContext(TypedDict):
    """A delivery that was tried and failed."""

    reason: Annotated[AttemptReason, "Why: nobody_home, no_access, other, or empty when unknown"]
    next_date: Annotated[str, "Day of the next try (ISO date); empty when there is none or unknown"]


class PickupContext(TypedDict):
    """Where a parcel waits."""

    name: Annotated[str, "Name of the shop or locker; empty when unknown"]
    lines: Annotated[list[str], "Address of the place, line by line; may be empty"]
    until_date: Annotated[str, "Last day it waits there (ISO date); empty when unknown"]
    code: Annotated[str, "Code that opens the locker; empty when none"]


class ExceptionContext(TypedDict):
    """What stopped a parcel, and who acts."""

    kind: Annotated[
        ExceptionKind, "What: customs, payment_due, damaged, address, weather, held or other"
    ]
    words: Annotated[str, "What the carrier says, in its own words; empty when nothing"]
    needs_shopper: Annotated[bool, "True when only the shopper can resolve it"]
    action_url: Annotated[str, "Where the shopper resolves it; empty when there is nothing to do"]


class ParcelContext(TypedDict):
    """One parcel on its way. Make it with :func:`parcel_context`."""

    number: Annotated[int, "Which of the order's parcels this is, from 1"]
    count: Annotated[int, "How many parcels the order has so far"]
    carrier_name: Annotated[str, "Carrier as shoppers know it; empty when unknown"]
    service_level: Annotated[str, "Carrier's service, for example Paket or Ground; may be empty"]
    tracking_number: Annotated[str, "Tracking number; empty when there is none"]
    tracking_url: Annotated[str, "The carrier's own page; empty when it has none"]
    status: Annotated[str, "Where it is, as a code, for example in_transit or delivered"]
    shipped_at: Annotated[str, "When it left; empty when unknown"]
    delivered_at: Annotated[str, "When it arrived; empty while it has not"]
    estimated_from_date: Annotated[str, "First day it may arrive (ISO date); empty when unknown"]
    estimated_to_date: Annotated[str, "Last day it should arrive (ISO date); empty when unknown"]
    promised_to_date: Annotated[str, "Last day that was promised at first; empty when none"]
    previous_to_date: Annotated[str, "Last day before the latest change; empty when unchanged"]
    revise_reason: Annotated[
        ReviseReason,
        "Why the day changed: carrier_update, carrier_delay, weather, customs, missed_delivery,"
        " no_movement, weekend_holiday, address_problem, other, or empty",
    ]
    lines: Annotated[list[ParcelLineContext], "What is inside; empty when unknown"]
    items_in_parcel: Annotated[int, "How many pieces are inside; 0 when unknown"]
    items_in_order: Annotated[int, "How many pieces of the order are to be shipped in all"]
    location: Annotated[str, "Where it was seen last; empty when unknown"]
    left_with: Annotated[
        str, "Who or what took it in: a neighbor, a safe place; empty when unknown"
    ]
    not_found_url: Annotated[
        str, "Where to tell that a delivered parcel is not there; may be empty"
    ]
    attempt: Annotated[AttemptContext | None, "The failed delivery; none otherwise"]
    pickup: Annotated[PickupContext | None, "Where it waits; none otherwise"]
    exception: Annotated[ExceptionContext | None, "What stopped it; none otherwise"]


class DelayContext(TypedDict):
    """Goods that leave later than was said."""

    previous_date: Annotated[str, "Day it should have been shipped by (ISO date)"]
    new_date: Annotated[str, "New day it ships by (ISO date); empty when nobody can say yet"]
    consent_url: Annotated[str, "Where the shopper agrees to wait; empty when not offered"]
    cancel_url: Annotated[str, "Where the shopper cancels and is paid back; empty when not offered"]
    silence_means: Annotated[
        Literal["", "consent", "cancel"],
        "What no answer means, where the law wants it said: consent, cancel, or empty",
    ]
    respond_by_date: Annotated[str, "Until when to answer (ISO date); empty when there is no limit"]


class ParcelMessageContext(OrderMessageContext):
    """All ``parcel_…`` kinds."""

    parcel: ParcelContext


class ShipLateContext(OrderMessageContext):
    """``order_ship_late``. The law behind it in the United States is 16 CFR 435.2."""

    delay: DelayContext


PARCEL_KINDS = (
    "parcel_shipped",
    "parcel_out_for_delivery",
    "parcel_delivered",
    "parcel_attempt_failed",
    "parcel_ready_for_pickup",
    "parcel_delayed",
    "parcel_exception",
    "parcel_returning",
    "parcel_lost",
)
"""Kinds of messages whose context is a :class:`ParcelMessageContext`."""


def parcel_context(
    *,
    number: int = 1,
    count: int = 1,
    carrier_name: str = "",
    service_level: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    status: str = "",
    shipped_at: str = "",
    delivered_at: str = "",
    estimated_from_date: str = "",
    estimated_to_date: str = "",
    promised_to_date: str = "",
    previous_to_date: str = "",
    revise_reason: str = "",
    lines: list[ParcelLineContext] | None = None,
    items_in_parcel: int = 0,
    items_in_order: int = 0,
    location: str = "",
    left_with: str = "",
    not_found_url: str = "",
    attempt: AttemptContext | None = None,
    pickup: PickupContext | None = None,
    exception: ExceptionContext | None = None,
) -> ParcelContext:
    """Describe a parcel for templates; what is not given is unknown or does not apply.

    Dates and instants as made by ``day`` and ``instant``.
    """
    return {
        "number": number,
        "count": count,
        "carrier_name": carrier_name,
        "service_level": service_level,
        "tracking_number": tracking_number,
        "tracking_url": tracking_url,
        "status": status,
        "shipped_at": shipped_at,
        "delivered_at": delivered_at,
        "estimated_from_date": estimated_from_date,
        "estimated_to_date": estimated_to_date,
        "promised_to_date": promised_to_date,
        "previous_to_date": previous_to_date,
        "revise_reason": cast(ReviseReason, revise_reason),
        "lines": lines or [],
        "items_in_parcel": items_in_parcel,
        "items_in_order": items_in_order,
        "location": location,
        "left_with": left_with,
        "not_found_url": not_found_url,
        "attempt": attempt,
        "pickup": pickup,
        "exception": exception,
    }
