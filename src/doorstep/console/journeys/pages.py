"""What the pages of one journey share: its frame, its draft's changes, and the page for two tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.console.access import ConsoleRequest
from doorstep.console.journeys.canvas import Links
from doorstep.console.journeys.changes import compare
from doorstep.console.journeys.editing import CannotChange, lost_steps
from doorstep.console.journeys.find_offers import find_offers
from doorstep.console.journeys.graph import Definition
from doorstep.console.journeys.outline import number_steps
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import JourneyView

Change = Callable[[Definition], tuple[dict[str, Any], str]]  # -> the new one, the step to open


def links_of(request: ConsoleRequest, journey_id: UUID) -> Links:
    """Return the builder's addresses, keeping canvas or list as it is."""
    asked = request.POST if request.method == "POST" else request.GET
    base = reverse("console:journeys-detail", args=[request.store.slug, journey_id])
    view = "list" if asked.get("view", request.GET.get("view")) == "list" else "canvas"
    return Links(base, view, asked.get("far", request.GET.get("far")) == "1")


def frame(request: ConsoleRequest, view: JourneyView, tab: str) -> dict[str, Any]:
    """Return what the head of each page of a journey shows."""
    return {
        "journey": view.summary,
        "view": view,
        "tab": tab,
        "parked": 0,
        "status_words": status_words(view.summary.status),
        "status_tone": STATUS_TONES.get(view.summary.status, "neutral"),
    }


STATUS_TONES = {"live": "ok", "paused": "warn", "draft": "neutral", "archived": "neutral"}


def status_words(status: str) -> str:
    """Say where a journey stands."""
    return {
        "draft": _("Not published yet"),
        "live": _("Live"),
        "paused": _("Paused"),
        "archived": _("Archived"),
    }.get(status, status)


def sent_revision(request: ConsoleRequest) -> int:
    """Return which draft a form began with; 0, which none is, where it doesn't say."""
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def change_draft(
    request: ConsoleRequest, journey_id: UUID, change: Change, *, done: str, extra: str = ""
) -> HttpResponse:
    """Change the draft, unless somebody else did meanwhile; then show the builder again.

    :param change: from the definition as it is to the one wanted and the step to open ("" none).
    :param done: what to say when it worked.
    :param extra: id in the page to go to, where no step is opened.
    """
    view, links = journeys.get_journey(journey_id), links_of(request, journey_id)
    revision = sent_revision(request)
    if revision != view.revision:
        return conflict_page(request, view, revision)
    try:
        made, step = change(view.definition)
        journeys.save_draft(
            journey_id=journey_id, definition=made, revision=revision, by=request.actor, at=now()
        )
    except Conflict:
        return conflict_page(request, journeys.get_journey(journey_id), revision)
    except (CannotChange, Invalid) as error:
        messages.error(request, str(error))
        return redirect(links.to(step=request.POST.get("step", "")))
    messages.success(request, " ".join(filter(None, [done, _lost(view.definition, made, request)])))
    # A step that nobody gets to (a file may have one) has no number.
    number = number_steps(made).get(step)
    return redirect(links.to(f"s-{number}" if number else extra, step=step))


def _lost(before: Definition, after: Definition, request: ConsoleRequest) -> str:
    asked = request.POST.get("step", "") if request.POST.get("do") == "remove" else ""
    count = len([step for step in lost_steps(before, after) if step != asked])
    if not count:
        return ""
    return (
        ngettext(
            "%d step that only this way led to went with it. Undo brings it back.",
            "%d steps that only this way led to went with it. Undo brings them back.",
            count,
        )
        % count
    )


_OWN = ("csrfmiddlewaretoken", "revision")


def conflict_page(request: ConsoleRequest, view: JourneyView, revision: int) -> HttpResponse:
    """Say what somebody else changed, and offer the own change again on top of it."""
    before = journeys.find_draft_revision(view.summary.id, revision) if revision else None
    context = {
        **frame(request, view, "build"),
        "changes": compare(before, view.definition, find_offers().names) if before else None,
        "fields": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in _OWN
            for value in values
        ],
        "links": links_of(request, view.summary.id),
    }
    return render(request, "console/journeys/conflict.html", context, status=409)


def problem_rows(view: JourneyView, steps: Mapping[str, Any], links: Links) -> list[dict[str, Any]]:
    """Return the problems with the step each is about, and where it is mended."""
    rows = []
    for problem in view.problems:
        step = steps.get(problem.step)
        href = step.href if step else links.to("s-0", open="start")
        if problem.field.startswith(("filter", "order_filter")):
            place = "order_filter" if problem.field.startswith("order") else "filter"
            href = f"{links.base}condition/?place={place}"
        elif problem.field == "first" and not problem.step:
            href = links.to("s-0", at=":first")
        rows.append({"problem": problem, "step": step, "href": href})
    return rows
