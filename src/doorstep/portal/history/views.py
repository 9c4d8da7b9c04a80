"""All orders of one shopper: asked for on an order's page, opened by a link in a mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.history import links
from doorstep.portal.history.rows import history_rows, order_of
from doorstep.portal.languages import choose_language, choose_visitor_language
from doorstep.portal.orders.limits import too_many
from doorstep.portal.orders.opening import opened_by_link
from doorstep.portal.orders.reading import Reading
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import refuse_foreign_host, render_not_found, render_page
from doorstep.portal.wallet.card import credit_line
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link
def ask_for_history(request: HttpRequest, reading: Reading, token: str) -> HttpResponse:
    """Offer to send a link to the shopper's own mailbox; a POST sends it.

    Whoever holds the order's link may ask; only who reads the mailbox gets anything.
    """
    if reading.order.customer_id is None or not reading.order.email_masked:
        raise NotFound("This order has no history to show.")
    context = {
        "email": reading.order.email_masked,
        "back_url": reverse("portal:order", args=[token]),
    }
    if request.method != "POST":
        return render_page(request, "portal/history_ask.html", reading.store, context)
    if wait_seconds := too_many(request, reading, "portal.history"):
        context["problem"] = _("That was often. Please wait an hour, or write to us.")
        answer = render_page(request, "portal/history_ask.html", reading.store, context, status=429)
        answer["Retry-After"] = str(wait_seconds)
        return answer
    _send_link(request, reading)
    context["is_sent"] = "yes"
    return render_page(request, "portal/history_ask.html", reading.store, context)


def _send_link(request: HttpRequest, reading: Reading) -> None:
    order_id, store = reading.order.id, reading.store
    composer = orders.message_composer([order_id], at=reading.at)
    if order_id not in composer:
        return  # erased: the page says the same, and nobody is written to
    path = reverse("portal:history_link", args=[links.history_token(store.id, order_id)])
    history = {"url": request.build_absolute_uri(path), "minutes": links.LINK_MINUTES}
    asked = composer.request(
        "order_history", order_id, f"history:{new_id()}", history=history, json_ld=None
    )
    messaging.request_messages(
        # Only the mailbox proves who asks: never by text message, whatever they prefer.
        [replace(asked, channel=Channel.EMAIL)],
        by=Actor("shopper", str(reading.order.customer_id), "Shopper"),
        at=reading.at,
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def open_history(request: HttpRequest, token: str) -> HttpResponse:
    """Open the history with the link of the mail: a look changes nothing, a click uses it up."""
    try:
        store, order_id = _store_of(request, links.read_history_token(token))
    except NotFound:
        return render_not_found(request)
    with translation.override(choose_visitor_language(request, store.default_locale)):
        if request.method != "POST":
            return render_page(request, "portal/history_open.html", store, {})
        if not links.use_up(token):
            return render_page(
                request, "portal/history_open.html", store, {"is_used": True}, status=410
            )
        response = HttpResponseRedirect(reverse("portal:history"), status=303)
        links.open_history(response, store.id, order_id)
        return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def show_history(request: HttpRequest) -> HttpResponse:
    """List the shopper's orders in a browser that has opened them; a POST closes them again."""
    try:
        store, order_id = _store_of(request, links.read_cookie(request))
        with store_scope(store.id):
            response = _list(request, store, order_id, now())
    except NotFound:
        return render_not_found(request)
    if request.method == "POST":
        response = HttpResponseRedirect(reverse("portal:lookup"), status=303)
        links.close_history(response)
    return response


def _store_of(request: HttpRequest, key: tuple[UUID, UUID]) -> tuple[StoreInfo, UUID]:
    store = stores.get_store(key[0])
    refuse_foreign_host(request, store)
    return store, key[1]


def _list(request: HttpRequest, store: StoreInfo, order_id: UUID, at: datetime) -> HttpResponse:
    shopper = order_of(order_id)
    language = choose_language(request, shopper.locale, store.default_locale)
    with translation.override(language):
        mine = shopper.summary.customer_id
        context = {
            "rows": history_rows(store, shopper, language=language, at=at),
            "credit": credit_line(mine, store, language=language, at=at),
            "token": orders.order_page_token(store.id, order_id, at=at),
        }
        return render_page(request, "portal/history.html", store, context)
