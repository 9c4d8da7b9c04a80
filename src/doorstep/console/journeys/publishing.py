"""Publishing: what is wrong, what changes, what becomes of those inside; versions and going back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view
from doorstep.console.journeys.canvas import Links, Picture, frame_rows
from doorstep.console.journeys.changes import compare
from doorstep.console.journeys.find_offers import find_offers
from doorstep.console.journeys.pages import (
    conflict_page,
    frame,
    links_of,
    problem_rows,
    sent_revision,
)
from doorstep.kernel.actions import permissions
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict, DomainError, NotFound, PermissionDenied
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.contracts import SegmentInfo
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import JourneyView


@require_http_methods(["GET", "POST"])
@console_view("journeys.edit")
def publication(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Look at what publishing does, then publish, or ask somebody who may."""
    view = journeys.get_journey(journey_id)
    if request.method == "GET":
        return _publish_page(request, view)
    if request.POST.get("do") == "ask":
        note = request.POST.get("note", "")
        asked = _("Asked. Those who may publish see it on this journey and on their first page.")
        act(request, asked, journeys.ask_approval, journey_id=journey_id, note=note)
        return redirect("console:journeys-detail", request.store.slug, journey_id)
    if sent_revision(request) != view.revision:
        return conflict_page(request, view, sent_revision(request))
    try:
        info = journeys.publish_journey(
            journey_id=journey_id,
            revision=view.revision,
            people="move" if request.POST.get("people") == "move" else "stay",
            note=request.POST.get("note", ""),
            include_members={"yes": True, "no": False}.get(request.POST.get("members", "")),
            by=request.actor,
            at=now(),
        )
    except (NotFound, PermissionDenied):
        raise
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("console:journeys-publication", request.store.slug, journey_id)
    except DomainError as error:
        messages.error(request, error.message)
        return _publish_page(request, journeys.get_journey(journey_id), status=422)
    messages.success(request, _("Version %d is live.") % info.number)
    return redirect("console:journeys-detail", request.store.slug, journey_id)


def _publish_page(request: ConsoleRequest, view: JourneyView, status: int = 200) -> HttpResponse:
    offers, links = find_offers(), links_of(request, view.summary.id)
    picture = Picture(view.definition, offers.names, links, view.problems)
    live = view.live_definition
    rows = problem_rows(view, picture.steps(), links)
    context = {
        **frame(request, view, "build"),
        "links": links,
        "blocking": [row for row in rows if row["problem"].is_blocking],
        "warnings": [row for row in rows if not row["problem"].is_blocking],
        "changes": compare(live, view.definition, offers.names) if live is not None else None,
        "frame_rows": frame_rows(view.definition, offers.names, links),
        "audience": journeys.count_audience(view.definition, at=now()),
        "members": _members(view),
        "fills": _fills(view),
        "may_publish": "journeys.publish" in request.permissions,
        "checks": _checks(view),
    }
    return render(request, "console/journeys/publish.html", context, status=status)


def _members(view: JourneyView) -> SegmentInfo | None:
    """Return the segment whose present members may enter too, None where that is no question."""
    if not journeys.asks_about_members(view.summary.id):
        return None
    trigger: Any = view.definition["trigger"]
    try:
        return audiences.get_segment(UUID(str(trigger.get("segment"))))
    except (NotFound, ValueError):
        return None  # it stands among what must be mended first


def _fills(view: JourneyView) -> bool:
    trigger = view.definition.get("trigger")
    return isinstance(trigger, dict) and bool(trigger.get("include_members"))


def _checks(view: JourneyView) -> list[tuple[bool, str]]:
    """Return what is looked at before a journey may send, each with how it came out."""
    wrong = {
        problem.field.partition(".")[0].partition("[")[0]
        for problem in view.problems
        if problem.is_blocking
    }
    reviews = any("review" in problem.message for problem in view.problems if problem.is_blocking)
    return [
        ("purpose" not in wrong, _("Consent: what sells goes only to those who agreed")),
        ("until" not in wrong, _("Quiet hours: nobody is woken; what comes too early or late waits")),
        (not reviews, _("Reviews: everybody is asked, or nobody")),
        ("template" not in wrong and "channel" not in wrong, _("Every message has its text")),
        (not wrong & {"next", "otherwise", "yes", "no", "first", "arms"}, _("Every way leads somewhere, and no circle without a wait")),
    ]  # fmt: skip


@require_POST
@console_view("journeys.edit")
def undo(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Take the last change of the draft back, or throw the whole draft away."""
    action, done = journeys.undo_draft, _("Undone.")
    if request.POST.get("do") == "discard":
        action, done = journeys.discard_draft, _("The draft is gone: you see what is live.")  # type: ignore[assignment]
    act(request, done, action, journey_id=journey_id, revision=sent_revision(request))
    return redirect(links_of(request, journey_id).to())


@require_POST
@console_view("journeys.publish")
def state(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Pause a journey, let it go on, or end it for good."""
    chosen: dict[str, tuple[str, Any]] = {
        "pause": (_("Paused: nobody enters, and those inside stay where they are."), journeys.pause_journey),
        "resume": (_("It goes on."), journeys.resume_journey),
        "archive": (_("Archived. Its history stays."), journeys.archive_journey),
    }  # fmt: skip
    done, action = chosen.get(request.POST.get("do", ""), (None, None))
    if action is None or done is None:
        messages.error(request, _("Choose what to do."))
    else:
        act(request, done, action, journey_id=journey_id)
    return redirect("console:journeys-detail", request.store.slug, journey_id)


@require_GET
@console_view("journeys.view")
def versions(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """List what was published, when and by whom."""
    view, found = journeys.get_journey(journey_id), journeys.list_versions(journey_id)
    context = {**frame(request, view, "versions"), "versions": found}
    return render(request, "console/journeys/versions.html", context)


@require_http_methods(["GET", "POST"])
@console_view("journeys.view")
def version(request: ConsoleRequest, journey_id: UUID, number: int) -> HttpResponse:
    """Show a published version, and go back to it."""
    if request.method == "POST":
        permissions.check(request.actor, "journeys.publish")
        return _roll_back(request, journey_id, number)
    view = journeys.get_journey(journey_id)
    definition = journeys.get_version(journey_id, number)
    found = journeys.list_versions(journey_id)
    this = next((one for one in found if one.number == number), None)
    if this is None:
        raise Http404
    offers = find_offers()
    before = next((one.number for one in found if one.number < number), None)
    counts = journeys.count_steps(journey_id, number=number)
    picture = Picture(definition, offers.names, Links(""), (), counts)
    older = journeys.get_version(journey_id, before) if before is not None else None
    live = view.live_definition
    context = {
        **frame(request, view, "versions"),
        "version": this,
        "inside_elsewhere": sum(one.inside for one in found if one.number != number),
        "canvas": picture.canvas(),
        "lines": picture.lines(),
        "frame_rows": frame_rows(definition, offers.names, Links("")),
        "changes": compare(older, definition, offers.names) if older is not None else None,
        "back_changes": compare(live, definition, offers.names) if live is not None else None,
        "is_picture": True,
    }
    return render(request, "console/journeys/version.html", context)


def _roll_back(request: ConsoleRequest, journey_id: UUID, number: int) -> HttpResponse:
    done = act(
        request,
        _("Version %d is live again, under a new number.") % number,
        journeys.roll_back,
        journey_id=journey_id,
        number=number,
        people="move" if request.POST.get("people") == "move" else "stay",
    )
    if done:
        return redirect("console:journeys-versions", request.store.slug, journey_id)
    return redirect("console:journeys-version", request.store.slug, journey_id, number)
