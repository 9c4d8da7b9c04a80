"""Shippo: ``track_updated`` webhooks and bare tracks.

Status list: "Tracking statuses" and "substatuses" of the Shippo API documentation.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.base.contracts import Ignored, Rejected
from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
from doorstep.connectors.carriers.problems import problem
from doorstep.connectors.carriers.reading import LONG, dig, first, items, number, text, values
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.fulfillment.api import find_carrier
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

STATUSES = m.table({
    m.INFO: "PRE_TRANSIT",
    m.TRANSIT: "TRANSIT",
    m.DELIVERED: "DELIVERED",
    m.RETURNING: "RETURNED",
    m.TROUBLE: "FAILURE",
})  # fmt: skip
SUBSTATUSES = m.table({
    m.INFO: "information_received",
    m.ADDRESS: "address_issue",
    m.TROUBLE: "contact_carrier package_undeliverable package_disposed",
    m.DELAYED: "delayed",
    m.ATTEMPT: "delivery_attempted",
    m.RESCHEDULED: "delivery_rescheduled reschedule_delivery",
    m.TRANSIT: "delivery_scheduled package_processed package_processing package_forwarded other",
    m.NO_ACCESS: "location_inaccessible",
    m.NOT_HOME: "notice_left",
    m.OUT: "out_for_delivery",
    m.PICKED_UP: "package_accepted",
    m.ARRIVED: "package_arrived",
    m.DEPARTED: "package_departed",
    m.DAMAGED: "package_damaged",
    m.HELD: "package_held",
    m.PICKUP: "pickup_available",
    m.DELIVERED: "delivered",
    m.RETURNING: "return_to_sender package_unclaimed",
    m.LOST: "package_lost",
})  # fmt: skip


def meaning_of(status: str, substatus: str, words: str) -> Meaning:
    """Return what a status means; old bodies have no substatus, so their words are read."""
    if status.upper() in STATUSES and substatus in SUBSTATUSES and substatus != "other":
        return SUBSTATUSES[substatus]
    return refine(STATUSES.get(status.upper(), UNKNOWN), words)


def matches(data: Any) -> bool:
    """Tell whether this is Shippo's shape."""
    if not isinstance(data, dict):
        return False
    if text(data, "event") == "track_updated" or "tracking_history" in data:
        return True
    if "tracking_status" in data and "tracking_number" in data:
        return True
    return _looks_like_error(data)


def _looks_like_error(data: dict[str, Any]) -> bool:
    """Tell whether these are a form's complaints: a list of sentences for each field."""
    return (
        bool(data)
        and set(data) <= {"carrier", "tracking_number", "__all__", "detail"}
        and all(isinstance(value, list) for value in data.values())
    )


def read(data: Any) -> list[Found | Ignored]:
    """Read a webhook or a track, or a list of tracks."""
    inner = dig(data, "data")
    tracks = items(inner) if isinstance(inner, dict) else items(data, "results") or items(data)
    found: list[Found | Ignored] = []
    for one in tracks:
        if "tracking_number" in one and not isinstance(one["tracking_number"], list):
            found.append(_read_track(one, dig(data, "test") is True))
    if found:
        return found
    if isinstance(data, dict) and _looks_like_error(data):
        return [problem("", " ".join(words for key in data for words in values(data, key)))]
    if "event" in data:
        return [Ignored(f"Shippo says nothing about a parcel in it ({text(data, 'event')}).")]
    return [Rejected("missing_field", "There is no tracking number in it.", "tracking_number")]


def _read_track(one: dict[str, Any], is_test: bool) -> Found:
    status = dig(one, "tracking_status") or {}
    code = text(status, "status")
    draft = Draft(
        "shippo",
        number(one, "tracking_number"),
        carrier=find_carrier(text(one, "carrier")),
        meaning=meaning_of(code, text(status, "substatus", "code"), text(status, "status_details")),
        status_code=text(status, "substatus", "code") or code,
        status_when=read_when(dig(status, "status_date")),
        service_level=first(dig(one, "servicelevel"), "name", "token"),
        origin=text(one, "address_from", "country"),
        destination=text(one, "address_to", "country"),
        reference=_reference(text(one, "metadata")),
        is_test=is_test or text(one, "carrier") == "shippo",
    )
    draft.checkpoints = [_read_step(raw) for raw in items(one, "tracking_history")]
    if not status and not draft.checkpoints:
        draft.meaning = m.PENDING
    draft.estimate(read_when(one.get("eta")).day() or read_when(one.get("original_eta")).day())
    return draft.build()


def _reference(metadata: str) -> str:
    """Return the order's number of "Order 1042" and "#1042"; a word alone is none."""
    return metadata if any(char.isdigit() for char in metadata) else ""


def _read_step(raw: dict[str, Any]) -> ReportedCheckpoint:
    words = text(raw, "status_details", limit=LONG)
    substatus = text(raw, "substatus", "code") or text(raw, "substatus")
    return checkpoint(
        raw,
        read_when(raw.get("status_date")),
        meaning_of(text(raw, "status"), substatus, words),
        code=substatus or text(raw, "status"),
        description=words,
        place=Place(
            city=text(raw, "location", "city"),
            region=text(raw, "location", "state"),
            postal_code=text(raw, "location", "zip"),
            country=text(raw, "location", "country"),
        ),
        external_id=text(raw, "object_id"),
    )
