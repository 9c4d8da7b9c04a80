"""The headings of the files that can be imported.

Each format maps our words to the headings that carry them, in lower case; the first that is
there counts. ``shopify`` is Shopify's own orders export. WooCommerce has no export of its own:
``woocommerce`` reads the two plugins most shops use (Order/Customer CSV Export, one row per
item; Advanced Order Export). ``generic`` is ours, see README.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file."""

    name: str
    sales_channel: str  # where its orders come from, unless told otherwise
    columns: dict[str, tuple[str, ...]]  # our word -> headings
    required: tuple[str, ...]


def _address(prefix: str, word: str) -> dict[str, tuple[str, ...]]:
    return {
        f"{word}_name": (f"{prefix} name",),
        f"{word}_company": (f"{prefix} company",),
        f"{word}_line1": (f"{prefix} address1", f"{prefix} street"),
        f"{word}_line2": (f"{prefix} address2",),
        f"{word}_city": (f"{prefix} city",),
        f"{word}_region": (f"{prefix} province",),
        f"{word}_postal_code": (f"{prefix} zip",),
        f"{word}_country": (f"{prefix} country",),
        f"{word}_phone": (f"{prefix} phone",),
    }


def _woo_address(key: str, human: str) -> dict[str, tuple[str, ...]]:
    return {
        f"{key}_first_name": (f"{key}_first_name", f"first name ({human})"),
        f"{key}_last_name": (f"{key}_last_name", f"last name ({human})"),
        f"{key}_name": (f"{key}_full_name", f"full name ({human})"),
        f"{key}_company": (f"{key}_company", f"company ({human})"),
        f"{key}_line1": (
            f"{key}_address_1",
            f"address 1&2 ({human})",
            f"address 1 ({human})",
            f"address line 1 ({human})",
        ),
        f"{key}_line2": (f"{key}_address_2", f"address 2 ({human})", f"address line 2 ({human})"),
        f"{key}_city": (f"{key}_city", f"city ({human})"),
        f"{key}_region": (f"{key}_state", f"{key}_state_code", f"state code ({human})"),
        f"{key}_postal_code": (f"{key}_postcode", f"postcode ({human})"),
        f"{key}_country": (f"{key}_country", f"country code ({human})"),
        f"{key}_phone": (f"{key}_phone", f"phone ({human})"),
    }


def _own(*words: str) -> dict[str, tuple[str, ...]]:
    return {word: (word,) for word in words}


_PARTS = ["name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone"]

SHOPIFY = Format(
    "shopify",
    "shopify",
    {
        "order": ("name",),
        "external_id": ("id",),
        "placed_at": ("created at",),
        "paid_at": ("paid at",),
        "fulfilled_at": ("fulfilled at",),
        "canceled_at": ("cancelled at", "canceled at"),
        "currency": ("currency",),
        "email": ("email",),
        "phone": ("phone",),
        "financial_status": ("financial status",),
        "accepts_marketing": ("accepts marketing",),
        "shipping": ("shipping",),
        "tax": ("taxes",),
        "duties": ("duties",),
        "discount": ("discount amount",),
        "discount_code": ("discount code",),
        "total": ("total",),
        "refunded": ("refunded amount",),
        "shipping_method": ("shipping method",),
        "payment_method": ("payment method",),
        "note": ("notes",),
        "tags": ("tags",),
        "line_title": ("lineitem name",),
        "line_sku": ("lineitem sku",),
        "line_quantity": ("lineitem quantity",),
        "line_unit_price": ("lineitem price",),
        "line_discount": ("lineitem discount",),
        "line_requires_shipping": ("lineitem requires shipping",),
        **_address("billing", "billing"),
        **_address("shipping", "shipping"),
    },
    ("order", "placed_at", "currency", "total", "line_quantity", "line_title", "line_unit_price"),
)

WOOCOMMERCE = Format(
    "woocommerce",
    "woocommerce",
    {
        "external_id": ("order_id", "order id"),
        "order": ("order_id", "order id", "order_number", "order number"),
        "number": ("order_number_formatted", "order_number", "order number"),
        "placed_at": ("date", "order_date", "order date"),
        "paid_at": ("paid_date", "paid date"),
        "fulfilled_at": ("completed_date", "completed date"),
        "status": ("status", "order_status", "order status"),
        "currency": ("order_currency", "currency"),
        "email": ("billing_email", "email (billing)"),
        "customer_id": ("customer_id", "customer_user", "customer user id"),
        "shipping": ("shipping_total", "order_shipping", "order shipping amount"),
        "fees": ("fee_total", "order fee amount"),
        "tax": ("tax_total", "order_tax", "order total tax amount"),
        "discount": ("discount_total", "cart_discount", "cart discount amount"),
        "discount_code": ("coupon_items", "coupon code"),
        "total": ("order_total", "order total amount"),
        "refunded": ("refunded_total", "order refund amount"),
        "shipping_method": ("shipping_method", "shipping method title"),
        "payment_method": ("payment_method_title", "payment_method", "payment method title"),
        "note": ("customer_note", "customer note"),
        "line_id": ("item_id",),
        "line_product_id": ("item_product_id", "product_id", "product id"),
        "line_title": ("item_name", "item name"),
        "line_sku": ("item_sku", "sku"),
        "line_quantity": ("item_quantity", "quantity", "quantity (- refund)"),
        "line_unit_price": ("item_price", "item cost"),
        "line_before": ("item_subtotal", "order line subtotal"),
        "line_total": ("item_total", "order line total"),
        "line_tax": ("item_total_tax", "order line tax"),
        **_woo_address("billing", "billing"),
        **_woo_address("shipping", "shipping"),
    },
    ("order", "placed_at", "total", "line_quantity", "line_title"),
)

GENERIC = Format(
    "generic",
    "import",
    {
        **_own(
            "external_id",
            "number",
            "placed_at",
            "paid_at",
            "fulfilled_at",
            "canceled_at",
            "currency",
            "email",
            "phone",
            "name",
            "locale",
            "customer_id",
            "financial_status",
            "shipping",
            "fees",
            "tips",
            "duties",
            "tax",
            "taxes_included",
            "discount",
            "discount_code",
            "total",
            "refunded",
            "shipping_method",
            "payment_method",
            "note",
            "tags",
            "line_id",
            "line_title",
            "line_variant",
            "line_sku",
            "line_quantity",
            "line_unit_price",
            "line_discount",
            "line_tax",
            "line_total",
            "line_product_id",
            "line_requires_shipping",
        ),
        "order": ("order", "external_id", "number"),
        **_own(*(f"{side}_{part}" for side in ("billing", "shipping") for part in _PARTS)),
    },
    ("order", "placed_at", "currency", "line_quantity", "line_title", "line_unit_price"),
)

FORMATS = {one.name: one for one in (SHOPIFY, WOOCOMMERCE, GENERIC)}
