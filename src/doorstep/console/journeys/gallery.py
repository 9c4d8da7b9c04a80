"""All journeys, the prebuilt ones to begin with, and journeys as files."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from doorstep.console.access import ConsoleRequest, console_view
from doorstep.console.journeys.canvas import Links, Picture, frame_rows
from doorstep.console.journeys.find_offers import find_offers
from doorstep.console.journeys.graph import Definition, steps_of
from doorstep.console.journeys.layout import make_layout
from doorstep.console.journeys.pages import STATUS_TONES, status_words
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, NotFound, PermissionDenied
from doorstep.rooms.journeys import api as journeys

MOST_BYTES = 200_000


@require_GET
@console_view("journeys.view")
def journey_list(request: ConsoleRequest) -> HttpResponse:
    """List journeys with what they do and how they go."""
    with_archived = request.GET.get("archived") == "1"
    found = journeys.list_journeys(with_archived=with_archived)
    rows = [
        {
            "journey": one,
            "status": status_words(one.status),
            "tone": STATUS_TONES.get(one.status, "neutral"),
            "share": round(100 * one.goals / one.entered) if one.entered else None,
        }
        for one in found
    ]
    context = {
        "rows": rows,
        "with_archived": with_archived,
        "parked": journeys.count_parked(),
        "suggestions": _cards(limit=3) if not rows else (),
    }
    return render(request, "console/journeys/list.html", context)


def _cards(limit: int | None = None) -> list[dict[str, Any]]:
    return [
        {"template": one, "drawing": make_layout(one.definition), "tints": tints(one.definition)}
        for one in journeys.list_templates()[:limit]
    ]


def tints(definition: Definition) -> dict[str, str]:
    """Return a class for each step in small drawings, by what it is."""
    return {name: str(step.get("type", "")) for name, step in steps_of(definition).items()}


@require_http_methods(["GET", "POST"])
@console_view("journeys.edit")
def new_journey(request: ConsoleRequest) -> HttpResponse:
    """Choose a prebuilt journey or begin with nothing; either way it is a draft."""
    if request.method == "POST":
        made = _create(request)
        if made is not None:
            return redirect("console:journeys-detail", request.store.slug, made)
    shelves: dict[str, list[Any]] = {}
    for card in _cards():
        shelves.setdefault(card["template"].category, []).append(card)
    context = {"shelves": shelves, "typed": request.POST.get("name", "")}
    status = 422 if request.method == "POST" else 200
    return render(request, "console/journeys/new.html", context, status=status)


def _create(request: ConsoleRequest) -> UUID | None:
    try:
        return journeys.create_journey(
            name=request.POST.get("name", ""),
            template=request.POST.get("template", ""),
            by=request.actor,
            at=now(),
        )
    except (NotFound, PermissionDenied):
        raise
    except DomainError as error:
        messages.error(request, error.message)
        return None


@require_GET
@console_view("journeys.view")
def template(request: ConsoleRequest, key: str) -> HttpResponse:
    """Show a prebuilt journey whole, before anything is made of it."""
    found = next((one for one in journeys.list_templates() if one.key == key), None)
    if found is None:
        raise Http404
    offers = find_offers()
    picture = Picture(found.definition, offers.names, Links(""))
    kinds = {
        (kind, offers.names.message(kind))
        for step in steps_of(found.definition).values()
        if (kind := str(step.get("template") or ""))
    }
    context = {
        "template": found,
        "canvas": picture.canvas(),
        "lines": picture.lines(),
        "frame_rows": frame_rows(found.definition, offers.names, Links("")),
        "messages_used": sorted(kinds, key=lambda pair: pair[1]),
        "is_picture": True,
    }
    return render(request, "console/journeys/template.html", context)


@require_http_methods(["GET", "POST"])
@console_view("journeys.edit")
def import_file(request: ConsoleRequest) -> HttpResponse:
    """Make a draft of a journey's JSON, from a file or pasted."""
    error, text = "", ""
    if request.method == "POST":
        sent = request.FILES.get("file")
        raw = sent.read(MOST_BYTES + 1) if sent else request.POST.get("text", "").encode()
        text = request.POST.get("text", "")
        try:
            made = journeys.import_journey(definition=_read(raw), by=request.actor, at=now())
        except PermissionDenied:
            raise
        except (ValueError, DomainError) as refused:
            error = refused.message if isinstance(refused, DomainError) else str(refused)
        else:
            messages.success(request, _("Here it is, as a draft. Nothing sends until you publish."))
            return redirect("console:journeys-detail", request.store.slug, made)
    context = {"error": error, "text": text}
    return render(request, "console/journeys/import.html", context, status=422 if error else 200)


def _read(raw: bytes) -> dict[str, Any]:
    """Return the definition in a file.

    :raises ValueError: with words for people.
    """
    if len(raw) > MOST_BYTES:
        raise ValueError(_("This file is too large for a journey."))
    try:
        found = json.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise ValueError(_("This is not a journey’s file: it has to be JSON as “Export” gives it.")) from None  # fmt: skip
    if not isinstance(found, dict) or not isinstance(found.get("steps"), dict):
        raise ValueError(_("This JSON is no journey: it has no steps."))
    if "\\u0000" in json.dumps(found):
        raise ValueError(_("A NUL character can’t be part of a text."))
    return found


@require_GET
@console_view("journeys.view")
def export_file(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Give a journey's definition as a file, as it stands in the builder."""
    view = journeys.get_journey(journey_id)
    name = slugify(view.summary.name) or "journey"
    return HttpResponse(
        json.dumps(view.definition, indent=2, ensure_ascii=False) + "\n",
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.json"',
            "X-Content-Type-Options": "nosniff",
        },
    )
