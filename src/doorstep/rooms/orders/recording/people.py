"""Who bought what: customers and variants behind incoming orders, found in sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantClaim
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.orders.contracts import IncomingLine, IncomingOrder
from doorstep.rooms.orders.recording.rows import shopper_name

LineKey = tuple[str, str, str, str, str]


def person_claim(order: IncomingOrder, sales_channel: str) -> PersonClaim:
    """Return what an order says about its buyer.

    Phones on addresses are left out: on a gift they are the recipient's.
    """
    person = order.person
    address = order.billing_address or order.shipping_address
    return PersonClaim(
        platform_id=person.platform_id,
        channel=sales_channel,
        email=person.email,
        phone=person.phone,
        name=shopper_name(order),
        locale=person.locale,
        country=address.country_code if address else "",
        region=address.region if address else "",
        seen_at=order.placed_at,
    )


def resolve_people(orders: Sequence[IncomingOrder], sales_channel: str, at: datetime) -> list[UUID]:
    """Return the customer behind each order; call it once per transaction."""
    return customers.resolve_customers(
        [person_claim(order, sales_channel) for order in orders], at=at
    )


def line_key(line: IncomingLine) -> LineKey:
    """Return what tells one thing of a channel from another."""
    own = str(line.variant_id or "")
    return (line.product_external_id, line.variant_external_id, line.sku, line.title, own)


def resolve_things(
    lines: Sequence[IncomingLine], sales_channel: str, at: datetime
) -> dict[LineKey, UUID | None]:
    """Return the variant behind each thing; None for what the catalog can't know."""
    known = {line_key(line): line.variant_id for line in lines if line.variant_id is not None}
    things = {line_key(line): line for line in lines if line.variant_id is None}
    claims = [
        VariantClaim(
            channel=sales_channel,
            product_external_id=line.product_external_id,
            variant_external_id=line.variant_external_id,
            sku=line.sku,
            title=line.title,
            variant_title=line.variant_title,
            options=line.options,
            image_url=line.image_url,
            weight_grams=line.weight_grams,
        )
        for line in things.values()
    ]
    found = dict(zip(things, catalog.resolve_variants(claims, at=at), strict=True))
    return {**found, **known}
