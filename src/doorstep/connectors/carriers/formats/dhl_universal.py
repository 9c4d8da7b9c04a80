"""DHL Shipment Tracking, Unified: answers and push messages of all DHL divisions.

Status list: "statusCode" of the DHL Shipment Tracking – Unified documentation. Its five codes are
coarse, so the words of an event decide what exactly.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
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

STATUSES = {
    "pre-transit": m.INFO,
    "transit": m.TRANSIT,
    "delivered": m.DELIVERED,
    "failure": m.TROUBLE,
    "unknown": UNKNOWN,
}
SERVICES = {
    "express": "dhl_express", "parcel-de": "dhl", "parcel-nl": "dhl", "parcel-pl": "dhl",
    "parcel-uk": "dhl", "parcel": "dhl", "sameday": "dhl", "svb": "dhl", "ecommerce":
    "dhl_ecommerce", "ecommerce-europe": "dhl_ecommerce", "ecommerce-apac": "dhl_ecommerce",
    "ecommerce-ppl": "ppl", "ecommerce-iberia": "dhl_ecommerce", "freight": "dhl_freight",
    "dgf": "dhl_freight", "post-de": "deutsche_post", "post-international": "deutsche_post",
}  # fmt: skip


def meaning_of(code: str, *words: str) -> Meaning:
    """Return what a status code and its words mean; the words refine, the code rules."""
    known = STATUSES.get(code.lower(), UNKNOWN)
    for said in words:
        finer = refine(known, said)
        if finer != known:
            return finer
    return known


def matches(data: Any) -> bool:
    """Tell whether this is the shape of DHL's unified tracking."""
    return any(
        "shipmentTrackingNumber" not in one and "id" in one and ("status" in one or "events" in one)
        for one in items(data, "shipments")
    )


def read(data: Any) -> list[Found]:
    """Read every shipment in it."""
    return [_read_shipment(one) for one in items(data, "shipments")] or [
        find_problem(data) or problem("", "No shipment found")
    ]


def _read_shipment(one: dict[str, Any]) -> Found:
    status = dig(one, "status") or {}
    details = dig(one, "details") or {}
    code = text(status, "statusCode") if isinstance(status, dict) else text(status)
    draft = Draft(
        "dhl_universal",
        number(one, "id"),
        carrier=SERVICES.get(text(one, "service").lower(), "dhl"),
        meaning=meaning_of(code, first(status, "description"), first(status, "status")),
        status_code=code,
        status_when=read_when(dig(status, "timestamp")),
        service_level=text(details, "product", "productName"),
        reference=next(
            (text(ref, "number") for ref in items(details, "references") if text(ref, "number")), ""
        ),
        tracking_url=text(one, "serviceUrl", limit=LONG),
        origin=text(one, "origin", "address", "countryCode"),
        destination=text(one, "destination", "address", "countryCode"),
    )
    draft.checkpoints = [_read_event(raw) for raw in items(one, "events")]
    if draft.meaning.status is m.DELIVERED.status:
        draft.signed_by = person(details, "proofOfDelivery", "signed", "name") or " ".join(
            filter(None, (person(details, "proofOfDelivery", "signed", key)
                          for key in ("givenName", "familyName")))
        )  # fmt: skip
    frame = dig(one, "estimatedDeliveryTimeFrame") or {}
    draft.estimate(
        read_when(dig(frame, "estimatedFrom")).day(),
        read_when(dig(frame, "estimatedThrough")).day(),
    )
    draft.estimate(read_when(one.get("estimatedTimeOfDelivery")).day())
    for piece in values(details, "pieceIds"):
        draft.link(draft.carrier, piece)
    return draft.build()


def _read_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    code = text(raw, "statusCode")
    said, status = text(raw, "description", limit=LONG), text(raw, "status")
    address = dig(raw, "location", "address") or {}
    meaning = meaning_of(code, said, status)
    return checkpoint(
        raw,
        read_when(raw.get("timestamp")),
        meaning,
        code=code or status,
        description=said or status,
        place=Place(
            city=text(address, "addressLocality"),
            postal_code=text(address, "postalCode"),
            country=text(address, "countryCode"),
        ),
    )
