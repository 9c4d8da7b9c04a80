"""UPS: Track API and Track Alert push messages.

Status list: activity types and the three-digit status codes of the UPS Tracking API documentation.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import When, join, read_when
from doorstep.connectors.carriers.problems import problem
from doorstep.connectors.carriers.reading import LONG, dig, first, items, number, person, text
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.fulfillment.api import recognize
from doorstep.rooms.tracking.contracts import PickupPoint, ReportedCheckpoint

TYPES = m.table({
    m.DELIVERED: "D DD DO",
    m.TRANSIT: "I DF",
    m.INFO: "M MP",
    m.CANCELED: "MV",
    m.PICKED_UP: "P",
    m.TROUBLE: "X",
    m.OUT: "O",
    m.RETURNING: "RS",
    m.HELD: "W",
    m.PENDING: "NA",
})  # fmt: skip
STATUS_CODES = m.table({
    m.INFO: "003 044 045 065",
    m.TRANSIT: "005 010 041 042 056 063",
    m.ARRIVED: "057",
    m.PICKED_UP: "038",
    m.OUT: "006 021",
    m.CANCELED: "007 043",
    m.DELIVERED: "011 026",
    m.CUSTOMS: "012 014",
    m.TROUBLE: "013 029 030 068",
    m.HELD: "016 018 019 020",
    m.PICKUP: "017 040",
    m.ATTEMPT: "022 023 024 060 061 066",
    m.PAYMENT: "062",
    m.HANDED_OVER: "025 039",
    m.RESCHEDULED: "027 028 054 055",
    m.WEATHER: "032 051 052 053",
    m.RETURNING: "033 035 036 037 069",
    m.RETURNED: "034 067",
    m.DELAYED: "046 047 048 049",
    m.ADDRESS: "050",
    m.CUSTOMS_HELD: "058",
    m.DAMAGED: "059",
    m.REFUSED: "064",
})  # fmt: skip
# Two-letter activity codes that say more than their type.
ACTIVITY_CODES = m.table({
    m.CUSTOMS: "SR C6 D7",
    m.INFO: "MP",
    m.PICKED_UP: "PU XD",
    m.ARRIVED: "AR DS",
    m.DEPARTED: "DP",
    m.OUT: "OF OT",
    m.TRANSIT: "OR YP IP LC",
})  # fmt: skip


def meaning_of(kind: str, code: str, status_code: str, words: str) -> Meaning:
    """Return what an activity means: its own code, else its type made finer by its words."""
    coarse = TYPES.get(kind, UNKNOWN)
    fine = ACTIVITY_CODES.get(code) or STATUS_CODES.get(code)
    if fine is not None and (coarse.status in (None, fine.status) or coarse == m.TROUBLE):
        return refine(fine, words)
    if coarse.status is None:
        coarse = STATUS_CODES.get(status_code, UNKNOWN)
    return refine(coarse, words)


def matches(data: Any) -> bool:
    """Tell whether this is UPS's shape."""
    if not isinstance(data, dict):
        return False
    return (
        "trackResponse" in data
        or "activityStatus" in data
        or ("localActivityDate" in data and "trackingNumber" in data)
        or dig(data, "response", "errors") is not None
    )


def read(data: Any) -> list[Found]:
    """Read a Track API answer or a push message."""
    errors = items(data, "response", "errors")
    if errors:
        return [problem(text(one, "code"), text(one, "message", limit=400)) for one in errors]
    if "trackResponse" not in data:
        return [_read_alert(data)]
    found: list[Found] = []
    for shipment in items(data, "trackResponse", "shipment"):
        packages = items(shipment, "package")
        found += [_read_package(shipment, one) for one in packages]
        if not packages:
            found += [
                problem(text(one, "code"), text(one, "message", limit=400),
                        number(shipment, "inquiryNumber"))
                for one in items(shipment, "warnings")
            ]  # fmt: skip
    return found or [problem("", "Tracking information not found")]


def _read_package(shipment: dict[str, Any], one: dict[str, Any]) -> Found:
    asked = number(shipment, "inquiryNumber")
    current = dig(one, "currentStatus") or {}
    words = first(current, "description", "simplifiedTextDescription", limit=LONG)
    code = first(current, "code", "statusCode")
    draft = Draft(
        "ups",
        number(one, "trackingNumber") or asked,
        carrier="ups",
        status_code=code,
        service_level=text(one, "service", "description"),
        signed_by=person(one, "deliveryInformation", "receivedBy"),
        reference=next(
            (text(ref, "number") for ref in items(one, "referenceNumber") if text(ref, "number")),
            "",
        ),
    )
    draft.checkpoints = [_read_activity(raw) for raw in items(one, "activity")]
    if current:
        kind = text(current, "type")
        draft.meaning = meaning_of(kind, code, text(current, "statusCode"), words)
    draft.link("ups", asked)
    for other in items(one, "alternateTrackingNumber"):
        carrier = "usps" if "USPS" in text(other, "type").upper() else ""
        known = recognize(text(other, "number"))
        draft.link(carrier or (known[0] if known else ""), text(other, "number"))
    _read_addresses(one, draft)
    _read_dates(one, draft)
    until = read_when(dig(one, "accessPointInformation", "pickupByDate")).day()
    if draft.meaning.status is m.PICKUP.status or until:
        draft.pickup = PickupPoint(name="UPS Access Point", until_date=until)
    return draft.build()


def _read_addresses(one: dict[str, Any], draft: Draft) -> None:
    for place in items(one, "packageAddress"):
        kind = text(place, "type").upper()
        country = first(dig(place, "address"), "countryCode", "country")
        if kind == "DESTINATION":
            draft.destination = country
        elif kind == "ORIGIN":
            draft.origin = country


def _read_dates(one: dict[str, Any], draft: Draft) -> None:
    """Take the rescheduled date (RDD) before the scheduled one (SDD); DEL is when it came."""
    dates = {
        text(day, "type"): read_when(day.get("date")).day() for day in items(one, "deliveryDate")
    }
    draft.estimate(dates.get("RDD") or dates.get("SDD"))


def _read_activity(raw: dict[str, Any]) -> ReportedCheckpoint:
    status = dig(raw, "status") or {}
    words = first(status, "description", "simplifiedTextDescription", limit=LONG)
    kind, code = text(status, "type"), text(status, "code")
    return checkpoint(
        raw,
        _when(raw),
        meaning_of(kind, code, text(status, "statusCode"), words),
        code=f"{kind} {code}".strip(),
        description=words,
        place=_place(dig(raw, "location", "address")),
    )


def _when(raw: dict[str, Any]) -> When:
    """Return the local time with its offset; where there is none the time in GMT, else local."""
    offset = text(raw, "gmtOffset")
    if offset:
        return join(raw.get("date"), raw.get("time"), zone=offset)
    gmt = join(raw.get("gmtDate"), raw.get("gmtTime"), zone="GMT")
    if gmt.at is not None and not gmt.is_date_only:
        return gmt
    return join(raw.get("date"), raw.get("time"))


def _place(address: Any) -> Place:
    return Place(
        city=text(address, "city") if address else "",
        region=first(address, "stateProvince", "stateProvinceCode") if address else "",
        postal_code=text(address, "postalCode") if address else "",
        country=first(address, "countryCode", "country") if address else "",
    )


def _read_alert(data: dict[str, Any]) -> Found:
    """Read a push message: one activity, flat."""
    status = dig(data, "activityStatus") or {}
    words = text(status, "description", limit=LONG)
    meaning = meaning_of(text(status, "type"), text(status, "code"), text(status, "code"), words)
    when = join(data.get("gmtActivityDate"), data.get("gmtActivityTime"), zone="GMT")
    if when.at is None or when.is_date_only:
        when = join(data.get("localActivityDate"), data.get("localActivityTime"))
    draft = Draft("ups", number(data, "trackingNumber"), carrier="ups", meaning=meaning)
    draft.status_code = text(status, "code")
    draft.signed_by = person(data, "receivedBy")
    draft.estimate(
        read_when(data.get("rescheduledDeliveryDate")).day()
        or read_when(data.get("scheduledDeliveryDate")).day()
    )
    if when.at is not None or words:
        step = checkpoint(
            data,
            when,
            meaning,
            code=f"{text(status, 'type')} {text(status, 'code')}".strip(),
            description=words,
            place=_place(dig(data, "activityLocation")),
        )
        draft.checkpoints = [step]
    return draft.build()
