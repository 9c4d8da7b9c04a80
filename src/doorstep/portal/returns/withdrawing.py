"""The withdrawal function of EU law: "Withdraw from contract here", then "Confirm withdrawal".

Directive 2011/83/EU, art. 11a: always there, no login; asks only for name, order and contact; what was
sent is acknowledged with its time. The answer is the same whether or not there is such an order.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel import ratelimit
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.formats import show_moment
from doorstep.portal.languages import choose_visitor_language
from doorstep.portal.responses import private_page
from doorstep.portal.returns.refusals import refusal_words
from doorstep.portal.storefront import find_store, render_not_found, render_page
from doorstep.rooms.returns import api as returns
from doorstep.rooms.stores.contracts import StoreInfo

_PER_ADDRESS, _WINDOW_SECONDS = 30, 60 * 60


class WithdrawForm(forms.Form):
    """Name, order and contact: nothing else may be asked."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    order_number = forms.CharField(label=gettext_lazy("Order number"), max_length=300)
    contact = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("Where we confirm your withdrawal."),
        max_length=300,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Only for some of the things? Which?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@csrf_exempt  # no cookie is looked at: everybody may send it, as the law asks
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for name, order and contact; show them; take the withdrawal."""
    try:
        store = find_store(request, slug)
    except NotFound:
        return render_not_found(request)
    with (
        store_scope(store.id),
        translation.override(choose_visitor_language(request, store.default_locale)),
    ):
        return _steps(request, store)


def _steps(request: HttpRequest, store: StoreInfo) -> HttpResponse:
    if request.method != "POST":
        return _page(request, store, WithdrawForm())
    form = WithdrawForm(request.POST)
    step = request.POST.get("step", "")
    if not form.is_valid():
        return _page(request, store, form, status=422)
    if step == "change":
        return _page(request, store, WithdrawForm(initial=form.cleaned_data))
    if step != "confirm":
        return _page(request, store, form, is_check=True)
    address = ratelimit.network_of(request.META.get("REMOTE_ADDR", ""))
    verdict = ratelimit.hit(
        "portal.withdraw", f"{store.id}:{address}", _PER_ADDRESS, _WINDOW_SECONDS
    )
    if verdict.retry_after:
        form.add_error(None, _("That was often. Please wait an hour, or write to us."))
        response = _page(request, store, form, status=429)
        response["Retry-After"] = str(verdict.retry_after)
        return response
    try:
        receipt = returns.withdraw_from_contract(
            **form.cleaned_data, by=Actor("shopper", "withdrawal", "Shopper"), at=now()
        )
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, refusal_words(error))
        return _page(request, store, form, status=422)
    language = translation.get_language() or "en"
    at = ", ".join(show_moment(receipt.received_at, language, store.timezone))
    return _page(request, store, form, receipt=receipt, at=at)


def _page(
    request: HttpRequest, store: StoreInfo, form: WithdrawForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "policy_url": reverse("portal:returns_policy", args=[store.slug]),
        **more,
    }
    return render_page(request, "portal/returns/withdraw.html", store, context, status=status)
