"""How people speak of this room's facts: what stands in conditions, reasons and policies."""

from __future__ import annotations

from doorstep.kernel.conditions.api import say_fact

say_fact(
    "order.delivered_at",
    "last had a delivery {}",
    known="has had a delivery",
    unknown="has had no delivery yet",
)
for _subject in ("order", "customer"):
    say_fact(
        f"{_subject}.open_parcels", "has {} parcels on the way", one="has {} parcel on the way"
    )
    say_fact(f"{_subject}.late_parcels", "has {} late parcels", one="has {} late parcel")
say_fact("order.days_late", "arrived {} days late", one="arrived {} day late")
say_fact(
    "customer.last_delivery_at",
    "got the last delivery {}",
    known="has had a delivery",
    unknown="has never had a delivery",
)
say_fact(
    "customer.days_since_delivery",
    "got the last delivery {} days ago",
    one="got the last delivery {} day ago",
    known="has had a delivery",
    unknown="has never had a delivery",
)
say_fact("customer.deliveries", "has got {} parcels", one="has got {} parcel")
say_fact("customer.late_deliveries", "has got {} parcels late", one="has got {} parcel late")
