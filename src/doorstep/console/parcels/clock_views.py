"""Settings, Tracking: the store's clocks, and what shoppers are told by default."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.connectors.base import api as connectors
from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.parcels.clock_forms import (
    MAX_ROWS,
    ClockForm,
    Offers,
    StepsForm,
    rows_of,
    rows_sent,
)
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import Clocks


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def clocks(request: ConsoleRequest) -> HttpResponse:
    """Show and change when parcels count as late, stuck and lost.

    Lines are added and removed by sending the form; nothing counts before it is saved.
    """
    now_set = tracking.list_clocks()
    offers = Offers.of(fulfillment.list_carriers(), now_set)
    if request.method != "POST":
        return _page(request, rows_of(now_set, offers), forms.Form())
    rows, whole = rows_sent(request.POST, offers), forms.Form({})
    wanted = request.POST.get("do", "")
    if wanted == "add" or wanted.startswith("remove-"):
        return _page(request, _typed(rows, offers, adds=wanted == "add"), whole, is_changed=True)
    if all(row.is_valid() for row in rows):
        sent = [row.clocks() for row in rows]
        if fill(request, whole, tracking.set_clocks, clocks=sent):
            flash.success(request, _("Saved. The next check counts by these clocks."))
            return redirect("console:settings-tracking", request.store.slug)
    return _page(request, rows, whole, status=422)


def _typed(rows: list[ClockForm], offers: Offers, *, adds: bool) -> list[ClockForm]:
    """Return lines with what was typed in them, numbered anew, perhaps with one more."""
    values: list[dict[str, Any]] = [
        {name: row[name].value() for name in row.fields} for row in rows
    ]
    if adds and len(values) < MAX_ROWS:
        values.append({**values[0], "carrier": "", "service_level": ""})
    return [
        ClockForm(initial=one, prefix=f"row-{nth}", offers=offers, is_own=nth == 0)
        for nth, one in enumerate(values)
    ]


def _page(
    request: ConsoleRequest,
    rows: list[ClockForm],
    whole: forms.Form,
    *,
    status: int = 200,
    is_changed: bool = False,
) -> HttpResponse:
    context = {
        "rows": rows,
        "whole": whole,
        "is_changed": is_changed,
        "can_add": len(rows) < MAX_ROWS,
        "steps_form": StepsForm(initial={"steps": tracking.get_told_steps()}),
        "followed": [c for c in connectors.list_connections() if c.brings == "tracking"],
        "defaults": Clocks(),
    }
    return render(request, "console/parcels/clocks.html", context, status=status)


@require_POST
@console_view("settings.edit")
def steps(request: ConsoleRequest) -> HttpResponse:
    """Choose which news shoppers get, unless they chose themselves."""
    form = StepsForm(request.POST)
    if form.is_valid():
        act(request, _("Saved."), tracking.set_told_steps, steps=form.cleaned_data["steps"])
    else:
        flash.error(request, _("Choose among the steps in the list."))
    return redirect("console:settings-tracking", request.store.slug)
