"""A shopper's store credit, and what is left on a gift card.

The card's page tells a guesser nothing: a wrong code gets one answer whatever is wrong with it, and
tries are counted by address. Codes have 95 random bits: guessing from a thousand addresses is as
hopeless as from one, and a limit for the whole store would let anybody close the page to all.
"""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel import ratelimit
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.formats import show_money
from doorstep.portal.languages import choose_visitor_language
from doorstep.portal.orders.opening import opened_by_link
from doorstep.portal.orders.reading import Reading
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import find_store, render_not_found, render_page
from doorstep.portal.wallet.statement import last_day, purses
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api as wallet
from doorstep.rooms.wallet.contracts import GiftCardCheck

_WINDOW_SECONDS = 15 * 60
_TRIES_PER_ADDRESS = 15


class CodeForm(forms.Form):
    """A gift card's code."""

    code = forms.CharField(
        label=gettext_lazy("Gift card code"),
        max_length=60,
        help_text=gettext_lazy("Five groups of four characters. Hyphens and spaces do not matter."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link
def show_credit(request: HttpRequest, reading: Reading, token: str) -> HttpResponse:
    """Show what the shopper has, when it ends and how it came; a POST adds a gift card to it.

    The signed link is the proof, as with the other pages of an order.
    """
    if reading.order.customer_id is None:
        raise NotFound("Nobody is known whose credit this could be.")
    form = CodeForm(request.POST or None)
    if request.method != "POST":
        return _credit_page(request, reading, token, form)
    if not form.is_valid():
        return _credit_page(request, reading, token, form, status=422)
    if wait := _count_try(request, reading.store):
        return _wait(_credit_page(request, reading, token, _tried(form), status=429), wait)
    try:
        wallet.redeem_gift_card(
            code=form.cleaned_data["code"],
            customer_id=reading.order.customer_id,
            cause=f"redeem:{new_id()}",
            by=Actor("shopper", str(reading.order.customer_id), "Shopper"),
            at=reading.at,
        )
    except NotFound:
        form.add_error("code", _unknown())
    except Conflict:
        form.add_error("code", _("There is nothing on this gift card that can be added now."))
    else:
        return HttpResponseRedirect(reverse("portal:credit", args=[token]) + "?added=1", status=303)
    return _credit_page(request, reading, token, form, status=422)


def _credit_page(
    request: HttpRequest, reading: Reading, token: str, form: CodeForm, *, status: int = 200
) -> HttpResponse:
    try:
        shown = purses(
            reading.order.customer_id,
            reading.store,
            language=reading.language,
            at=reading.at,
            cursor=request.GET.get("after", ""),
            of_currency=request.GET.get("in", ""),
        )
    except Invalid as error:
        raise NotFound(error.message) from error
    context = {
        "purses": shown,
        "form": form,
        "is_added": request.GET.get("added") == "1" and not form.is_bound,
        "back_url": reverse("portal:order", args=[token]),
        "number": reading.order.number,
    }
    return render_page(request, "portal/credit.html", reading.store, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def check_gift_card(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what is left on a gift card to whoever has its code."""
    try:
        store = find_store(request, slug)
    except NotFound:
        return render_not_found(request)
    with translation.override(choose_visitor_language(request, store.default_locale)):
        form = CodeForm(request.POST or None)
        if request.method != "POST":
            return _card_page(request, store, form)
        if not form.is_valid():
            return _card_page(request, store, form, status=422)
        if wait := _count_try(request, store):
            return _wait(_card_page(request, store, _tried(form), status=429), wait)
        return _look_up(request, store, form)


def _look_up(request: HttpRequest, store: StoreInfo, form: CodeForm) -> HttpResponse:
    at = now()
    try:
        with store_scope(store.id):
            found = wallet.check_gift_card(
                code=form.cleaned_data["code"], by=Actor("shopper", "", "Shopper"), at=at
            )
    except NotFound:
        form.add_error("code", _unknown())
        return _card_page(request, store, form, status=422)
    return _card_page(request, store, CodeForm(), found=found)


def _card_page(
    request: HttpRequest,
    store: StoreInfo,
    form: CodeForm,
    *,
    status: int = 200,
    found: GiftCardCheck | None = None,
) -> HttpResponse:
    context = {"form": form, "card": found and _card(found, store)}
    response = render_page(request, "portal/gift_card.html", store, context, status=status)
    # As on the look-up of orders: the form is refused under "no-referrer".
    response["Referrer-Policy"] = "same-origin"
    return response


def _card(found: GiftCardCheck, store: StoreInfo) -> dict[str, str]:
    language = translation.get_language() or "en"
    until = last_day(found.expires_at, language, store) if found.expires_at else ""
    words, tone = {
        "active": (_("Ready to be spent at the checkout."), "ok"),
        "waiting": (_("Not valid yet: its day is still to come."), "info"),
        "empty": (_("All of it has been spent."), "info"),
        "expired": (_("It has ended."), "warn"),
        "disabled": (_("It was disabled. Please ask the shop."), "warn"),
    }[found.state]
    return {
        "last4": found.last4,
        "balance": show_money(found.balance_minor, found.currency, language),
        "until": until if found.state in ("active", "waiting") else "",
        "words": words,
        "tone": tone,
    }


def _unknown() -> str:
    return _("We know no gift card with this code. Please check it letter by letter.")


def _tried(form: CodeForm) -> CodeForm:
    form.add_error(None, _("Too many tries. Please wait a quarter of an hour."))
    return form


def _wait(response: HttpResponse, seconds: int) -> HttpResponse:
    response["Retry-After"] = str(seconds)
    return response


def _count_try(request: HttpRequest, store: StoreInfo) -> int:
    """Count a try; return the seconds to wait, 0 when it is allowed."""
    address = f"{store.id}:{ratelimit.network_of(request.META.get('REMOTE_ADDR', ''))}"
    verdict = ratelimit.hit(
        "portal.gift_card.address", address, _TRIES_PER_ADDRESS, _WINDOW_SECONDS
    )
    return verdict.retry_after
