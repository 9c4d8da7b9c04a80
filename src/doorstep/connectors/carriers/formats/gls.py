"""GLS Group: Track and Trace v1.

Status list: "status" and the event codes of the GLS Group API; codes are a kind and a case
("DELIVD.PARCELSHOP"), spelled as GLS spells them ("INTIAL", "OUTBOD").
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import LONG, items, number, text
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

STATUSES = m.table({
    m.INFO: "PREADVICE PLANNEDPICKUP",
    m.PICKED_UP: "INPICKUP",
    m.TRANSIT: "INTRANSIT",
    m.ARRIVED: "INWAREHOUSE",
    m.OUT: "INDELIVERY",
    m.DELIVERED: "DELIVERED FINAL",
    m.PICKUP: "DELIVEREDPS",
    m.ATTEMPT: "NOTDELIVERED",
    m.CANCELED: "CANCELED CANCELLED",
    m.RETURNING: "RETURN RETURNED",
})  # fmt: skip
EVENTS = m.table({
    m.INFO: "INTIAL.PREADVICE INTIAL.E48_DATA",
    m.PICKED_UP: "INTIAL.NORMAL INTIAL.PICKUP INTIAL.PARCELSHOP",
    m.PICKUP: "DELIVD.PARCELSHOP DELIVD.PARCELLOCKER DELIVD.PS",
    m.DELIVERED: "DELIVD.DEL_BY_PSAPP DELIVD.NORMAL DELIVD.PARCELSHOP_CONSIGNEE",
    m.NEIGHBOR: "DELIVD.NEIGHBOUR DELIVD.NEIGHBOR",
    m.SAFE_PLACE: "DELIVD.DEPOSIT DELIVD.LETTERBOX DELIVD.SAFEPLACE",
})  # fmt: skip
KINDS = m.table({
    m.INFO: "INTIAL INITIAL",
    m.ARRIVED: "INBOUD INBOUND",
    m.DEPARTED: "OUTBOD OUTBOUND EXPORT",
    m.TRANSIT: "TRANSI TRANSIT SORTED HUB STORED",
    m.OUT: "OUTDEL",
    m.DELIVERED: "DELIVD",
    m.ATTEMPT: "NOTDEL NODELI",
    m.RETURNING: "RETURN RETOUR",
    m.CANCELED: "CANCEL",
})  # fmt: skip


def meaning_of(code: str, words: str) -> Meaning:
    """Return what an event means: its code, else the kind before the dot and its words."""
    upper = code.upper()
    if upper in EVENTS:
        return EVENTS[upper]
    return refine(KINDS.get(upper.partition(".")[0], UNKNOWN), words)


def matches(data: Any) -> bool:
    """Tell whether this is the shape of GLS."""
    return any("requested" in one or "unitno" in one for one in items(data, "parcels"))


def read(data: Any) -> list[Found]:
    """Read every parcel in it."""
    return [_read_parcel(one) for one in items(data, "parcels")] or [
        find_problem(data) or problem("", "No parcel in it")
    ]


def _read_parcel(one: dict[str, Any]) -> Found:
    # What was asked for is what merchants have on the label: it may have a check digit more.
    tracked = number(one, "requested") or number(one, "unitno")
    if text(one, "errorCode"):
        return problem(text(one, "errorCode"), text(one, "errorMessage", limit=400), tracked)
    status = text(one, "status")
    draft = Draft(
        "gls",
        tracked,
        carrier="gls",
        meaning=STATUSES.get(status.upper(), UNKNOWN),
        status_code=status,
        status_when=read_when(one.get("statusDateTime")),
    )
    draft.checkpoints = [_read_event(raw) for raw in items(one, "events")]
    draft.link("gls", text(one, "unitno"))
    draft.estimate(read_when(one.get("estimatedDeliveryDate")).day())
    return draft.build()


def _read_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    code, words = text(raw, "code"), text(raw, "description", limit=LONG)
    return checkpoint(
        raw,
        read_when(raw.get("eventDateTime")),
        meaning_of(code, words),
        code=code,
        description=words,
        place=Place(
            city=text(raw, "city"),
            postal_code=text(raw, "postalCode"),
            country=text(raw, "country"),
        ),
    )
