"""The cast, and what the tests of this room share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.events import lanes
from doorstep.kernel.events.reading import list_events
from doorstep.rooms.audiences import api
from doorstep.rooms.audiences.keeping.loops import (
    run_builds,
    run_checks,
    run_follow_ups,
    run_sweeps,
)
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import (
    FinancialStatus,
    IncomingLine,
    IncomingOrder,
    IncomingPerson,
    LineAmounts,
    OrderTotals,
)

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)  # a Friday
SHOP = Actor("connector", "shopify", "Shopify")
INES = Actor("user", "ines", "Ines", role="owner")
MIA = Actor("user", "mia", "Mia", role="marketer")
SAM = Actor("user", "sam", "Sam", role="support")
WANDA = Actor("user", "wanda", "Wanda", role="warehouse")

BUYERS: dict[str, Any] = {"fact": "customer.orders", "op": "gte", "value": 1}
VIPS: dict[str, Any] = {"fact": "customer.tags", "op": "contains", "value": "vip"}
RECENT: dict[str, Any] = BUYERS | {"within": {"last": {"days": 30}}}


def people(*names: str, at: datetime = AT) -> list[UUID]:
    """Return the ids of people of the cast, who are made where they are new."""
    lanes.ensure_cursors()
    claims = [PersonClaim(email=f"{name}@example.com", name=name.title()) for name in names]
    return customers.resolve_customers(claims, at=at)


def incoming(
    name: str, nth: int, *, at: datetime = AT, sku: str = "TEA", cents: int = 1000
) -> IncomingOrder:
    """Return somebody's order of one thing."""
    line = IncomingLine(
        "l",
        f"Thing {sku}",
        1,
        LineAmounts(cents, 0, 0, cents),
        sku=sku,
        product_external_id=f"p-{sku}",
        variant_external_id=f"v-{sku}",
    )
    return IncomingOrder(
        external_id=f"order-{nth}",
        number=f"#{1000 + nth}",
        currency="EUR",
        placed_at=at,
        version_at=at,
        totals=OrderTotals(cents, 0, 0, 0, cents),
        lines=(line,),
        taxes_included=True,
        financial_status=FinancialStatus.PAID,
        person=IncomingPerson(email=f"{name}@example.com", name=name.title()),
    )


def order(name: str, nth: int, *, at: datetime = AT, sku: str = "TEA", cents: int = 1000) -> UUID:
    """Let somebody order one thing."""
    lanes.ensure_cursors()
    bought = incoming(name, nth, at=at, sku=sku, cents=cents)
    [kept] = orders.record_orders(
        [bought], sales_channel="shopify", connection_id=None, by=SHOP, at=at
    )
    return kept.order_id


def settle(at: datetime = AT) -> None:
    """Let everything run until nothing is left to do at ``at``."""
    for _ in range(50):
        done = lanes.run_until_idle()
        done += run_builds(at) + run_sweeps(at) + run_checks(at) + run_follow_ups(at)
        if not done:
            return
    raise AssertionError("it never came to rest")


def segment(name: str, condition: dict[str, Any], *, at: datetime = AT) -> UUID:
    """Make a segment and find its members."""
    made = api.create_segment(name=name, condition=condition, by=MIA, at=at)
    settle(at)
    return made.id


def told(customer_id: UUID) -> list[str]:
    """List what was published about a customer and segments, oldest first."""
    found = list_events(subjects=[f"customer:{customer_id}"])
    names = [one["name"] for one in reversed(found)]
    return [name.removeprefix("audiences.") for name in names if name.startswith("audiences.")]
