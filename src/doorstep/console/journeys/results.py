"""What a journey brought: its messages in numbers, its splits, and what it adds."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view
from doorstep.console.journeys import words
from doorstep.console.journeys.canvas import Links, Picture, StepView
from doorstep.console.journeys.evidence import Evidence, weigh
from doorstep.console.journeys.find_offers import find_offers
from doorstep.console.journeys.numbers import show_numbers, show_split
from doorstep.console.journeys.pages import frame
from doorstep.kernel.clock import now
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import JourneyResults, StepResults

CHART_DAYS = 30


@require_GET
@console_view("journeys.view")
def results(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Show how the journey goes: what its messages brought, which way is better, what it adds."""
    view, report = journeys.get_journey(journey_id), journeys.goal_report(journey_id)
    definition, names = view.live_definition or view.definition, find_offers().names
    versions = journeys.list_versions(journey_id)
    days = _chosen(request, "days", journeys.WINDOWS) or journeys.WINDOW
    number = _chosen(request, "version", [one.number for one in versions])
    brought = journeys.journey_results(journey_id, number=number, days=days)
    counts = journeys.count_steps(journey_id, number=number)
    steps = Picture(definition, names, Links(""), (), counts).steps()
    found = weigh(
        entered=report.entered,
        reached=report.reached,
        held_out=report.held_out,
        held_out_reached=report.held_out_reached,
    )
    by_day = journeys.entries_by_day(journey_id, days=CHART_DAYS, at=now())
    context = {
        **frame(request, view, "results"),
        "verdict": verdict_words(found),
        "bars": _bars(found),
        "goal": words.goal(definition, names) if definition.get("goal") else "",
        "by_day": [
            (date_format(date.fromisoformat(day), "j M"), float(count)) for day, count in by_day
        ],
        "entered_lately": sum(count for _day, count in by_day),
        "outcomes": [one for one in steps.values() if one.counts is not None],
        "days": CHART_DAYS,
        "window": days,
        "window_options": _windows(),
        "version": number,
        "versions": versions,
        "version_options": [
            ("", _("all versions")),
            *((one.number, _("version %d") % one.number) for one in versions),
        ],
        "total": show_numbers(brought.total),
        "messages_shown": _messages(brought, steps, names),
        "splits": [(steps.get(one.step), show_split(one, days)) for one in brought.splits],
    }
    return render(request, "console/journeys/results.html", context)


@require_POST
@console_view("journeys.publish")
def keep_winner(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Let everybody go one way of a split."""
    journeys.get_journey(journey_id)
    arm = request.POST.get("arm", "")
    act(
        request,
        _("From now on everybody goes the way “%s”.") % arm,
        journeys.keep_winner,
        is_gone_fine=True,
        journey_id=journey_id,
        step=request.POST.get("step", ""),
        arm=arm,
        people="move" if request.POST.get("people") == "move" else "stay",
    )
    return redirect("console:journeys-results", request.store.slug, journey_id)


def _windows() -> list[tuple[int, str]]:
    return [(n, ngettext("within %d day", "within %d days", n) % n) for n in journeys.WINDOWS]


def _chosen(request: ConsoleRequest, name: str, offered: Any) -> int | None:
    """Return what was chosen of what is offered; an address somebody typed chooses nothing."""
    text = request.GET.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
    return number if number in offered else None


def _messages(
    brought: JourneyResults, steps: dict[str, StepView], names: words.Names
) -> list[dict[str, Any]]:
    """Return each message with what it is called, as the live version orders them."""
    order = {step: nth for nth, step in enumerate(steps)}
    rows = sorted(brought.steps, key=lambda one: order.get(one.step, len(order)))
    return [_message(one, steps.get(one.step), names) for one in rows]


def _message(one: StepResults, step: StepView | None, names: words.Names) -> dict[str, Any]:
    shown = show_numbers(one.numbers, channel=one.channel)
    return {
        "step": step,
        "title": step.shown.title if step else names.message(one.template),
        "numbers": shown,
        "is_marketing": one.numbers.counts_orders,
    }


def verdict_words(found: Evidence) -> tuple[str, str]:
    """Say in a headline and a sentence what the comparison means so far."""
    low, high = f"{100 * found.low:+.1f}", f"{100 * found.high:+.1f}"
    between = _("With 95 %% certainty the true difference lies between %(low)s and %(high)s percentage points.") % {"low": low, "high": high}  # fmt: skip
    match found.verdict:
        case "nobody":
            return _("Nothing to compare with yet"), _("Nobody was held out, so nobody can tell what would have happened without the journey. Hold out a few percent to find out.")  # fmt: skip
        case "early":
            return _("Too early to say"), _("At least 30 people on each side are needed before a difference means anything. Let it run.")  # fmt: skip
        case "more":
            return _("The journey works"), between
        case "less":
            return _("Without it, more people would reach the goal"), between
    return _("No clear difference yet"), between + " " + _("That includes none at all: let it run on, or hold out more people.")  # fmt: skip


def _bars(found: Evidence) -> list[dict[str, Any]]:
    """Return the two shares as bars with their intervals, on a scale that fits both (0 to 600)."""
    top = max(found.got.high if found.got.of else 0, found.held_out.high if found.held_out.of else 0, 0.02)  # fmt: skip
    rows = []
    for label, share, tone in ((_("Got the journey"), found.got, "brand"), (_("Held out"), found.held_out, "neutral")):  # fmt: skip
        if share.of:
            rows.append({
                "label": label, "share": share, "tone": tone,
                "width": round(600 * share.value / top, 1),
                "low": round(600 * share.low / top, 1), "high": round(600 * share.high / top, 1),
            })  # fmt: skip
    return rows
