"""Shopify bodies written by hand, in the shape of the platform's reference."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]


def money(shop: str, shown: str | None = None, currency: str = "EUR", seen: str = "") -> JsonObject:
    """Return a ``*_set``."""
    return {
        "shop_money": {"amount": shop, "currency_code": currency},
        "presentment_money": {"amount": shown or shop, "currency_code": seen or currency},
    }


def line(**changes: Any) -> JsonObject:
    """Return a line: two tins of tea."""
    return {
        "id": 501,
        "title": "Sencha, first flush",
        "variant_title": "100 g",
        "quantity": 2,
        "price": "12.50",
        "sku": "TEA-SEN-100",
        "product_id": 71,
        "variant_id": 7101,
        "requires_shipping": True,
        "gift_card": False,
        "grams": 120,
        "properties": [],
        "discount_allocations": [],
        "tax_lines": [],
    } | changes


def order(**changes: Any) -> JsonObject:
    """Return Maya's order: 2 × 12.50 + 4.90 shipping = 29.90 EUR."""
    return {
        "id": 9007199254740993,  # 2**53 + 1: lost as soon as somebody reads it as a float
        "name": "#1001",
        "created_at": "2026-03-02T09:15:00+01:00",
        "updated_at": "2026-03-02T09:15:01+01:00",
        "processed_at": "2026-03-02T09:15:00+01:00",
        "currency": "EUR",
        "presentment_currency": "EUR",
        "total_price": "29.90",
        "total_tax": "0.00",
        "total_discounts": "0.00",
        "taxes_included": False,
        "financial_status": "paid",
        "fulfillment_status": None,
        "email": "maya@example.com",
        "customer_locale": "sv-SE",
        "customer": {"id": 33, "first_name": "Maya", "last_name": "Lindqvist"},
        "line_items": [line()],
        "shipping_lines": [{"title": "Parcel", "price": "4.90", "discount_allocations": []}],
        "shipping_address": {
            "name": "Maya Lindqvist",
            "address1": "Storgatan 1",
            "city": "Malmö",
            "zip": "211 34",
            "country_code": "SE",
        },
    } | changes


def refund(**changes: Any) -> JsonObject:
    """Return a refund of one tin."""
    return {
        "id": 801,
        "order_id": 9007199254740993,
        "created_at": "2026-03-05T10:00:00+01:00",
        "note": "arrived dented",
        "refund_line_items": [
            {
                "line_item_id": 501,
                "quantity": 1,
                "subtotal": 12.5,
                "total_tax": 0.0,
                "restock_type": "no_restock",
                "subtotal_set": money("12.50"),
            }
        ],
        "transactions": [
            {"kind": "refund", "status": "success", "amount": "12.50", "currency": "EUR"}
        ],
    } | changes
