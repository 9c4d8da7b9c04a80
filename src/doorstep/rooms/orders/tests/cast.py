"""Orders of the cast, and what the tests of this room share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.reading import list_events
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantClaim
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import MovementReason, StockCount
from doorstep.rooms.orders import api
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    FinancialStatus,
    IncomingAddress,
    IncomingCharge,
    IncomingLine,
    IncomingOrder,
    IncomingPerson,
    IncomingRefund,
    IncomingRefundLine,
    LineAmounts,
    OrderTotals,
    RecordedOrder,
)

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)  # a Friday
LATER = AT + timedelta(hours=1)
CHANNEL = "shopify"
SHOP = Actor("connector", "shopify", "Shopify")
INES = Actor("user", "ines", "Ines", role="owner")
SAM = Actor("user", "sam", "Sam", role="support")
MIA = Actor("user", "mia", "Mia", role="marketer")

BERLIN = IncomingAddress(
    name="Maya Lindqvist",
    line1="Kastanienallee 12",
    city="Berlin",
    postal_code="10435",
    country_code="DE",
)
MAYA = IncomingPerson(
    platform_id="501", email="Maya@Example.com", name="Maya Lindqvist", locale="en"
)
JONAS = IncomingPerson(platform_id="502", email="jonas@example.com", name="Jonas Weber")


def line(sku: str = "TEA", quantity: int = 1, price: int = 1000, **more: Any) -> IncomingLine:
    """Return a line of one thing."""
    amounts = LineAmounts(price, 0, 0, price * quantity)
    given: dict[str, Any] = {
        "external_id": f"line-{sku}",
        "title": f"Thing {sku}",
        "quantity": quantity,
        "amounts": amounts,
        "sku": sku,
        "product_external_id": f"p-{sku}",
        "variant_external_id": f"v-{sku}",
    }
    return IncomingLine(**given | more)


def order(nth: int = 1, lines: Sequence[IncomingLine] | None = None, **more: Any) -> IncomingOrder:
    """Return a paid order of Maya's with shipping of 4.90, its sums right."""
    lines = tuple(lines if lines is not None else (line(),))
    subtotal = sum(one.amounts.total_minor for one in lines)
    person = more.get("person", MAYA)
    home = replace(BERLIN, name=person.name)
    given: dict[str, Any] = {
        "external_id": f"order-{nth}",
        "number": f"#{1000 + nth}",
        "currency": "EUR",
        "placed_at": AT - timedelta(minutes=5),
        "version_at": AT,
        "totals": OrderTotals(subtotal, 0, 490, 0, subtotal + 490),
        "lines": lines,
        "taxes_included": True,
        "financial_status": FinancialStatus.PAID,
        "person": person,
        "charges": (IncomingCharge(ChargeKind.SHIPPING, "DHL", 490),),
        "shipping_address": home,
        "billing_address": home,
        "shipping_method": "DHL",
    }
    return IncomingOrder(**given | more)


def refund(nth: int = 1, order_nth: int = 1, amount: int = 500, sku: str = "TEA") -> IncomingRefund:
    """Return a refund of one piece."""
    return IncomingRefund(
        external_id=f"refund-{nth}",
        order_external_id=f"order-{order_nth}",
        currency="EUR",
        amount_minor=amount,
        refunded_at=LATER,
        lines=(IncomingRefundLine(f"line-{sku}", 1, amount),),
    )


def record(*orders: IncomingOrder, at: datetime = AT, mode: Any = "live") -> list[RecordedOrder]:
    """Record orders of the shop."""
    return api.record_orders(
        orders, sales_channel=CHANNEL, connection_id=None, mode=mode, by=SHOP, at=at
    )


def stock(sku: str, pieces: int, at: datetime = AT) -> UUID:
    """Put pieces of a thing on the shelf; it is counted from then on."""
    [variant] = catalog.resolve_variants(
        [VariantClaim(CHANNEL, f"p-{sku}", f"v-{sku}", sku, f"Thing {sku}")], at=at
    )
    assert variant is not None
    found = inventory.list_locations()
    where = found[0] if found else inventory.create_location(name="Berlin", by=INES, at=at)
    inventory.set_stock(
        [StockCount(variant, where.id, pieces)], reason=MovementReason.COUNTED, at=at, by=INES
    )
    return variant


def events_of(order_id: UUID) -> list[str]:
    """List the names of an order's own events, oldest first."""
    found = list_events(subjects=[f"order:{order_id}"])
    names = [one["name"] for one in reversed(found)]
    return [name.removeprefix("orders.") for name in names if name.startswith("orders.")]


def free(variant: UUID) -> int | None:
    """Return how many pieces can be promised."""
    return inventory.available_to_promise([variant], CHANNEL)[variant]
