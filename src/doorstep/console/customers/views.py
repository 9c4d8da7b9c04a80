"""Customers: the list, one customer with orders and messages, merge and undo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from pydantic_core import to_json

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.customers.forms import (
    CustomerForm,
    MergeForm,
    PreferencesForm,
    ProfileForm,
    initial_of,
)
from doorstep.console.customers.site import on_site
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter
from doorstep.rooms.wallet import api as wallet


@require_GET
@console_view("customers.view")
def customer_list(request: ConsoleRequest) -> HttpResponse:
    """List customers, last seen first, and pairs that may be one person."""
    search = {key: request.GET.get(key, "") for key in ("q", "tag", "after")}
    try:
        page = customers.search_customers(search["q"], tag=search["tag"], cursor=search["after"])
    except Invalid:
        return redirect("console:customers", request.store.slug)
    context = {
        "page": page,
        "tags": customers.list_tags(),
        "suggestions": customers.list_suggestions(limit=5),
        "is_filtered": bool(search["q"] or search["tag"]),
    }
    return render(request, "console/customers/list.html", context)


@require_GET
@console_view("customers.view")
def customer_detail(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    """Show one customer: how we know them, what they bought, what we wrote."""
    return _detail_page(request, customer_id)


def _detail_page(
    request: ConsoleRequest, customer_id: UUID, status: int = 200, **forms: Any
) -> HttpResponse:
    customer = customers.get_customer(customer_id)
    context = {
        "customer": customer,
        "form": CustomerForm(initial=initial_of(CustomerForm, customer)),
        "preferences_form": PreferencesForm(initial=initial_of(PreferencesForm, customer)),
        "profile_form": ProfileForm(initial=ProfileForm.initial_of(customer)),
        "merge_form": MergeForm(),
        **forms,
        "identities": customers.list_identities(customer_id),
        "merges": customers.list_merges(customer_id),
        "suggestions": customers.list_suggestions(customer_id=customer_id),
        "orders": orders.list_orders(OrderFilter(customer_id=customer_id), cursor="", limit=25),
        "sent": messaging.list_messages(customer_id=customer_id, limit=25).items,
        "consents": messaging.list_consent_history(customer_id),
        "credit": wallet.balances_of([customer_id], at=now()).get(customer_id, []),
        "site": on_site(customer_id) if "audiences.view" in request.permissions else None,
        "pauses": [
            one for one in messaging.list_pauses(customer_id=customer_id, at=now()) if one.is_active
        ],
    }
    return render(request, "console/customers/detail.html", context, status=status)


def _back(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    return redirect("console:customers-detail", request.store.slug, customer_id)


@require_POST
@console_view("customers.merge")
def edit(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    """Correct a customer's data."""
    form = CustomerForm(request.POST)
    return _save(request, customer_id, form, customers.edit_customer, "form")


@require_POST
@console_view("customers.merge")
def preferences(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    """Set how the customer wants to be written to."""
    form = PreferencesForm(request.POST)
    return _save(request, customer_id, form, customers.set_preferences, "preferences_form")


@require_POST
@console_view("customers.merge")
def profile(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    """Write down what the person told about themselves."""
    form = ProfileForm(request.POST)
    return _save(request, customer_id, form, customers.set_preferences, "profile_form")


def _save(
    request: ConsoleRequest, customer_id: UUID, form: Any, action: Any, name: str
) -> HttpResponse:
    """Save a form of the page, or show the page again with what is wrong under its name."""
    if form.is_valid() and fill(
        request, form, action, customer_id=customer_id, **form.cleaned_data
    ):
        flash.success(request, _("Saved."))
        return _back(request, customer_id)
    return _detail_page(request, customer_id, status=422, **{name: form})


@require_POST
@console_view("customers.merge")
def merge(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    """Make another customer and this one the same person; this one stays."""
    form = MergeForm(request.POST)
    if form.is_valid():
        ids = {"survivor_id": customer_id, "absorbed_id": form.cleaned_data["other"]}
        try:
            if fill(request, form, customers.merge_customers, **ids):
                flash.success(request, _("Merged. It can be undone below."))
                return _back(request, customer_id)
        except NotFound as error:  # the other one, or the page below answers 404
            form.add_error("other", error.message)
    return _detail_page(request, customer_id, status=422, merge_form=form)


@require_POST
@console_view("customers.merge")
def undo_merge(request: ConsoleRequest, customer_id: UUID, merge_id: UUID) -> HttpResponse:
    """Take a merge back."""
    act(request, _("Two customers again."), customers.undo_merge, merge_id=merge_id)
    return _back(request, customer_id)


@require_POST
@console_view("customers.merge")
def dismiss(request: ConsoleRequest, suggestion_id: UUID) -> HttpResponse:
    """Say that two customers are two people."""
    act(
        request,
        _("Two people: we will not ask again."),
        customers.dismiss_suggestion,
        is_gone_fine=True,
        suggestion_id=suggestion_id,
    )
    return redirect("console:customers", request.store.slug)


@require_POST
@console_view("customers.merge")
def export(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    """Download what is known of a person (GDPR article 15, CCPA)."""
    known = customers.export_customer(customer_id=customer_id, by=request.actor, at=now())
    body = to_json(known, indent=2)
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="customer-{customer_id}.json"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@console_view("settings.edit")
def erase(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    """Erase a person; orders stay as figures without a name (GDPR article 17)."""
    if request.POST.get("sure") != "yes":
        flash.error(request, _("Tick the box first: this can’t be undone."))
        return _back(request, customer_id)
    act(request, _("Erased."), customers.erase_customer, customer_id=customer_id)
    return _back(request, customer_id)
