"""Incoming values as rows: which column each of them becomes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.ids import new_id
from doorstep.rooms.orders.contracts import (
    IncomingAddress,
    IncomingCharge,
    IncomingDiscount,
    IncomingLine,
    IncomingOrder,
    IncomingRefund,
    LineAmounts,
    OrderTotals,
)
from doorstep.rooms.orders.rules.search import email_key, number_key, postcode_key, search_text

Values = dict[str, Any]
_TOTALS = tuple(OrderTotals.__dataclass_fields__)
_AMOUNTS = tuple(LineAmounts.__dataclass_fields__)


def address_json(address: IncomingAddress | None) -> dict[str, str] | None:
    """Return an address as it is stored; None where nothing was given."""
    if address is None:
        return None
    found = {
        "name": address.name,
        "company": address.company,
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "region": address.region,
        "postal_code": address.postal_code,
        "country_code": address.country_code,
        "phone": address.phone,
    }
    return found if any(found.values()) else None


def where_it_goes(address: dict[str, str] | None) -> Values:
    """Return the columns that follow from the shipping address."""
    place = address or {}
    country = place.get("country_code", "")
    return {
        "shipping_address": address,
        "country_code": country if len(country) == 2 else "",
        "postcode_key": postcode_key(place.get("postal_code", "")),
    }


def shopper_name(order: IncomingOrder) -> str:
    """Return the name an order is known by: the buyer's, else the recipient's."""
    for address in (order.shipping_address, order.billing_address):
        if not order.person.name and address is not None and address.name:
            return address.name
    return order.person.name


def order_values(order: IncomingOrder) -> Values:
    """Return the columns the platform decides, except address, dates and cancellation."""
    person, number = order.person, order.number.strip() or order.external_id
    name = shopper_name(order)
    recipient = order.shipping_address.name if order.shipping_address else ""
    totals = order.totals
    return {
        "number": number,
        "number_key": number_key(number),
        "platform_person_id": person.platform_id,
        "email": email_key(person.email),
        "phone": person.phone.strip(),
        "shopper_name": name,
        "locale": person.locale,
        "currency": order.currency,
        "subtotal_minor": totals.subtotal_minor,
        "discount_minor": totals.discount_minor,
        "shipping_minor": totals.shipping_minor,
        "tax_minor": totals.tax_minor,
        "fees_minor": totals.fees_minor,
        "tips_minor": totals.tips_minor,
        "duties_minor": totals.duties_minor,
        "adjustment_minor": totals.adjustment_minor,
        "total_minor": totals.total_minor,
        "paid_minor": order.paid_minor,
        "taxes_included": order.taxes_included,
        "presentment_currency": order.presentment_currency,
        "presentment_totals": totals_json(order.presentment_totals),
        "financial_status": str(order.financial_status),
        "payment_method": order.payment_method,
        "is_test": order.is_test,
        "is_shippable": any(line.requires_shipping for line in order.lines),
        "item_count": sum(line.quantity for line in order.lines),
        "billing_address": address_json(order.billing_address),
        "shipping_method": order.shipping_method,
        "note": order.note,
        "tags": list(order.tags),
        "is_gift": order.is_gift,
        "gift_message": order.gift_message,
        "gift_wrap": order.gift_wrap,
        "gift_receipt": order.gift_receipt,
        "status_url": order.order_status_url,
        "search_text": search_text(
            number=number,
            email=person.email,
            names=(name, recipient),
            skus=[line.sku for line in order.lines if line.sku],
        ),
    }


def totals_json(totals: OrderTotals | None) -> dict[str, int] | None:
    """Return sums as they are stored."""
    return None if totals is None else {name: getattr(totals, name) for name in _TOTALS}


def amounts_json(amounts: LineAmounts | None) -> dict[str, int] | None:
    """Return a line's amounts as they are stored."""
    return None if amounts is None else {name: getattr(amounts, name) for name in _AMOUNTS}


def line_values(line: IncomingLine, position: int) -> Values:
    """Return the columns of a line that the platform decides."""
    amounts = line.amounts
    return {
        "position": position,
        "title": line.title,
        "variant_title": line.variant_title,
        "sku": line.sku,
        "options": line.options,
        "properties": line.properties,
        "product_external_id": line.product_external_id,
        "variant_external_id": line.variant_external_id,
        "quantity": line.quantity,
        "unit_price_minor": amounts.unit_price_minor,
        "discount_minor": amounts.discount_minor,
        "tax_minor": amounts.tax_minor,
        "total_minor": amounts.total_minor,
        "presentment_amounts": amounts_json(line.presentment_amounts),
        "requires_shipping": line.requires_shipping,
        "is_gift_card": line.is_gift_card,
        "weight_grams": line.weight_grams,
        "image_url": line.image_url,
    }


def line_row(
    line: IncomingLine,
    position: int,
    *,
    store_id: UUID,
    order_id: UUID,
    variant_id: UUID | None,
    has_left: bool = False,
) -> Values:
    """Return a new line's row; ``has_left``: its order arrived when it had gone out already."""
    return {
        "id": new_id(),
        "store_id": store_id,
        "order_id": order_id,
        "external_id": line.external_id,
        "variant_id": variant_id,
        "removed_at": None,
        "shipped_quantity": line.quantity if has_left and line.requires_shipping else 0,
        **line_values(line, position),
    }


def charge_row(charge: IncomingCharge, position: int, *, store_id: UUID, order_id: UUID) -> Values:
    """Return a charge's row."""
    return {
        "id": new_id(),
        "store_id": store_id,
        "order_id": order_id,
        "position": position,
        "kind": str(charge.kind),
        "title": charge.title,
        "amount_minor": charge.amount_minor,
        "tax_minor": charge.tax_minor,
        "discount_minor": charge.discount_minor,
        "presentment_amount_minor": charge.presentment_amount_minor,
    }


def discount_row(
    discount: IncomingDiscount, position: int, *, store_id: UUID, order_id: UUID
) -> Values:
    """Return a discount's row."""
    return {
        "id": new_id(),
        "store_id": store_id,
        "order_id": order_id,
        "position": position,
        "title": discount.title,
        "code": discount.code,
        "amount_minor": discount.amount_minor,
        "presentment_amount_minor": discount.presentment_amount_minor,
    }


def refund_row(
    refund: IncomingRefund, *, store_id: UUID, order_id: UUID, by: str, at: datetime
) -> Values:
    """Return a refund's row."""
    return {
        "id": new_id(),
        "store_id": store_id,
        "order_id": order_id,
        "external_id": refund.external_id,
        "currency": refund.currency,
        "amount_minor": refund.amount_minor,
        "beyond_minor": refund.beyond_minor,
        "reason": refund.reason,
        "refunded_at": refund.refunded_at,
        "recorded_at": at,
        "recorded_by": by,
    }
