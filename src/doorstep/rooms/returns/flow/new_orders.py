"""Orders that a return makes: what goes out instead of what comes back.

They are orders like any other (checked, packed, tracked, confirmed), of the sales channel that
Doorstep sells through itself. Prices have their tax in, by the rate of what comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.billing.contracts import OWN_CHANNEL
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import (
    AddressView,
    FinancialStatus,
    IncomingAddress,
    IncomingDiscount,
    IncomingLine,
    IncomingOrder,
    IncomingPerson,
    LineAmounts,
    OrderDetail,
    OrderTotals,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing on a new order. ``key`` names its line.

    :param tax_minor: in the price of all pieces, before a discount.
    :param exact_tax_minor: after it, where that is known already.
    """

    key: str
    variant_id: UUID | None
    title: str
    quantity: int
    unit_price_minor: int = 0
    tax_minor: int = 0
    exact_tax_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets a new order, where that is not the buyer of the first."""

    name: str
    email: str
    locale: str = ""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """The order that was made."""

    id: UUID
    number: str
    total_minor: int


def make_order(
    *,
    base: OrderDetail,
    external_id: str,
    number: str,
    wanted: Sequence[Wanted],
    discount_minor: int = 0,
    status: FinancialStatus = FinancialStatus.PAID,
    receiver: Receiver | None = None,
    note: str = "",
    by: Actor,
    at: datetime,
) -> NewOrder:
    """Make an order for the same person at the same address; the same external id again is it.

    Joins the caller's transaction. ``status`` later than before pays it: its hold goes.

    :param discount_minor: off all lines together (a bonus).
    """
    incoming = _incoming(
        base, external_id, number, wanted, discount_minor, status, receiver, note, at
    )
    (kept,) = orders.record_orders(
        [incoming], sales_channel=OWN_CHANNEL, connection_id=None, by=by, at=at
    )
    return NewOrder(kept.order_id, number, incoming.totals.total_minor)


def _incoming(
    base: OrderDetail,
    external_id: str,
    number: str,
    wanted: Sequence[Wanted],
    discount_minor: int,
    status: FinancialStatus,
    receiver: Receiver | None,
    note: str,
    at: datetime,
) -> IncomingOrder:
    variants = catalog.get_variants({one.variant_id for one in wanted if one.variant_id})
    subtotal = sum(one.unit_price_minor * one.quantity for one in wanted)
    discounts = _shares(discount_minor, [one.unit_price_minor * one.quantity for one in wanted])
    lines = []
    for one, off in zip(wanted, discounts, strict=True):
        variant = variants.get(one.variant_id) if one.variant_id else None
        gross = one.unit_price_minor * one.quantity
        tax = one.tax_minor * (gross - off) // gross if gross else 0
        if one.exact_tax_minor is not None:
            tax = one.exact_tax_minor
        lines.append(
            IncomingLine(
                external_id=one.key,
                title=variant.product_title if variant else one.title,
                variant_title=variant.title if variant else "",
                options=variant.options if variant else (),
                sku=variant.sku if variant else "",
                image_url=variant.image_url if variant else "",
                weight_grams=variant.weight_grams if variant else None,
                quantity=one.quantity,
                amounts=LineAmounts(one.unit_price_minor, off, tax, gross - off),
                variant_id=one.variant_id,
            )
        )
    summary = base.summary
    person = (
        IncomingPerson(email=receiver.email, name=receiver.name, locale=receiver.locale)
        if receiver
        else IncomingPerson(
            email=summary.email, phone=base.phone, name=summary.shopper_name, locale=base.locale
        )
    )
    bonus = (IncomingDiscount("Exchange bonus", discount_minor),) if discount_minor else ()
    return IncomingOrder(
        external_id=external_id,
        number=number,
        currency=summary.currency,
        placed_at=at,
        version_at=at,
        totals=OrderTotals(
            subtotal_minor=subtotal,
            discount_minor=discount_minor,
            shipping_minor=0,
            tax_minor=sum(line.amounts.tax_minor for line in lines),
            total_minor=subtotal - discount_minor,
        ),
        taxes_included=True,
        lines=tuple(lines),
        discounts=bonus,
        financial_status=status,
        person=person,
        shipping_address=_address(base.shipping_address),
        shipping_method=base.shipping_method,
        note=note,
        is_test=summary.is_test,
        payment_method="",
    )


def _shares(amount: int, weights: Sequence[int]) -> list[int]:
    """Share an amount out by weight; the last weight that is not 0 takes what is left over."""
    total, shares, given = sum(weights), [], 0
    last = max((nth for nth, weight in enumerate(weights) if weight), default=-1)
    for nth, weight in enumerate(weights):
        share = amount - given if nth == last else amount * weight // total if total else 0
        given += share
        shares.append(share)
    return shares


def _address(address: AddressView | None) -> IncomingAddress | None:
    if address is None:
        return None
    return IncomingAddress(
        name=address.name,
        company=address.company,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country_code=address.country_code,
        phone=address.phone,
    )
