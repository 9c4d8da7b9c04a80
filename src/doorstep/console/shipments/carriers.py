"""Settings: the carriers a store ships with, and how its promise to ship is watched."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.shipments.forms import CarrierForm, LevelFormSet, SettingsForm
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment import ports
from doorstep.rooms.fulfillment.contracts import CarrierInfo


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def carriers(request: ConsoleRequest) -> HttpResponse:
    """List the carriers; change how the promise to ship is watched."""
    held = fulfillment.get_fulfillment_settings()
    initial = {name: getattr(held, name) for name in SettingsForm.base_fields}
    form = SettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        if fill(request, form, fulfillment.change_fulfillment_settings, **wanted):
            messages.success(request, _("Saved."))
            return redirect("console:settings-carriers", request.store.slug)
    context = {"form": form, "carriers": fulfillment.list_carriers()}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/shipments/carriers.html", context, status=status)


@require_http_methods(["GET", "POST"])
@console_view("settings.edit")
def new_carrier(request: ConsoleRequest) -> HttpResponse:
    """Add a carrier with its service levels."""
    return _carrier_page(request, None)


@require_http_methods(["GET", "POST"])
@console_view("settings.edit")
def carrier(request: ConsoleRequest, code: str) -> HttpResponse:
    """Change a carrier and its service levels."""
    return _carrier_page(request, fulfillment.get_carrier(code))


def _carrier_page(request: ConsoleRequest, shown: CarrierInfo | None) -> HttpResponse:
    form, levels = _forms(request, shown)
    if request.method == "POST" and form.is_valid() and levels.is_valid():
        wanted: dict[str, Any] = dict(form.cleaned_data)
        if shown is not None:
            wanted["code"] = shown.code
        rows = [one for row in levels if (one := row.level()) is not None]
        if fill(request, form, fulfillment.save_carrier, service_levels=rows, **wanted):
            messages.success(request, _("Saved."))
            return redirect("console:settings-carriers", request.store.slug)
    context = {"carrier": shown, "form": form, "levels": levels}
    status = 422 if request.method == "POST" else 200
    return render(request, "console/shipments/carrier.html", context, status=status)


def _forms(request: ConsoleRequest, shown: CarrierInfo | None) -> tuple[CarrierForm, Any]:
    providers = [(one.name, one.label) for one in ports.providers().values()]
    form = CarrierForm(
        request.POST or None,
        providers=providers,
        is_new=shown is None,
        initial=CarrierForm.initial_of(shown) if shown else None,
    )
    rows = [
        {
            "code": one.code,
            "name": one.name,
            "transit_days_min": one.transit_days_min,
            "transit_days_max": one.transit_days_max,
            "shipping_methods": "\n".join(one.shipping_methods),
        }
        for one in (shown.service_levels if shown else ())
    ]
    return form, LevelFormSet(request.POST or None, initial=rows, prefix="levels")


@require_POST
@console_view("settings.edit")
def remove_carrier(request: ConsoleRequest, code: str) -> HttpResponse:
    """Ship with a carrier no longer; parcels that went with it keep its name."""
    act(request, _("Removed."), fulfillment.delete_carrier, code=code)
    return redirect("console:settings-carriers", request.store.slug)
