"""DHL Express: the XML of the tracking service (XML-PI) and the JSON of MyDHL API.

Status list: "Checkpoint codes" of the DHL Express XML and MyDHL API documentation. Both give local
times of the place without a zone.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import join, read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import (
    LONG,
    dig,
    first,
    items,
    number,
    person,
    text,
    values,
)  # fmt: skip
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

CODES = m.table({
    m.INFO: "SA SD DR SI",
    m.PICKED_UP: "PU CU AS",
    m.TRANSIT: "PL RW SM SC LV FW FD CS TR TT TU IT MX MC MS NA NT RR CI",
    m.ARRIVED: "AF AR AN",
    m.DEPARTED: "DF PO DP DE",
    m.CUSTOMS: "CR IC BN BR CL RC ES IA",
    m.CUSTOMS_HELD: "CD UD CH RF",
    m.PAYMENT: "HP DI",
    m.HELD: "OH HI HN HO HX SS BL",
    m.OUT: "WC",
    m.DELIVERED: "OK PD POD",
    m.DAMAGED: "DD DM",
    m.NOT_HOME: "NH CA",
    m.ATTEMPT: "MD ND",
    m.RESCHEDULED: "AD",
    m.PICKUP: "CC",
    m.ADDRESS: "BA CM",
    m.REFUSED: "RD",
    m.RETURNING: "RT",
    m.DELAYED: "TD IR",
    m.WEATHER: "WX",
    m.LOST: "LO LX",
    m.TROUBLE: "DS ST",
    m.HANDED_OVER: "TP",
})  # fmt: skip


def meaning_of(code: str, words: str) -> Meaning:
    """Return what a checkpoint code means; delivered may be made finer by its words."""
    known = CODES.get(code.upper(), UNKNOWN)
    return refine(known, words) if known in (UNKNOWN, m.DELIVERED) else known


def matches_xml(data: Any) -> bool:
    """Tell whether this is the XML of DHL Express."""
    return isinstance(data, dict) and (
        dig(data, "TrackingResponse", "AWBInfo") is not None
        or dig(data, "TrackingResponse", "Response") is not None
        or dig(data, "ErrorResponse", "Response") is not None
        or dig(data, "ShipmentTrackingErrorResponse") is not None
    )


def read_xml(data: Any) -> list[Found]:
    """Read every waybill in an XML answer."""
    root = dig(data, "TrackingResponse")
    found = [_read_waybill(one) for one in items(root, "AWBInfo")]
    if found:
        return found
    condition = dig(root, "Response", "Status", "Condition") or {}
    if condition:
        return [problem(text(condition, "ConditionCode"), text(condition, "ConditionData"))]
    return [find_problem(data) or problem("", "No shipments found")]


def _read_waybill(one: dict[str, Any]) -> Found:
    tracked = number(one, "AWBNumber")
    info = dig(one, "ShipmentInfo") or {}
    if not isinstance(info, dict):
        info = {}
    events = items(info, "ShipmentEvent")
    condition = dig(one, "Status", "Condition") or {}
    action = text(one, "Status", "ActionStatus")
    if not events and action.lower() != "success":
        words = text(condition, "ConditionData", limit=400) or action
        return problem(text(condition, "ConditionCode"), words, tracked)
    draft = Draft(
        "dhl_express",
        tracked,
        carrier="dhl_express",
        service_level=text(info, "GlobalProductCode"),
        reference=text(info, "ShipperReference", "ReferenceID"),
        origin=text(info, "Shipper", "CountryCode"),
        destination=text(info, "Consignee", "CountryCode"),
    )
    draft.checkpoints = [_read_event(raw) for raw in events]
    for raw in events:
        if text(raw, "ServiceEvent", "EventCode") in ("OK", "PD"):
            draft.signed_by = person(raw, "Signatory") or draft.signed_by
    draft.estimate(
        read_when(info.get("EstDlvyDate")).day() or read_when(info.get("EstDlvyDateUTC")).day()
    )
    if not events:
        draft.meaning = m.PENDING
    for piece in items(one, "Pieces", "PieceInfo"):
        draft.link("dhl_express", text(piece, "PieceDetails", "LicensePlate"))
    return draft.build()


def _read_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    code = text(raw, "ServiceEvent", "EventCode")
    words = text(raw, "ServiceEvent", "Description", limit=LONG)
    return checkpoint(
        raw,
        join(raw.get("Date"), raw.get("Time"), zone=text(raw, "GMTOffset")),
        meaning_of(code, words),
        code=code,
        description=words,
        place=_area(text(raw, "ServiceArea", "Description")),
    )


def _area(words: str) -> Place:
    """Return the place of "KINGSTON-JAM", "SPRINGFIELD GARDENS,NY-USA", "Leipzig - Germany"."""
    city, _, country = words.rpartition("-")
    town, _, region = city.strip().rpartition(",")
    if not city:
        return Place(city=words)
    return Place(
        city=(town or city).strip(), region=region.strip() if town else "", country=country
    )


# -- MyDHL API ----------------------------------------------------------------------------------

STATES = {
    "delivered": m.DELIVERED, "transit": m.TRANSIT, "in_transit": m.TRANSIT, "in transit": m.TRANSIT,
    "pre-transit": m.INFO, "failure": m.TROUBLE, "returned": m.RETURNED,
    "out for delivery": m.OUT, "picked up": m.PICKED_UP,
}  # fmt: skip


def matches_json(data: Any) -> bool:
    """Tell whether this is MyDHL's shape."""
    return any("shipmentTrackingNumber" in one for one in items(data, "shipments")) or (
        isinstance(data, dict) and "shipmentTrackingNumber" in data
    )


def read_json(data: Any) -> list[Found]:
    """Read every shipment of a MyDHL answer."""
    shipments = items(data, "shipments") or [
        one for one in items(data) if "shipmentTrackingNumber" in one
    ]
    return [_read_shipment(one) for one in shipments] or [
        find_problem(data) or problem("", "No shipments found")
    ]


def _read_shipment(one: dict[str, Any]) -> Found:
    status = text(one, "status")
    draft = Draft(
        "mydhl",
        number(one, "shipmentTrackingNumber"),
        carrier="dhl_express",
        meaning=STATES.get(status.lower(), UNKNOWN),  # usually "Success": about the request
        status_code=status if status.lower() in STATES else "",
        service_level=first(one, "description", "productCode"),
        reference=next((found for found in values(one, "shipperReferences", 0, "value")), ""),
        origin=text(one, "shipperDetails", "postalAddress", "countryCode"),
        destination=text(one, "receiverDetails", "postalAddress", "countryCode"),
    )
    events = items(one, "events")
    draft.checkpoints = [_read_json_event(raw) for raw in events]
    for raw in events:
        draft.signed_by = draft.signed_by or person(raw, "signedBy")
    draft.estimate(
        read_when(one.get("estimatedTimeOfDelivery")).day()
        or read_when(one.get("estimatedDeliveryDate")).day()
    )
    for piece in items(one, "pieces"):
        draft.link("dhl_express", first(piece, "trackingNumber", "licensePlate"))
    return draft.build()


def _read_json_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    code, words = text(raw, "typeCode"), text(raw, "description", limit=LONG)
    area = text(raw, "serviceArea", 0, "description")
    place = _area(area)
    if "," in area and not place.region and not place.country:
        city, _, region = area.rpartition(",")
        place = Place(city=city.strip(), region=region.strip())
    return checkpoint(
        raw,
        join(raw.get("date"), raw.get("time"), zone=text(raw, "GMTOffset")),
        meaning_of(code, words),
        code=code,
        description=words,
        place=place,
    )
