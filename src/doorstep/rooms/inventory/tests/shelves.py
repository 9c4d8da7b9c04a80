"""What the tests of this room share: things on shelves, and orders that want them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantClaim
from doorstep.rooms.inventory import api
from doorstep.rooms.inventory.contracts import MovementReason, ReservationRequest, StockCount

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
WANDA = Actor("user", "wanda", "Wanda", role="warehouse")
INES = Actor("user", "ines", "Ines", role="owner")
CHECK = Actor.system("orders.check")


def thing(sku: str) -> UUID:
    """Return a variant with this sku, its stock not counted yet."""
    (found,) = catalog.resolve_variants(
        [VariantClaim("shopify", f"p-{sku}", f"v-{sku}", sku, f"Thing {sku}")], at=AT
    )
    assert found is not None
    return found


def place(name: str = "Berlin", priority: int = 100, sales_channel: str = "") -> UUID:
    """Return a new location."""
    return api.create_location(
        name=name, priority=priority, sales_channel=sales_channel, by=INES, at=AT
    ).id


def put(variant: UUID, location: UUID, on_hand: int) -> None:
    """Set how many pieces lie on a shelf."""
    api.set_stock(
        [StockCount(variant, location, on_hand)], reason=MovementReason.COUNTED, at=AT, by=CHECK
    )


def want(cause: str, variant: UUID | None, quantity: int, channel: str = "") -> ReservationRequest:
    """Return a request."""
    return ReservationRequest(cause, variant, quantity, channel, f"order:{cause}")
