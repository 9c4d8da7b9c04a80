"""Amazon: Shipping API v2 (getTracking) and the tracking API of 2026-01-30.

Status list: "EventCode", "Status" and "TrackingDetailCodes" of the Selling Partner API models.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import LONG, dig, items, number, text, values
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

EVENTS = m.table({
    m.INFO: "ReadyForReceive PreTransit LabelCreated",
    m.PICKED_UP: "PickupDone",
    m.TRANSIT: "InTransit",
    m.DEPARTED: "Departed",
    m.ARRIVED: "ArrivedAtCarrierFacility",
    m.OUT: "OutForDelivery",
    m.DELIVERED: "Delivered",
    m.ATTEMPT: "DeliveryAttempted",
    m.PICKUP: "AvailableForPickup AwaitingCustomerPickup",
    m.LOST: "Lost",
    m.REFUSED: "Rejected",
    m.TROUBLE: "Undeliverable",
    m.CANCELED: "PickupCancelled Cancelled",
    m.RETURNING: "ReturnInitiated",
    m.RESCHEDULED: "RecipientRequestedAlternateDeliveryTiming",
    m.DAMAGED: "Damaged Destroyed",
    m.DELAYED: "Delayed",
})  # fmt: skip
MILESTONES = m.table({
    m.INFO: "ORDER_PREPARING ORDER_RECEIVED CARRIER_ASSIGNED LABEL_CREATED READY_FOR_PICKUP_BY_CARRIER",
    m.PICKED_UP: "SHIPPED PICKED_UP",
    m.TRANSIT: "IN_TRANSIT",
    m.DEPARTED: "DEPARTED",
    m.ARRIVED: "ARRIVED ARRIVED_AT_FACILITY",
    m.OUT: "OUT_FOR_DELIVERY",
    m.DELIVERED: "DELIVERED",
    m.ATTEMPT: "DELIVERY_ATTEMPTED ATTEMPTED",
    m.PICKUP: "AVAILABLE_FOR_PICKUP READY_FOR_PICKUP",
    m.DELAYED: "DELAYED",
    m.LOST: "LOST",
    m.DAMAGED: "DAMAGED",
    m.REFUSED: "REJECTED REFUSED",
    m.TROUBLE: "UNDELIVERABLE EXCEPTION",
    m.CANCELED: "CANCELLED CANCELED",
    m.RETURNING: "RETURNING RETURN_INITIATED",
    m.RETURNED: "RETURNED",
})  # fmt: skip
_SAFE = {"PORCH", "MAILBOX", "FRONT_DOOR", "BACK_DOOR", "GARAGE", "SAFE_PLACE", "MAIL_SLOT", "SHED"}


def meaning_of(code: str, is_return: bool) -> Meaning:
    """Return what an event means: on the way back, "Delivered" is at the merchant's door."""
    known = EVENTS.get(code, UNKNOWN)
    if is_return and known.status is not None:
        return m.RETURNED if known == m.DELIVERED else m.RETURNING
    return known


def milestone(code: str, sub_code: str, words: str) -> Meaning:
    """Return what a milestone means, made finer by its sub code."""
    known = MILESTONES.get(code.upper(), UNKNOWN)
    if known == m.DELIVERED:
        if sub_code in _SAFE:
            return m.SAFE_PLACE
        if sub_code in ("NEIGHBOR", "NEIGHBOUR"):
            return m.NEIGHBOR
        if "LOCKER" in sub_code:
            return m.LOCKER
        if sub_code in ("SIGNED", "SIGNATURE"):
            return m.SIGNED
    return refine(known, words) if known in (UNKNOWN, m.TROUBLE) else known


def matches(data: Any) -> bool:
    """Tell whether this is Amazon's shape."""
    if not isinstance(data, dict):
        return False
    payload = data.get("payload")
    inner = payload if isinstance(payload, dict) else data
    return (
        "trackingDetail" in inner
        or "trackingDetails" in inner
        or ("trackingId" in inner and ("eventHistory" in inner or "summary" in inner))
    )


def read(data: Any) -> list[Found]:
    """Read an answer of either API."""
    inner = dig(data, "payload") or data
    details = items(inner, "trackingDetail") or items(inner, "trackingDetails")
    if details:
        return [_read_detail(one) for one in details]
    found = [_read_v2(one) for one in items(inner) if "trackingId" in one]
    return found or [find_problem(data) or problem("", "No tracking information in it")]


def _read_v2(one: dict[str, Any]) -> Found:
    events = items(one, "eventHistory")
    status = text(one, "summary", "status")
    on_way_back = any(text(raw, "shipmentType").upper() == "RETURNS" for raw in events)
    meaning = meaning_of(status, on_way_back)
    codes = dig(one, "summary", "trackingDetailCodes") or {}
    if meaning == m.DELIVERED and "Signed" in values(codes, "forward"):
        meaning = m.SIGNED
    draft = Draft(
        "amazon_shipping",
        number(one, "trackingId"),
        carrier="amazon",
        meaning=meaning,
        status_code=status,
    )
    draft.checkpoints = [_read_event(raw) for raw in events]
    draft.estimate(read_when(one.get("promisedDeliveryDate")).day())
    draft.link("", text(one, "alternateLegTrackingId"))
    return draft.build()


def _read_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    code = text(raw, "eventCode")
    return checkpoint(
        raw,
        read_when(raw.get("eventTime")),
        meaning_of(code, text(raw, "shipmentType").upper() == "RETURNS"),
        code=code,
        description=text(raw, "eventDescription", limit=LONG),
        place=Place(
            city=text(raw, "location", "city"),
            region=text(raw, "location", "stateOrRegion"),
            postal_code=text(raw, "location", "postalCode"),
            country=text(raw, "location", "countryCode"),
        ),
    )


def _read_detail(one: dict[str, Any]) -> Found:
    names = dig(one, "identifier") or {}
    known = [found for value in names.values() if (found := number(value))] if isinstance(
        names, dict) else []  # fmt: skip
    latest = dig(one, "latestMilestone") or {}
    status = dig(latest, "status") or {}
    draft = Draft(
        "amazon_tracking",
        known[0] if known else number(one, "trackingNumber"),
        carrier="amazon",
        meaning=milestone(
            text(status, "code"), text(status, "subCode"), text(status, "description")
        ),
        status_code=text(status, "code"),
        status_when=read_when(dig(latest, "occurredAt")),
        tracking_url=text(one, "trackingUrl", limit=LONG),
        destination=text(one, "destination", "address", "countryCode"),
    )
    for other in known[1:]:
        draft.link("", other)
    draft.checkpoints = [_read_milestone(raw) for raw in items(one, "milestoneHistory")]
    if not draft.checkpoints and latest:
        draft.checkpoints = [_read_milestone(latest)]
    for estimate in items(one, "trackingEstimates"):
        interval = dig(estimate, "estimatedInterval") or {}
        draft.estimate(
            read_when(dig(interval, "startTime")).day(), read_when(dig(interval, "endTime")).day()
        )
    return draft.build()


def _read_milestone(raw: dict[str, Any]) -> ReportedCheckpoint:
    status = dig(raw, "status") or {}
    code, sub_code = text(status, "code"), text(status, "subCode")
    words = text(status, "description", limit=LONG)
    address = dig(raw, "location", "address") or {}
    return checkpoint(
        raw,
        read_when(raw.get("occurredAt")),
        milestone(code, sub_code, words),
        code=f"{code} {sub_code}".strip(),
        description=words,
        place=Place(
            city=text(address, "city"),
            region=text(address, "region"),
            postal_code=text(address, "postalCode"),
            country=text(address, "countryCode"),
        ),
    )
