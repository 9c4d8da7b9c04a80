"""Orders somebody wants to change, a shop platform of our own, and what the tests here share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.http import refuse_in_transaction
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.changes import api, ports
from doorstep.rooms.changes.contracts import (
    Addition,
    ChangeAsk,
    ChangeKind,
    ChangeView,
    LineWish,
    Swap,
)
from doorstep.rooms.changes.ports import Done, No, ShopPower, Tell
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import AddressView, LineAmounts, OrderDetail, OrderTotals
from doorstep.rooms.orders.tests.cast import (
    AT,
    CHANNEL,
    INES,
    SAM,
    SHOP,
    line,
    order,
    record,
    stock,
)
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import LinkPaid

SOON = AT + timedelta(minutes=20)
MAYA = Actor("shopper", "maya", "Maya")
CONNECTION = UUID("0190a5b0-0000-7000-8000-0000000000aa")
HAMBURG = AddressView(
    name="Maya Lindqvist",
    line1="Elbchaussee 5",
    city="Hamburg",
    postal_code="22765",
    country_code="DE",
)

__all__ = ["AT", "CHANNEL", "INES", "SAM", "SHOP", "line", "order", "record", "stock"]


def place(*, connection_id: UUID | None = None, nth: int = 1, **more: Any) -> OrderDetail:
    """Two teas at 10.00 with 1.00 off in all, a mug at 12.00; shipping 4.90. All paid."""
    lines = [
        line("TEA", 2, amounts=LineAmounts(1000, 100, 303, 1900)),
        line("MUG", 1, amounts=LineAmounts(1200, 0, 192, 1200)),
    ]
    totals = OrderTotals(3200, 100, 490, 495, 3590)
    [answer] = orders.record_orders(
        [order(nth, lines=lines, **{"totals": totals, **more})],
        sales_channel=CHANNEL,
        connection_id=connection_id,
        by=SHOP,
        at=AT,
    )
    run_until_idle()
    return orders.get_order(answer.order_id)


def shelves(pieces: int = 10) -> dict[str, UUID]:
    """Put tea, mugs and green tea (another variant of tea's product) on the shelf, with prices."""
    found = {sku: stock(sku, pieces) for sku in ("TEA", "MUG", "FERN")}
    for sku, price in (("TEA", 1000), ("MUG", 1200), ("FERN", 800)):
        catalog.set_price(variant_id=found[sku], currency="EUR", amount_minor=price, by=INES, at=AT)
    return found


def lines_of(detail: OrderDetail) -> dict[str, UUID]:
    """Return line ids by article number."""
    return {one.sku: one.id for one in detail.lines if not one.is_removed}


def ask_lines(**pieces: int) -> Any:
    """Return what makes an ask for quantities: ``ask_lines(TEA=1)(order)``."""
    return lambda detail: ChangeAsk(
        ChangeKind.LINES,
        lines=tuple(LineWish(lines_of(detail)[sku], n) for sku, n in pieces.items()),
    )


def want(
    detail: OrderDetail,
    ask: ChangeAsk,
    *,
    key: str = "form-1",
    by: Actor = MAYA,
    at: datetime = SOON,
) -> ChangeView:
    """Ask for a change."""
    return api.request_change(order_id=detail.summary.id, ask=ask, form_key=key, by=by, at=at)


def again(detail: OrderDetail) -> OrderDetail:
    """Return the order as it stands now."""
    return orders.get_order(detail.summary.id)


def pay(change: ChangeView, *, at: datetime, nth: int = 1) -> None:
    """Let the shopper pay what a change asks for."""
    subject = f"order:{change.order_id}"
    [link] = [
        one for one in payments.list_links([subject])[subject] if one.cause == f"change:{change.id}"
    ]
    payments.record_reports(
        [
            LinkPaid(
                link.id,
                f"pi_{change.id.hex[-8:]}_{nth}",
                link.currency,
                link.amount_minor,
                True,
                "Visa ending in 4242",
                at,
            )
        ],
        provider=link.provider,
        by=SHOP,
        at=at,
    )
    run_until_idle()


@dataclass
class Shop:
    """A shop platform in this process whose answers a test chooses."""

    kind: str = "testshop"
    told: list[Tell] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    can: frozenset[ShopPower] = frozenset(ShopPower)

    def powers(self, connection_id: UUID) -> frozenset[ShopPower]:
        return self.can

    def tell(self, ask: Tell) -> Done | No:
        refuse_in_transaction()
        self.told.append(ask)
        answer = self.answers.pop(0) if self.answers else Done()
        if isinstance(answer, BaseException):
            raise answer
        return answer


@contextmanager
def shop_platform() -> Iterator[Shop]:
    """Make a platform known that keeps the orders of :data:`CONNECTION`."""
    shop = Shop()
    kept, kinds = dict(ports._platforms), list(ports._kind_of)
    ports.register_platform(shop)
    ports.bind_kind_of_connection(lambda one: "testshop" if one == CONNECTION else "")
    try:
        yield shop
    finally:
        ports._platforms.clear()
        ports._platforms.update(kept)
        ports._kind_of[:] = kinds


__all__ += ["Addition", "Swap"]
