"""The demo's orders: each shows a state that matters, at a time relative to now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from doorstep.demo.cast import ADDRESSES, AMELIE, DIEGO, JONAS, LAYLA, MAYA, ROSE, THINGS, TOM
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    FinancialStatus,
    IncomingCharge,
    IncomingDiscount,
    IncomingLine,
    IncomingOrder,
    IncomingPerson,
    IncomingRefund,
    IncomingRefundLine,
    LineAmounts,
    OrderTotals,
)

TAX_PERCENT = 19  # included in the prices
USD_PER_EUR = 1.08


@dataclass(frozen=True)
class Scene:
    """One order to be played: who bought what, how long ago, and what is special about it."""

    number: int
    person: IncomingPerson
    skus: tuple[tuple[str, int], ...]
    hours_ago: float
    channel: str = "shopify"
    code: str = ""  # a discount of ten percent by this code
    properties: tuple[tuple[str, str], ...] = ()
    financial_status: FinancialStatus = FinancialStatus.PAID
    payment_method: str = "Visa"
    canceled_hours_ago: float | None = None
    refund_sku: str = ""
    in_dollars: bool = False
    note: str = ""
    lacks_postal_code: bool = False
    gift_message: str = ""


SCENES = (
    Scene(1042, MAYA, (("POT-MOSS", 1), ("TEA-ASSAM-250", 2)), 2, code="WELCOME10", note="Could you leave out the invoice? It is a gift.", gift_message="Happy birthday, dear Nora! Two pots of tea and a quiet afternoon. Your Maya"),
    Scene(1041, JONAS, (("TEA-ROOIBOS-250", 1), ("CUP-PAIR", 1)), 5, "woocommerce"),
    Scene(1040, AMELIE, (("BOWL-MATCHA", 1),), 7, lacks_postal_code=True),
    Scene(1039, DIEGO, (("CUP-NAME", 1), ("TEA-SENCHA-100", 1)), 9, properties=(("Engraving", "Lucía"),)),
    Scene(1038, LAYLA, (("FERN-BOSTON", 1), ("TEA-SENCHA-100", 1)), 11),
    Scene(1037, TOM, (("POT-CHALK", 1),), 13, in_dollars=True),
    Scene(1036, JONAS, (("TEA-ASSAM-250", 1),), 20, "woocommerce", financial_status=FinancialStatus.PENDING, payment_method="Bank transfer"),
    Scene(1035, MAYA, (("CUP-NAME", 2),), 22),
    Scene(1034, DIEGO, (("BOWL-MATCHA", 1),), 28, canceled_hours_ago=26),
    Scene(1031, AMELIE, (("CUP-PAIR", 1), ("TEA-SENCHA-100", 2)), 46, refund_sku="TEA-SENCHA-100", financial_status=FinancialStatus.PARTIALLY_REFUNDED),
    Scene(1033, ROSE, (("FERN-MAIDENHAIR", 1),), 30, "own site"),
    Scene(1032, LAYLA, (("GIFT-50", 1),), 34, properties=(("Recipient email", "noor@example.com"), ("Recipient name", "Noor"), ("Message", "For your first cup of the day. Layla"))),
    # Changed by their shoppers: see afterwards.py
    Scene(1044, JONAS, (("APRON-M", 1), ("TEA-ASSAM-250", 1)), 1.7),
    Scene(1045, DIEGO, (("TEA-SENCHA-100", 3),), 1.2),
)  # fmt: skip


def play(scene: Scene, now: datetime) -> IncomingOrder:
    """Return the scene's order as a connector would bring it."""
    placed_at = now - timedelta(hours=scene.hours_ago)
    lines = tuple(_line(scene, nth, sku, count) for nth, (sku, count) in enumerate(scene.skus))
    subtotal = sum(line.amounts.unit_price_minor * line.quantity for line in lines)
    discount = sum(line.amounts.discount_minor for line in lines)
    digital = all(line.is_gift_card for line in lines)
    shipping = 0 if digital or subtotal >= 6000 else 490
    tax = sum(line.amounts.tax_minor for line in lines) + _tax(shipping)
    totals = OrderTotals(subtotal, discount, shipping, tax, subtotal - discount + shipping)
    charge = IncomingCharge(ChargeKind.SHIPPING, "DHL GoGreen", shipping, _tax(shipping))
    address = None if digital else ADDRESSES[scene.person.name]
    if address and scene.lacks_postal_code:
        address = replace(address, postal_code="")
    order = IncomingOrder(
        external_id=f"demo-{scene.number}",
        number=f"#{scene.number}",
        currency="EUR",
        placed_at=placed_at,
        version_at=placed_at,
        totals=totals,
        lines=lines,
        financial_status=scene.financial_status,
        person=scene.person,
        charges=(charge,) if not digital else (),
        discounts=(IncomingDiscount("Welcome", discount, scene.code),) if scene.code else (),
        refunds=_refunds(scene, lines, now),
        taxes_included=True,
        shipping_address=address,
        billing_address=address,
        shipping_method="" if digital else "DHL GoGreen",
        note=scene.note,
        is_gift=bool(scene.gift_message),
        gift_message=scene.gift_message,
        gift_wrap=bool(scene.gift_message),
        gift_receipt=bool(scene.gift_message),
        payment_method=scene.payment_method,
    )
    return _in_dollars(order) if scene.in_dollars else order


def _line(scene: Scene, nth: int, sku: str, count: int) -> IncomingLine:
    thing = THINGS[sku]
    discount = thing.price_minor * count // 10 if scene.code else 0
    total = thing.price_minor * count - discount
    return IncomingLine(
        external_id=f"{scene.number}-{nth + 1}",
        title=thing.title,
        quantity=count,
        amounts=LineAmounts(thing.price_minor, discount, _tax(total), total),
        sku=sku,
        options=thing.options,
        properties=scene.properties if thing.production_days or thing.is_gift_card else (),
        product_external_id=thing.product_id,
        requires_shipping=not thing.is_gift_card,
        is_gift_card=thing.is_gift_card,
        weight_grams=thing.weight_grams,
        image_url=thing.image_url,
    )


def _tax(gross_minor: int) -> int:
    """Return the tax that a price contains."""
    return round(gross_minor * TAX_PERCENT / (100 + TAX_PERCENT))


def _refunds(
    scene: Scene, lines: tuple[IncomingLine, ...], now: datetime
) -> tuple[IncomingRefund, ...]:
    return tuple(
        IncomingRefund(
            external_id=f"demo-refund-{scene.number}",
            order_external_id=f"demo-{scene.number}",
            currency="EUR",
            amount_minor=line.amounts.total_minor // line.quantity,
            refunded_at=now - timedelta(hours=scene.hours_ago / 2),
            lines=(
                IncomingRefundLine(line.external_id, 1, line.amounts.total_minor // line.quantity),
            ),
            reason="Arrived torn open",
        )
        for line in lines
        if line.sku == scene.refund_sku
    )


def _in_dollars(order: IncomingOrder) -> IncomingOrder:
    """Give the order the figures the shopper saw, in US dollars."""

    def converted(minor: int) -> int:
        return round(minor * USD_PER_EUR)

    lines = tuple(
        replace(
            line,
            presentment_amounts=LineAmounts(
                converted(line.amounts.unit_price_minor),
                converted(line.amounts.discount_minor),
                converted(line.amounts.tax_minor),
                converted(line.amounts.unit_price_minor) * line.quantity
                - converted(line.amounts.discount_minor),
            ),
        )
        for line in order.lines
    )
    seen = [line.presentment_amounts for line in lines if line.presentment_amounts]
    subtotal = sum(a.total_minor + a.discount_minor for a in seen)
    discount = sum(a.discount_minor for a in seen)
    shipping = converted(order.totals.shipping_minor)
    tax = converted(order.totals.tax_minor)
    return replace(
        order,
        lines=lines,
        presentment_currency="USD",
        presentment_totals=OrderTotals(
            subtotal, discount, shipping, tax, subtotal - discount + shipping
        ),
        charges=tuple(
            replace(c, presentment_amount_minor=converted(c.amount_minor)) for c in order.charges
        ),
    )


def past_orders(now: datetime) -> Iterator[IncomingOrder]:
    """Yield a year of past orders, as a history import would bring them."""
    people = (MAYA, JONAS, DIEGO, LAYLA)
    # The apron is new in the shop.
    skus = [s for s, thing in THINGS.items() if not thing.is_gift_card and not thing.product]
    for nth in range(48):
        bought = ((skus[nth * 7 % len(skus)], 1 + nth % 2), (skus[nth * 3 % len(skus)], 1))
        scene = Scene(
            900 + nth,
            people[nth % 4],
            bought if bought[0][0] != bought[1][0] else bought[:1],
            hours_ago=24 * (362 - nth * 7),
            properties=(("Engraving", "Tea time"),),
        )
        yield replace(play(scene, now), fulfilled_at=now - timedelta(hours=scene.hours_ago - 30))
