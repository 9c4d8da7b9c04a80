"""Shopify's customers, addresses, line properties and products."""

from __future__ import annotations

from datetime import datetime

from doorstep.connectors.base.contracts import NormalizeContext, ProductReceived
from doorstep.connectors.base.payload import LONG, NOTE, Node
from doorstep.connectors.base.prices import read_price
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
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


def read_product(node: Node, context: NormalizeContext) -> ProductReceived:
    """Return a product with its variants."""
    image = node.node("image")
    names = [option.text("name") for option in node.nodes("options")]
    product = ListedProduct(
        external_id=node.ident("id", required=True),
        title=node.text("title"),
        image_url=image.text("src", LONG) if image else "",
        is_active=node.text("status") in ("", "active"),
        variants=tuple(_variant(one, names) for one in node.nodes("variants", most=3_000)),
        tags=tuple(tag.strip() for tag in node.text("tags", NOTE).split(",") if tag.strip())
        if isinstance(node.data.get("tags"), str)
        else None,
    )
    return ProductReceived(product, node.instant("updated_at") or context.received_at)


def _variant(node: Node, option_names: list[str]) -> ListedVariant:
    title = node.text("title")
    only = title == "Default Title"  # Shopify's name for the one variant of a plain product
    values = [node.text(f"option{place}") for place in range(1, len(option_names) + 1)]
    return ListedVariant(
        external_id=node.ident("id", required=True),
        sku=node.text("sku"),
        title="" if only else title,
        options=()
        if only
        else tuple((name, v) for name, v in zip(option_names, values, strict=True) if name and v),
        weight_grams=node.whole("grams"),
        barcode=node.text("barcode"),
        price=read_price(node, "price"),  # in the shop's own currency, which it does not say
    )
