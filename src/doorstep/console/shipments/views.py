"""Shipments: the list with what is done to many at once, and one shipment."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.shipments.forms import FilterForm, NumberForm, SelectionForm
from doorstep.console.shipments.history import shipment_history
from doorstep.console.shipments.packing import services
from doorstep.console.shipments.people import name_of
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, Invalid, NotFound
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import HandlingClass, ShipmentDetail, ShipmentState
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api as orders

PAGE = 50
_PAPERS = frozenset({"pick_list", "packing_slip"})


@require_GET
@console_view("shipments.view")
def shipment_list(request: ConsoleRequest) -> HttpResponse:
    """List shipments, the most urgent first; without a tab chosen, what is to be packed."""
    form = FilterForm(request.GET)
    wanted = form.shipment_filter()
    try:
        page = fulfillment.list_shipments(wanted, cursor=request.GET.get("after", ""), limit=PAGE)
    except Invalid:  # an address somebody typed: begin at the first page
        return redirect("console:shipments", request.store.slug)
    narrowed = ("q", "due", "location", "handling")
    context = {
        "page": page,
        "wanted": wanted,
        "counts": fulfillment.count_shipments(at=now()),
        "locations": inventory.list_locations(),
        "handling_classes": [one.value for one in HandlingClass],
        "is_filtered": any(request.GET.get(name) for name in narrowed),
    }
    return render(request, "console/shipments/list.html", context)


def _selected(request: ConsoleRequest) -> list[UUID] | None:
    """Return the ticked shipments; None when there are none, which is said."""
    form = SelectionForm(request.POST)
    form.is_valid()
    chosen: list[UUID] | None = form.cleaned_data.get("shipment")
    if not chosen:
        messages.error(request, _("Tick the shipments first, then choose what to do."))
        return None
    return chosen[:PAGE]


def _back_to_list(request: ConsoleRequest) -> HttpResponse:
    """Go back to the list as it was narrowed."""
    state = request.POST.get("state", "")
    known = state in {one.value for one in ShipmentState}
    address = reverse("console:shipments", args=[request.store.slug])
    return redirect(f"{address}?{urlencode({'state': state})}" if known else address)


@require_POST
@console_view("shipments.view")
def papers(request: ConsoleRequest) -> HttpResponse:
    """Open one paper for the ticked shipments."""
    chosen, paper = _selected(request), request.POST.get("do", "")
    if not chosen or paper not in _PAPERS:
        return _back_to_list(request)
    address = reverse("console:shipments-paper", args=[request.store.slug, chosen[0], paper])
    return redirect(f"{address}?{urlencode([('and', one) for one in chosen[1:]])}")


@require_POST
@console_view("shipments.change")
def changes(request: ConsoleRequest) -> HttpResponse:
    """Mark the ticked shipments as picked, or let them leave with the carrier."""
    chosen = _selected(request)
    if chosen and request.POST.get("do") == "picked":
        count = len(chosen)
        done = ngettext("%(count)s marked as picked.", "%(count)s marked as picked.", count)
        act(request, done % {"count": count}, fulfillment.pick_shipments, shipment_ids=chosen)
    elif chosen and request.POST.get("do") == "shipped":
        _ship(request, chosen)
    return _back_to_list(request)


def _ship(request: ConsoleRequest, chosen: list[UUID]) -> None:
    try:
        outcomes = fulfillment.ship_shipments(shipment_ids=chosen, by=request.actor, at=now())
    except NotFound:
        raise
    except DomainError as error:
        messages.error(request, error.message)
        return
    gone = [one for one in outcomes if one.is_shipped]
    if gone:
        words = ngettext("%(count)s has left.", "%(count)s have left.", len(gone))
        messages.success(request, words % {"count": len(gone)})
    for one in outcomes:
        if not one.is_shipped:
            messages.error(request, one.problem)


@require_GET
@console_view("shipments.view")
def shipment_detail(request: ConsoleRequest, shipment_id: UUID) -> HttpResponse:
    """Show one shipment: what, for whom, where it stands, its parcels and papers."""
    return _detail_page(request, fulfillment.get_shipment(shipment_id))


def _detail_page(
    request: ConsoleRequest,
    detail: ShipmentDetail,
    *,
    status: int = 200,
    number_form: NumberForm | None = None,
    wrong_parcel: UUID | None = None,
    split_error: str = "",
) -> HttpResponse:
    carriers = fulfillment.list_carriers()
    siblings = fulfillment.list_shipments_of([detail.summary.order_id])
    context: dict[str, Any] = {
        "detail": detail,
        "shipment": detail.summary,
        "siblings": [
            one.summary
            for one in siblings.get(detail.summary.order_id, [])
            if one.summary.id != detail.summary.id
        ],
        "carriers": carriers,
        "services": services(carriers)[1:],
        "packer": name_of(detail.packed_by) if detail.packed_by else "",
        "picker": name_of(detail.picked_by) if detail.picked_by else "",
        "history": shipment_history(request.store.id, detail),
        "number_form": number_form,
        "wrong_parcel": wrong_parcel,
        "split_error": split_error,
        "has_pdf": fulfillment.can_make_pdf(),
    }
    return render(request, "console/shipments/detail.html", context, status=status)


def _back(request: ConsoleRequest, shipment_id: UUID) -> HttpResponse:
    """Go back to where the button was: the shipment's page, or the packing screen."""
    page = "packing-shipment" if request.POST.get("from") == "packing" else "shipments-detail"
    return redirect(f"console:{page}", request.store.slug, shipment_id)


@require_POST
@console_view("shipments.change")
def state(request: ConsoleRequest, shipment_id: UUID) -> HttpResponse:
    """Pick, let leave, confirm after a change, open again, or take back a split."""
    steps: dict[str, tuple[str, Any, dict[str, Any]]] = {
        "pick": (_("Marked as picked."), fulfillment.pick_shipments, {}),
        "ship": (_("It has left."), fulfillment.ship_shipment, {}),
        "confirm": (_("Right as it is packed."), fulfillment.confirm_packed, {}),
        "reopen": (
            _("Open again: take it out of its boxes and pack it anew."),
            fulfillment.reopen_shipment,
            {"reason": request.POST.get("reason", "")},
        ),
        "cancel": (
            _("Its pieces go with the other shipment of the order."),
            fulfillment.cancel_shipment,
            {},
        ),
    }
    asked = request.POST.get("do", "")
    fulfillment.get_shipment(shipment_id)  # or 404
    if asked in steps:
        done, action, more = steps[asked]
        which: dict[str, Any] = (
            {"shipment_ids": [shipment_id]} if asked == "pick" else {"shipment_id": shipment_id}
        )
        act(request, done, action, **which, **more)
    return _back(request, shipment_id)


@require_POST
@console_view("shipments.change")
def split(request: ConsoleRequest, shipment_id: UUID) -> HttpResponse:
    """Move pieces into a shipment of their own that goes later."""
    detail = fulfillment.get_shipment(shipment_id)
    later: dict[UUID, int] = {}
    for thing in detail.things:
        text = request.POST.get(f"later-{thing.order_line_id}", "").strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) < 7):
            words = _("Write whole pieces, like 1.")
            return _detail_page(request, detail, status=422, split_error=words)
        if thing.order_line_id is not None and int(text):
            later[thing.order_line_id] = int(text)
    try:
        made = fulfillment.split_shipment(
            shipment_id=shipment_id, later=later, by=request.actor, at=now()
        )
    except NotFound:
        raise
    except DomainError as error:
        return _detail_page(request, detail, status=error.status, split_error=error.message)
    messages.success(
        request, _("Split: the rest is %(number)s now.") % {"number": made.summary.number}
    )
    return redirect("console:shipments-detail", request.store.slug, shipment_id)


@require_POST
@console_view("shipments.change")
def number(request: ConsoleRequest, parcel_id: UUID) -> HttpResponse:
    """Give a parcel its tracking number, or correct it."""
    parcel = fulfillment.get_parcels([parcel_id]).get(parcel_id)
    if parcel is None:
        raise NotFound(_("There is no such parcel."))
    form = NumberForm(request.POST)
    if form.is_valid():
        wanted = {"parcel_id": parcel_id, **form.arguments()}
        if fill(request, form, fulfillment.set_tracking_number, **wanted):
            messages.success(request, _("Saved."))
            return _back(request, parcel.shipment_id)
    detail = fulfillment.get_shipment(parcel.shipment_id)
    return _detail_page(request, detail, status=422, number_form=form, wrong_parcel=parcel_id)


@require_POST
@console_view("shipments.change")
def available(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Plan a shipment of what is there of an order that waits for stock."""
    orders.get_order(order_id)  # or 404
    act(
        request,
        _("What is there can be packed now; the rest follows."),
        fulfillment.ship_available,
        order_id=order_id,
    )
    return redirect("console:orders-detail", request.store.slug, order_id)
