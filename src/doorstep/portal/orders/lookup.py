"""Look an order up by its number and an e-mail address or postal code.

Whoever guesses learns nothing: an unknown number, a wrong address and a wrong postal code give
the same page with the same status after the same work, and tries are limited by number and by
address, whether the number exists or not.
"""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from doorstep.kernel import ratelimit
from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.languages import choose_visitor_language
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import find_store, render_not_found, render_page
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores.contracts import StoreInfo

_WINDOW_SECONDS = 15 * 60
_TRIES_PER_NUMBER = 8
_TRIES_PER_ADDRESS = 30  # several shoppers may share one address


class LookupForm(forms.Form):
    """What a shopper knows of an order without any link."""

    number = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=64,
        help_text=gettext_lazy("It is in the subject of your confirmation, for example #1001."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    contact = forms.CharField(
        label=gettext_lazy("E-mail address or postal code"),
        max_length=254,
        help_text=gettext_lazy("The one you gave with the order."),
        widget=forms.TextInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def look_up_order(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Ask for number and address; lead to the order's page when they belong together."""
    try:
        store = find_store(request, slug)
    except NotFound:
        return render_not_found(request)
    with translation.override(choose_visitor_language(request, store.default_locale)):
        if request.method != "POST":
            return _form_page(request, store, LookupForm(), 200)
        form = LookupForm(request.POST)
        if not form.is_valid():
            return _form_page(request, store, form, 422)
        return _answer(request, store, form)


def _answer(request: HttpRequest, store: StoreInfo, form: LookupForm) -> HttpResponse:
    number, contact = form.cleaned_data["number"], form.cleaned_data["contact"]
    if wait_seconds := _count_try(request, store, number):
        form.add_error(None, _("Too many tries. Please wait a quarter of an hour."))
        response = _form_page(request, store, form, 429)
        response["Retry-After"] = str(wait_seconds)
        return response
    with store_scope(store.id):
        order_id = orders.find_for_lookup(number, contact)
    if order_id is None:
        form.add_error(
            None, _("We found no order with these. Please check both, exactly as in your mail.")
        )
        return _form_page(request, store, form, 422)
    ratelimit.forgive(*_by_number(store, number))
    token = orders.order_page_token(store.id, order_id, at=now())
    return HttpResponseRedirect(reverse("portal:order", args=[token]), status=303)


def _count_try(request: HttpRequest, store: StoreInfo, number: str) -> int:
    """Count this try on both counters; return the seconds to wait, 0 when it is allowed."""
    address = f"{store.id}:{ratelimit.network_of(request.META.get('REMOTE_ADDR', ''))}"
    verdicts = (
        ratelimit.hit(*_by_number(store, number)),
        ratelimit.hit("portal.lookup.address", address, _TRIES_PER_ADDRESS, _WINDOW_SECONDS),
    )
    return max(verdict.retry_after for verdict in verdicts)


def _by_number(store: StoreInfo, number: str) -> tuple[str, str, int, int]:
    # Only letters and digits count, as when the order is looked for: "#10-01" is no other number.
    # Folded last, like there: folding makes letters of some signs (U+0345), each a new counter.
    plain = "".join(letter for letter in number if letter.isalnum()).casefold()
    key = f"{store.id}:{plain}"
    return "portal.lookup.number", key, _TRIES_PER_NUMBER, _WINDOW_SECONDS


def _form_page(
    request: HttpRequest, store: StoreInfo, form: LookupForm, status: int
) -> HttpResponse:
    response = render_page(request, "portal/lookup.html", store, {"form": form}, status=status)
    # Under "no-referrer" browsers send "Origin: null" with the form, which the check against
    # cross-site requests refuses (fetch.spec.whatwg.org, "append a request Origin header").
    # The address of this page is no secret.
    response["Referrer-Policy"] = "same-origin"
    return response
