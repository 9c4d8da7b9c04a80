"""WooCommerce bodies written by hand, in the shape of the REST v3 reference."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]


def line(**changes: Any) -> JsonObject:
    """Return a line: two tins of tea."""
    return {
        "id": 315,
        "name": "Sencha – 100 g",
        "product_id": 93,
        "variation_id": 0,
        "quantity": 2,
        "subtotal": "25.00",
        "subtotal_tax": "0.00",
        "total": "25.00",
        "total_tax": "0.00",
        "meta_data": [],
        "sku": "TEA-SEN-100",
        "price": 12.5,
    } | changes


def order(**changes: Any) -> JsonObject:
    """Return Jonas's order: 2 × 12.50 + 4.90 shipping = 29.90 EUR."""
    return {
        "id": 727,
        "parent_id": 0,
        "number": "727",
        "order_key": "wc_order_1",
        "status": "processing",
        "currency": "EUR",
        "date_created": "2026-03-02T09:15:00",
        "date_created_gmt": "2026-03-02T08:15:00",
        "date_modified": "2026-03-02T09:15:08",
        "date_modified_gmt": "2026-03-02T08:15:08",
        "date_paid_gmt": "2026-03-02T08:15:08",
        "prices_include_tax": False,
        "discount_total": "0.00",
        "shipping_total": "4.90",
        "total": "29.90",
        "total_tax": "0.00",
        "customer_id": 0,
        "customer_note": "",
        "billing": {
            "first_name": "Jonas",
            "last_name": "Weber",
            "address_1": "Gartenweg 3",
            "city": "Berlin",
            "postcode": "10115",
            "country": "DE",
            "email": "jonas@example.com",
            "phone": "030 1234567",
        },
        "shipping": {},
        "payment_method_title": "PayPal",
        "meta_data": [],
        "line_items": [line()],
        "tax_lines": [],
        "shipping_lines": [
            {"id": 1, "method_title": "Parcel", "total": "4.90", "total_tax": "0.00"}
        ],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
    } | changes
