"""Purolator: TrackPackagesByPin (SOAP).

Scans have a type and English sentences; "Other" covers all that is no pick-up, delivery attempt or
delivery, so its sentences decide.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import join
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import LONG, dig, first, items, number, person, text
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

TYPES: dict[str, Meaning] = {
    "proofofpickup": m.PICKED_UP,
    "delivery": m.DELIVERED,
    "undeliverable": m.ATTEMPT,
    "ondelivery": m.OUT,
}
WORDS: dict[str, Meaning] = {
    "new tracking number assigned": m.INFO,
    "shipment created": m.INFO,
    "arrived at sort facility": m.ARRIVED,
    "departed sort facility": m.DEPARTED,
    "customer pickup": m.DELIVERED,
    "shipment in transit": m.TRANSIT,
}


def meaning_of(kind: str, words: str) -> Meaning:
    """Return what a scan means."""
    known = TYPES.get(kind.lower(), UNKNOWN)
    said = WORDS.get(words.lower().strip(" -."))
    if known.status is None:
        return said or refine(known, words)
    return refine(known, words) if known in (m.DELIVERED, m.ATTEMPT) else known


def _response(data: Any) -> Any:
    body = dig(data, "Envelope", "Body") or data
    for name in ("TrackPackagesByPinResponse", "TrackPackagesByReferenceResponse"):
        if isinstance(dig(body, name), dict):
            return dig(body, name)
    return None


def matches(data: Any) -> bool:
    """Tell whether this is Purolator's shape."""
    return isinstance(data, dict) and _response(data) is not None


def read(data: Any) -> list[Found]:
    """Read every parcel of an answer."""
    response = _response(data)
    found = [
        _read_parcel(one)
        for one in items(response, "TrackingInformationList", "TrackingInformation")
    ]
    for error in items(response, "ResponseInformation", "Errors", "Error"):
        found.append(problem(text(error, "Code"), text(error, "Description", limit=400)))
    return found or [find_problem(data) or problem("", "No tracking information found")]


def _read_parcel(one: dict[str, Any]) -> Found:
    scans = items(one, "Scans", "Scan")
    tracked = text(one, "PIN", "Value").upper().replace(" ", "") or number(one, "PIN")
    errors = items(one, "ResponseInformation", "Errors", "Error")
    if errors and not scans:
        return problem(text(errors[0], "Code"), text(errors[0], "Description", limit=400), tracked)
    draft = Draft("purolator", tracked, carrier="purolator")
    draft.checkpoints = [_read_scan(raw) for raw in scans]
    draft.signed_by = next(
        (n for raw in scans if (n := person(raw, "DeliverySignature"))), ""
    ) or next((n for raw in scans if (n := person(raw, "ScanDetails", "DeliverySignature"))), "")
    if not scans:
        draft.meaning = m.PENDING
    return draft.build()


def _read_scan(raw: dict[str, Any]) -> ReportedCheckpoint:
    words = first(raw, "Description", "Comment", limit=LONG)
    kind = text(raw, "ScanType")
    city, _, region = text(raw, "Depot", "Name").rpartition(",")
    region = region.strip()
    return checkpoint(
        raw,
        join(raw.get("ScanDate"), raw.get("ScanTime")),
        meaning_of(kind, words),
        code=kind,
        description=words,
        place=Place(
            city=city or region,
            region=region if city and len(region) == 2 else "",
            country="CA" if city and len(region) == 2 else "",
        ),
    )
