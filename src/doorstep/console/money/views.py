"""An order's money: what it costs, what was paid and what went back, explained booking by booking."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.money.forms import GiveBackForm
from doorstep.kernel.actions import approvals, permissions
from doorstep.kernel.errors import DomainError
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import GiveBack, GiveBackQuote, OrderMoney, PayBack
from doorstep.rooms.orders import api as orders
from doorstep.rooms.payments import api as payments


@require_http_methods(["GET", "POST"])
@console_view("money.view")
def order_money(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Show an order's money; give back in two steps: work it out, then do it."""
    money = billing.get_money(order_id)
    form = GiveBackForm(request.POST or None, order_money=money)
    quote = None
    if request.method == "POST":
        permissions.check(request.actor, "money.move")
        if form.is_valid():
            quote = _quote(form, order_id)
            if quote is not None and "confirm" in request.POST and _give(request, form, order_id):
                return redirect("console:orders-money", request.store.slug, order_id)
    return _page(request, money, form, quote)


def _quote(form: GiveBackForm, order_id: UUID) -> GiveBackQuote | None:
    given = form.arguments()
    ask = GiveBack(
        tuple(given["lines"]), given["shipping_minor"], given["amount_minor"], given["fee_minor"]
    )
    if not (ask.lines or ask.shipping_minor or ask.allowance_minor):
        form.add_error(None, _("Choose pieces, shipping or an amount."))
        return None
    try:
        return billing.quote_give_back(order_id, ask)
    except DomainError as error:
        form.add_error(None, error.message)
        return None


def _give(request: ConsoleRequest, form: GiveBackForm, order_id: UUID) -> bool:
    given = form.arguments()
    action: Any = billing.refund
    if form.cleaned_data["how"] == PayBack.STORE_CREDIT:
        action = billing.credit
        given["bonus_minor"] = form.cleaned_data.get("bonus", 0)
    if fill(request, form, action, order_id=order_id, **given) is None:
        return False
    messages.success(request, _("Booked. The books below say where it goes."))
    return True


def _page(
    request: ConsoleRequest, money: OrderMoney, form: GiveBackForm, quote: GiveBackQuote | None
) -> HttpResponse:
    subject = f"order:{money.order_id}"
    links = payments.list_links([subject]).get(subject, [])
    context = {
        "money": money,
        "summary": orders.get_order(money.order_id).summary,
        "form": form,
        "quote": quote,
        "bonus": form.cleaned_data.get("bonus", 0) if quote and form.is_bound else 0,
        "charges": payments.list_charges([subject]).get(subject, []),
        "refunds": payments.list_refunds([subject]).get(subject, []),
        "links": links,
        # A change's link, or one made here: a second one could be paid as well.
        "asked": next((link for link in links if billing.is_asking(link)), None),
        "approvals": approvals.list_approvals(state="waiting", subject=subject),
        "owed": max(-money.outstanding_minor, 0),
        "due": max(money.outstanding_minor, 0),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/money/order.html", context, status=status)


@require_POST
@console_view("money.move")
def settle(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Pay out what is owed to the shopper."""
    how = PayBack.STORE_CREDIT if request.POST.get("how") == "store_credit" else PayBack.SOURCE
    key = request.POST.get("key", "")
    act(request, _("Paid out."), billing.settle_owed, order_id=order_id, key=key, how=how)
    return redirect("console:orders-money", request.store.slug, order_id)


@require_POST
@console_view("money.move")
def ask_payment(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Make a payment link for what is outstanding."""
    key = request.POST.get("key", "")
    done = _("The link is ready: it stands below.")
    act(request, done, billing.ask_payment, order_id=order_id, key=key)
    return redirect("console:orders-money", request.store.slug, order_id)
