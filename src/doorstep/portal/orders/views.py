"""The order page: opened by a signed link, without a login."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.languages import choose_language, choose_visitor_language
from doorstep.portal.live import live_url
from doorstep.portal.orders.page import order_page
from doorstep.portal.orders.structured_data import order_json_ld
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import refuse_foreign_host, render_not_found, render_page
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import ShopperOrder
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo


@require_safe
@private_page
def show_order(request: HttpRequest, token: str) -> HttpResponse:
    """Show the order a link was signed for.

    A forged link, an order of another store and an unknown order are all the same 404. A link
    whose time is over leads to the look-up (410).
    """
    at = now()
    try:
        store_id, order_id, signed_at = orders.read_order_page_token(token)
        store = stores.get_store(store_id)
        refuse_foreign_host(request, store)
        orders.check_order_link(store, signed_at, at=at)
        with store_scope(store.id):
            order = orders.get_order_page(order_id)
    except orders.OrderLinkExpired:
        return _expired(request, store)
    except NotFound:
        return render_not_found(request)
    return _page(request, order, store)


def _page(request: HttpRequest, order: ShopperOrder, store: StoreInfo) -> HttpResponse:
    language = choose_language(request, order.locale, store.default_locale)
    at = now()
    with translation.override(language):
        context = {
            "page": order_page(order, store, language=language, at=at),
            "live_url": live_url(store.id, order.id, at=at),
            "json_ld": order_json_ld(order, store),
        }
        return render_page(request, "portal/order.html", store, context)


def _expired(request: HttpRequest, store: StoreInfo) -> HttpResponse:
    with translation.override(choose_visitor_language(request, store.default_locale)):
        return render_page(request, "portal/link_expired.html", store, {}, status=410)
