"""Requests to pay: our page for each, which leads on to the payment provider.

The signed link is the proof, as with orders. Looking changes nothing for the shopper: at most the
provider's page, which lives a day, is made anew.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from doorstep.connectors.payments import practice
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.formats import show_date, show_money
from doorstep.portal.languages import choose_visitor_language
from doorstep.portal.payments.words import pay_words, what_for
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import refuse_foreign_host, render_not_found, render_page
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import Capture, LinkPaid, LinkState, PayPage
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

SHOPPER = Actor("shopper", "payment-link", "Shopper")
PayView = Callable[[HttpRequest, StoreInfo, UUID, str], HttpResponse]


def opened_by_pay_link(view: PayView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give a view the request its link was signed for; whatever is wrong with it is one 404."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        try:
            store_id, link_id = payments.read_pay_token(token)
            store = stores.get_store(store_id)
            refuse_foreign_host(request, store)
            language = choose_visitor_language(request, store.default_locale)
            with store_scope(store.id), translation.override(language):
                return view(request, store, link_id, token)
        except NotFound:
            return render_not_found(request)

    return private_page(wrapped)


@require_safe
@opened_by_pay_link
def show_payment(request: HttpRequest, store: StoreInfo, link_id: UUID, token: str) -> HttpResponse:
    """Show what is to be paid, and where; after paying, what became of it."""
    at = now()
    # Coming back asks the provider once; looking again only waits for the answer.
    is_back = request.GET.get("back") == "1"
    is_after = is_back or request.GET.get("looked") == "1"
    page = payments.open_pay_page(link_id=link_id, is_back=is_back, at=at)
    context = {
        "token": token,
        "page": page,
        "words": pay_words(page),
        "what_for": what_for(page.link),
        "money": _money(page),
        "is_waiting": page.is_preparing or page.is_checking,
        "look_again_url": reverse("portal:pay", args=[token]) + ("?looked=1" if is_after else ""),
        "until": _until(page, store, at),
        "is_after": is_after,
    }
    return render_page(request, "portal/pay.html", store, context)


def _money(page: PayPage) -> str:
    language = translation.get_language() or "en"
    return show_money(page.link.amount_minor, page.link.currency, language)


def _until(page: PayPage, store: StoreInfo, at: datetime) -> str:
    """Return the last day on which it can be paid, "" where there is none (any more)."""
    if page.link.expires_at is None or page.link.expires_at <= at:
        return ""
    language = translation.get_language() or "en"
    return show_date(page.link.expires_at, language, store.timezone)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_pay_link
def practice_payment(
    request: HttpRequest, store: StoreInfo, link_id: UUID, token: str
) -> HttpResponse:
    """Play the payment provider of a demo shop: no card, no money."""
    at = now()
    page = payments.open_pay_page(link_id=link_id, at=at)
    link = page.link
    if link.provider != practice.NAME or not store.is_demo:
        raise NotFound("There is no such page.")
    if request.method != "POST" and page.go_url:
        context = {
            "token": token,
            "page": page,
            "what_for": what_for(page.link),
            "money": _money(page),
        }
        return render_page(request, "portal/pay_practice.html", store, context)
    if request.method == "POST" and link.state == LinkState.OPEN and page.go_url:
        paid = LinkPaid(
            link_id=link.id,
            payment_id=f"practice_pi_{link.id.hex}",
            currency=link.currency,
            amount_minor=link.amount_minor,
            is_captured=link.capture == Capture.NOW,
            method_label="Practice card",
            paid_at=at,
        )
        payments.record_reports([paid], provider=practice.NAME, by=SHOPPER, at=at)
    return HttpResponseRedirect(reverse("portal:pay", args=[token]), status=303)
