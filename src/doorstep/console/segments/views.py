"""Segments: the list, one with its members and their reasons, the editor with its live count."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.offers import find_offers
from doorstep.console.conditions.views import editor_context, unjudge
from doorstep.console.segments.forms import SegmentForm
from doorstep.console.segments.starters import starters
from doorstep.console.segments.traces import unfold
from doorstep.console.segments.uses import Use, uses_of
from doorstep.kernel.clock import now
from doorstep.kernel.conditions.api import InvalidCondition
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.contracts import SegmentInfo, TakenMember
from doorstep.rooms.customers import api as customers

DAYS = 30
_NOTHING: dict[str, Any] = {"all": []}


@require_GET
@console_view("audiences.view")
def segment_list(request: ConsoleRequest) -> HttpResponse:
    """List segments with what they mean, how many belong and how that went lately."""
    is_archive = request.GET.get("show") == "archived"
    segments = audiences.list_segments(archived=is_archive)
    members = {one.id: one.member_count or 0 for one in segments}
    trends = {} if is_archive else audiences.list_trends(members, at=now(), days=DAYS)
    uses = {} if is_archive else uses_of(request, members)
    rows = [
        (one, trends.get(one.id, []), _change(trends.get(one.id, [])), uses.get(one.id, []))
        for one in segments
    ]
    context = {
        "rows": rows,
        "is_archive": is_archive,
        "days": DAYS,
        "starters": starters(request.store.currency),
    }
    return render(request, "console/segments/list.html", context)


def _change(trend: list[int]) -> int:
    return trend[-1] - trend[0] if trend else 0


@require_GET
@console_view("audiences.view")
def segment_detail(request: ConsoleRequest, segment_id: UUID) -> HttpResponse:
    """Show one segment: who belongs and why, who came and went, why somebody does or doesn't."""
    at = now()
    segment = audiences.get_segment(segment_id)
    days = audiences.count_per_day(segment_id, days=DAYS, at=at)
    view = request.GET.get("view", "")
    context: dict[str, Any] = {
        "segment": segment,
        "uses": uses_of(request, [segment_id]).get(segment_id, []),
        "days": DAYS,
        "per_day": [(f"{day.day:%d %b}", day.members) for day in days],
        "entered": sum(day.entered for day in days),
        "left": sum(day.left for day in days),
        "view": view if view in ("changes", "why") else "members",
    }
    if context["view"] == "changes":
        context["changes"] = audiences.list_changes(segment_id)
    elif context["view"] == "why":
        context |= _why(request, segment_id)
    else:
        after = request.GET.get("after", "")
        try:
            context["page"] = audiences.list_members(segment_id, at=at, cursor=after, limit=25)
        except Invalid:
            return redirect("console:segments-detail", request.store.slug, segment_id)
    return render(request, "console/segments/detail.html", context)


def _why(request: ConsoleRequest, segment_id: UUID) -> dict[str, Any]:
    """Look somebody up: by what was typed, or the one that was chosen."""
    asked, chosen = request.GET.get("q", "").strip(), request.GET.get("customer", "")
    found: dict[str, Any] = {"asked": asked}
    if asked:
        people = customers.search_customers(asked, limit=8).customers
        found["people"] = people
        if len(people) == 1:
            chosen = str(people[0].id)
    try:
        customer_id = UUID(chosen)
    except ValueError:
        return found
    try:
        answer = audiences.explain_membership(segment_id, customer_id, at=now())
    except NotFound:
        return found
    found["answer"] = answer
    found["person"] = customers.get_customer(customer_id)
    found["trace"] = unfold(answer.decision.trace) if answer.decision else []
    return found


@require_http_methods(["GET", "POST"])
@console_view("audiences.edit")
def new_segment(request: ConsoleRequest) -> HttpResponse:
    """Write a new segment, from nothing or from a ready-made beginning (``?from=``)."""
    begun = request.GET.get("from", "")
    starter = next((one for one in starters(request.store.currency) if one.key == begun), None)
    form = SegmentForm(request.POST or None, initial={"name": starter.name if starter else ""})
    editor = _editor(request, starter.condition if starter else _NOTHING)
    if _is_saving(request, editor):
        editor = editor.strictly()
        if form.is_valid() and editor.condition is not None and not editor.is_empty:
            made = _fill(request, form, audiences.create_segment, condition=editor.document)
            if made:
                flash.success(request, _("Made. Its members are being found."))
                return redirect("console:segments-detail", request.store.slug, made.id)
        if editor.is_empty:
            form.add_error(None, _("Add at least one condition: this would be everybody."))
    return _edit_page(request, form, editor, None)


@require_http_methods(["GET", "POST"])
@console_view("audiences.edit")
def change_segment(request: ConsoleRequest, segment_id: UUID) -> HttpResponse:
    """Change a segment; with another condition its members are found anew."""
    segment = audiences.get_segment(segment_id)
    initial = {"name": segment.name, "description": segment.description}
    form = SegmentForm(request.POST or None, initial=initial)
    editor = _editor(request, dict(segment.condition))
    if _is_saving(request, editor):
        editor = editor.strictly()
        if form.is_valid() and editor.condition is not None:
            saved = _fill(
                request,
                form,
                audiences.edit_segment,
                condition=editor.document,
                segment_id=segment_id,
                revision=_number(request.POST.get("revision", "")),
            )
            if saved:
                flash.success(request, _("Saved."))
                return redirect("console:segments-detail", request.store.slug, segment_id)
    return _edit_page(request, form, editor, segment)


def _fill(request: ConsoleRequest, form: SegmentForm, action: Any, **arguments: Any) -> Any:
    return fill(
        request,
        form,
        action,
        name=form.cleaned_data["name"],
        description=form.cleaned_data["description"],
        **arguments,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _editor(request: ConsoleRequest, stored: dict[str, Any]) -> ConditionEditor:
    currency = request.store.currency
    if ConditionEditor.was_sent(request.POST):
        return ConditionEditor.read(request.POST, "customer", currency, find_offers=find_offers)
    return ConditionEditor.of(stored, "customer", currency, find_offers=find_offers)


def _is_saving(request: ConsoleRequest, editor: ConditionEditor) -> bool:
    return request.method == "POST" and not editor.is_asking and request.POST.get("do") != "count"


def _edit_page(
    request: ConsoleRequest, form: SegmentForm, editor: ConditionEditor, segment: SegmentInfo | None
) -> HttpResponse:
    is_saving = _is_saving(request, editor)
    if request.method == "POST" and not is_saving:
        unjudge(form)
    context = {
        "form": form,
        "segment": segment,
        "starts": _starts(request, segment),
        "revision": request.POST.get("revision") or (segment.revision if segment else ""),
        **editor_context(request, editor),
        **_audience(editor),
    }
    status = 422 if is_saving else 200
    return render(request, "console/segments/edit.html", context, status=status)


def _starts(request: ConsoleRequest, segment: SegmentInfo | None) -> list[Use]:
    """Return the journeys that a change of the segment may start for people."""
    uses = uses_of(request, [segment.id]).get(segment.id, []) if segment else []
    return [use for use in uses if use.is_journey]


@require_POST
@console_view("audiences.view")
def live_count(request: ConsoleRequest) -> HttpResponse:
    """Say how many the condition in the form holds for, and show some of them."""
    editor = _editor(request, _NOTHING)
    return render(
        request, "console/segments/audience.html", {"editor": editor, **_audience(editor)}
    )


def _audience(editor: ConditionEditor) -> dict[str, Any]:
    """Return how many a condition holds for, with some people; nothing while it is not right."""
    if editor.condition is None or editor.is_empty:
        return {"match": None, "sample": ()}
    at, document = now(), editor.document
    try:
        return {
            "match": audiences.count_matching(document, at=at),
            "sample": audiences.sample_matching(document, at=at, limit=5),
        }
    except InvalidCondition as error:
        return {"match": None, "sample": (), "match_problem": error.message}


@require_POST
@console_view("audiences.edit")
def check(request: ConsoleRequest, segment_id: UUID) -> HttpResponse:
    """Compare the segment's members with everybody."""
    done = _("Being checked. The result stands here in a moment.")
    act(request, done, audiences.check_segment, segment_id=segment_id)
    return redirect("console:segments-detail", request.store.slug, segment_id)


@require_POST
@console_view("audiences.edit")
def change_state(request: ConsoleRequest, segment_id: UUID) -> HttpResponse:
    """Put a segment away, or take it back."""
    if request.POST.get("do") == "restore":
        act(request, _("Back in use."), audiences.restore_segment, segment_id=segment_id)
        return redirect("console:segments-detail", request.store.slug, segment_id)
    if act(request, _("Archived."), audiences.archive_segment, segment_id=segment_id):
        return redirect("console:segments", request.store.slug)
    return redirect("console:segments-detail", request.store.slug, segment_id)


@require_POST
@console_view("audiences.edit")
def export(request: ConsoleRequest, segment_id: UUID) -> HttpResponseBase:
    """Give the members as a file (CSV); who took them is written down."""
    at = now()
    segment = audiences.get_segment(segment_id)
    sets = audiences.take_members(segment_id=segment_id, by=request.actor, at=at)
    name = f"{slugify(segment.name)[:60] or 'segment'}-{at:%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _csv(sets, request.store.id),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv(sets: Iterator[list[TakenMember]], store_id: UUID) -> Iterator[bytes]:
    yield b"id,name,email,phone,country,language\r\n"
    # The server reads on after the view has returned, outside of the store's scope.
    while True:
        with store_scope(store_id):
            some = next(sets, None)
        if some is None:
            return
        text = io.StringIO()
        writer = csv.writer(text)
        for one in some:
            cells = (one.name, one.email, one.phone, one.country_code, one.locale)
            writer.writerow([one.customer_id, *map(_harmless, cells)])
        yield text.getvalue().encode()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running what a shopper wrote (a formula)."""
    is_number = cell[:1] == "+" and cell[1:].isdigit()
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_number else cell
