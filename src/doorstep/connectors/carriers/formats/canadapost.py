"""Canada Post: tracking details and summaries (XML, one or several) and the site's JSON.

Status list: "Tracking event descriptions" of the Canada Post developer documentation; codes are
compared without leading zeros, because both spellings are sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import join, read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import LONG, dig, first, items, number, person, text
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.tracking.contracts import PickupPoint, ReportedCheckpoint

CODES = m.table({
    m.SIGNED: "20",
    m.DELIVERED: "1408 1409 1421 1422 1423 1424 1425 1426 1427 1428 1429 1430 1431 1432 1433 1434"
    " 1441 1442 1496 1497 1498 1499 5300",
    m.OUT: "174 500",
    m.NOT_HOME: "167 168 169 179 181 182 183 184 190 1407 1410 1411 1412 1414 1417 1418 1419 1420"
    " 1435 1436 1437 1438 1450 1479 1480",
    m.NO_ACCESS: "154 180 185 186 187 188 189",
    m.PICKUP: "156 1478 1481 1488 1491 1492 1493 1701 1702 1703 4700",
    m.ADDRESS: "122 123 172 173 1413 1440 1482 1483 1485 1486 1489 1490",
    m.REFUSED: "150 1415 1416",
    m.DAMAGED: "119 142 143 144 145 146 147 148 149",
    m.LOST: "124 126 151 152 153",
    m.WEATHER: "159 160 161 162 163 164 165 166",
    m.CUSTOMS_HELD: "117 120 121 810 1443 1484 1487",
    m.CUSTOMS: "700 710 800 805 4450",
    m.PAYMENT: "125 127 1494",
    m.DELAYED: "134 135 136 137 138 155 157 158",
    m.TRANSIT: "100 128 129 130 131 132 133 170 171 175 400 410 600 1301 1302 2411 2412",
    m.PICKED_UP: "2300 2000 2001 1300 1303",
    m.INFO: "3000 3001 3002 4000",
    m.RETURNING: "118 1100 1401 1402 1403 1404 1405 1406 1495",
})  # fmt: skip


def meaning_of(code: str, words: str) -> Meaning:
    """Return what an event means; leading zeros do not count."""
    known = CODES.get(code.lstrip("0") or code, UNKNOWN)
    return refine(known, words) if known in (UNKNOWN, m.DELIVERED) else known


def matches(data: Any) -> bool:
    """Tell whether this is the shape of Canada Post."""
    return next(_details(data), None) is not None or _is_site_json(data)


def _is_site_json(data: Any) -> bool:
    return isinstance(data, dict) and "pin" in data and "events" in data


def _details(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Find every tracking detail and summary, whatever they are wrapped in."""
    if depth > 5:
        return
    if isinstance(data, list):
        for one in data:
            yield from _details(one, depth + 1)
    elif isinstance(data, dict):
        for key in ("tracking-detail", "pin-summary"):
            yield from items(data, key)
        for key, child in data.items():
            if key not in ("tracking-detail", "pin-summary") and isinstance(child, (dict, list)):
                yield from _details(child, depth + 1)


def read(data: Any) -> list[Found]:
    """Read every parcel in it."""
    if _is_site_json(data):
        return [_read_site(data)]
    found = [
        _read_detail(one) if "significant-events" in one else _read_summary(one)
        for one in _details(data)
    ]
    return found or [find_problem(data) or problem("", "No pin history")]


def _draft(one: dict[str, Any]) -> Draft:
    draft = Draft(
        "canada_post",
        number(one, "pin"),
        carrier="canada_post",
        service_level=text(one, "service-name"),
        reference=first(one, "customer-ref-1", "customer-ref-2"),
        destination="CA" if text(one, "destination-postal-id") else "",
    )
    draft.estimate(
        read_when(one.get("changed-expected-date")).day()
        or read_when(one.get("expected-delivery-date")).day()
    )
    reason = text(one, "changed-expected-delivery-reason")
    if reason:
        draft.warnings.append(f"the expected date changed: {reason}")
    for key in ("original-pin", "return-pin"):
        draft.link("canada_post", text(one, key))
    return draft


def _read_detail(one: dict[str, Any]) -> Found:
    draft = _draft(one)
    events = items(one, "significant-events", "occurrence")
    draft.checkpoints = [_read_occurrence(raw) for raw in events]
    draft.signed_by = next((name for e in events if (name := person(e, "signatory-name"))), "")
    shop = next((e for e in events if text(e, "event-retail-name")), None)
    if shop is not None:
        draft.pickup = PickupPoint(
            name=text(shop, "event-retail-name"), code=text(shop, "event-retail-location-id")
        )
    return draft.build()


def _read_occurrence(raw: dict[str, Any]) -> ReportedCheckpoint:
    code, words = text(raw, "event-identifier"), text(raw, "event-description", limit=LONG)
    region = text(raw, "event-province")
    return checkpoint(
        raw,
        join(raw.get("event-date"), raw.get("event-time"), zone=text(raw, "event-time-zone")),
        meaning_of(code, words),
        code=code,
        description=words,
        place=Place(city=text(raw, "event-site"), region=region, country="CA" if region else ""),
    )


def _read_summary(one: dict[str, Any]) -> Found:
    """Read a summary: the last event only, its time as 20110404:121500."""
    draft = _draft(one)
    code, words = text(one, "event-type"), text(one, "event-description", limit=LONG)
    day, _, clock = text(one, "event-date-time").partition(":")
    when = join(day, clock) if clock else read_when(day)
    meaning = SUMMARY_TYPES.get(code.upper(), UNKNOWN)
    draft.meaning, draft.status_code = refine(meaning, words), code
    draft.signed_by = person(one, "signatory-name")
    if words or when.at:
        place = Place(city=text(one, "event-location"))
        draft.checkpoints = [
            checkpoint(one, when, draft.meaning, code=code, description=words, place=place)
        ]
    return draft.build()


SUMMARY_TYPES = m.table({
    m.PICKED_UP: "INDUCTION",
    m.TRANSIT: "VEHICLE_INFO INFO SIMPLIFIED",
    m.OUT: "OUT",
    m.ATTEMPT: "ATTEMPTED",
    m.DELIVERED: "DELIVERED",
    m.SIGNED: "SIGNATURE",
    m.PICKUP: "TO_RETAIL",
})  # fmt: skip


def _read_site(one: dict[str, Any]) -> Found:
    """Read the JSON of Canada Post's own tracking page."""
    draft = Draft(
        "canada_post",
        number(one, "pin"),
        carrier="canada_post",
        meaning=refine(UNKNOWN, text(one, "status")),
        status_code=text(one, "status"),
        service_level=first(one, "productNmEn", "productNm"),
        destination=text(one, "shipToAddr", "countryCd"),
        origin=text(one, "shipFromAddr", "countryCd"),
    )
    expected = dig(one, "expectedDlvryDateTime") or {}
    draft.estimate(
        read_when(dig(expected, "dlvryDate")).day(), read_when(dig(expected, "dlvryDateEnd")).day()
    )
    for raw in items(one, "events"):
        moment = dig(raw, "datetime") or {}
        place = dig(raw, "locationAddr") or {}
        code, words = text(raw, "cd"), first(raw, "descEn", "desc", limit=LONG)
        draft.checkpoints.append(
            checkpoint(
                raw,
                join(dig(moment, "date"), dig(moment, "time"), zone=text(moment, "zoneOffset")),
                meaning_of(code, words),
                code=code,
                description=words,
                place=Place(
                    city=text(place, "city"),
                    region=text(place, "regionCd"),
                    country=text(place, "countryCd"),
                ),
            )
        )
    return draft.build()
