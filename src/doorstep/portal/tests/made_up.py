"""One made-up order and store of the cast, to be varied by each test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from doorstep.rooms.orders.contracts import (
    ChargeView,
    DiscountView,
    Estimate,
    LineView,
    Milestone,
    OrderTotals,
    ShopperOrder,
)
from doorstep.rooms.stores.contracts import StoreInfo

PLACED_AT = datetime(2026, 11, 18, 9, 12, tzinfo=UTC)
AT = datetime(2026, 11, 19, 8, 0, tzinfo=UTC)

STORE = StoreInfo(
    id=UUID("0192f000-0000-7000-8000-000000000001"),
    slug="fern-and-kettle",
    name="Fern & Kettle",
    is_demo=True,
    currency="EUR",
    timezone="Europe/Berlin",
    default_locale="en",
    country_code="DE",
    brand_color="#2f6b4f",
    logo_type="",
    support_email="hello@fern-and-kettle.example",
    support_phone="+49 30 5550 123",
    postal_address="Kastanienallee 12, 10435 Berlin",
    website_url="https://fern-and-kettle.example",
    faq_url="https://fern-and-kettle.example/faq",
    portal_host="",
    marketing_needs_opt_in=True,
    production_days_min=1,
    production_days_max=2,
    transit_days_min=2,
    transit_days_max=4,
    order_link_days=180,
)

TEA = LineView(
    id=UUID("0192f000-0000-7000-8000-000000000011"),
    external_id="1",
    position=0,
    title="First-flush Darjeeling",
    variant_title="100 g",
    sku="TEA-DJ-100",
    options=(("Size", "100 g"),),
    properties=(),
    variant_id=None,
    quantity=2,
    unit_price_minor=1450,
    discount_minor=290,
    tax_minor=171,
    total_minor=2610,
    presentment_amounts=None,
    requires_shipping=True,
    is_gift_card=False,
    image_url="",
    is_removed=False,
)
CUP = replace(
    TEA,
    id=UUID("0192f000-0000-7000-8000-000000000012"),
    external_id="2",
    position=1,
    title="Stoneware cup",
    variant_title="",
    sku="CUP-STONE",
    options=(("Glaze", "Moss"),),
    properties=(("Engraving", "Maya"),),
    quantity=1,
    unit_price_minor=3200,
    discount_minor=0,
    tax_minor=511,
    total_minor=3200,
)

ORDER = ShopperOrder(
    id=UUID("0192f000-0000-7000-8000-000000000021"),
    store_id=STORE.id,
    number="#1042",
    placed_at=PLACED_AT,
    state="ready",
    financial_status="paid",
    locale="en",
    first_name="Maya",
    email_masked="m•••@example.com",
    address_masked=("Maya L.", "S•••", "11••• Stockholm", "Sweden"),
    shipping_method="DHL Parcel",
    currency="EUR",
    totals=OrderTotals(
        subtotal_minor=6100,
        discount_minor=290,
        shipping_minor=690,
        tax_minor=792,
        total_minor=6500,
    ),
    taxes_included=True,
    presentment_currency="",
    presentment_totals=None,
    refunded_minor=0,
    lines=(TEA, CUP),
    charges=(ChargeView("shipping", "DHL Parcel", 690, 110, 0, None),),
    discounts=(DiscountView("Welcome", "HELLO10", 290, None),),
    refunds=(),
    estimate=Estimate(date(2026, 11, 20), date(2026, 11, 24), date(2026, 11, 26), None, None),
    milestones=(Milestone("placed", "done", PLACED_AT), Milestone("shipping", "current")),
    hold_reasons=(),
    updated_at=PLACED_AT,
    needs_address=False,
    customer_id=None,
)


def order(**changes: Any) -> ShopperOrder:
    """Return the made-up order with some fields changed."""
    return replace(ORDER, **changes)


def on_hold(*reasons: str) -> ShopperOrder:
    """Return the made-up order waiting for these reasons."""
    return order(state="on_hold", hold_reasons=reasons)
