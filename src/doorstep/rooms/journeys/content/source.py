"""What messages of journeys and campaigns say to each person, composed in sets.

The source ``journeys.person`` is asked at the moment of rendering, for some hundred messages at a
time; the number of queries does not depend on how many. Brand, language and unsubscribe link are
added by the sender, as every message has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ProductCare
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import CustomerInfo
from doorstep.rooms.journeys.content.begun_with import products_about
from doorstep.rooms.messaging.contexts import journey_base
from doorstep.rooms.messaging.contracts import ContextAsk
from doorstep.rooms.messaging.ports import bind_context_source
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.api import MessageComposer
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

SOURCE = "journeys.person"
BACK = "back_in_stock"
SHOWN = 6  # products a block holds at the most
BEST_OF = timedelta(days=90)
KEPT_FOR = timedelta(minutes=10)

_best: dict[UUID, tuple[datetime, tuple[UUID, ...]]] = {}


def bind() -> None:
    """Make the source known to messaging; called when the app is ready."""
    bind_context_source(SOURCE, compose_contexts)


def compose_contexts(asks: Sequence[ContextAsk], at: datetime) -> Mapping[UUID, Mapping[str, Any]]:
    """Return what the template of each message sees, by message.

    Left out, and so not sent: messages about an order that is gone, was erased or is history;
    how-to and care tips for which no product has a text; run-out reminders without such a product;
    what was there again and is sold out once more.
    """
    claim = _Claim(asks, at)
    composed = ((ask.message_id, claim.context(ask)) for ask in asks)
    return {message_id: context for message_id, context in composed if context is not None}


class _Claim:
    """A set of messages of one store with everything they need, read once for all of them."""

    def __init__(self, asks: Sequence[ContextAsk], at: datetime) -> None:
        self.store: StoreInfo = stores.get_store()
        self.about = products_about(asks)
        # A person who was merged meanwhile answers as the survivor.
        self.people = customers.get_customers({a.customer_id for a in asks if a.customer_id})
        self.composer: MessageComposer = orders.message_composer(
            {order_id for a in asks if (order_id := _order_of(a))}, at=at
        )
        ids = {person.id for person in self.people.values()}
        self.counts = orders.count_orders_of(ids)
        self.viewed = audiences.list_recently_viewed(ids, limit=SHOWN)
        self.wished = audiences.list_wished(ids, limit=SHOWN)
        self.best = best_sellers(at)
        self.bought = {
            order_id: self.composer.pieces_by_product(order_id)
            for a in asks
            if (order_id := _order_of(a)) and order_id in self.composer
        }
        self.products = catalog.get_products(self._product_ids())
        back = {p for a in asks if a.kind == BACK for p in self.about.get(a.message_id, ())}
        self.in_stock = audiences.find_in_stock(back) if back else set()
        self._shown: dict[UUID, dict[str, Any]] = {}
        self._said: dict[tuple[UUID, str], dict[str, Any]] = {}

    def _product_ids(self) -> set[UUID]:
        lists = (
            *self.viewed.values(), *self.wished.values(), *self.bought.values(), self.best,
            *self.about.values(),
        )  # fmt: skip
        return {product_id for some in lists for product_id in some}

    def context(self, ask: ContextAsk) -> dict[str, Any] | None:
        """Return one message's context, None when there is nothing true to say."""
        person = self.people.get(ask.customer_id) if ask.customer_id else None
        order_id = _order_of(ask)
        known = order_id if order_id and order_id in self.composer else None
        if person is None or (known is None and journey_base(ask.kind) == "order"):
            return None
        pieces = self.bought[known] if known else {}
        products = self._products(ask, pieces)
        if not products and (ask.kind in _NEEDS or ask.kind == BACK):
            return None
        of_order = self.composer.context(ask.kind, known) if known else {}
        return {
            "customer": self._customer(ask, person, of_order.get("customer")),
            "order": of_order.get("order"),
            "delivery": of_order.get("delivery"),
            "links": of_order.get("links") or self._links(),
            "products": products,
            "blocks": self._blocks(person.id, pieces),
            "json_ld": None,
        }

    def _customer(
        self, ask: ContextAsk, person: CustomerInfo, of_order: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        name = person.name or (of_order["name"] if of_order else "")
        before = of_order["orders_before"] if of_order else self.counts.get(person.id, 0)
        holiday = person.favorite_holiday
        return {
            "name": name,
            "first_name": name.split()[0] if name.strip() else "",
            "email": person.email,
            "orders_before": before,
            "favorite_holiday": customers.holiday_label(holiday, ask.locale) if holiday else "",
            "favorite_color": person.favorite_color,
            "interests": list(person.interests),
            "sizes": [{"name": name, "value": size} for name, size in person.sizes.items()],
        }

    def _links(self) -> dict[str, str]:
        email = self.store.support_email
        return {
            "order": "",
            "change": "",
            "cancel": "",
            "faq": self.store.faq_url,
            "support": f"mailto:{email}" if email else "",
            "returns": "",
            "unsubscribe": "",
        }

    def _products(self, ask: ContextAsk, pieces: Mapping[UUID, int]) -> list[dict[str, Any]]:
        """Return what the message is about: of the order's products those that are meant, the one
        bought most of first; without an order those that the way began with."""
        is_meant = _NEEDS.get(ask.kind)
        # A date of one of the order's products may say which of them it is about.
        only = self.about.get(ask.message_id, ())
        if not pieces:
            pieces = dict.fromkeys(only, 1)
        found = []
        for product_id, quantity in sorted(pieces.items(), key=lambda item: -item[1]):
            product = self.products.get(product_id)
            if product is None or (only and product_id not in only):
                continue
            if ask.kind == BACK and not (product.is_active and product_id in self.in_stock):
                continue
            if is_meant is None or is_meant(product):
                found.append({**self._care(product, ask.locale), "quantity": quantity})
        return found

    def _care(self, product: ProductCare, locale: str) -> dict[str, Any]:
        key = (product.product_id, locale)
        if key not in self._said:
            texts = product.texts_in(locale)
            self._said[key] = {
                "title": product.title,
                "image_url": _absolute(product.image_url),
                "url": product.page_url,
                "how_to": texts.how_to,
                "how_to_video_url": product.how_to_video_url,
                "how_to_image_url": product.how_to_image_url,
                "how_to_page_url": product.how_to_page_url,
                "care": texts.care,
                "run_out_days": product.run_out_days,
            }
        return self._said[key]

    def _blocks(self, person_id: UUID, pieces: Mapping[UUID, int]) -> dict[str, Any]:
        return {
            "best_sellers": self._list([one for one in self.best if one not in pieces]),
            "recently_viewed": self._list(self.viewed.get(person_id, ())),
            "wish_list": self._list(self.wished.get(person_id, ())),
        }

    def _list(self, product_ids: Sequence[UUID]) -> list[dict[str, Any]]:
        """Return the products that can be shown: known, named and on sale."""
        found = (self.products.get(one) for one in product_ids)
        return [self._product(p) for p in found if p is not None and p.is_active and p.title][
            :SHOWN
        ]

    def _product(self, product: ProductCare) -> dict[str, Any]:
        if product.product_id not in self._shown:
            self._shown[product.product_id] = {
                "title": product.title,
                "image_url": _absolute(product.image_url),
                "url": product.page_url or self.store.website_url,
            }
        return self._shown[product.product_id]


_NEEDS = {
    "how_to": lambda product: product.has_how_to,
    "care_tips": lambda product: product.has_care,
    "replenishment": lambda product: product.run_out_days is not None,
}
"""Kinds that are about certain products only: which ones. Without any there is nothing to say."""


def best_sellers(at: datetime) -> tuple[UUID, ...]:
    """Return what sold best in the three months before a moment; kept for some minutes.

    Kept in the process: what sells best does not change from one claim to the next, and the dry
    run, which asks about other moments, does not meet what is kept for now.
    """
    store_id = current_store_id()
    kept = _best.get(store_id)
    if kept is not None and timedelta(0) <= at - kept[0] < KEPT_FOR:
        return kept[1]
    found = tuple(orders.list_best_sellers(since=at - BEST_OF, until=at, limit=2 * SHOWN))
    if len(_best) > 1_000:  # stores; more than that are not busy within some minutes
        _best.clear()
    _best[store_id] = (at, found)
    return found


def _absolute(picture: str) -> str:
    """Return a picture's address as a mail needs it: one of this very site gets its host."""
    return f"{settings.BASE_URL}{picture}" if picture.startswith("/") else picture


def _order_of(ask: ContextAsk) -> UUID | None:
    what, _, key = ask.subject.partition(":")
    if what != "order":
        return None
    try:
        return UUID(key)
    except ValueError:
        return None
