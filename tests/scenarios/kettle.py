"""The store of the stories: a connected shop, stock, a way out for mail, and its shop's webhooks."""

from __future__ import annotations

import base64
import email.policy
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from doorstep.connectors.base import api as connectors
from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import MovementReason, StockCount
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.stores import api as stores

INES = Actor("user", "ines", "Ines", role="owner")
SECRET = "kettle-and-fern-webhook-secret"


@dataclass
class Shop:
    """A store with a connected shop, stock and a way out for mail."""

    store_id: UUID
    hook: str
    mails: Callable[[], list[EmailMessage]]


def open_shop(url: str, mail_server: tuple[int, Path], *, slug: str = "kettle") -> Shop:
    """Set up a new store as its merchant would.

    :param url: where the web process answers.
    :param slug: another one for each store on a server.
    :param mail_server: its port, and the folder where it keeps what it accepts.
    """
    at = datetime.now(UTC)
    port, folder = mail_server
    store = stores.create_store(
        slug=slug,
        name="Kettle",
        currency="EUR",
        country_code="DE",
        timezone="Europe/Berlin",
        at=at,
    )
    with store_scope(store.id):
        made = connectors.connect_shop(
            kind="shopify", name="Kettle", secret=SECRET, sales_channel="shopify", by=INES, at=at
        )
        place = inventory.create_location(name="Berlin", by=INES, at=at)
        [[variant_id]] = catalog.upsert_products(
            [ListedProduct("7001", "Teapot", variants=(ListedVariant("8001", sku="POT"),))],
            channel="shopify",
            at=at,
        )
        inventory.set_stock(
            [StockCount(variant_id, place.id, 5)], reason=MovementReason.COUNTED, at=at, by=INES
        )
        messaging.connect_sender(
            channel=Channel.EMAIL,
            provider="smtp",
            settings={"host": "127.0.0.1", "port": str(port), "security": "none"},
            from_address="hello@kettle.example",
            from_name="Kettle",
            by=INES,
            at=at,
        )

    def mails() -> list[EmailMessage]:
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(folder.glob("*.eml"))
        ]

    return Shop(store.id, url + made.hook_path, mails)


def payload(number: int, quantity: int = 1, **changes: object) -> dict[str, object]:
    """Return a shop's order as Shopify would send it."""
    now = datetime.now(UTC).isoformat()
    price = 49 * quantity
    return {
        "id": 450_000_000 + number,
        "name": f"#{number}",
        "created_at": now,
        "updated_at": now,
        "currency": "EUR",
        "email": f"shopper{number}@example.com",
        "financial_status": "paid",
        "total_price": f"{price}.00",
        "subtotal_price": f"{price}.00",
        "total_line_items_price": f"{price}.00",
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "taxes_included": True,
        "customer": {"id": 9000 + number, "first_name": "Maya", "last_name": "Lindqvist"},
        "line_items": [
            {
                "id": 1,
                "title": "Teapot",
                "quantity": quantity,
                "price": "49.00",
                "sku": "POT",
                "product_id": 7001,
                "variant_id": 8001,
                "requires_shipping": True,
            }
        ],
        "shipping_lines": [],
        "shipping_address": {
            "name": "Maya Lindqvist",
            "address1": "Kastanienallee 12",
            "city": "Berlin",
            "zip": "10435",
            "country_code": "DE",
        },
        **changes,
    }


def send(shop: Shop, topic: str, body: object, *, secret: str = SECRET, delivery: str = "") -> int:
    """Send a webhook as the shop would; returns the status it got."""
    raw = json.dumps(body).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    request = urllib.request.Request(
        shop.hook,
        raw,
        {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Webhook-Id": delivery or hashlib.sha256(raw).hexdigest(),
            "X-Shopify-Triggered-At": datetime.now(UTC).isoformat(),
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def until(done: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait for something the worker does in its own time."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)
