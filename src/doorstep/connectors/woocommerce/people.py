"""WooCommerce's customers, addresses, times, texts and products."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape

from doorstep.connectors.base.contracts import NormalizeContext, ProductReceived
from doorstep.connectors.base.payload import LONG, SHORT, Node
from doorstep.connectors.base.prices import read_price
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.orders.contracts import IncomingAddress, IncomingPerson

_TAG = re.compile(r"<[^<>]{0,200}>")


def plain(node: Node, key: str, limit: int = SHORT) -> str:
    """Return a text without the markup WordPress leaves in it ("&ndash;", "<br>")."""
    return plain_text(node.text(key, limit))


def plain_text(text: str) -> str:
    """Drop tags, then resolve entities; what an entity spells stays text."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    return " ".join(unescape(text).split()) if "&" in text or "  " in text else text.strip()


def read_instant(node: Node, key: str, context: NormalizeContext) -> datetime | None:
    """Return ``key`` from its ``_gmt`` twin, else from the shop's naive local time."""
    exact = node.instant(f"{key}_gmt")
    if exact is not None:
        return exact
    local = node.instant(key, context.zone)
    if local is not None and "gmt" not in key and str(context.zone) == "UTC":
        node.notes.append(f"{node.at(key)}: no {key}_gmt, the local time is taken as UTC")
    return local


def read_address(node: Node | None) -> IncomingAddress | None:
    """Return an address, None where every field of it is empty."""
    if node is None:
        return None
    country = node.text("country").upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        node.notes.append(f"{node.at('country')}: “{country[:20]}” is not a country code")
        country = ""
    address = IncomingAddress(
        name=full_name(node),
        company=plain(node, "company"),
        line1=plain(node, "address_1"),
        line2=plain(node, "address_2"),
        city=plain(node, "city"),
        region=plain(node, "state"),
        postal_code=node.text("postcode"),
        country_code=country,
        phone=node.text("phone"),
    )
    return None if address == IncomingAddress() else address


def full_name(node: Node) -> str:
    """Return first and last name as one."""
    return f"{plain(node, 'first_name')} {plain(node, 'last_name')}".strip()


def read_person(order: Node) -> IncomingPerson:
    """Return who bought; the billing address is where WooCommerce keeps it."""
    billing = order.node("billing") or Node({}, "", order.notes)
    shipping = order.node("shipping") or Node({}, "", order.notes)
    return IncomingPerson(
        platform_id=order.ident("customer_id"),
        email=billing.text("email"),
        phone=billing.text("phone") or shipping.text("phone"),
        name=full_name(billing) or full_name(shipping),
        locale=_locale(order),
    )


def _locale(order: Node) -> str:
    """Return the language WPML or Polylang stored with the order, "" without them."""
    for entry in order.nodes("meta_data"):
        if entry.data.get("key") in ("wpml_language", "pll_language"):
            value = entry.data.get("value")
            return value[:35].replace("_", "-") if isinstance(value, str) else ""
    return ""


def read_customer(node: Node, context: NormalizeContext) -> tuple[IncomingPerson, datetime]:
    """Return a customer record and the instant of its last change."""
    billing = node.node("billing") or Node({}, "", node.notes)
    person = IncomingPerson(
        platform_id=node.ident("id", required=True),
        email=node.text("email") or billing.text("email"),
        phone=billing.text("phone"),
        name=full_name(node) or full_name(billing),
    )
    modified = read_instant(node, "date_modified", context)
    created = read_instant(node, "date_created", context)
    return person, modified or created or context.received_at


def read_product(node: Node, context: NormalizeContext) -> ProductReceived:
    """Return a product; a simple one is its own only variant, a variable one lists none here."""
    images = node.nodes("images")
    simple = node.text("type") in ("", "simple")
    product = ListedProduct(
        external_id=node.ident("id", required=True),
        title=plain(node, "name", LONG),
        image_url=images[0].text("src", LONG) if images else "",
        is_active=node.text("status") in ("", "publish", "private"),
        # Dimensions and weight come without their unit, which is a setting of the shop.
        variants=(
            ListedVariant(
                "",
                node.text("sku"),
                barcode=node.text("global_unique_id"),
                price=read_price(node, "price"),  # what it costs now, sales included
            ),
        )
        if simple
        else (),
        tags=tuple(name for tag in node.nodes("tags") if (name := plain(tag, "name")))
        if node.has("tags")
        else None,
    )
    return ProductReceived(
        product, read_instant(node, "date_modified", context) or context.received_at
    )
