"""What each handling class asks of the packer before a store writes its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from doorstep.rooms.fulfillment.contracts import HandlingClass


@dataclass(frozen=True, slots=True)
class Handling:
    """The instructions of one class; texts are for the person at the packing table."""

    handling_class: str
    container: str = ""
    infill: str = ""
    cold_packs: int = 0
    is_insured: bool = False
    carrier_note: str = ""
    words: str = ""


_STARTING = (
    Handling(
        HandlingClass.FRAGILE,
        container="Double-walled box",
        infill="Wrap each piece on its own; 5 cm of padding on every side",
        carrier_note="Fragile",
        words="Shake the closed box: nothing may move.",
    ),
    Handling(
        HandlingClass.PERISHABLE,
        container="Insulated box",
        infill="Cold packs on top, paper around",
        cold_packs=2,
        carrier_note="Perishable: deliver without delay",
        words="Pack last. Do not send before a weekend or a holiday.",
    ),
    Handling(
        HandlingClass.OVERSIZE,
        container="Own carton or edge protection",
        infill="Protect edges and corners",
        carrier_note="Bulky goods",
        words="Goes alone. Measure and weigh it closed.",
    ),
    Handling(
        HandlingClass.LIVE_ANIMALS,
        container="Ventilated transport box",
        infill="Soft, dry bedding; nothing loose",
        carrier_note="Live animals: this side up, 10 to 25 °C",
        words="Only with a carrier that takes animals. Agree on the hour of delivery first.",
    ),
    Handling(
        HandlingClass.HAZARDOUS,
        container="Approved packaging with its mark",
        infill="Absorbent material, upright",
        carrier_note="Dangerous goods: label by class",
        words="Put the safety data sheet and the hazard labels on. Nothing else in this box.",
    ),
    Handling(
        HandlingClass.HIGH_VALUE,
        container="Neutral box without logo",
        infill="Tight, nothing may rattle",
        is_insured=True,
        carrier_note="Signature on delivery",
        words="Photograph contents and serial numbers. Seal with security tape.",
    ),
)
STARTING: Mapping[str, Handling] = {str(one.handling_class): one for one in _STARTING}
