"""Orders: the list, one order with its timeline, and what can be done to it here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.orders.forms import AddressForm, FilterForm, NoteForm
from doorstep.console.orders.timeline import SHOWN, order_timeline
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid
from doorstep.rooms.customers import api as customers
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import AddressView, FinancialStatus, HoldReason, OrderDetail
from doorstep.rooms.wallet import api as wallet
from doorstep.rooms.wallet.contracts import GiftCardView


@require_GET
@console_view("orders.view")
def order_list(request: ConsoleRequest) -> HttpResponse:
    """List orders, newest first, by state, reason, channel, money, day and words."""
    form = FilterForm(request.GET)
    try:
        page = orders.list_orders(form.order_filter(), cursor=request.GET.get("after", ""))
    except Invalid:  # an address somebody typed: begin at the first page
        return redirect("console:orders", request.store.slug)
    context = {
        "form": form,
        "page": page,
        "counts": orders.count_orders(),
        "channels": orders.list_sales_channels(),
        "hold_reasons": list(HoldReason),
        "financial_statuses": list(FinancialStatus),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "console/orders/list.html", context)


@require_GET
@console_view("orders.view")
def order_detail(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Show one order: what, for whom, where it stands, and everything that happened."""
    return _detail_page(request, order_id)


def _detail_page(
    request: ConsoleRequest, order_id: UUID, status: int = 200, **forms: Any
) -> HttpResponse:
    order = orders.get_order(order_id)
    timeline = order_timeline(request, order)
    context = {
        "order": order,
        "summary": order.summary,
        "address_form": _address_form(order),
        "note_form": NoteForm(),
        "hold_form": NoteForm(prefix="hold"),
        **forms,
        "timeline": timeline[:SHOWN],
        "earlier": timeline[SHOWN:],
        "open_holds": [hold for hold in order.holds if hold.lifted_at is None],
        "customer": _customer(request, order),
        "gift_cards": _gift_cards(request, order),
        "shopper_link": orders.order_page_url(request.store, order_id, at=now()),
    }
    return render(request, "console/orders/detail.html", context, status=status)


def _address_form(order: OrderDetail) -> AddressForm:
    address = order.shipping_address or AddressView()
    return AddressForm(initial={name: getattr(address, name) for name in AddressForm.base_fields})


def _customer(request: ConsoleRequest, order: OrderDetail) -> Any:
    if order.summary.customer_id is None or "customers.view" not in request.permissions:
        return None
    return customers.get_customer(order.summary.customer_id)


def _gift_cards(request: ConsoleRequest, order: OrderDetail) -> list[GiftCardView]:
    """Return the cards the order was issued; most orders sell none, and nothing is asked."""
    is_asked = any(line.is_gift_card for line in order.lines)
    if not is_asked or "wallet.view" not in request.permissions:
        return []
    issued = wallet.list_order_cards(order.summary.id, at=now())
    return [card for cards in issued.values() for card in cards]


def _back(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    return redirect("console:orders-detail", request.store.slug, order_id)


@require_http_methods(["GET", "POST"])
@console_view("orders.change")
def hold(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Put the order on hold, with a word why; the page serves those without a dialog."""
    form = NoteForm(request.POST or None, prefix="hold")
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["text"]
        act(request, _("On hold."), orders.place_hold, order_id=order_id, note=note)
        return _back(request, order_id)
    context = {"summary": orders.get_order(order_id).summary, "hold_form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "console/orders/hold.html", context, status=status)


@require_POST
@console_view("orders.change")
def release(request: ConsoleRequest, order_id: UUID, hold_id: UUID) -> HttpResponse:
    """Lift one hold by hand."""
    act(request, _("Hold lifted."), orders.release_hold, order_id=order_id, hold_id=hold_id)
    return _back(request, order_id)


@require_POST
@console_view("orders.change")
def address(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Correct where the order goes; it is checked again at once."""
    form = AddressForm(request.POST)
    if form.is_valid():
        wanted = AddressView(**form.cleaned_data)
        if fill(request, form, orders.edit_address, order_id=order_id, address=wanted):
            messages.success(request, _("Address saved and checked."))
            return _back(request, order_id)
    return _detail_page(request, order_id, status=422, address_form=form)


@require_POST
@console_view("orders.change")
def note(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Write something beside the order, for the team."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _detail_page(request, order_id, status=422, note_form=form)
    text = form.cleaned_data["text"]
    act(request, _("Noted."), orders.add_note, order_id=order_id, text=text)
    return _back(request, order_id)


@require_POST
@console_view("messages.send")
def confirmation(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Send the confirmation once more."""
    act(
        request, _("The confirmation is on its way."), orders.resend_confirmation, order_id=order_id
    )
    return _back(request, order_id)
