"""A parcel as message templates see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from doorstep.rooms.fulfillment.contracts import PackedThing, ParcelView
from doorstep.rooms.messaging.contexts import (
    AttemptContext,
    ExceptionContext,
    ParcelContext,
    ParcelLineContext,
    PickupContext,
    day,
    instant,
    parcel_context,
)
from doorstep.rooms.orders.contracts import OrderPromise
from doorstep.rooms.tracking.contracts import ParcelProgress, Substatus, TrackingStatus

# (carrier, code) → what the store calls the service; a bare code is no word for shoppers.
ServiceNames = Mapping[tuple[str, str], str]

_KINDS = {
    Substatus.CUSTOMS_HELD: "customs",
    Substatus.PAYMENT_DUE: "payment_due",
    Substatus.DAMAGED: "damaged",
    Substatus.ADDRESS_PROBLEM: "address",
    Substatus.WEATHER: "weather",
    Substatus.HELD: "held",
}
# Here nobody but the shopper can help, mostly with the carrier.
_SHOPPER_ACTS = frozenset({Substatus.PAYMENT_DUE, Substatus.ADDRESS_PROBLEM})
_ATTEMPTS = {Substatus.NOBODY_HOME: "nobody_home", Substatus.NO_ACCESS: "no_access"}


def shipped_context(
    parcels: list[ParcelView],
    promise: OrderPromise | None,
    *,
    pieces: int,
    services: ServiceNames,
    at: datetime,
) -> ParcelContext:
    """Describe a shipment that just left; several parcels of it are told as one.

    :param pieces: how many of the order's pieces are to be shipped in all.
    """
    first, alone = parcels[0], len(parcels) == 1
    things = [thing for parcel in parcels for thing in parcel.things]
    return parcel_context(
        carrier_name=first.carrier_name if len({p.carrier for p in parcels}) == 1 else "",
        service_level=services.get((first.carrier, first.service_level), "") if alone else "",
        tracking_number=first.tracking_number if alone else "",
        tracking_url=first.tracking_url if alone else "",
        status=TrackingStatus.PENDING.value,
        shipped_at=instant(first.shipped_at or at),
        estimated_from_date=day(promise.delivery_from_date if promise else None),
        estimated_to_date=day(promise.delivery_to_date if promise else None),
        promised_to_date=day(promise.delivery_to_date if promise else None),
        lines=_lines(things),
        items_in_parcel=_ordered_pieces(things),
        items_in_order=pieces,
    )


def progress_context(
    parcel: ParcelProgress,
    packed: ParcelView | None,
    *,
    number: int,
    count: int,
    pieces: int,
    page_url: str,
    services: ServiceNames,
) -> ParcelContext:
    """Describe a parcel on its way.

    :param packed: what is inside; None when nobody said.
    :param number: which of the order's ``count`` parcels it is.
    :param page_url: the order's page, "" when there is none.
    """
    things = packed.things if packed else ()
    estimate = parcel.estimate
    status, substatus = TrackingStatus(parcel.status), Substatus(parcel.substatus)
    newest = next((step for step in parcel.checkpoints if not step.is_ignored), None)
    return parcel_context(
        number=number,
        count=count,
        carrier_name=parcel.carrier_name,
        service_level=services.get((parcel.carrier, parcel.service_level), ""),
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url,
        status=status.value,
        shipped_at=instant(parcel.shipped_at),
        delivered_at=instant(parcel.delivered_at),
        estimated_from_date=day(_future(estimate.from_date, parcel)),
        estimated_to_date=day(_future(estimate.to_date, parcel)),
        promised_to_date=day(parcel.promised_to),
        previous_to_date=day(estimate.previous_to),
        revise_reason=_why_later(parcel),
        lines=_lines(things),
        items_in_parcel=_ordered_pieces(things),
        items_in_order=pieces,
        location=newest.place if newest else "",
        left_with=newest.description if newest and substatus is Substatus.TO_NEIGHBOR else "",
        not_found_url=page_url,
        attempt=_attempt(parcel, substatus) if status is TrackingStatus.ATTEMPT_FAILED else None,
        pickup=_pickup(parcel) if status is TrackingStatus.AVAILABLE_FOR_PICKUP else None,
        exception=_exception(substatus, newest.description if newest else "", page_url)
        if status is TrackingStatus.EXCEPTION
        else None,
    )


def _why_later(parcel: ParcelProgress) -> str:
    """Return why it comes later; silence says more than what the estimate said before it."""
    if parcel.stalled_since and not parcel.late_since:
        return "no_movement"
    return parcel.estimate.revise_reason or ("no_movement" if parcel.stalled_since else "")


def _future(value: date | None, parcel: ParcelProgress) -> date | None:
    """Leave an estimate out that a late parcel has proved wrong: it is no date to name."""
    late = parcel.late_since or parcel.stalled_since
    if late and value is not None and value <= (parcel.promised_to or value):
        return None
    return value


def _lines(things: Iterable[PackedThing]) -> list[ParcelLineContext]:
    """Return what was ordered; samples are a surprise."""
    return [
        {
            "title": thing.title,
            "variant_title": "" if thing.options else thing.variant_title,
            "options": [{"name": name, "value": value} for name, value in thing.options],
            "quantity": thing.quantity,
            "image_url": thing.image_url if thing.image_url.startswith("https://") else "",
        }
        for thing in things
        if not thing.extra
    ]


def _ordered_pieces(things: Iterable[PackedThing]) -> int:
    return sum(thing.quantity for thing in things if not thing.extra)


def _attempt(parcel: ParcelProgress, substatus: Substatus) -> AttemptContext:
    attempted = parcel.status_at.date() if parcel.status_at else None
    next_day = parcel.estimate.to_date
    is_after = bool(attempted and next_day and next_day > attempted)
    reason: Any = _ATTEMPTS.get(substatus, "other" if substatus else "")
    return {"reason": reason, "next_date": day(next_day if is_after else None)}


def _pickup(parcel: ParcelProgress) -> PickupContext:
    place = parcel.pickup
    if place is None:
        return {"name": "", "lines": [], "until_date": "", "code": ""}
    return {
        "name": place.name,
        "lines": list(place.address_lines),
        "until_date": day(place.until_date),
        "code": place.code,
    }


def _exception(substatus: Substatus, words: str, page_url: str) -> ExceptionContext:
    acts = substatus in _SHOPPER_ACTS
    kind: Any = _KINDS.get(substatus, "other")
    return {
        "kind": kind,
        "words": words,
        "needs_shopper": acts,
        "action_url": page_url if acts else "",
    }
