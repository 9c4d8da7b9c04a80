"""EasyPost: Event webhooks, a Tracker, lists of either.

Status list: "Tracker statuses" and "status details" of the EasyPost API documentation.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.base.contracts import Ignored
from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
from doorstep.connectors.carriers.reading import LONG, dig, first, items, number, person, text
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.fulfillment.api import find_carrier
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

STATUSES = m.table({
    m.PENDING: "unknown",
    m.INFO: "pre_transit",
    m.TRANSIT: "in_transit",
    m.OUT: "out_for_delivery",
    m.DELIVERED: "delivered",
    m.PICKUP: "available_for_pickup",
    m.RETURNING: "return_to_sender",
    m.TROUBLE: "failure error",
    m.CANCELED: "cancelled canceled",
})  # fmt: skip
# What a detail adds. "on_hold" and "held" are no failed attempt: nobody went to the door.
DETAILS = m.table({
    m.INFO: "label_created awaiting_information",
    m.PICKED_UP: "received_at_origin_facility",
    m.ARRIVED: "arrived_at_facility received_at_destination_facility arrived_at_destination",
    m.DEPARTED: "departed_facility departed_origin_facility",
    m.HANDED_OVER: "transferred_to_destination_carrier",
    m.RESCHEDULED: "delivery_rescheduled",
    m.TRANSIT: "in_transit missorted",
    m.PICKUP: "arrived_at_pickup_location awaiting_pickup",
    m.OUT: "out_for_delivery",
    m.ADDRESS: "address_correction",
    m.DAMAGED: "damaged",
    m.LOST: "lost",
    m.REFUSED: "refused",
    m.DELAYED: "delayed",
    m.WEATHER: "weather_delay",
    m.HELD: "held on_hold",
    m.TROUBLE: "delivery_exception transit_exception failure",
    m.CANCELED: "cancelled canceled",
    m.EXPIRED: "expired",
    m.RETURNING: "return",
})  # fmt: skip
_FINAL = (m.DELIVERED, m.RETURNING, m.CANCELED, m.OUT, m.PICKUP)


def meaning_of(status: str, detail: str, words: str = "") -> Meaning:
    """Return what a status and its detail mean together; the status has the last word."""
    known, added = STATUSES.get(status.lower()), DETAILS.get(detail.lower())
    if known is None:
        return added or UNKNOWN
    if added is not None and known not in _FINAL:
        known = m.INFO if known == m.INFO and added.status is m.TRANSIT.status else added
    return refine(known, words) if words else known


def matches(data: Any) -> bool:
    """Tell whether this is EasyPost's shape."""
    if not isinstance(data, dict):
        return False
    if text(data, "object") in ("Event", "Tracker", "Shipment", "Batch", "Refund"):
        return True
    if any(isinstance(data.get(key), list) for key in ("trackers", "refunds")):
        return True
    if "has_more" in data and isinstance(data.get("events"), list):
        return True
    return "tracking_code" in data and ("tracking_details" in data or text(data, "id") != "")


def read(data: Any) -> list[Found | Ignored]:
    """Read an event, a tracker or a list; other things EasyPost tells are ignored with a reason."""
    trackers = _trackers(data)
    if trackers:
        return [_read_tracker(one) for one in trackers]
    what = text(data, "description") or text(data, "object") or "a list without trackers"
    return [Ignored(f"EasyPost says nothing about a parcel in it ({what}).")]


def _trackers(data: Any) -> list[dict[str, Any]]:
    found = []
    candidates = [data, *items(data, "result"), *items(data, "trackers"), *items(data, "tracker")]
    candidates += [one for event in items(data, "events") for one in items(event, "result")]
    for one in candidates:
        found += items(one, "trackers") if one is not data else []
        if "tracking_code" in one and ("tracking_details" in one or "est_delivery_date" in one):
            found.append(one)
    return found


def _read_tracker(one: dict[str, Any]) -> Found:
    detail = dig(one, "carrier_detail")
    draft = Draft(
        "easypost",
        number(one, "tracking_code"),
        carrier=find_carrier(text(one, "carrier")),
        meaning=meaning_of(text(one, "status"), text(one, "status_detail")),
        status_code=text(one, "status"),
        service_level=text(detail, "service") if detail else "",
        signed_by=person(one, "signed_by"),
        tracking_url=text(one, "public_url", limit=LONG),
        origin=text(one, "carrier_detail", "origin_tracking_location", "country"),
        destination=text(one, "carrier_detail", "destination_tracking_location", "country"),
        is_test=text(one, "mode") == "test",
    )
    if one.get("is_return") is True:
        draft.warnings.append("a parcel on its way back to the merchant (a return label)")
    draft.checkpoints = [_read_detail(raw) for raw in items(one, "tracking_details")]
    local = read_when(dig(one, "carrier_detail", "est_delivery_date_local")).day()
    draft.estimate(local or read_when(one.get("est_delivery_date")).day())
    draft.link("", text(one, "carrier_detail", "alternate_identifier"))
    return draft.build()


def _read_detail(raw: dict[str, Any]) -> ReportedCheckpoint:
    words = first(raw, "message", "description", limit=LONG)
    return checkpoint(
        raw,
        read_when(raw.get("datetime")),
        meaning_of(text(raw, "status"), text(raw, "status_detail"), words)
        if text(raw, "status") != "unknown"
        else DETAILS.get(text(raw, "status_detail"), UNKNOWN),
        code=first(raw, "carrier_code") or first(raw, "status_detail", "status"),
        description=words,
        place=Place(
            city=text(raw, "tracking_location", "city"),
            region=text(raw, "tracking_location", "state"),
            postal_code=text(raw, "tracking_location", "zip"),
            country=text(raw, "tracking_location", "country"),
        ),
    )
