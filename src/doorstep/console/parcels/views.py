"""Parcels on their way: the list, one parcel, and what was not understood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.parcels.forms import CheckpointForm, MeaningForm, SettleForm, read_meaning
from doorstep.console.parcels.words import Standing, Teller
from doorstep.kernel import audit
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderSummary
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import (
    ParcelProgress,
    TrackerCounts,
    TrackerFilter,
    UnknownCode,
)

# view → its words; the first one is the list's own address
VIEWS: dict[str, Any] = {
    "": gettext_lazy("In trouble"),
    "late": gettext_lazy("Late"),
    "stalled": gettext_lazy("Stuck"),
    "lost": gettext_lazy("Lost"),
    "exception": gettext_lazy("Exceptions"),
    "not_found": gettext_lazy("Not found"),
    "unmatched": gettext_lazy("Unknown numbers"),
    "on_the_way": gettext_lazy("On the way"),
    "delivered": gettext_lazy("Delivered today"),
}
_ALARMS = {"": "any", "late": "late", "stalled": "stalled", "lost": "lost",
           "exception": "exception", "not_found": "not_found", "unmatched": "unmatched"}  # fmt: skip
UNMATCHED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One parcel as the list shows it; ``order`` is None for a number without a parcel."""

    parcel: ParcelProgress
    standing: Standing
    order: OrderSummary | None


@require_GET
@console_view("parcels.view")
def parcel_list(request: ConsoleRequest) -> HttpResponse:
    """List parcels by what is wrong with them, the oldest trouble first; or find a number."""
    wanted, at = request.GET.get("state", ""), now()
    search = request.GET.get("q", "").strip()[:100]
    if wanted not in VIEWS:
        return redirect("console:parcels", request.store.slug)
    filters = TrackerFilter(search=search) if search else _filter(wanted, at)
    try:
        page = tracking.list_trackers(filters, cursor=request.GET.get("after", ""))
    except Invalid:  # an address somebody typed: begin at the first page
        return redirect("console:parcels", request.store.slug)
    counts, troubles = tracking.count_trackers(at=at), tracking.count_troubles(at=at)
    context = {
        "page": page,
        "rows": make_rows(page.items),
        "tabs": _tabs(counts, troubles.parcels, wanted if not search else None),
        "wanted": wanted,
        "search": search,
        "unknown_codes": troubles.unknown_codes,
        "has_parcels": bool(page.items or counts.on_the_way or counts.delivered_today),
    }
    return render(request, "console/parcels/list.html", context)


def _filter(wanted: str, at: datetime) -> TrackerFilter:
    if wanted in _ALARMS:
        return TrackerFilter(alarm=_ALARMS[wanted])
    if wanted == "on_the_way":
        return TrackerFilter(only_on_the_way=True)
    local = timezone.localtime(at)
    return TrackerFilter(delivered_since=datetime.combine(local.date(), time.min, local.tzinfo))


def _tabs(counts: TrackerCounts, troubled: int, wanted: str | None) -> list[dict[str, Any]]:
    numbers = {"": troubled, "delivered": counts.delivered_today}
    return [
        {
            "key": key,
            "words": words,
            "count": numbers[key] if key in numbers else getattr(counts, key),
            "is_current": key == wanted,
        }
        for key, words in VIEWS.items()
    ]


def make_rows(parcels: Iterable[ParcelProgress]) -> list[Row]:
    """Return parcels as lists show them (the orders of all with a fixed number of queries)."""
    parcels = list(parcels)
    if not parcels:
        return []
    found = orders.get_summaries({one.order_id for one in parcels if one.order_id})
    teller = Teller(tracking.list_clocks())
    return [
        Row(
            parcel=one,
            standing=teller.tell(one),
            order=found.get(one.order_id) if one.order_id else None,
        )
        for one in parcels
    ]


@require_GET
@console_view("parcels.view")
def parcel_detail(request: ConsoleRequest, tracker_id: UUID) -> HttpResponse:
    """Show one parcel: when, where, what to do, and all that was told of it."""
    return _detail_page(request, tracker_id)


def _detail_page(
    request: ConsoleRequest, tracker_id: UUID, status: int = 200, **forms: Any
) -> HttpResponse:
    parcel = tracking.get_progress(tracker_id)
    clocks = tracking.list_clocks()
    found = orders.get_summaries([parcel.order_id] if parcel.order_id else [])
    context = {
        "parcel": parcel,
        "standing": Teller(clocks).tell(parcel),
        "order": next(iter(found.values()), None),
        "checkpoint_form": CheckpointForm(),
        "settle_form": SettleForm(),
        **forms,
        "not_understood": sum(not one.status for one in parcel.checkpoints),
        "sent": _sent(request, parcel),
        "pauses": _pauses(parcel),
        "told_by_hand": audit.list_entries(request.store.id, subject=f"parcel:{tracker_id}"),
        "shopper_link": orders.order_page_url(request.store, parcel.order_id, at=now())
        if parcel.order_id
        else "",
        "can_settle": parcel.parcel_id is not None,
    }
    return render(request, "console/parcels/detail.html", context, status=status)


def _sent(request: ConsoleRequest, parcel: ParcelProgress) -> list[Any]:
    """Return the messages about the order's parcels: they name the order, not the parcel."""
    if parcel.order_id is None or "messages.view" not in request.permissions:
        return []
    sent = messaging.list_messages(subject=f"order:{parcel.order_id}").items
    return [message for message in sent if message.kind.startswith("parcel_")]


def _pauses(parcel: ParcelProgress) -> list[Any]:
    if parcel.customer_id is None:
        return []
    cause = f"tracker:{parcel.tracker_id}"
    found = messaging.list_pauses(customer_id=parcel.customer_id, at=now())
    return [one for one in found if one.is_active and one.cause == cause]


def _back(request: ConsoleRequest, tracker_id: UUID) -> HttpResponse:
    return redirect("console:parcels-detail", request.store.slug, tracker_id)


@require_POST
@console_view("parcels.change")
def settle(request: ConsoleRequest, tracker_id: UUID) -> HttpResponse:
    """End what is open about a parcel by a person's word."""
    form = SettleForm(request.POST)
    if form.is_valid() and fill(
        request, form, tracking.settle_parcel, tracker_id=tracker_id, **form.cleaned_data
    ):
        flash.success(request, _AFTER[form.cleaned_data["outcome"]])
        return _back(request, tracker_id)
    return _detail_page(request, tracker_id, status=422, settle_form=form)


_AFTER: dict[str, Any] = {
    "found": gettext_lazy("Settled: it turned up. Its alarms are over; the clocks run on."),
    "delivered": gettext_lazy("Settled: it has arrived. Its alarms are over."),
    "lost": gettext_lazy("Settled: lost for good. Now send it again or refund."),
}


@require_POST
@console_view("parcels.change")
def checkpoint(request: ConsoleRequest, tracker_id: UUID) -> HttpResponse:
    """Say where a parcel is."""
    form = CheckpointForm(request.POST)
    if form.is_valid():
        status, substatus = read_meaning(form.cleaned_data["status"])
        said = {"status": status, "substatus": substatus, "note": form.cleaned_data["note"],
                "occurred_at": form.cleaned_data["occurred_at"]}  # fmt: skip
        action = tracking.record_checkpoint_by_hand
        if fill(request, form, action, tracker_id=tracker_id, **said):
            flash.success(request, _("Noted. What it means for the parcel counts at once."))
            return _back(request, tracker_id)
    return _detail_page(request, tracker_id, status=422, checkpoint_form=form)


@require_GET
@console_view("parcels.view")
def not_understood(request: ConsoleRequest) -> HttpResponse:
    """Show codes that nobody understood, and numbers that belong to no parcel."""
    at = now()
    codes = tracking.list_unknown_codes(with_settled=True)
    listed = tracking.list_trackers(TrackerFilter(alarm="unmatched"), limit=UNMATCHED_SHOWN + 1)
    context = {
        "open_codes": [_with_form(one) for one in codes if not one.meaning],
        "known_codes": [_with_form(one) for one in codes if one.meaning],
        "unmatched": listed.items[:UNMATCHED_SHOWN],
        "more_unmatched": len(listed.items) > UNMATCHED_SHOWN,
        "day_ago": at - timedelta(days=1),
    }
    return render(request, "console/parcels/not_understood.html", context)


def _with_form(code: UnknownCode) -> tuple[UnknownCode, MeaningForm]:
    meaning = f"{code.meaning}+{code.substatus}" if code.substatus else code.meaning
    return code, MeaningForm(initial={"meaning": meaning}, auto_id=f"id_%s_{code.id}")


@require_POST
@console_view("parcels.change")
def code(request: ConsoleRequest, code_id: UUID) -> HttpResponse:
    """Say what a code means, also for what came before; or take the meaning back."""
    form = MeaningForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("Choose one of the meanings in the list."))
        return redirect("console:parcels-not-understood", request.store.slug)
    chosen = form.cleaned_data["meaning"]
    status, substatus = read_meaning(chosen) if chosen else (None, "")
    wanted: dict[str, Any] = {"status": status} | ({"substatus": substatus} if substatus else {})
    done = _("Understood. Parcels that had it stand anew.") if status else _("Taken back.")
    act(request, done, tracking.map_code, code_id=code_id, **wanted)
    return redirect("console:parcels-not-understood", request.store.slug)
