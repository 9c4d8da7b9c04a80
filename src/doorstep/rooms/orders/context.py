"""What messages about orders can talk about: template contexts, composed in sets.

The number of queries does not depend on the number of orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import CustomerInfo
from doorstep.rooms.messaging.contexts import (
    BrandContext,
    CustomerContext,
    DeliveryContext,
    LineContext,
    LinksContext,
    MoneyValue,
    OrderContext,
    OrderMessageContext,
    brand_context,
    day,
    instant,
    journey_base,
    locale_context,
    money,
    order_json_ld,
)
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    ChargeView,
    DiscountView,
    LineAmounts,
    LineView,
    OrderState,
    OrderTotals,
)
from doorstep.rooms.orders.links import order_page_url
from doorstep.rooms.orders.models import Order
from doorstep.rooms.orders.reading.views import Parts, presentment_totals_of, totals_of
from doorstep.rooms.orders.rules.address_lines import address_lines
from doorstep.rooms.orders.rules.checks import is_payment_pending
from doorstep.rooms.orders.rules.states import OPEN
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

# Above this nobody counts: "orders before" only tells a first order from a later one.
_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Figures:
    """All amounts of one order in one currency: the shopper's where every one is known in it."""

    currency: str
    totals: OrderTotals
    is_presentment: bool

    def money(self, minor: int) -> MoneyValue:
        return money(minor, self.currency)

    def line(self, line: LineView) -> LineAmounts:
        """Return a line's amounts."""
        if self.is_presentment and line.presentment_amounts is not None:
            return line.presentment_amounts
        return LineAmounts(
            line.unit_price_minor, line.discount_minor, line.tax_minor, line.total_minor
        )

    def part(self, part: ChargeView | DiscountView) -> MoneyValue:
        """Return the amount of a charge or a discount."""
        if self.is_presentment and part.presentment_amount_minor is not None:
            return self.money(part.presentment_amount_minor)
        return self.money(part.amount_minor)


def figures_of(
    order: Order,
    lines: Iterable[LineView],
    parts: Iterable[ChargeView | DiscountView],
) -> Figures:
    """Choose the currency an order is shown in."""
    shown = presentment_totals_of(order)
    complete = (
        shown is not None
        and bool(order.presentment_currency)
        and all(line.presentment_amounts is not None for line in lines)
        and all(part.presentment_amount_minor is not None for part in parts)
    )
    if complete and shown is not None:
        return Figures(order.presentment_currency, shown, True)
    return Figures(order.currency, totals_of(order), False)


class Composer:
    """Composes the contexts of a set of orders of the current store."""

    def __init__(self, orders: Sequence[Order], *, at: datetime) -> None:
        ids = [order.id for order in orders]
        self.at = at
        self.store = stores.get_store()
        self.parts = Parts(ids)
        self.people = customers.get_customers(
            {order.customer_id for order in orders if order.customer_id is not None}
        )
        self.variants = catalog.get_variants(
            {line.variant_id for lines in self.parts.lines.values() for line in lines} - {None}  # type: ignore[arg-type]
        )
        self.before = _orders_before(ids)
        self.brand = brand_of(self.store)

    def person(self, order: Order) -> CustomerInfo | None:
        """Return who bought."""
        return self.people.get(order.customer_id) if order.customer_id else None

    def locale(self, order: Order) -> str:
        """Return the language of messages about an order: its own, the person's, the store's."""
        person = self.person(order)
        known = person.locale if person else ""
        return order.locale or known or self.store.default_locale

    def compose(self, kind: str, order: Order, **more: Any) -> dict[str, Any]:
        """Return the context of one message; ``more`` are the parts of its kind alone."""
        lines = [line for line in self.parts.lines[order.id] if not line.is_removed]
        parts: list[ChargeView | DiscountView] = [*self.parts.charges[order.id]]
        parts += self.parts.discounts[order.id]
        figures = figures_of(order, lines, parts)
        person, locale = self.person(order), self.locale(order)
        zone = (person.timezone if person else "") or self.store.timezone
        context: OrderMessageContext = {
            "locale": locale_context(locale, zone),
            "brand": self.brand,
            "customer": self._customer(order, person),
            "order": self._order(order, lines, figures),
            "delivery": _delivery(order, lines, locale),
            "links": self._links(order),
            "json_ld": None,
        }
        if journey_base(kind) is None:  # machines read what an order's own messages say
            context["json_ld"] = order_json_ld(kind, context)
        return {**context, **more}

    def _customer(self, order: Order, person: CustomerInfo | None) -> CustomerContext:
        name = (person.name if person else "") or order.shopper_name
        return {
            "name": name,
            "first_name": name.split()[0] if name.strip() else "",
            "email": order.email or (person.email if person else ""),
            "orders_before": self.before.get(order.id, 0),
        }

    def _order(self, order: Order, lines: Sequence[LineView], figures: Figures) -> OrderContext:
        totals, amount = figures.totals, figures.money
        charges, discounts = self.parts.charges[order.id], self.parts.discounts[order.id]
        foreign = presentment_totals_of(order) if not figures.is_presentment else None
        return {
            "number": order.number,
            "placed_at": instant(order.placed_at),
            "item_count": order.item_count,
            "lines": [self._line(line, figures) for line in lines],
            "currency": figures.currency,
            "subtotal": amount(totals.subtotal_minor),
            "discounts": [
                {"title": one.title, "code": one.code, "amount": figures.part(one)}
                for one in discounts
            ],
            "discount_total": amount(totals.discount_minor),
            "shipping": amount(totals.shipping_minor),
            "shipping_title": _shipping_title(order, charges),
            "fees": [
                {"title": one.title, "amount": figures.part(one)}
                for one in charges
                if one.kind == ChargeKind.FEE
            ],
            "tip": amount(totals.tips_minor),
            "duties": amount(totals.duties_minor),
            "tax": amount(totals.tax_minor),
            "taxes_included": order.taxes_included,
            "adjustment": amount(totals.adjustment_minor),
            "total": amount(totals.total_minor),
            "presentment_total": money(foreign.total_minor, order.presentment_currency)
            if foreign and order.presentment_currency
            else None,
            "refunded_total": self._refunded(order, figures),
            "payment_method": order.payment_method,
            "payment_pending": is_payment_pending(
                order.financial_status, order.payment_method, order.total_minor
            ),
            "note": order.note,
            "is_gift": order.is_gift,
            "gift_message": order.gift_message,
        }

    def _refunded(self, order: Order, figures: Figures) -> MoneyValue:
        """Sum the refunds that were made in the currency shown."""
        refunds = self.parts.refunds[order.id]
        return figures.money(
            sum(one.amount_minor for one in refunds if one.currency == figures.currency)
        )

    def _line(self, line: LineView, figures: Figures) -> LineContext:
        amounts, amount = figures.line(line), figures.money
        variant: VariantInfo | None = (
            self.variants.get(line.variant_id) if line.variant_id else None
        )
        return {
            "title": line.title,
            "variant_title": "" if line.options else line.variant_title,
            "options": [{"name": name, "value": value} for name, value in line.options],
            "properties": [{"name": name, "value": value} for name, value in line.properties],
            "sku": line.sku,
            "quantity": line.quantity,
            "unit_price": amount(amounts.unit_price_minor),
            "original_total": amount(amounts.total_minor + amounts.discount_minor),
            "discount": amount(amounts.discount_minor),
            "total": amount(amounts.total_minor),
            "image_url": _absolute(line.image_url or (variant.image_url if variant else "")),
            "url": "",
            "is_gift_card": line.is_gift_card,
            "requires_shipping": line.requires_shipping,
            "production_days_min": variant.production_days_min if variant else None,
            "production_days_max": variant.production_days_max if variant else None,
        }

    def _links(self, order: Order) -> LinksContext:
        page = order_page_url(self.store, order.id, at=self.at)
        # These pages say themselves what can be changed, until when, and why not any more.
        is_open = OrderState(order.state) in OPEN
        return {
            "order": page,
            "change": f"{page}/change" if is_open else "",
            "cancel": f"{page}/cancel" if is_open else "",
            "faq": self.store.faq_url,
            "support": f"{page}#help",
            "returns": "",
            "unsubscribe": "",
        }


def brand_of(store: StoreInfo) -> BrandContext:
    """Return the sender as templates show it."""
    origin = f"https://{store.portal_host}" if store.portal_host else str(settings.BASE_URL)
    return brand_context(
        name=store.name,
        color=store.brand_color,
        logo_url=f"{origin}/s/{store.slug}/logo" if store.logo_type else "",
        website_url=store.website_url,
        support_email=store.support_email,
        support_phone=store.support_phone,
        postal_address=[line.strip() for line in store.postal_address.splitlines() if line.strip()],
        social=store.social_links.split(),
    )


def _shipping_title(order: Order, charges: Sequence[ChargeView]) -> str:
    titles = [one.title for one in charges if one.kind == ChargeKind.SHIPPING and one.title]
    return titles[0] if titles else order.shipping_method


def _delivery(order: Order, lines: Sequence[LineView], locale: str) -> DeliveryContext:
    """Say how it arrives. Shipping without an address to ship to is collected at the shop."""
    ships = any(line.requires_shipping for line in lines)
    address = order.shipping_address if ships else None
    return {
        "kind": "digital" if not ships else "ship" if address else "pickup",
        "method": order.shipping_method,
        "address": {"name": address.get("name", ""), "lines": address_lines(address, locale)}
        if address
        else None,
        "earliest_date": day(order.delivery_from_date),
        "latest_date": day(order.delivery_to_date),
        "production_days_min": order.production_days_min,
        "production_days_max": order.production_days_max,
    }


def _orders_before(order_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Count, up to a hundred, what each order's customer had bought before it (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.id, earlier.count FROM orders_order o
            CROSS JOIN LATERAL (
                SELECT count(*) FROM (
                    SELECT 1 FROM orders_order p
                    WHERE p.store_id = o.store_id AND p.customer_id = o.customer_id
                          AND p.placed_at < o.placed_at AND p.id <> o.id
                    LIMIT %s
                ) AS counted
            ) AS earlier
            WHERE o.store_id = %s AND o.id = ANY(%s)
            """,
            [_COUNTED, current_store_id(), list(order_ids)],
        )
        return dict(cursor.fetchall())


def _absolute(picture: str) -> str:
    """Return a picture's address as a mail needs it: one of this very site gets its host."""
    return f"{settings.BASE_URL}{picture}" if picture.startswith("/") else picture
