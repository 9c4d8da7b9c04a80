"""Shopify's customers, addresses, line properties and products."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from doorstep.connectors.base.contracts import (
    IncomingVariant,
    NormalizeContext,
    ProductReceived,
)
from doorstep.connectors.base.payload import LONG, Node
from doorstep.rooms.orders.contracts import IncomingAddress, IncomingPerson


def read_address(node: Node | None) -> IncomingAddress | None:
    """Return an address, None when there is none; a country that is no code stays empty."""
    if node is None:
        return None
    name = node.text("name") or _full_name(node)
    return IncomingAddress(
        name=name,
        company=node.text("company"),
        line1=node.text("address1"),
        line2=node.text("address2"),
        city=node.text("city"),
        region=node.text("province_code") or node.text("province"),
        postal_code=node.text("zip"),
        country_code=read_country(node, "country_code"),
        phone=node.text("phone"),
    )


def read_country(node: Node, key: str) -> str:
    """Return an ISO 3166-1 alpha-2 code, "" (with a note) for anything else."""
    code = node.text(key).upper()
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        node.notes.append(f"{node.at(key)}: “{code[:20]}” is not a country code")
        return ""
    return code


def _full_name(node: Node) -> str:
    return f"{node.text('first_name')} {node.text('last_name')}".strip()


def read_person(order: Node) -> IncomingPerson:
    """Return who bought, from the order and the customer inside it."""
    customer = order.node("customer") or Node({}, order.at("customer"), order.notes)
    billing = order.node("billing_address") or Node({}, "", order.notes)
    shipping = order.node("shipping_address") or Node({}, "", order.notes)
    marketing = read_marketing(customer)
    return IncomingPerson(
        platform_id=customer.ident("id"),
        email=order.text("email") or order.text("contact_email") or customer.text("email"),
        phone=order.text("phone")
        or customer.text("phone")
        or billing.text("phone")
        or shipping.text("phone"),
        name=_full_name(customer)
        or billing.text("name")
        or _full_name(billing)
        or shipping.text("name"),
        locale=order.text("customer_locale"),
        accepts_marketing=(
            marketing if marketing is not None else order.flag("buyer_accepts_marketing")
        ),
    )


def read_marketing(customer: Node) -> bool | None:
    """Return whether the shopper agreed to e-mail marketing, None where nothing is said."""
    consent = customer.node("email_marketing_consent")
    if consent is not None and consent.has("state"):
        return consent.text("state").lower() == "subscribed"
    return customer.flag("accepts_marketing")


def read_customer(node: Node, context: NormalizeContext) -> tuple[IncomingPerson, datetime]:
    """Return a customer record and the instant of its last change."""
    default = node.node("default_address") or Node({}, "", node.notes)
    person = IncomingPerson(
        platform_id=node.ident("id", required=True),
        email=node.text("email"),
        phone=node.text("phone") or default.text("phone"),
        name=_full_name(node) or default.text("name"),
        locale=node.text("locale"),
        accepts_marketing=read_marketing(node),
    )
    version_at = node.instant("updated_at") or node.instant("created_at") or context.received_at
    return person, version_at


def read_pairs(node: Node, key: str) -> tuple[tuple[str, str], ...]:
    """Return name and value pairs however the sender shaped them.

    Apps write line properties as a list of ``{name, value}``, as one such object, as a plain
    mapping, empty as ``{}``, or with numbers for text. A leading underscore hides a pair from
    the shopper by Shopify's own convention.
    """
    raw = node.data.get(key)
    if not raw:
        return ()
    if isinstance(raw, dict):
        entries: list[Any] = (
            [raw]
            if "name" in raw and set(raw) <= {"name", "value"}
            else [{"name": name, "value": value} for name, value in raw.items()]
        )
    elif isinstance(raw, list):
        entries = raw[:200]
    else:
        entries = []
    pairs = []
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict) or entry.get("name") in (None, ""):
            node.notes.append(f"{node.at(key)}[{place}]: left out, it has no name")
            continue
        name = node.clean(_flat(entry["name"]), key)
        value = node.clean(_flat(entry.get("value")), key, LONG)
        if not name.startswith("_"):
            pairs.append((name, value))
    return tuple(pairs)


def _flat(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {item}" for name, item in value.items())
    return "" if value is None else value


def read_product(node: Node, context: NormalizeContext) -> ProductReceived:
    """Return a product with its variants."""
    image = node.node("image")
    return ProductReceived(
        external_id=node.ident("id", required=True),
        title=node.text("title"),
        version_at=node.instant("updated_at") or context.received_at,
        variants=tuple(
            IncomingVariant(
                external_id=variant.ident("id", required=True),
                sku=variant.text("sku"),
                title="" if variant.text("title") == "Default Title" else variant.text("title"),
                barcode=variant.text("barcode"),
                weight_grams=variant.whole("grams"),
                requires_shipping=variant.flag("requires_shipping") is not False,
            )
            for variant in node.nodes("variants", most=3_000)
        ),
        image_url=image.text("src", LONG) if image else "",
        is_active=node.text("status") in ("", "active"),
    )
