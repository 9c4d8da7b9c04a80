"""FedEx: Track API answers and Advanced Integrated Visibility webhooks.

Status list: "Tracking: scan event codes" of the FedEx API documentation and the event codes of the
Track Web Service guide (2020); exception codes from the same place.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import (
    Draft,
    Found,
    Place,
    checkpoint,
    newest,
    with_warning,
)  # fmt: skip
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import (
    LONG,
    dig,
    first,
    flag,
    items,
    number,
    person,
    text,
    values,
)  # fmt: skip
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.tracking.contracts import PickupPoint, ReportedCheckpoint, TrackingReport

CODES = m.table({
    m.INFO: "IN OC OX EP AP PX DS LP DR",
    m.PICKED_UP: "PU PM",
    m.TRANSIT: "IT IX AO AE TR EA EO SP CH AS LC RC RM RR TP",
    m.ARRIVED: "AR AA AF AC AX FD SF OF PL AD",
    m.DEPARTED: "DP LO PF",
    m.CUSTOMS: "CC CP CU BR",
    m.CUSTOMS_HELD: "CD",
    m.OUT: "OD ED",
    m.DELIVERED: "DL",
    m.PICKUP: "HL HP",
    m.HELD: "HA OH",
    m.DELAYED: "DY DD RL PD",
    m.TROUBLE: "SE DE",
    m.CANCELED: "CA",
    m.RETURNING: "RS RP",
})  # fmt: skip
# "DE" says only that it was not delivered; the exception code says why.
EXCEPTIONS = m.table({
    m.ADDRESS: "01 03 09 29",
    m.REFUSED: "07",
    m.NOT_HOME: "04 08 15 30",
    m.NO_ACCESS: "10 36",
    m.DAMAGED: "17D 14",
    m.PAYMENT: "93 16",
    m.RESCHEDULED: "17 24 42",
    m.WEATHER: "84W",
    m.DELAYED: "84 12 54 71",
    m.CUSTOMS_HELD: "A03 A04 A12 A13 65 72 75 77",
    m.CUSTOMS: "A25",
    m.LOST: "44",
})  # fmt: skip


def meaning_of(code: str, derived: str, exception: str, words: str, delay: str = "") -> Meaning:
    """Return what a scan means: its own code, else the status FedEx derives from it."""
    known = CODES.get(code) or CODES.get(derived) or UNKNOWN
    if derived == "RS" and known != m.RETURNING:
        known = m.RETURNED if known == m.DELIVERED else m.RETURNING
    if known.status is m.TROUBLE.status:
        if delay == "WEATHER":
            return m.WEATHER
        return EXCEPTIONS.get(exception) or refine(known, words)
    return refine(known, words) if known in (m.DELIVERED, UNKNOWN) else known


def matches(data: Any) -> bool:
    """Tell whether this is FedEx's shape."""
    if not isinstance(data, dict):
        return False
    return (
        dig(data, "output", "completeTrackResults") is not None
        or "trackingNumberInfo" in data
        or "completeTrackResults" in data
        or "trackResults" in data
        or ("transactionId" in data and ("errors" in data or "output" in data))
    )


def read(data: Any) -> list[Found]:
    """Read an answer with many numbers, or a webhook about one."""
    groups = items(data, "output", "completeTrackResults") or items(data, "completeTrackResults")
    if not groups and ("trackingNumberInfo" in data or "trackResults" in data):
        groups = [data if "trackResults" in data else {"trackResults": [data]}]
    found = [one for group in groups for one in _read_group(group)]
    return found or [find_problem(data) or problem("", "No tracking results in it")]


def _read_group(group: dict[str, Any]) -> list[Found]:
    """Read what FedEx knows of one number; of several parcels that had it, the newest."""
    asked = number(group, "trackingNumber")
    found = [_read_result(one, asked) for one in items(group, "trackResults")]
    reports = [one for one in found if isinstance(one, TrackingReport)]
    if len(reports) < 2:
        return [*reports] or found[:1]
    latest = max(reports, key=_last_seen)
    words = f"FedEx had this number {len(reports)} times; only its newest parcel was taken."
    return [with_warning(latest, words)]


def _last_seen(report: TrackingReport) -> str:
    step = newest(report.checkpoints)
    moment = step.occurred_at if step else report.status_at
    return moment.isoformat() if moment else ""


def _read_result(one: dict[str, Any], asked: str) -> Found:
    latest = dig(one, "latestStatusDetail") or {}
    scans = items(one, "scanEvents")
    tracked = number(one, "trackingNumberInfo", "trackingNumber") or asked
    error = dig(one, "error") or {}
    if not scans and not latest:
        return problem(text(error, "code"), text(error, "message", limit=400), tracked)
    reasons = items(latest, "ancillaryDetails")
    derived = text(latest, "derivedCode")
    draft = Draft(
        "fedex",
        tracked,
        carrier="fedex",
        meaning=meaning_of(
            derived or text(latest, "code"),
            text(latest, "code"),
            text(reasons, 0, "reason") if reasons else "",
            first(latest, "description", "statusByLocale"),
            _delay(latest),
        ),
        status_code=derived or text(latest, "code"),
        service_level=first(dig(one, "serviceDetail"), "description", "type"),
        signed_by=person(one, "deliveryDetails", "receivedByName")
        or person(one, "deliveryDetails", "signedByName"),
        origin=_country(one, "shipperInformation", "originLocation"),
        destination=_country(one, "recipientInformation", "destinationLocation"),
    )
    draft.checkpoints = [_read_scan(raw) for raw in scans]
    draft.link("fedex", asked)
    _read_dates(one, draft)
    _read_identifiers(one, draft)
    _read_hold(one, draft)
    return draft.build()


def _delay(detail: Any) -> str:
    """Return why it is late, where FedEx says that it is."""
    delay = dig(detail, "delayDetail") or {}
    return text(delay, "type") if text(delay, "status") in ("DELAYED", "LATE") else ""


def _country(one: dict[str, Any], *keys: str) -> str:
    for key in keys:
        address = dig(one, key, "address") or dig(one, key, "locationContactAndAddress", "address")
        if found := text(address, "countryCode") if address else "":
            return found
    return ""


def _read_scan(raw: dict[str, Any]) -> ReportedCheckpoint:
    code, derived = text(raw, "eventType"), text(raw, "derivedStatusCode")
    words = text(raw, "eventDescription", limit=LONG)
    reason = text(raw, "exceptionDescription", limit=LONG)
    address = dig(raw, "scanLocation") or {}
    return checkpoint(
        raw,
        read_when(raw.get("date")),
        meaning_of(code, derived, text(raw, "exceptionCode"), reason or words, _delay(raw)),
        code=code or derived,
        description=f"{words}: {reason}" if reason and reason != words else words,
        place=Place(
            city=text(address, "city"),
            region=text(address, "stateOrProvinceCode"),
            postal_code=text(address, "postalCode"),
            country=first(address, "countryCode", "countryName"),
        ),
    )


def _read_dates(one: dict[str, Any], draft: Draft) -> None:
    window = dig(one, "estimatedDeliveryTimeWindow", "window") or {}
    draft.estimate(read_when(dig(window, "begins")).day(), read_when(dig(window, "ends")).day())
    dates = {
        text(day, "type"): read_when(day.get("dateTime")).day()
        for day in items(one, "dateAndTimes")
    }
    draft.estimate(dates.get("ESTIMATED_DELIVERY") or dates.get("COMMITMENT"))
    window = dig(one, "standardTransitTimeWindow", "window") or {}
    draft.estimate(read_when(dig(window, "ends")).day())


def _read_identifiers(one: dict[str, Any], draft: Draft) -> None:
    """Take references and the numbers of shipments that belong to this one."""
    more = dig(one, "additionalTrackingInfo") or {}
    for identifier in items(more, "packageIdentifiers"):
        kind = text(identifier, "type").upper()
        given = values(identifier, "values") or values(identifier, "value")
        if "TRACKING_NUMBER" in kind or "MPS" in kind or "MASTER" in kind:
            for other in given:
                draft.link("fedex", other)
        elif kind in ("CUSTOMER_REFERENCE", "SHIPPER_REFERENCE", "INVOICE") and given:
            draft.reference = draft.reference or given[0]
    for shipment in items(more, "associatedShipments"):
        draft.link("fedex", text(shipment, "trackingNumber") or text(
            shipment, "trackingNumberInfo", "trackingNumber"))  # fmt: skip
    if flag(more, "hasAssociatedShipments"):
        draft.warnings.append("FedEx has further shipments that belong to this one")


def _read_hold(one: dict[str, Any], draft: Draft) -> None:
    place = dig(one, "holdAtLocation", "locationContactAndAddress") or {}
    address = dig(place, "address") or {}
    lines = (*values(address, "streetLines"), text(address, "city"), text(address, "postalCode"))
    if address and draft.meaning.status is m.PICKUP.status:
        draft.pickup = PickupPoint(
            name=text(place, "contact", "companyName"),
            address_lines=tuple(line for line in lines if line),
            code=text(one, "holdAtLocation", "locationId"),
        )
