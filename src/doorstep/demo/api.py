"""The demo shop: Fern & Kettle, in states that matter, made through the real doors.

Orders go through the same recording, check, gate and messages as any other; nothing is written
into tables behind the rooms' backs. The store is a demo store: nothing of it leaves the machine.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from doorstep.connectors.base import api as connectors
from doorstep.connectors.base.receive import receive
from doorstep.demo import afterwards, growing
from doorstep.demo.agenda import SEEDER, play_all
from doorstep.demo.cast import (
    BOXES,
    COMES_BACK,
    DIEGO,
    JONAS,
    LARGER_ORDER,
    SLUG,
    STAFF,
    THINGS,
    Thing,
)
from doorstep.demo.orders import SCENES, past_orders
from doorstep.demo.site import make_activity, make_segments
from doorstep.demo.wallet import make_wallets
from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.events.lanes import ensure_cursors
from doorstep.kernel.money import from_minor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.customers import api as customers
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import ServiceLevelInput
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import LocationKind, MovementReason, StockCount
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel, ConsentGrant, ConsentState, Purpose
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo


def is_empty() -> bool:
    """Tell whether this installation has no store yet."""
    return not stores.list_stores()


def seed_demo(*, at: datetime) -> None:
    """Make the demo shop, with all times relative to ``at``; does nothing when it is there."""
    try:
        stores.get_store_by_slug(SLUG)
        return
    except NotFound:
        pass
    # Handlers that start "now" must know where that is before the first event.
    ensure_cursors()
    # All or nothing: a start that is killed in between leaves no half of a shop behind.
    with transaction.atomic():
        store = _make_store(at - timedelta(days=400))
        with store_scope(store.id):
            _make_stock(at - timedelta(days=30))
            _make_carriers(at - timedelta(days=30))
            _make_history(at)
            _make_reach(at - timedelta(days=20))
            make_segments(at - timedelta(days=20))
            growing.write_care(at - timedelta(days=30))
            growing.start_journeys(at - timedelta(days=25))
            make_wallets(at)
            afterwards.write_policy(at - timedelta(days=30))
            play_all(SCENES, at, afterwards.entries(at))
            afterwards.try_policy(at)
            growing.tell_about_people(at)
            make_activity(at)
            _make_problems(at)


def _make_store(at: datetime) -> StoreInfo:
    store = stores.create_store(
        slug=SLUG,
        name="Fern & Kettle",
        currency="EUR",
        at=at,
        is_demo=True,
        timezone="Europe/Berlin",
        default_locale="en",
        country_code="DE",
        brand_color="#1f5f4f",
        support_email="hello@fernandkettle.example",
        support_phone="+49 30 1234567",
        postal_address="Fern & Kettle GmbH\nOderberger Straße 24\n10435 Berlin\nGermany",
        website_url="https://fernandkettle.example",
        faq_url="https://fernandkettle.example/help",
        social_links="https://www.instagram.com/fernandkettle.example",
    )
    with store_scope(store.id):
        for email, name, role in STAFF:
            stores.add_member(email=email, name=name, role=role, by=SEEDER, at=at)
        orders.change_order_settings(
            settings={
                "required_properties": {"CUP-NAME": ["Engraving"]},
                "review_above_minor": 50000,
            },
            by=SEEDER,
            at=at,
        )
    return store


def _make_stock(at: datetime) -> None:
    berlin = inventory.create_location(
        name="Berlin workshop",
        kind=LocationKind.OWN,
        priority=10,
        country_code="DE",
        by=SEEDER,
        at=at,
    )
    rotterdam = inventory.create_location(
        name="Rotterdam 3PL",
        kind=LocationKind.THREEPL,
        priority=20,
        country_code="NL",
        by=SEEDER,
        at=at,
    )
    products: dict[str, list[Thing]] = {}
    for thing in THINGS.values():
        products.setdefault(thing.product_id, []).append(thing)
    listed = [
        ListedProduct(
            product_id,
            things[0].title,
            things[0].image_url,
            variants=tuple(_listed(thing) for thing in things),
            tags=things[0].tags,
        )
        for product_id, things in products.items()
    ]
    made = catalog.upsert_products(listed, channel="shopify", at=at)
    ids = [variant_id for variants in made for variant_id in variants]
    _make_packing(dict(zip(THINGS, ids, strict=True)), at)
    counts = []
    for variant_id, thing in zip(ids, THINGS.values(), strict=True):
        if thing.stock is None:
            continue
        at_partner = thing.stock // 4
        counts.append(StockCount(variant_id, berlin.id, thing.stock - at_partner))
        counts.append(StockCount(variant_id, rotterdam.id, at_partner))
    inventory.set_stock(
        counts, reason=MovementReason.COUNTED, at=at, by=SEEDER, note="Opening count"
    )
    inventory.set_safety_stock(quantity=1, sales_channel="own site", by=SEEDER, at=at)


def _listed(thing: Thing) -> ListedVariant:
    days = thing.production_days or (None, None)
    return ListedVariant(
        thing.sku if thing.product else "",  # variants of one product are told apart
        sku=thing.sku,
        title=" / ".join(value for _name, value in thing.options) if thing.product else "",
        options=thing.options,
        weight_grams=thing.weight_grams,
        barcode=thing.barcode,
        price=from_minor(thing.price_minor, "EUR"),
        currency="EUR",
        size_mm=thing.size_mm if not thing.is_gift_card else None,
        production_days_min=days[0],
        production_days_max=days[1],
    )


def _make_carriers(at: datetime) -> None:
    levels = [
        ServiceLevelInput("gogreen", "Paket GoGreen", 1, 3, ("DHL GoGreen",)),
        ServiceLevelInput("express", "Paket International", 3, 6, ("DHL International",)),
    ]
    fulfillment.save_carrier(code="dhl", is_default=True, service_levels=levels, by=SEEDER, at=at)
    fulfillment.save_carrier(
        code="ups",
        service_levels=[ServiceLevelInput("standard", "Standard", 1, 2, ("UPS Standard",))],
        by=SEEDER,
        at=at,
    )


def _make_packing(variants: dict[str, UUID], at: datetime) -> None:
    """Make boxes, care and the rules that packing follows."""
    for name, size, holds, tare, is_premium in BOXES:
        length, width, height = size
        fulfillment.save_box(
            name=name,
            length_mm=length,
            width_mm=width,
            height_mm=height,
            max_weight_grams=holds,
            tare_grams=tare,
            is_premium=is_premium,
            by=SEEDER,
            at=at,
        )
    for sku, variant_id in variants.items():
        if THINGS[sku].handling:
            fulfillment.set_variant_handling(
                variant_id=variant_id, handling_classes=THINGS[sku].handling, by=SEEDER, at=at
            )
    fulfillment.save_packing_rule(
        name="A taste of Sencha with larger orders",
        scope="order",
        condition=LARGER_ORDER,
        effects={"samples": [str(variants["TEA-SENCHA-100"])]},
        by=SEEDER,
        at=at,
    )
    fulfillment.save_packing_rule(
        name="A word by hand for who comes back",
        scope="order",
        condition=COMES_BACK,
        effects={"note_prompt": "Thank you for coming back, {first name}!"},
        by=SEEDER,
        at=at,
    )
    fulfillment.change_packing_options(
        options=fulfillment.PackingOptions(premium_from_minor=12_000),
        by=SEEDER,
        at=at,
    )


def _make_history(at: datetime) -> None:
    orders.import_history(
        past_orders(at), sales_channel="shopify", import_id="demo", by=SEEDER, at=at
    )


def _make_reach(at: datetime) -> None:
    """Let Jonas hear of his orders on his phone, and Diego on WhatsApp."""
    jonas = customers.find_customer_by_email(JONAS.email)
    diego = customers.find_customer_by_email(DIEGO.email)
    assert jonas is not None
    assert diego is not None
    messaging.turn_on_device(
        messaging.stand_in_device(), customer_id=jonas.id, subject="",
        user_agent="Firefox Android", proof={"page": "order page"}, by=SEEDER, at=at,
    )  # fmt: skip
    agreed = ConsentGrant(
        diego.id, Channel.WHATSAPP, Purpose.SERVICE, ConsentState.GRANTED, "order page", at
    )
    messaging.record_consent([agreed], by=SEEDER, at=at)
    customers.set_preferences(customer_id=jonas.id, preferred_channel="push", by=SEEDER, at=at)
    customers.set_preferences(customer_id=diego.id, preferred_channel="whatsapp", by=SEEDER, at=at)


def _make_problems(at: datetime) -> None:
    """Connect a shop and let it send two things that need a person: see Problems."""
    secret = secrets.token_urlsafe(24)
    made = connectors.connect_shop(
        kind="shopify",
        name="Fern & Kettle on Shopify",
        secret=secret,
        sales_channel="shopify",
        shop_url="https://fern-and-kettle.example",
        by=SEEDER,
        at=at - timedelta(days=20),
    )
    broken = {
        "id": 820982911,
        "name": "#1043",
        "currency": "KRO",  # no such currency: a plugin of the shop wrote it
        "total_price": "49.00",
        "created_at": (at - timedelta(minutes=45)).isoformat(),
        "updated_at": (at - timedelta(minutes=45)).isoformat(),
        "line_items": [{"id": 1, "title": "Teapot “Moss”", "quantity": 1, "price": "49.00"}],
    }
    early = {
        "id": 509562969,
        "order_id": 450789469,
        "created_at": (at - timedelta(minutes=50)).isoformat(),
        "refund_line_items": [],
        "transactions": [
            {"id": 1, "kind": "refund", "status": "success", "amount": "19.00", "currency": "EUR"}
        ],
    }
    for topic, body in (("orders/create", broken), ("refunds/create", early)):
        _send(made.id, topic, body, secret, at - timedelta(minutes=40))


def _send(connection_id: UUID, topic: str, body: object, secret: str, at: datetime) -> None:
    raw = json.dumps(body).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    receive(
        connection_id,
        {
            "x-shopify-topic": topic,
            "x-shopify-hmac-sha256": signature,
            "x-shopify-webhook-id": f"demo-{topic}",
            "x-shopify-triggered-at": at.isoformat(),
        },
        raw,
        at=at,
    )


def addresses(base_url: str) -> list[tuple[str, str]]:
    """Return what to look at first, as (label, address)."""
    shown = [("API", f"{base_url}/api/v1/docs")]
    store = next((s for s in stores.list_stores() if s.slug == SLUG), None)
    if store is None:
        own = stores.list_stores()
        hint = [] if own else [("No store yet. Make it:", "doorstep setup --help")]
        return [*hint, ("Console", base_url + reverse("console-home")), *shown]
    with store_scope(store.id):
        order = orders.list_orders(OrderFilter(search="1042")).items[0]
    mailbox = reverse("console:mailbox", args=[store.slug])
    token = orders.order_page_token(store.id, order.id, at=now())
    return [
        ("Console (sign in with a click)", base_url + reverse("console-demo")),
        ("A shopper’s order page", f"{base_url}/o/{token}"),
        ("Order pages in every state", base_url + reverse("portal:states", args=[store.slug])),
        ("Mailbox", f"{base_url}{reverse('console-demo')}?next={mailbox}"),
        *shown,
    ]
