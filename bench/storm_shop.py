"""The shop of `bench.storm`: paid orders, half of them waiting and half at home, and scarce stock."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bench import harness

PRODUCTS, SIZES = 60, ("100 g", "250 g", "500 g")
CREDIT_MINOR = 5_000
SLACK_PERCENT = 10  # more pieces than were ordered: edits and exchanges compete for them
KEYS = 8
_BATCH = 250


@dataclass(frozen=True, slots=True)
class Target:
    """One order as its shopper has it: a link, and whether it is at home already."""

    order_id: UUID
    path: str  # "/o/…"
    is_home: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the crowd needs to know."""

    store_id: UUID
    targets: list[Target]
    buyers: list[UUID]
    keys: list[str]  # of the API, for the shop's checkout


def build(orders: int, buyers: int) -> Scene:
    """Make the shop.

    A store for practice, so that paying and refunding have somebody who answers.
    """
    from doorstep.kernel.tenancy import store_scope
    from doorstep.rooms.stores import api as stores

    at = datetime.now(UTC)
    store = stores.create_store(
        slug="fern-and-kettle", name="Fern & Kettle", currency="EUR", timezone="Europe/Berlin",
        country_code="DE", is_demo=True, at=at,
    )  # fmt: skip
    chance = random.Random(7)
    with store_scope(store.id):
        _list_products(at)
        baskets = [_basket(chance) for _ in range(orders)]
        _fill_shelves(baskets[: orders // 2], at)
        targets = _place(baskets, buyers, at)
        _publish_policy(at)
        people = _give_credit(targets, at)
        keys = _make_keys(at)
    return Scene(store.id, targets, people, keys)


def _actor() -> Any:
    from doorstep.kernel.actors import Actor

    return Actor("user", "1", "Ines", role="owner")


def _price(product: int, size: int) -> int:
    return 690 + product * 35 + size * 610


def _list_products(at: datetime) -> None:
    from decimal import Decimal

    from doorstep.rooms.catalog import api as catalog
    from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant

    listed = [
        ListedProduct(
            f"p-{product}",
            f"Tea {product}",
            variants=tuple(
                ListedVariant(
                    f"v-{product}-{size}", f"TEA-{product}-{size}", title=words,
                    options=(("Size", words),), price=Decimal(_price(product, size)) / 100,
                )
                for size, words in enumerate(SIZES)
            ),
        )
        for product in range(PRODUCTS)
    ]  # fmt: skip
    catalog.upsert_products(listed, channel="shopify", at=at)


Basket = list[tuple[int, int, int]]  # product, size, pieces


def _basket(chance: random.Random) -> Basket:
    products = chance.sample(range(PRODUCTS), chance.randint(1, 3))
    return [(one, chance.randrange(len(SIZES)), chance.randint(1, 3)) for one in products]


def _fill_shelves(waiting: Sequence[Basket], at: datetime) -> None:
    from doorstep.rooms.catalog import api as catalog
    from doorstep.rooms.inventory import api as inventory
    from doorstep.rooms.inventory.contracts import MovementReason, StockCount

    wanted: Counter[str] = Counter()
    for basket in waiting:
        for product, size, pieces in basket:
            wanted[f"TEA-{product}-{size}"] += pieces
    skus = [f"TEA-{p}-{s}" for p in range(PRODUCTS) for s in range(len(SIZES))]
    ids = catalog.find_variants_by_sku(skus)
    place = inventory.create_location(name="Berlin", by=_actor(), at=at)
    counts = [
        StockCount(ids[sku], place.id, wanted[sku] + wanted[sku] * SLACK_PERCENT // 100 + 1)
        for sku in skus
    ]
    inventory.set_stock(counts, reason=MovementReason.COUNTED, by=_actor(), at=at)


def _place(baskets: Sequence[Basket], buyers: int, at: datetime) -> list[Target]:
    """Record the orders, let them be checked and reserved, and sign a link for each."""
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
    from doorstep.kernel.tenancy import current_store_id
    from doorstep.rooms.orders import api as orders

    ensure_cursors()
    by, half = Actor.system("bench"), len(baskets) // 2
    found: list[tuple[UUID, bool]] = []
    for mode, first, last in (("live", 0, half), ("history", half, len(baskets))):
        for start in range(first, last, _BATCH):
            numbers = range(start, min(start + _BATCH, last))
            incoming = [
                _order(nth, baskets[nth], nth % buyers, at, is_home=mode == "history")
                for nth in numbers
            ]
            recorded = orders.record_orders(
                incoming, sales_channel="shopify", connection_id=None, mode=mode, by=by, at=at
            )
            found += [(one.order_id, mode == "history") for one in recorded]
        harness.say(f"  {last:,} orders")
    run_until_idle()
    store_id = current_store_id()
    return [
        Target(one, f"/o/{orders.order_page_token(store_id, one, at=at)}", is_home)
        for one, is_home in found
    ]


def _order(nth: int, basket: Basket, buyer: int, at: datetime, *, is_home: bool) -> Any:
    from doorstep.rooms.orders import contracts as c

    lines = tuple(_line(position, *one) for position, one in enumerate(basket))
    goods = sum(line.amounts.total_minor for line in lines)
    off = sum(line.amounts.discount_minor for line in lines)
    tax = sum(line.amounts.tax_minor for line in lines)
    home = c.IncomingAddress(
        name=f"Shopper {buyer}", line1="Oderberger Straße 24", city="Berlin",
        postal_code="10435", country_code="DE",
    )  # fmt: skip
    left = at - timedelta(days=7)
    return c.IncomingOrder(
        external_id=f"order-{nth}",
        number=f"#{1000 + nth}",
        currency="EUR",
        placed_at=at - timedelta(days=9) if is_home else at - timedelta(minutes=9),
        version_at=left if is_home else at - timedelta(minutes=9),
        fulfilled_at=left if is_home else None,
        totals=c.OrderTotals(goods + off, off, 490, tax, goods + 490),
        lines=lines,
        taxes_included=True,
        financial_status=c.FinancialStatus.PAID,
        person=c.IncomingPerson(
            platform_id=str(buyer), email=f"shopper{buyer}@example.com", name=f"Shopper {buyer}",
            locale="en",
        ),
        charges=(c.IncomingCharge(c.ChargeKind.SHIPPING, "DHL", 490),),
        shipping_address=home,
        billing_address=home,
        shipping_method="DHL",
    )  # fmt: skip


def _line(position: int, product: int, size: int, pieces: int) -> Any:
    """Return a line; each third one was cheaper by an amount its pieces can't share evenly."""
    from doorstep.rooms.orders.contracts import IncomingLine, LineAmounts

    price = _price(product, size)
    off = 101 if product % 3 == 0 else 0
    total = price * pieces - off
    return IncomingLine(
        external_id=f"line-{position}",
        title=f"Tea {product}",
        quantity=pieces,
        amounts=LineAmounts(price, off, round(total * 19 / 119), total),
        sku=f"TEA-{product}-{size}",
        variant_title=SIZES[size],
        product_external_id=f"p-{product}",
        variant_external_id=f"v-{product}-{size}",
    )


def _publish_policy(at: datetime) -> None:
    """Let money move at once when a return is asked for, and exchanges go out at once."""
    from doorstep.rooms.returns import api as returns

    by = _actor()
    draft = returns.begin_policy(by=by, at=at)
    base = returns.get_version(draft.id).base
    offers = [
        {"outcome": "refund", "fee_percent": 7},
        {"outcome": "exchange"},
        {"outcome": "store_credit", "bonus_percent": 5},
    ]
    changed = {**_as_json(base), "trigger": "approval", "offers": offers}
    returns.change_policy_base(base=changed, by=by, at=at)
    returns.publish_policy(covers_past=True, by=by, at=at)


def _as_json(base: Any) -> dict[str, Any]:
    return dict(base) if isinstance(base, dict) else dict(base.to_json())


def _give_credit(targets: Sequence[Target], at: datetime) -> list[UUID]:
    from doorstep.rooms.orders import api as orders
    from doorstep.rooms.wallet import api as wallet

    found = orders.get_summaries([one.order_id for one in targets])
    people = sorted({one.customer_id for one in found.values() if one.customer_id is not None})
    for nth, customer in enumerate(people):
        wallet.issue_credit(
            customer_id=customer, currency="EUR", amount_minor=CREDIT_MINOR,
            cause=f"bench:{nth}", words="For the storm", by=_actor(), at=at,
        )  # fmt: skip
    return people


def _make_keys(at: datetime) -> list[str]:
    from doorstep.rooms.stores import api as stores

    return [
        stores.create_api_key(
            name=f"Checkout {nth}", scopes=["wallet.issue"], by=_actor(), at=at
        ).secret
        for nth in range(KEYS)
    ]
