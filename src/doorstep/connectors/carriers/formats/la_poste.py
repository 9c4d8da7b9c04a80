"""La Poste, Colissimo and Chronopost by the "Suivi" API v2, and Colissimo's older event codes.

Status list: "Les codes événements" of the Suivi v2 documentation.
"""

from __future__ import annotations

from typing import Any

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.building import Draft, Found, checkpoint
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import read_when
from doorstep.connectors.carriers.problems import find_problem, problem
from doorstep.connectors.carriers.reading import LONG, dig, first, items, number, text
from doorstep.connectors.carriers.words import refine
from doorstep.rooms.tracking.contracts import PickupPoint, ReportedCheckpoint

CODES = m.table({
    m.INFO: "DR1 DR2 COMCFM PCHMQT",
    m.PICKED_UP: "PC1 PC2 PCHCFM DEPGUI",
    m.TRANSIT: "ET1 ET2 ET4 EP1 PB2",
    m.ARRIVED: "ET3 AARCFM AARDVY",
    m.CUSTOMS: "DO1 DO2",
    m.CUSTOMS_HELD: "DO3",
    m.TROUBLE: "PB1",
    m.OUT: "MD2 MLVCFM",
    m.ATTEMPT: "ND1 RENNRV",
    m.PICKUP: "AG1 RENAVI MLVARS",
    m.RETURNING: "RE1 RENAVA",
    m.DELIVERED: "DI0 DI1 LIVCFM",
    m.NEIGHBOR: "LIVGAR LIVRTI",
    m.RETURNED: "DI2 LIVREO",
    m.REFUSED: "DI3",
    m.ADDRESS: "RENAIN",
})  # fmt: skip
# MD2 says "on its delivery site, being prepared" as well as "on its round today".
_ON_ITS_ROUND = ("livraison aujourd", "en cours de livraison", "mis en livraison ce", "facteur",
                 "dans la journée", "sera livré", "out for delivery")  # fmt: skip


def meaning_of(code: str, words: str) -> Meaning:
    """Return what an event means, by its code; a problem is told by its words."""
    known = CODES.get(code.upper(), UNKNOWN)
    if known == m.OUT and code.upper() == "MD2":
        said = words.lower()
        prepared = "préparons" in said or "site de livraison" in said
        if prepared and not any(part in said for part in _ON_ITS_ROUND):
            return m.ARRIVED
    return refine(known, words) if known in (UNKNOWN, m.TROUBLE, m.DELIVERED, m.ATTEMPT) else known


def matches(data: Any) -> bool:
    """Tell whether this is La Poste's shape."""
    one = data[0] if isinstance(data, list) and data else data
    return isinstance(one, dict) and ("returnCode" in one or ("idShip" in one and "event" in one)
                                      or dig(one, "shipment", "idShip") is not None)  # fmt: skip


def read(data: Any) -> list[Found]:
    """Read one answer or a list of them."""
    found = [_read_answer(one) for one in items(data)]
    return found or [find_problem(data) or problem("", "No shipment in it")]


def _read_answer(one: dict[str, Any]) -> Found:
    shipment = dig(one, "shipment")
    if not isinstance(shipment, dict):
        shipment = one if "event" in one else None
    if shipment is None:
        words = first(one, "returnMessage", "message", limit=400)
        return problem(text(one, "returnCode"), words, number(one, "idShip"))
    context = dig(shipment, "contextData") or {}
    draft = Draft(
        "la_poste",
        number(shipment, "idShip") or number(one, "idShip"),
        carrier="chronopost" if text(shipment, "product") == "chronopost" else "la_poste",
        service_level=text(shipment, "product"),
        tracking_url=text(shipment, "urlDetail", limit=LONG) or text(shipment, "url", limit=LONG),
        origin=text(context, "originCountry"),
        destination=text(context, "arrivalCountry"),
    )
    draft.checkpoints = [_read_event(raw) for raw in items(shipment, "event")]
    if not draft.checkpoints:
        draft.meaning = m.PENDING
    draft.estimate(read_when(shipment.get("estimDate")).day())
    name = text(context, "removalPoint", "name")
    if name:
        draft.pickup = PickupPoint(name=name, code=text(context, "removalPoint", "type"))
    partner = dig(context, "partner") or {}
    draft.link("", text(partner, "reference"))
    return draft.build()


def _read_event(raw: dict[str, Any]) -> ReportedCheckpoint:
    code, words = text(raw, "code"), text(raw, "label", limit=LONG)
    return checkpoint(
        raw, read_when(raw.get("date")), meaning_of(code, words), code=code, description=words
    )
