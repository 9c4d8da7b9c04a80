"""The door for messages about orders that rooms above ask for: parcels, shipping late.

The rooms above know what happened, this room knows the order; neither sees the other's tables.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from doorstep.rooms.messaging.contexts import PARCEL_KINDS, ParcelMessageContext, parcel_json_ld
from doorstep.rooms.messaging.contracts import MessageRequest
from doorstep.rooms.orders.confirming import ask_with, orders_of
from doorstep.rooms.orders.context import Composer
from doorstep.rooms.orders.links import order_page_url


class MessageComposer:
    """Makes requests for messages about a set of orders, read once for all of them.

    History and the orders of erased people are not among them: nobody is written to about these.
    """

    def __init__(self, order_ids: Collection[UUID], *, at: datetime) -> None:
        self._orders = orders_of(list(set(order_ids)))
        self._composer = Composer(list(self._orders.values()), at=at) if self._orders else None

    def __contains__(self, order_id: UUID) -> bool:
        """Tell whether there is somebody to write to about this order."""
        return order_id in self._orders

    def pieces_to_ship(self, order_id: UUID) -> int:
        """Return how many pieces of an order are to be shipped in all, those that left included."""
        assert self._composer is not None
        lines = self._composer.parts.lines[order_id]
        return sum(one.quantity for one in lines if one.requires_shipping and not one.is_removed)

    def pieces_by_product(self, order_id: UUID) -> dict[UUID, int]:
        """Return how many pieces of each product of the catalog an order has, in its own order."""
        assert self._composer is not None
        pieces: dict[UUID, int] = {}
        for line in self._composer.parts.lines[order_id]:
            variant = self._composer.variants.get(line.variant_id) if line.variant_id else None
            if variant is not None and not line.is_removed and not line.is_gift_card:
                product = variant.product_id
                pieces[product] = pieces.get(product, 0) + line.quantity
        return pieces

    def page_url(self, order_id: UUID) -> str:
        """Return the signed address of an order's page."""
        assert self._composer is not None
        return order_page_url(self._composer.store, order_id, at=self._composer.at)

    def context(self, kind: str, order_id: UUID, **more: Any) -> dict[str, Any]:
        """Return the template context of a message about one of the orders.

        :param more: the parts of its kind alone (``parcel``, ``delay``, ``json_ld``).
        :raises KeyError: nobody may be written to about it; ask ``in`` first.
        """
        order = self._orders[order_id]
        assert self._composer is not None
        context = self._composer.compose(kind, order, **more)
        if kind in PARCEL_KINDS:
            context["json_ld"] = parcel_json_ld(kind, cast(ParcelMessageContext, context))
        return context

    def order_page(self, order_id: UUID) -> str:
        """Return the signed address of the order's page. :raises KeyError: as ``context``."""
        assert self._composer is not None
        return order_page_url(self._composer.store, self._orders[order_id].id, at=self._composer.at)

    def request(self, kind: str, order_id: UUID, cause: str, **more: Any) -> MessageRequest:
        """Return the request for one transactional message, for ``messaging.request_messages``.

        :param cause: what makes it happen once and only once among the order's messages.
        :param more: the parts of its kind alone.
        :raises KeyError: nobody may be written to about it; ask ``in`` first.
        """
        order = self._orders[order_id]
        assert self._composer is not None
        context = self.context(kind, order_id, **more)
        return ask_with(context, kind, order, self._composer.locale(order), cause=cause)


def message_composer(order_ids: Collection[UUID], *, at: datetime) -> MessageComposer:
    """Return what composes messages about these orders; a constant number of queries.

    ::

        composer = orders.message_composer(order_ids, at=at)
        messaging.request_messages(
            [
                composer.request("parcel_late", order_id, f"late:{tracker}", parcel=parcel)
                for ... if order_id in composer
            ],
            by=by,
            at=at,
        )
    """
    return MessageComposer(order_ids, at=at)
