"""Stock: how much of what is where, who waits for it, and every change of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view
from doorstep.console.packing.views import thing_form
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, Invalid, PermissionDenied
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import LocationKind, MovementReason

FILE_BYTES = 5_000_000
BY_HAND = ("received", "counted", "damaged", "lost", "returned", "other")


class StockForm(forms.Form):
    """A new number on a shelf, or more or fewer pieces."""

    location_id = forms.UUIDField()
    quantity = forms.IntegerField(min_value=-1_000_000_000, max_value=1_000_000_000)
    mode = forms.ChoiceField(choices=[("on_hand", ""), ("delta", "")])
    reason = forms.ChoiceField(choices=[(r, r) for r in BY_HAND])
    note = forms.CharField(required=False, max_length=500)


class LocationForm(forms.Form):
    """A place with stock."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kept by"),
        choices=[
            (LocationKind.OWN.value, gettext_lazy("Ourselves")),
            (LocationKind.THREEPL.value, gettext_lazy("A logistics partner")),
            (LocationKind.MARKETPLACE.value, gettext_lazy("A marketplace")),
        ],
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Order of use"),
        initial=100,
        min_value=0,
        max_value=10_000,
        help_text=gettext_lazy("The smaller number is taken from first."),
    )
    country_code = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=2,
        required=False,
        help_text=gettext_lazy("Two letters, like DE."),
    )


@require_GET
@console_view("inventory.view")
def stock_list(request: ConsoleRequest) -> HttpResponse:
    """List counted stock by title, with what is free."""
    text = request.GET.get("q", "")
    try:
        page = inventory.list_stock(text, cursor=request.GET.get("after", ""))
    except Invalid:
        return redirect("console:stock", request.store.slug)
    context = {
        "page": page,
        "locations": inventory.list_locations(),
        "location_form": LocationForm(),
        "safety": inventory.list_safety_stock(),
    }
    return render(request, "console/stock/list.html", context)


@require_GET
@console_view("inventory.view")
def variant(request: ConsoleRequest, variant_id: UUID) -> HttpResponse:
    """Show one variant: its shelves, who has reserved it, every movement."""
    found = catalog.get_variants([variant_id])
    if variant_id not in found:
        raise Http404
    context = {
        "variant": found[variant_id],
        "levels": inventory.list_levels(variant_id),
        "locations": [place for place in inventory.list_locations() if place.is_active],
        "reservations": inventory.list_reservations(variant_id=variant_id),
        "movements": inventory.list_movements(variant_id=variant_id, limit=50),
        "safety": inventory.list_safety_stock(variant_id),
        "promise": inventory.available_to_promise([variant_id]).get(variant_id),
        "reasons": BY_HAND,
        "packing_form": thing_form(variant_id),
    }
    return render(request, "console/stock/variant.html", context)


@require_POST
@console_view("inventory.adjust")
def adjust(request: ConsoleRequest, variant_id: UUID) -> HttpResponse:
    """Correct stock by hand, with a reason."""
    form = StockForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("Give a whole number, a place and a reason."))
        return redirect("console:stock-variant", request.store.slug, variant_id)
    values: dict[str, Any] = form.cleaned_data
    act(
        request,
        _("Stock changed."),
        inventory.adjust_stock,
        variant_id=variant_id,
        location_id=values["location_id"],
        reason=MovementReason(values["reason"]),
        note=values["note"],
        **{values["mode"]: values["quantity"]},
    )
    return redirect("console:stock-variant", request.store.slug, variant_id)


@require_POST
@console_view("inventory.adjust")
def safety(request: ConsoleRequest) -> HttpResponse:
    """Keep some pieces back, for one variant or all, from one channel or all."""
    raw, variant_id = request.POST.get("quantity", ""), request.POST.get("variant", "")
    try:
        quantity = int(raw) if raw else None
        wanted = UUID(variant_id) if variant_id else None
    except ValueError:
        flash.error(request, _("Give a whole number."))
        return redirect("console:stock", request.store.slug)
    act(
        request,
        _("Safety stock saved."),
        inventory.set_safety_stock,
        quantity=quantity,
        variant_id=wanted,
        sales_channel=request.POST.get("channel", "").strip(),
    )
    if wanted is not None:
        return redirect("console:stock-variant", request.store.slug, wanted)
    return redirect("console:stock", request.store.slug)


@require_POST
@console_view("settings.edit")
def add_location(request: ConsoleRequest) -> HttpResponse:
    """Add a place with stock."""
    form = LocationForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("A place needs a name."))
        return redirect("console:stock", request.store.slug)
    values = {**form.cleaned_data, "kind": LocationKind(form.cleaned_data["kind"])}
    act(request, _("Place added."), inventory.create_location, **values)
    return redirect("console:stock", request.store.slug)


@require_http_methods(["GET", "POST"])
@console_view("inventory.adjust")
def import_stock(request: ConsoleRequest) -> HttpResponse:
    """Set stock from a CSV file with sku, location and on_hand."""
    context: dict[str, Any] = {}
    upload = request.FILES.get("file")
    if request.method == "POST":
        if upload is None or (upload.size or 0) > FILE_BYTES:
            context["error"] = _("Choose a CSV file of up to 5 MB.")
        else:
            context.update(_import(request, upload.read()))
    status = 422 if context.get("error") else 200
    return render(request, "console/stock/import.html", context, status=status)


def _import(request: ConsoleRequest, data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return {
            "error": _("The file is not UTF-8 text (byte %(n)s). Save it as UTF-8.")
            % {"n": error.start}
        }
    try:
        return {"result": inventory.import_stock(text=text, by=request.actor, at=now())}
    except PermissionDenied:
        raise
    except DomainError as error:
        return {"error": error.message}
