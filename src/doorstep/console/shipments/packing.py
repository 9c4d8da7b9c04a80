"""The packing screen: scan, see what goes in which box, tick off, confirm, print, next.

For a phone or tablet at the table. Every step is a form that the server answers, so a scanner
that types and presses Enter is enough; ``packing.js`` counts scans without waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from doorstep.console.access import ConsoleRequest, console_view
from doorstep.console.shipments import table as tables
from doorstep.console.shipments.people import name_of
from doorstep.console.shipments.table import Table
from doorstep.kernel.actions import permissions
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict, DomainError, NotFound
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import (
    CarrierInfo,
    PackingPlan,
    ShipmentDetail,
    ShipmentFilter,
    ShipmentState,
    ShipmentSummary,
)
from doorstep.rooms.orders import api as orders

# Pages may ask for no device; this one may ask for the camera, to read codes with it.
_CAMERA = "camera=(self)"
_QUEUE = 6


@require_GET
@console_view("shipments.change")
def packing(request: ConsoleRequest) -> HttpResponse:
    """Ask for a scan, and show what is most urgent; ``next`` goes straight to it."""
    code = request.GET.get("code", "").strip()
    if code:
        found = fulfillment.find_by_scan(code)
        if found is not None:
            return redirect("console:packing-shipment", request.store.slug, found)
    queue = fulfillment.list_shipments(
        ShipmentFilter(state=ShipmentState.TO_PACK), limit=_QUEUE
    ).items
    if request.GET.get("next"):
        following = _after(queue, request.GET.get("after", ""))
        if following is not None:
            return redirect("console:packing-shipment", request.store.slug, following.id)
    context = {
        "queue": queue,
        "counts": fulfillment.count_shipments(at=now()),
        "code": code,
        "is_done": bool(request.GET.get("next")),
    }
    response = render(request, "console/shipments/packing.html", context)
    response["Permissions-Policy"] = _CAMERA
    return response


def _after(queue: tuple[ShipmentSummary, ...], passed: str) -> ShipmentSummary | None:
    """Return the most urgent one, or the one after that which was passed over."""
    ids = [str(one.id) for one in queue]
    if passed in ids:
        queue = queue[ids.index(passed) + 1 :] + queue[: ids.index(passed)]
    return queue[0] if queue else None


@require_http_methods(["GET", "POST"])
@console_view("shipments.change")
def pack(request: ConsoleRequest, shipment_id: UUID) -> HttpResponse:
    """Pack one shipment; one that can't be packed says in words where it stands."""
    detail = fulfillment.get_shipment(shipment_id)
    if detail.summary.state != ShipmentState.TO_PACK:
        return _standing(request, detail)
    plan = fulfillment.get_packing_plan(shipment_id, at=now())
    usual = "|".join(fulfillment.choose_service(detail.summary.shipping_method))
    service = "" if usual == "|" else usual
    if request.method != "POST":
        return _page(request, detail, plan, tables.lay_table(plan, service), is_fresh=True)
    table = tables.read_table(plan, request.POST, service, fulfillment.list_boxes())
    if table.stale:
        return _page(
            request,
            detail,
            plan,
            table,
            tone="bad",
            words=_(
                "The order was changed while you were packing. This is what goes in now: take"
                " everything out and tick again."
            ),
            status=409,
        )
    return _do(request, detail, plan, table)


def _do(
    request: ConsoleRequest, detail: ShipmentDetail, plan: PackingPlan, table: Table
) -> HttpResponse:
    """Do what the pressed button asks for."""
    asked, _colon, rest = request.POST.get("do", "scan").partition(":")
    steps: dict[str, Callable[..., HttpResponse]] = {
        "confirm": _confirm,
        "partial": _confirm,
        "hold": _hold,
        "move": _move,
        "join": _join,
    }
    return steps.get(asked, _scan)(request, detail, plan, table, rest)


def _scan(
    request: ConsoleRequest, detail: ShipmentDetail, plan: PackingPlan, table: Table, _rest: str
) -> HttpResponse:
    """Take what a scanner read: a thing, a tracking number, or something that is wrong here."""
    code = request.POST.get("scan", "").strip()[:2000]
    if not code:
        return _page(request, detail, plan, table)
    tone, words = tables.count_scanned(table, code)
    if not words:
        tone, words = _other_code(request, detail, table, code)
    return _page(request, detail, plan, table, tone=tone, words=words)


def _other_code(
    request: ConsoleRequest, detail: ShipmentDetail, table: Table, code: str
) -> tuple[str, str]:
    """Say what a code is that no thing of the shipment has."""
    if fulfillment.is_surely_a_number(code):
        nth = tables.take_number(table, code)
        if nth is not None:
            return "ok", _("Tracking number noted for box %(nth)s.") % {"nth": nth}
    other = fulfillment.find_by_scan(code)
    if other == detail.summary.id:
        return "info", _("This is the shipment you are packing. Scan what goes in.")
    if other is not None:
        number = fulfillment.get_shipment(other).summary.number
        return "bad", _(
            "Stop: that belongs to %(number)s, another shipment. This one is not finished."
        ) % {"number": number}
    return "bad", _("Wrong item! Nothing in this shipment has the code %(code)s.") % {
        "code": code[:80]
    }


def _move(
    request: ConsoleRequest, detail: ShipmentDetail, plan: PackingPlan, table: Table, rest: str
) -> HttpResponse:
    """Put pieces into another box than planned."""
    nth, _colon, key = rest.partition(":")
    name = f"b{nth}-{key}"
    numbers = [request.POST.get(f"{name}-{one}", "") for one in ("to", "count")]
    good = all(one.isascii() and one[:6].isdigit() for one in [nth, *numbers])
    target, pieces = (int(one[:6]) for one in numbers) if good else (0, 0)
    tables_moved = good and tables.move(table, int(nth[:6]), key, target, pieces)
    tables.name_care(table, plan)
    words = _("Moved. Weigh the boxes.") if tables_moved else _("Choose a box and how many pieces.")
    tone = "ok" if tables_moved else "bad"
    return _page(request, detail, plan, table, tone=tone, words=words)


def _join(
    request: ConsoleRequest, detail: ShipmentDetail, plan: PackingPlan, table: Table, _rest: str
) -> HttpResponse:
    """Take one box for everything."""
    tables.join(table)
    tables.name_care(table, plan)
    return _page(request, detail, plan, table, tone="ok", words=_("All in one box. Weigh it."))


def _confirm(
    request: ConsoleRequest, detail: ShipmentDetail, plan: PackingPlan, table: Table, _rest: str
) -> HttpResponse:
    """Close the boxes; what is not in is named, and left for another shipment only if asked."""
    is_partial = request.POST["do"] == "partial"
    again: dict[str, Any] = {"tone": "bad", "status": 422}
    if not table.is_full and not is_partial:
        missing = table.pieces - table.pieces_in
        again["words"] = ngettext(
            "%(count)s piece is not ticked: %(names)s. Tick it, or say below what is missing.",
            "%(count)s pieces are not ticked: %(names)s. Tick them, or say below what is missing.",
            missing,
        ) % {"count": missing, "names": ", ".join(item.thing.title for item in table.missing[:3])}
        return _page(request, detail, plan, table, **again)
    try:
        parcels = table.parcels()
    except ValueError:
        _name_bad_weights(table)
        words = _("A weight is a whole number of grams, like 850.")
        return _page(request, detail, plan, table, **again, words=words)
    try:
        fulfillment.pack_shipment(
            shipment_id=detail.summary.id,
            parcels=parcels,
            leave_rest=is_partial,
            by=request.actor,
            at=now(),
        )
    except Conflict:  # somebody was quicker, or the order changed: its page says which
        return _standing(request, fulfillment.get_shipment(detail.summary.id), status=409)
    except NotFound:
        raise
    except DomainError as error:
        _name_box(table, error)
        return _page(request, detail, plan, table, **again, words=error.message)
    messages.success(request, _("%(number)s is packed.") % {"number": detail.summary.number})
    return redirect("console:packing-shipment", request.store.slug, detail.summary.id)


def _name_bad_weights(table: Table) -> None:
    for box in table.boxes:
        try:
            box.weight_grams  # noqa: B018 - raises where it is no weight
        except ValueError:
            box.problem = _("Write the weight as whole grams, like 850.")


def _name_box(table: Table, error: DomainError) -> None:
    """Put what the domain refused at its box."""
    parts = (getattr(error, "field", "") or "").split(".")
    filled = [box for box in table.boxes if any(item.put for item in box.items)]
    if len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(filled):
        filled[int(parts[1])].problem = error.message


def _hold(
    request: ConsoleRequest, detail: ShipmentDetail, plan: PackingPlan, table: Table, _rest: str
) -> HttpResponse:
    """Put the order on hold, with what is wrong, and go on with the next one."""
    permissions.check(request.actor, "orders.change")
    note = request.POST.get("note", "").strip()[:2000]
    if not note:
        words = _("Say in a few words what is wrong, so that somebody can mend it.")
        return _page(request, detail, plan, table, tone="bad", words=words, status=422)
    try:
        orders.place_hold(order_id=detail.summary.order_id, note=note, by=request.actor, at=now())
    except Conflict as error:
        return _page(request, detail, plan, table, tone="bad", words=error.message, status=409)
    number = detail.summary.number
    messages.success(request, _("%(number)s is on hold. Put it aside.") % {"number": number})
    return redirect("console:packing", request.store.slug)


def _page(
    request: ConsoleRequest,
    detail: ShipmentDetail,
    plan: PackingPlan,
    table: Table,
    *,
    tone: str = "",
    words: str = "",
    status: int = 200,
    is_fresh: bool = False,
) -> HttpResponse:
    for box in table.boxes:
        if box.number:
            names = [name for _code, name in fulfillment.recognize_number(box.number)]
            box.number_is_of = ", ".join(names[:3])
    context = {
        "detail": detail,
        "shipment": detail.summary,
        "plan": plan,
        "table": table,
        "boxes": [box for box in fulfillment.list_boxes() if box.is_active],
        "services": services(fulfillment.list_carriers()),
        "tone": tone,
        "words": words,
        "is_fresh": is_fresh,
        "note": request.POST.get("note", ""),
    }
    response = render(request, "console/shipments/pack.html", context, status=status)
    response["Permissions-Policy"] = _CAMERA
    return response


def services(carriers: list[CarrierInfo]) -> list[tuple[str, str]]:
    """Return what a parcel may go with, as ("carrier|level", words)."""
    found = [("", _("Not decided yet"))]
    for carrier in carriers:
        if carrier.is_active:
            found += [
                (f"{carrier.code}|{level.code}", f"{carrier.name} · {level.name}")
                for level in carrier.service_levels
            ]
            found.append((f"{carrier.code}|", carrier.name))
    return found


def _standing(request: ConsoleRequest, detail: ShipmentDetail, status: int = 200) -> HttpResponse:
    """Show a shipment that is not to be packed now: why, and what can be done with it."""
    if request.method == "POST":
        status = 409  # packed, held or canceled while it lay on this table
    packed_by = detail.packed_by
    context = {
        "detail": detail,
        "shipment": detail.summary,
        "is_mine": packed_by == request.actor.key,
        "packer": name_of(packed_by) if packed_by else "",
        "is_refused": request.method == "POST",
        "is_gift": detail.summary.is_gift,
    }
    response = render(request, "console/shipments/standing.html", context, status=status)
    response["Permissions-Policy"] = _CAMERA
    return response


@require_GET
@console_view("shipments.change")
def number(request: ConsoleRequest) -> HttpResponse:
    """Say whose a tracking number is, for the line below its field."""
    field = next((name for name in request.GET if name.endswith("number")), "number")
    typed = request.GET.get(field, "")
    names = [name for _code, name in fulfillment.recognize_number(typed)]
    context = {"number": typed.strip(), "number_is_of": ", ".join(names[:3])}
    return render(request, "console/shipments/number_words.html", context)
