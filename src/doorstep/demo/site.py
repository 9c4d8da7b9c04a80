"""What people do on the demo shop's site, and the segments they come to by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from doorstep.demo.agenda import SEEDER
from doorstep.demo.cast import THINGS
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.contracts import SiteActivity
from doorstep.rooms.customers import api as customers

_SEGMENTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "Regulars",
        "Bought twice or more: first to hear of new harvests.",
        {"all": [{"fact": "customer.orders", "op": "gte", "value": 2}]},
    ),
    (
        "Looked but did not buy",
        "For a friendly reminder, a week later.",
        {
            "all": [
                {
                    "fact": "customer.product_views",
                    "op": "gte",
                    "value": 2,
                    "within": {"last": {"days": 14}},
                },
                {
                    "fact": "customer.orders",
                    "op": "eq",
                    "value": 0,
                    "within": {"last": {"days": 1}},
                },
            ]
        },
    ),
    (
        "Waiting for a late parcel",
        "No offers for them now.",
        {"all": [{"fact": "customer.late_parcels", "op": "gte", "value": 1}]},
    ),
)
# who (as the order in which they were last seen), hours ago, what, which thing or words
_DOINGS = (
    (0, 30, "product_viewed", 0), (0, 29, "added_to_wishlist", 0), (0, 29, "searched", "gong fu"),
    (1, 50, "page_viewed", "/journal/brewing"), (1, 49, "product_viewed", 1), (1, 48, "product_viewed", 2),
    (1, 20, "product_viewed", 1), (2, 75, "searched", "gift"), (2, 74, "product_viewed", 3),
    (2, 73, "product_viewed", 0), (2, 73, "added_to_cart", 3), (3, 9, "product_viewed", 2),
    (3, 8, "product_viewed", 2), (3, 8, "added_to_wishlist", 2), (4, 100, "searched", "matcha"),
    (4, 99, "product_viewed", 1), (4, 26, "product_viewed", 3), (5, 5, "page_viewed", "/"), (5, 5, "product_viewed", 3), (5, 4, "product_viewed", 1),
    (6, 140, "product_viewed", 0), (6, 139, "added_to_wishlist", 3), (7, 60, "product_viewed", 1),
    (7, 59, "product_viewed", 0), (7, 58, "searched", "teapot"),
)  # fmt: skip


def make_segments(at: datetime) -> None:
    """Make the segments while little has happened yet: their members come as it does."""
    for name, description, condition in _SEGMENTS:
        audiences.create_segment(
            name=name, description=description, condition=condition, by=SEEDER, at=at
        )
    audiences.run_builds(at)


def make_activity(at: datetime) -> None:
    """Let known people and a stranger look around on the site, and listen to it from now on."""
    audiences.change_site_settings(is_on=True, origins=[], anonymous_days=90, by=SEEDER, at=at)
    people = [one.id for one in customers.search_customers("", limit=12).customers]
    skus = list(THINGS)
    told = [
        SiteActivity(
            key=f"demo-{nth}",
            kind=kind,
            occurred_at=at - timedelta(hours=hours),
            customer_id=people[who % len(people)],
            product_ref=skus[what % len(skus)] if isinstance(what, int) else "",
            details=_details(kind, what),
        )
        for nth, (who, hours, kind, what) in enumerate(_DOINGS)
    ]
    told.append(
        SiteActivity("demo-stranger", "page_viewed", at - timedelta(hours=3), "demo-stranger-0001")
    )
    audiences.record_site_activities(activities=told, by=SEEDER, at=at)


def _details(kind: str, what: object) -> dict[str, str]:
    if not isinstance(what, str):
        return {}
    return {"query" if kind == "searched" else "path": what}
