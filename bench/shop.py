"""The shop that the benchmarks are a customer of: a store, its stock, and the webhooks it gets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from bench import harness

SECRET = "whsec-benchmarks-0123456789"
SKUS = 200
PIECES = 1_000_000  # of each: running out of stock is another story
TAX_PERCENT = 19
_NAMES = ("Maya Lindqvist", "Jonas Weber", "Amélie Laurent", "Diego Ortega", "Tom Baker")
_CITIES = (
    ("Storgatan 1", "Malmö", "211 34", "SE", "Sweden"),
    ("Oderberger Straße 24", "Berlin", "10435", "DE", "Germany"),
    ("12 rue des Martyrs", "Paris", "75009", "FR", "France"),
    ("Calle Mayor 7", "Madrid", "28013", "ES", "Spain"),
    ("Damrak 1", "Amsterdam", "1012 LG", "NL", "Netherlands"),
)
_LOCALES = ("en", "de-DE", "fr-FR", "es-ES", "en")


@dataclass(frozen=True, slots=True)
class Shop:
    """A store with a connected Shopify shop."""

    store_id: UUID
    hook_path: str


def open_shop(*, with_stock: bool = True) -> Shop:
    """Make a store with a Shopify connection and, in its warehouse, all that is ever ordered."""
    from doorstep.connectors.base.actions import connect_shop
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.tenancy import store_scope
    from doorstep.rooms.stores import api as stores

    at, by = datetime.now(UTC), Actor.system("bench")
    store = stores.create_store(
        slug="fern-and-kettle",
        name="Fern & Kettle",
        currency="EUR",
        timezone="Europe/Berlin",
        country_code="DE",
        support_email="hello@fernandkettle.example",
        postal_address="Oderberger Straße 24\n10435 Berlin",
        at=at,
    )
    with store_scope(store.id):
        made = connect_shop(kind="shopify", name="Shopify", secret=SECRET, by=by, at=at)
        if with_stock:
            _fill_warehouse(at)
    return Shop(store.id, made.hook_path)


def _fill_warehouse(at: datetime) -> None:
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.catalog import api as catalog
    from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
    from doorstep.rooms.inventory import api as inventory
    from doorstep.rooms.inventory.contracts import LocationKind, MovementReason, StockCount

    by = Actor.system("bench")
    place = inventory.create_location(
        name="Berlin workshop", kind=LocationKind.OWN, priority=10, country_code="DE", by=by, at=at
    )
    listed = [
        ListedProduct(
            str(5000 + nth), f"Tea {nth}", "", variants=(ListedVariant(str(7000 + nth), sku=f"TEA-{nth}"),)
        )
        for nth in range(SKUS)
    ]  # fmt: skip
    ids = [one[0] for one in catalog.upsert_products(listed, channel="shopify", at=at)]
    inventory.set_stock(
        [StockCount(one, place.id, PIECES) for one in ids],
        reason=MovementReason.COUNTED, by=by, at=at,
    )  # fmt: skip


def requests(shop: Shop, first: int, count: int, port: int) -> Iterator[bytes]:
    """Yield whole signed HTTP requests: the orders ``first`` to ``first + count - 1``."""
    from doorstep.connectors.base.signatures import sign_base64

    at = datetime.now(UTC)
    for number in range(first, first + count):
        body = json.dumps(order(number, at), ensure_ascii=False).encode()
        head = (
            f"POST {shop.hook_path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Content-Type: application/json\r\nX-Shopify-Topic: orders/create\r\n"
            f"X-Shopify-Hmac-Sha256: {sign_base64(body, SECRET)}\r\n"
            "X-Shopify-Shop-Domain: fern-and-kettle.example\r\nX-Shopify-Api-Version: 2025-07\r\n"
            f"X-Shopify-Webhook-Id: {uuid4()}\r\nX-Shopify-Event-Id: {uuid4()}\r\n"
            f"X-Shopify-Triggered-At: {at.isoformat()}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


def bare_requests(count: int, port: int, like: Sequence[bytes]) -> Iterator[bytes]:
    """Yield requests with the same bodies for the bare endpoint."""
    for nth in range(count):
        body = like[nth % len(like)].partition(b"\r\n\r\n")[2]
        head = (
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


def order(number: int, at: datetime) -> dict[str, Any]:
    """Return a Shopify order of three lines as its webhook brings it, about 10 KB.

    Every third buyer has bought before. The number is in the mail's subject, by which it is known.
    """
    buyer = number if number % 3 else number // 3
    lines = [_line(number, nth) for nth in range(3)]
    goods = sum(int(line["price"].replace(".", "")) * line["quantity"] for line in lines)
    shipping = 490
    placed = (at - timedelta(seconds=2)).isoformat()
    name = _NAMES[buyer % 5]
    first, _, last = name.partition(" ")
    address = _address(name, buyer)
    tax = sum(tax_in(int(line["price"].replace(".", "")) * line["quantity"]) for line in lines)
    tax += tax_in(shipping)
    return {
        "id": 9_000_000_000_000 + number,
        "admin_graphql_api_id": f"gid://shopify/Order/{9_000_000_000_000 + number}",
        "app_id": 580111,
        "browser_ip": "203.0.113.7",
        "buyer_accepts_marketing": bool(buyer % 2),
        "cancel_reason": None,
        "cancelled_at": None,
        "cart_token": f"c{number:031d}",
        "checkout_id": 8_000_000_000_000 + number,
        "client_details": {
            "accept_language": "en-GB",
            "browser_height": None,
            "browser_ip": "203.0.113.7",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        },
        "closed_at": None,
        "confirmed": True,
        "contact_email": f"shopper-{buyer}@example.com",
        "created_at": placed,
        "currency": "EUR",
        "current_subtotal_price": _euro(goods),
        "current_subtotal_price_set": _set(goods),
        "current_total_price": _euro(goods + shipping),
        "current_total_price_set": _set(goods + shipping),
        "current_total_tax": _euro(tax),
        "current_total_tax_set": _set(tax),
        "customer": {
            "id": 33_000_000 + buyer,
            "email": f"shopper-{buyer}@example.com",
            "first_name": first,
            "last_name": last,
            "phone": None,
            "state": "enabled",
            "verified_email": True,
            "currency": "EUR",
            "created_at": "2024-02-01T10:00:00+01:00",
            "updated_at": placed,
            "default_address": address | {"id": 44_000_000 + buyer, "default": True},
        },
        "customer_locale": _LOCALES[buyer % 5],
        "discount_applications": [],
        "discount_codes": [],
        "email": f"shopper-{buyer}@example.com",
        "estimated_taxes": False,
        "financial_status": "paid",
        "fulfillment_status": None,
        "fulfillments": [],
        "landing_site": "/",
        "line_items": lines,
        "name": f"#{number}",
        "note": "Please leave it with a neighbor." if number % 10 == 0 else None,
        "note_attributes": [],
        "number": number,
        "order_number": number,
        "order_status_url": f"https://fern-and-kettle.example/55/orders/{number:032d}/authenticate",
        "payment_gateway_names": ["shopify_payments"],
        "phone": None,
        "presentment_currency": "EUR",
        "processed_at": placed,
        "refunds": [],
        "billing_address": address,
        "shipping_address": address,
        "shipping_lines": [
            {
                "id": 66_000_000 + number,
                "code": "Parcel",
                "title": "Parcel",
                "price": _euro(shipping),
                "price_set": _set(shipping),
                "discounted_price": _euro(shipping),
                "discounted_price_set": _set(shipping),
                "tax_lines": [_tax_line(shipping)],
                "discount_allocations": [],
            }
        ],
        "source_name": "web",
        "subtotal_price": _euro(goods),
        "subtotal_price_set": _set(goods),
        "tags": "web, tea",
        "tax_lines": [_tax_line(goods + shipping)],
        "taxes_included": True,
        "test": False,
        "total_discounts": "0.00",
        "total_discounts_set": _set(0),
        "total_line_items_price": _euro(goods),
        "total_line_items_price_set": _set(goods),
        "total_price": _euro(goods + shipping),
        "total_price_set": _set(goods + shipping),
        "total_shipping_price_set": _set(shipping),
        "total_tax": _euro(tax),
        "total_tax_set": _set(tax),
        "total_weight": 750,
        "updated_at": placed,
    }


def _line(number: int, nth: int) -> dict[str, Any]:
    thing = (number * 7 + nth * 61) % SKUS
    price, quantity = 650 + thing * 10, 1 + (number + nth) % 2
    return {
        "id": 50_000_000_000 + number * 10 + nth,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{50_000_000_000 + number * 10 + nth}",
        "attributed_staffs": [],
        "current_quantity": quantity,
        "discount_allocations": [],
        "duties": [],
        "fulfillable_quantity": quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": False,
        "grams": 250,
        "name": f"Tea {thing} - 250 g",
        "price": _euro(price),
        "price_set": _set(price),
        "product_exists": True,
        "product_id": 5000 + thing,
        "properties": [{"name": "Gift wrap", "value": "Yes"}] if nth == 0 else [],
        "quantity": quantity,
        "requires_shipping": True,
        "sku": f"TEA-{thing}",
        "tax_lines": [_tax_line(price * quantity)],
        "taxable": True,
        "title": f"Tea {thing}",
        "total_discount": "0.00",
        "total_discount_set": _set(0),
        "variant_id": 7000 + thing,
        "variant_inventory_management": "shopify",
        "variant_title": "250 g",
        "vendor": "Fern & Kettle",
    }


def _address(name: str, buyer: int) -> dict[str, Any]:
    street, city, postal_code, code, country = _CITIES[buyer % 5]
    first, _, last = name.partition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "name": name,
        "company": None,
        "address1": street,
        "address2": None,
        "city": city,
        "zip": postal_code,
        "province": None,
        "province_code": None,
        "country": country,
        "country_code": code,
        "phone": None,
        "latitude": 52.5,
        "longitude": 13.4,
    }


def address_of(buyer: int) -> tuple[str, dict[str, str]]:
    """Return a buyer's name and address, as history files write it."""
    street, city, postal_code, code, _ = _CITIES[buyer % 5]
    name = _NAMES[buyer % 5]
    return name, {
        "name": name,
        "line1": street,
        "city": city,
        "postal_code": postal_code,
        "country_code": code,
    }


def tax_in(gross_minor: int) -> int:
    """Return the tax that a price contains, in minor units."""
    return round(gross_minor * TAX_PERCENT / (100 + TAX_PERCENT))


def _tax_line(gross_minor: int) -> dict[str, Any]:
    tax = tax_in(gross_minor)
    return {
        "title": "VAT",
        "rate": TAX_PERCENT / 100,
        "price": _euro(tax),
        "price_set": _set(tax),
        "channel_liable": False,
    }


def _euro(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _set(minor: int) -> dict[str, Any]:
    money = {"amount": _euro(minor), "currency_code": "EUR"}
    return {"shop_money": money, "presentment_money": money}


def say_size(body: bytes) -> None:
    """Print how large the webhooks are."""
    harness.say(f"webhooks of {len(body) / 1024:.1f} KB")
