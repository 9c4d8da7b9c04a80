"""Stored value: gift cards, a customer's store credit, and what the shop owes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.wallet.forms import (
    GiftCardForm,
    IssueCreditForm,
    ReasonForm,
    ResendForm,
    TakeBackForm,
)
from doorstep.console.wallet.report import owed_sections
from doorstep.kernel.actions import permissions
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.rooms.customers import api as customers
from doorstep.rooms.wallet import api as wallet

STATES = ("", "active", "waiting", "empty", "expired", "disabled")


@require_GET
@console_view("wallet.view")
def card_list(request: ConsoleRequest) -> HttpResponse:
    """List gift cards, newest first."""
    state = request.GET.get("state", "")
    try:
        page = wallet.list_gift_cards(
            state=state if state in STATES else "",
            text=request.GET.get("q", ""),
            cursor=request.GET.get("after", ""),
            at=now(),
        )
    except Invalid:
        return redirect("console:wallet", request.store.slug)
    context = {"page": page, "state": state, "states": STATES}
    return render(request, "console/wallet/list.html", context)


@require_http_methods(["GET", "POST"])
@console_view("wallet.issue")
def issue_card(request: ConsoleRequest) -> HttpResponse:
    """Issue a gift card; one that is handed over shows its code now and never again."""
    form = GiftCardForm(request.POST or None, store=request.store)
    made = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = fill(
            request,
            form,
            wallet.issue_gift_card,
            currency=given["currency"],
            amount_minor=given["amount_minor"],
            cause=f"console:{given['key']}",
            expires_at=form.end_of(given["last_day"]),
            **{
                name: given[name]
                for name in (
                    "recipient_name", "recipient_email", "recipient_locale", "send_on",
                    "recipient_time_zone", "sender_name", "words",
                )
            },
        )  # fmt: skip
    if made is None:
        status = 422 if form.errors else 200
        return render(request, "console/wallet/issue.html", {"form": form}, status=status)
    if made.send_at is not None:
        flash.success(request, _("The gift card is issued and will be sent."))
        return redirect("console:wallet-card", request.store.slug, made.id)
    return render(request, "console/wallet/issued.html", {"card": made})


@require_GET
@console_view("wallet.view")
def card(request: ConsoleRequest, card_id: UUID) -> HttpResponse:
    """Show one gift card: what is left, to whom it went, every movement."""
    return _card_page(request, card_id)


def _card_page(request: ConsoleRequest, card_id: UUID, status: int = 200, **forms: Any) -> Any:
    found = wallet.get_gift_card(card_id, at=now())
    buyers = customers.get_customers([found.buyer_id]) if found.buyer_id else {}
    context = {
        "card": found,
        "lines": wallet.card_lines(card_id),
        "buyer": buyers.get(found.buyer_id) if found.buyer_id else None,
        "reason_form": ReasonForm(),
        "resend_form": ResendForm(initial={"recipient_email": found.recipient_email}),
        **forms,
    }
    return render(request, "console/wallet/card.html", context, status=status)


@require_POST
@console_view("wallet.issue")
def disable(request: ConsoleRequest, card_id: UUID) -> HttpResponse:
    """Stop a card from being spent."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _card_page(request, card_id, status=422, reason_form=form)
    act(
        request,
        _("The card can’t be spent any more. Its value is still on it."),
        wallet.disable_gift_card,
        gift_card_id=card_id,
        reason=form.cleaned_data["reason"],
    )
    return redirect("console:wallet-card", request.store.slug, card_id)


@require_POST
@console_view("wallet.issue")
def enable(request: ConsoleRequest, card_id: UUID) -> HttpResponse:
    """Let a card be spent again."""
    act(
        request,
        _("The card can be spent again."),
        wallet.enable_gift_card,
        gift_card_id=card_id,
    )
    return redirect("console:wallet-card", request.store.slug, card_id)


@require_POST
@console_view("wallet.issue")
def resend(request: ConsoleRequest, card_id: UUID) -> HttpResponse:
    """Send a card once more."""
    form = ResendForm(request.POST)
    done = form.is_valid() and fill(
        request, form, wallet.resend_gift_card, gift_card_id=card_id, **form.cleaned_data
    )
    if not done:
        return _card_page(request, card_id, status=422, resend_form=form)
    flash.success(request, _("It is on its way again."))
    return redirect("console:wallet-card", request.store.slug, card_id)


@require_GET
@console_view("wallet.view")
def report(request: ConsoleRequest) -> HttpResponse:
    """Show what the shop owes to holders of credit and cards: by currency, age and end."""
    sections = owed_sections(wallet.liability(at=now()))
    return render(request, "console/wallet/report.html", {"sections": sections})


@require_http_methods(["GET", "POST"])
@console_view("wallet.view")
def credit(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    """Show a customer's store credit with every movement; give more, or take some back."""
    customer = customers.get_customer(customer_id)
    is_back = request.POST.get("do") == "take_back"
    issue = IssueCreditForm(None if is_back else request.POST or None, store=request.store)
    back = TakeBackForm(request.POST if is_back else None, store=request.store, prefix="back")
    if request.method == "POST":
        permissions.check(request.actor, "wallet.issue")
        form = back if is_back else issue
        if form.is_valid() and _move(request, form, customer_id, is_back):
            return redirect("console:wallet-customer", request.store.slug, customer_id)
    at = now()
    balances = wallet.balances_of([customer_id], at=at).get(customer_id, [])
    try:
        statements = [
            wallet.statement(
                customer_id, b.currency,
                request.GET.get("after", "") if request.GET.get("in") == b.currency else "", at=at,
            )
            for b in balances
        ]  # fmt: skip
    except Invalid as error:
        raise NotFound(error.message) from error
    context = {
        "customer": customer,
        "statements": statements,
        "issue_form": issue,
        "back_form": back,
        "open_back": is_back and bool(back.errors),
    }
    status = 422 if issue.errors or back.errors else 200
    return render(request, "console/wallet/customer.html", context, status=status)


def _move(request: ConsoleRequest, form: Any, customer_id: UUID, is_back: bool) -> bool:
    given = form.cleaned_data
    arguments = {
        "customer_id": customer_id,
        "currency": given["currency"],
        "amount_minor": given["amount_minor"],
        "cause": f"console:{given['key']}",
        "words": given["words"],
    }
    if is_back:
        done = fill(request, form, wallet.take_back_credit, **arguments)
        words = _("Taken back.")
    else:
        ends = form.end_of(given["last_day"])
        done = fill(request, form, wallet.issue_credit, expires_at=ends, **arguments)
        words = _("Given. It can be spent now.")
    if done is None:
        return False
    flash.success(request, words)
    return True
