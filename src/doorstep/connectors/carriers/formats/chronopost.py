"""Chronopost: trackSkybillV2 (SOAP).

Status list: the event codes of Chronopost's "Webservice Tracking" guide.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, Place, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import LONG, dig, items, number, person, text
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.fulfillment.api import normalize_number
from doorstep.rooms.tracking.contracts import ReportedCheckpoint

CODES = m.table({
    m.INFO: "DC",
    m.PICKED_UP: "DB DY PC EC",
    m.TRANSIT: "SC TS TO TM",
    m.ARRIVED: "SD AR",
    m.CUSTOMS: "CF CC",
    m.OUT: "TA",
    m.DELIVERED: "D D1 D2 D3 D4 D5 D7 RC",
    m.PICKUP: "RB RI BI",
    m.NOT_HOME: "P PA NA",
    m.ADDRESS: "AD AI",
    m.REFUSED: "RF",
    m.RETURNING: "RG RT",
})  # fmt: skip


def meaning_of(code: str, words: str) -> Meaning:
    """Return what an event means; the words may say more about a delivery."""
    known = CODES.get(code.upper(), UNKNOWN)
    return refine(known, words) if known in (UNKNOWN, m.DELIVERED) else known


def _returns(data: Any) -> list[dict[str, Any]]:
    body = dig(data, "Envelope", "Body") or data
    found = []
    for name in ("trackSkybillV2Response", "trackSkybillResponse", "trackWithSenderRefResponse"):
        for response in items(body, name):
            found += items(response, "return")
    return found


def matches(data: Any) -> bool:
    """Tell whether this is Chronopost's shape."""
    return isinstance(data, dict) and bool(_returns(data))


def read(data: Any) -> list[Found]:
    """Read the parcel of an answer."""
    return [_read_return(one) for one in _returns(data)] or [
        find_problem(data) or problem("", "No tracking information in it")
    ]


def _more(raw: dict[str, Any], wanted: str) -> str:
    """Return one of the named facts of an event."""
    for fact in items(raw, "infoCompList"):
        if wanted in text(fact, "name").lower():
            return text(fact, "value")
    return ""


def _read_return(one: dict[str, Any]) -> Found:
    code = text(one, "errorCode")
    if code not in ("", "0"):
        return problem(code, text(one, "errorMessage", limit=400))
    holders = items(one, "listEventInfoComp") or items(one, "listEvents")
    events = [event for holder in holders for event in items(holder, "events")]
    draft = Draft("chronopost", "", carrier="chronopost")
    for holder in holders:
        draft.tracking_number = draft.tracking_number or number(holder, "skybillNumber")
    draft.tracking_number = draft.tracking_number or number(one, "skybillNumber")
    for raw in events:
        _read_partner(raw, draft)
        name = _more(raw, "consignee") or _more(raw, "destinataire")
        draft.signed_by = name or draft.signed_by
    draft.checkpoints = [_read_event(raw) for raw in events]
    if draft.signed_by and not person(draft.signed_by):
        draft.signed_by = ""
    return draft.build()


def _read_partner(raw: dict[str, Any], draft: Draft) -> None:
    """Take the partner's number: some answers repeat no number of their own."""
    partner = normalize_number(_more(raw, "partner number").rpartition("/")[2])
    if not partner:
        return
    if draft.tracking_number:
        draft.link("", partner)
    else:
        draft.tracking_number = partner
        draft.warnings.append("the answer names no number of its own; the partner’s was taken")


def _read_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    code, words = text(raw, "code"), text(raw, "eventLabel", limit=LONG)
    zip_code = text(raw, "zipCode")
    return checkpoint(
        raw,
        read_when(raw.get("eventDate")),
        meaning_of(code, words),
        code=code,
        description=words,
        place=Place(
            city=text(raw, "officeLabel"),
            postal_code=zip_code,
            country="FR" if len(zip_code) == 5 and zip_code.isdigit() else "",
        ),
    )
