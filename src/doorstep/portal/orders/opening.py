"""Open an order by its signed link: what every page of an order begins with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.languages import choose_language, choose_visitor_language
from doorstep.portal.orders.beside import look_beside
from doorstep.portal.orders.page import NOTHING_SENT, read_order
from doorstep.portal.orders.parcels import Parcel, gather_parcels
from doorstep.portal.orders.reading import Reading, WholeReading
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import refuse_foreign_host, render_not_found, render_page
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking import api as tracking

P = ParamSpec("P")
R = TypeVar("R", bound=Reading)
OrderView = Callable[Concatenate[HttpRequest, R, str, P], HttpResponse]
TokenView = Callable[Concatenate[HttpRequest, str, P], HttpResponse]


def opened_by_link(view: OrderView[Reading, P]) -> TokenView[P]:
    """Give a view the order its link was signed for, in its store and language.

    A forged link, an order of another store and an unknown order are all the same 404, and so is
    whatever the view itself does not find. A link whose time is over leads to the look-up (410).
    """
    return _opened(view, _read)


def opened_to_act(view: OrderView[WholeReading, P]) -> TokenView[P]:
    """The same for a view on which the shopper acts: the order whole, without its parcels."""
    return _opened(view, _read_whole)


def _opened(
    view: OrderView[R, P], read: Callable[[HttpRequest, StoreInfo, UUID, datetime], R]
) -> TokenView[P]:
    @functools.wraps(view)
    def wrapped(
        request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        at = now()
        try:
            store_id, order_id, signed_at = orders.read_order_page_token(token)
            store = stores.get_store(store_id)
            refuse_foreign_host(request, store)
            orders.check_order_link(store, signed_at, at=at)
            with store_scope(store.id):
                reading = read(request, store, order_id, at)
                with translation.override(reading.language):
                    return view(request, reading, token, *args, **kwargs)
        except orders.OrderLinkExpired:
            return _expired(request, store)
        except NotFound:
            return render_not_found(request)

    return private_page(wrapped)


def _read(request: HttpRequest, store: StoreInfo, order_id: UUID, at: datetime) -> Reading:
    order = orders.get_order_page(order_id)
    beside = look_beside(order)
    sent = fulfillment.list_parcels_for_shopper(order) if beside.parcels else NOTHING_SENT
    known = tracking.list_progress([order_id]) if beside.trackers else {}
    return read_order(
        order,
        store,
        language=choose_language(request, order.locale, store.default_locale),
        at=at,
        sent=sent,
        progress=known.get(order_id, ()),
        beside=beside,
    )


def _read_whole(
    request: HttpRequest, store: StoreInfo, order_id: UUID, at: datetime
) -> WholeReading:
    whole, order = orders.get_order_and_page(order_id)
    language = choose_language(request, order.locale, store.default_locale)
    return WholeReading(order, store, language, at, whole=whole)


def read_parcels(reading: WholeReading) -> tuple[Parcel, ...]:
    """Read the parcels of an order on whose page they are the exception, two queries."""
    order = reading.order
    sent = fulfillment.list_parcels_for_shopper(order)
    progress = tracking.list_progress([order.id]).get(order.id, ())
    return gather_parcels(order, sent.parcels, progress)


def _expired(request: HttpRequest, store: StoreInfo) -> HttpResponse:
    with translation.override(choose_visitor_language(request, store.default_locale)):
        return render_page(request, "portal/link_expired.html", store, {}, status=410)
