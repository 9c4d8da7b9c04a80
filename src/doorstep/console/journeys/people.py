"""Who is on the way: lists, one person's way step by step, those a failing step holds."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view
from doorstep.console.journeys import words
from doorstep.console.journeys.canvas import Links, Picture, path_of
from doorstep.console.journeys.find_offers import find_offers
from doorstep.console.journeys.graph import steps_of
from doorstep.console.journeys.pages import frame
from doorstep.console.templatetags.journeys import outcome_words
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid
from doorstep.rooms.customers import api as customers
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import EnrollmentStatus


@require_GET
@console_view("journeys.view")
def people(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """List who is or was on the way, of one step or standing where one asks."""
    view, names = journeys.get_journey(journey_id), find_offers().names
    step, status = request.GET.get("step", ""), request.GET.get("status", "")
    status = status if status in {one.value for one in EnrollmentStatus} else ""
    try:
        page = journeys.list_enrollments(
            journey_id, step=step, status=status, cursor=request.GET.get("after", "")
        )
    except Invalid:  # an address somebody typed: begin at the first page
        return redirect("console:journeys-people", request.store.slug, journey_id)
    found = customers.get_customers(one.customer_id for one in page.items)
    current = view.live_definition or view.definition
    rows = [
        {
            "enrollment": one,
            "customer": found.get(one.customer_id),
            "step": words.name_step(current, one.step, names) if one.step else "",
        }
        for one in page.items
    ]
    asked = step.removeprefix("passed:")
    counts = journeys.count_steps(journey_id)
    context = {
        **frame(request, view, "people"),
        "rows": rows,
        "page": page,
        "step": step,
        "status": status,
        "step_words": words.name_step(current, asked, names) if asked else "",
        "has_passed": step.startswith("passed:"),
        "parked_here": sum(one.parked for one in counts.values()),
    }
    return render(request, "console/journeys/people.html", context)


@require_GET
@console_view("journeys.view")
def person(request: ConsoleRequest, journey_id: UUID, enrollment_id: UUID) -> HttpResponse:
    """Show everything that happened to one person here, and why."""
    view, trace = journeys.get_journey(journey_id), journeys.get_trace(enrollment_id)
    if trace.enrollment.journey_id != journey_id:
        raise Http404
    names = find_offers().names
    definition = journeys.get_version(journey_id, trace.enrollment.version_number)
    passed = [(one.step, one.outcome) for one in trace.passages]
    taken = path_of(definition, passed, trace.enrollment.step)
    picture = Picture(
        definition, names, Links(""), open_step=trace.enrollment.step or None, path=taken
    )
    rows = [
        {
            "passage": one,
            "step": words.name_step(definition, one.step, names) if one.step else _("The start"),
            "icon": words.show_step(steps_of(definition).get(one.step, {}), names).icon if one.step else "spark",
            "words": outcome_words(one.outcome),
        }
        for one in reversed(trace.passages)
    ]  # fmt: skip
    context = {
        **frame(request, view, "people"),
        "enrollment": trace.enrollment,
        "customer": customers.get_customers([trace.enrollment.customer_id]).get(
            trace.enrollment.customer_id
        ),
        "step_words": words.name_step(definition, trace.enrollment.step, names)
        if trace.enrollment.step
        else "",
        "rows": rows,
        "canvas": picture.canvas(),
        "is_picture": True,
    }
    return render(request, "console/journeys/person.html", context)


@require_POST
@console_view("journeys.edit")
def retry(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Try the failed step again, for all it holds or for one."""
    wanted = request.POST.get("enrollment", "")
    try:
        one = UUID(wanted) if wanted else None
    except ValueError:
        raise Http404 from None
    count = journeys.retry_parked(
        journey_id=journey_id,
        step=request.POST.get("step", ""),
        enrollment_id=one,
        by=request.actor,
        at=now(),
    )
    said = ngettext("%d person goes on.", "%d people go on.", count) % count
    messages.success(request, said if count else _("Nobody was held any more."))
    return redirect("console:journeys-people", request.store.slug, journey_id)


@require_POST
@console_view("journeys.edit")
def remove(request: ConsoleRequest, journey_id: UUID, enrollment_id: UUID) -> HttpResponse:
    """Take one person out of the journey."""
    if journeys.get_trace(enrollment_id).enrollment.journey_id != journey_id:
        raise Http404
    done = _("Taken out. Nothing more of this journey reaches them.")
    act(request, done, journeys.remove_from_journey, is_gone_fine=True, enrollment_id=enrollment_id)
    return redirect("console:journeys-person", request.store.slug, journey_id, enrollment_id)
