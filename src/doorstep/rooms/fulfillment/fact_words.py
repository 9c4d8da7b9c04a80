"""How people speak of this room's facts: what stands in conditions, reasons and policies."""

from __future__ import annotations

from doorstep.kernel.conditions.api import say_fact

say_fact(
    "order.ship_by_date",
    "is due to leave {}",
    known="has a day to leave by",
    unknown="has no day to leave by",
)
say_fact("order.shipments", "leaves in {} shipments", one="leaves in {} shipment")
say_fact("order.unpacked_shipments", "has {} shipments to pack", one="has {} shipment to pack")
say_fact("order.late_shipments", "has {} late shipments", one="has {} late shipment")
for _subject in ("order", "line"):
    say_fact(
        f"{_subject}.handling_classes",
        "needs the handling {}",
        no="does not need the handling {}",
        known="needs special handling",
        unknown="needs no special handling",
    )
