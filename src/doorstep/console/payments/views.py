"""Payments: connecting Stripe, refunds to do by hand, and asking a provider again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.connectors.payments.connecting import connect_stripe, find_stripe
from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.rooms.orders import api as orders
from doorstep.rooms.payments import api as payments


class StripeForm(forms.Form):
    """The account's keys; once connected, what is left empty stays as it is."""

    api_key = forms.CharField(
        label=gettext_lazy("Secret key"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "In Stripe: Developers, API keys. A restricted key (rk_…) needs to write Checkout "
            "Sessions, PaymentIntents and Charges and Refunds."
        ),
    )
    webhook_secret = forms.CharField(
        label=gettext_lazy("Signing secret of the webhook"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Begins with whsec_; Stripe shows it once the address below is entered there. A new one "
            "is accepted beside the one before, so that changing it loses no news."
        ),
    )


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def stripe(request: ConsoleRequest) -> HttpResponse:
    """Show how payments are taken; connect Stripe or change its keys."""
    account = find_stripe()
    form = StripeForm(request.POST or None)
    form.fields["api_key"].required = account is None
    is_good = request.method == "POST" and form.is_valid()
    if is_good and fill(request, form, connect_stripe, **form.cleaned_data):
        flash.success(request, _("Stripe is connected."))
        return redirect("console:settings-payments", request.store.slug)
    context = {
        "form": form,
        "account": account,
        "hook_url": request.build_absolute_uri(account.hook_path) if account else "",
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/payments/stripe.html", context, status=status)


@require_GET
@console_view("money.view")
def refunds_by_hand(request: ConsoleRequest) -> HttpResponse:
    """List the refunds that wait for a person."""
    waiting = payments.list_refunds_by_hand()
    about = _orders_of([one.subject for one in waiting])
    context = {"rows": [(one, about.get(one.subject)) for one in waiting]}
    return render(request, "console/payments/by_hand.html", context)


def _orders_of(subjects: list[str]) -> dict[str, Any]:
    """Return the orders that payments are about, by subject."""
    ids = {UUID(one.removeprefix("order:")) for one in subjects if one.startswith("order:")}
    return {f"order:{key}": one for key, one in orders.get_summaries(ids).items()} if ids else {}


@require_POST
@console_view("money.move")
def settle_refund(request: ConsoleRequest, refund_id: UUID) -> HttpResponse:
    """Say that a refund was made by hand, or can't be."""
    failed = request.POST.get("do") == "failed"
    words = request.POST.get("words", "").strip() or _("It could not be paid back.")
    payments.get_refund(refund_id)  # or 404
    act(
        request,
        _("Noted: it is owed again.") if failed else _("Noted: it is paid back."),
        payments.settle_refund,
        refund_id=refund_id,
        external_id="" if failed else request.POST.get("reference", ""),
        failed_words=words if failed else "",
    )
    return redirect("console:problems-refunds", request.store.slug)


@require_POST
@console_view("problems.retry")
def retry_call(request: ConsoleRequest, call_id: UUID) -> HttpResponse:
    """Ask a payment provider again."""
    act(
        request,
        _("The provider is asked again."),
        payments.retry_call,
        is_gone_fine=True,
        call_id=call_id,
    )
    return redirect("console:problems", request.store.slug)
