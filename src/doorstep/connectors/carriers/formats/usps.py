"""USPS: the Tracking API v3 (JSON) and Web Tools (XML, also in batches).

Status list: the event codes of the USPS Web Tools guide "Package Track" and of Publication 199.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import When, join, read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import (
    LONG,
    dig,
    first,
    items,
    number,
    person,
    plain,
    text,
)  # fmt: skip
from doorstep.connectors.carriers.words import meaning_of as words_of
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

CODES = m.table({
    m.DELIVERED: "01 60 63 DN RC DG DX",
    m.LOCKER: "61",
    m.PICKUP: "14 16 17 80 G1 OA 39",
    m.NOT_HOME: "02 52 53 54 55 56 NL",
    m.NO_ACCESS: "30 43",
    m.PICKED_UP: "03 SF AX TM RX VC 82",
    m.REFUSED: "04",
    m.ADDRESS: "05 21 22 23 24 25 26 SH",
    m.TRANSIT: "06 NT TL PC L1 FF 81 VR VX VF VS 42 U1 U2",
    m.ARRIVED: "07 10 A1 AA AD AE AR B1 E1 UA VA",
    m.DEPARTED: "T1 EF DR OD B5 AB AT LD T2 TU",
    m.RETURNING: "09 27 28 29 31 RT RS 38 RD",
    m.OUT: "OF 59 DH",
    m.INFO: "MA GX GC GA TP NP PT IA MR PR",
    m.CUSTOMS: "E3 EB EC K1 K3",
    m.CUSTOMS_HELD: "44 51 EA E2 EH K2",
    m.DAMAGED: "DM",
    m.HELD: "46 SC HD",
    m.HANDED_OVER: "PA TF",
    m.RESCHEDULED: "57 58",
    m.DELAYED: "DL NA",
    m.CANCELED: "MX",
})  # fmt: skip
CATEGORIES = {
    "pre-shipment": m.INFO, "pre-transit": m.INFO, "accepted": m.PICKED_UP,
    "in transit": m.TRANSIT, "out for delivery": m.OUT, "delivered": m.DELIVERED,
    "delivered to agent": m.HANDED_OVER, "available for pickup": m.PICKUP,
    "delivery attempt": m.ATTEMPT, "alert": m.TROUBLE, "return to sender": m.RETURNING,
    "delivery exception": m.TROUBLE, "moving through network": m.TRANSIT,
    "usps tracking plus available": m.DELIVERED,
}  # fmt: skip


def meaning_of(code: str, words: str) -> Meaning:
    """Return what an event means; the words of a known code may say more of the same."""
    known = CODES.get(code.upper(), UNKNOWN)
    if known.status in (m.DELIVERED.status, None) or known == m.TRANSIT:
        said = words_of(words)
        if known == m.DELIVERED and said.status not in (None, m.DELIVERED.status):
            return said if said in (m.RETURNED, m.RETURNING) else known
        return refine(known, words)
    return known


def matches(data: Any) -> bool:
    """Tell whether this is the shape of USPS."""
    one = data[0] if isinstance(data, list) and data else data
    if not isinstance(one, dict):
        return False
    if "TrackResponse" in one or "TrackInfo" in one or "trackingEvents" in one:
        return True
    return "trackingNumber" in one and bool({"statusCategory", "eventSummaries"} & set(one))


def read(data: Any) -> list[Found]:
    """Read JSON (one parcel or a list) or XML (one TrackInfo or many)."""
    root = dig(data, "TrackResponse") if isinstance(data, dict) else None
    infos = items(root, "TrackInfo") if root is not None else items(data, "TrackInfo")
    if infos:
        return [_read_info(one) for one in infos]
    found = [_read_json(one) for one in items(data) if "trackingNumber" in one]
    return found or [find_problem(root or data) or problem("", "No tracking information in it")]


# -- JSON ---------------------------------------------------------------------------------------


def _read_json(one: dict[str, Any]) -> Found:
    tracked = number(one, "trackingNumber")
    events = items(one, "trackingEvents")
    if not events and not (text(one, "statusCategory") or text(one, "status")):
        return find_problem(one) or problem("", "No tracking information", tracked)
    draft = _start(tracked, text(one, "status"), text(one, "statusCategory"))
    draft.service_level = plain(text(one, "mailClass"))
    draft.origin = text(one, "originCountry") or text(one, "originCountryCode")
    draft.destination = first(one, "destinationCountryCode", "destinationCountry") or (
        "US" if text(one, "destinationZIP") else ""
    )
    draft.checkpoints = [_read_event(raw) for raw in events]
    draft.estimate(
        read_when(one.get("predictedDeliveryDate")).day()
        or read_when(one.get("expectedDeliveryTimeStamp")).day()
        or read_when(one.get("expectedDeliveryTimestamp")).day()
        or read_when(one.get("expectedDeliveryDate")).day()
        or read_when(one.get("guaranteedDeliveryTimeStamp")).day()
    )
    draft.signed_by = next((name for e in events if (name := person(e, "name"))), "")
    draft.link("", text(one, "associatedLabel"))
    return draft.build()


def _start(tracked: str, status: str, category: str) -> Draft:
    meaning = CATEGORIES.get(category.lower(), UNKNOWN)
    if meaning.status is not None or status:
        meaning = refine(meaning, plain(status))
    return Draft(
        "usps", tracked, carrier="usps", meaning=meaning, status_code=category or plain(status)
    )


def _read_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    words = plain(text(raw, "eventType", limit=LONG))
    code = text(raw, "eventCode")
    when = read_when(raw.get("eventTimestamp"), zone=text(raw, "GMTOffset"))
    if when.at is None:
        when = read_when(raw.get("GMTTimestamp"))
    return checkpoint(
        raw,
        when,
        meaning_of(code, words),
        code=code,
        description=words,
        place=Place(
            city=text(raw, "eventCity"),
            region=text(raw, "eventState"),
            postal_code=first(raw, "eventZIP", "eventZIPCode"),
            country=text(raw, "eventCountry") or ("US" if text(raw, "eventState") else ""),
        ),
    )


# -- XML ----------------------------------------------------------------------------------------


def _read_info(one: dict[str, Any]) -> Found:
    tracked = number(one, "@ID") or number(one, "ID")
    error = dig(one, "Error")
    if isinstance(error, dict):
        return problem(text(error, "Number"), text(error, "Description", limit=400), tracked)
    draft = _start(tracked, text(one, "Status"), text(one, "StatusCategory"))
    draft.service_level = plain(text(one, "Class"))
    draft.destination = first(one, "DestinationCountryCode") or (
        "US" if text(one, "DestinationZip") else ""
    )
    draft.origin = first(one, "OriginCountryCode") or ("US" if text(one, "OriginZip") else "")
    steps = [*_steps(one, "TrackSummary"), *_steps(one, "TrackDetail")]
    draft.checkpoints = [_read_step(raw) for raw in steps]
    draft.estimate(
        read_when(one.get("PredictedDeliveryDate")).day()
        or read_when(one.get("ExpectedDeliveryDate")).day()
        or read_when(one.get("GuaranteedDeliveryDate")).day()
    )
    draft.signed_by = next((name for raw in steps if (name := person(raw, "Name"))), "")
    return draft.build()


def _steps(one: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return steps; the oldest form of the answer has a sentence for each and nothing more."""
    found = one.get(key)
    entries = found if isinstance(found, list) else [found]
    return [
        {"Event": entry} if isinstance(entry, str) else entry
        for entry in entries
        if isinstance(entry, (dict, str)) and entry
    ]


def _read_step(raw: dict[str, Any]) -> ReportedCheckpoint:
    words = plain(text(raw, "Event", limit=LONG))
    code = text(raw, "EventCode")
    when: When = join(raw.get("EventDate"), raw.get("EventTime"))
    country = text(raw, "EventCountry")
    return checkpoint(
        raw,
        when,
        meaning_of(code, words),
        code=code,
        description=words,
        place=Place(
            city=text(raw, "EventCity"),
            region=text(raw, "EventState"),
            postal_code=text(raw, "EventZIPCode"),
            country=country or ("US" if text(raw, "EventState") else ""),
        ),
    )
