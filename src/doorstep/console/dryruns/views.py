"""Dry runs of a journey: ask for one, watch it, read what it would have done."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view
from doorstep.console.dryruns import words
from doorstep.console.journeys.find_offers import find_offers
from doorstep.console.journeys.outline import number_steps
from doorstep.console.journeys.pages import frame
from doorstep.console.journeys.words import name_step
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid
from doorstep.kernel.money import format_money
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import CustomerInfo
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import DryRunInfo, DryRunLineInfo, JourneyView

PRESETS = {"30": timedelta(days=30), "365": timedelta(days=365)}
LINES = 50


@require_http_methods(["GET", "POST"])
@console_view("journeys.view")
def dry_runs(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """List a journey's dry runs, and ask for another."""
    view = journeys.get_journey(journey_id)
    problem = ""
    if request.method == "POST":
        try:
            run_id = journeys.ask_dry_run(
                journey_id=journey_id, **_span(request), by=request.actor, at=now()
            )
            return redirect("console:journeys-dry-run", request.store.slug, journey_id, run_id)
        except Invalid as error:
            problem = error.message
    context = {
        **frame(request, view, "dry-runs"),
        "runs": [(run, *words.status_words(run.status)) for run in journeys.list_dry_runs(journey_id)],
        "problem": problem,
        "since": request.POST.get("since", ""),
        "until": request.POST.get("until", ""),
    }  # fmt: skip
    return render(request, "console/dryruns/list.html", context, status=422 if problem else 200)


def _span(request: ConsoleRequest) -> dict[str, datetime]:
    """Return the span that was chosen: a preset, or two days on the shop's calendar.

    :raises Invalid: a day is missing or none.
    """
    preset = PRESETS.get(request.POST.get("last", ""))
    if preset is not None:
        at = now()
        return {"since": at - preset, "until": at}
    zone = ZoneInfo(request.store.timezone)
    try:
        first, last = (
            date.fromisoformat(request.POST.get(name, "")) for name in ("since", "until")
        )
        return {
            "since": datetime.combine(first, time(), zone),
            "until": datetime.combine(last + timedelta(days=1), time(), zone),
        }
    except (ValueError, OverflowError):
        raise Invalid(_("Choose the first and the last day."), field="since") from None


@require_GET
@console_view("journeys.view")
def dry_run(request: ConsoleRequest, journey_id: UUID, run_id: UUID) -> HttpResponse:
    """Show a run: how far it is, or what it found."""
    view, run = journeys.get_journey(journey_id), _run(journey_id, run_id)
    said, tone = words.status_words(run.status)
    context: dict[str, Any] = {
        **frame(request, view, "dry-runs"),
        "run": run,
        "run_words": said,
        "run_tone": tone,
        "percent": round(100 * run.progress),
        "is_open": run.status in ("queued", "running"),
    }
    if run.result is not None:
        context |= _found(request, view, run) | _lines(request, view, run)
    return render(request, "console/dryruns/run.html", context)


def _run(journey_id: UUID, run_id: UUID) -> DryRunInfo:
    run = journeys.get_dry_run(run_id)
    if run.journey_id != journey_id:
        raise Http404
    return run


def _found(request: ConsoleRequest, view: JourneyView, run: DryRunInfo) -> dict[str, Any]:
    """Return what the charts and the sentences of a finished run say."""
    result, zone, names = run.result or {}, ZoneInfo(request.store.timezone), find_offers().names
    first = run.since.astimezone(zone).date()
    last = (run.until - timedelta(microseconds=1)).astimezone(zone).date()
    totals = {
        outcome: sum(counts.get(outcome, 0) for counts in result["days"].values())
        for outcome in words.OUTCOMES
    }
    order = number_steps(view.definition)
    titles = {str(one.id): one.name for one in journeys.list_journeys()} if result["others"] else {}
    return {
        "result": result,
        "chart": words.chart(result["days"], first, last),
        "bars_are": words.bar_span_words((last - first).days + 1),
        "totals": [(words.outcome_words(o), words.TONES[o], n) for o, n in totals.items()],
        "message_count": sum(totals.values()),
        "costs": [
            (
                format_money(one["amount_minor"], one["currency"], get_language() or "en"),
                one["people"],
            )
            for one in result.get("costs", ())
        ],
        "reasons": [(words.reason_words(key), n) for key, n in result["reasons"].items()],
        "steps": [
            (
                name_step(view.definition, step, names) if step else _("On the way"),
                [(words.step_outcome_words(o), n) for o, n in counts.items()],
            )
            for step, counts in sorted(
                result["steps"].items(), key=lambda one: order.get(one[0], 0)
            )
        ],
        "others": [
            (
                titles.get(key, _("A journey that is gone")),
                key,
                counts.get("send", 0) + counts.get("defer", 0),
                counts.get("drop", 0),
            )
            for key, counts in result["others"].items()
        ],
        "goal_words": words.goal_words(result) if view.definition.get("goal") else "",
    }


def _lines(request: ConsoleRequest, view: JourneyView, run: DryRunInfo) -> dict[str, Any]:
    """Return the messages the filters ask for, with the people they name."""
    day, outcome = request.GET.get("day", ""), request.GET.get("outcome", "")
    outcome = outcome if outcome in words.OUTCOMES else ""
    after, asked = request.GET.get("after", ""), request.GET.get("customer", "")
    person = _customer(asked)
    try:
        lines = journeys.list_dry_run_lines(
            run.id,
            customer_id=person,
            outcome=outcome,
            day=day,
            own_only=person is None,
            after=int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0,
            limit=LINES + 1,
        )
    except Invalid as error:
        flash.error(request, error.message)
        day, lines = "", []
    found = customers.get_customers(line.customer_id for line in lines)
    names = find_offers().names
    titles = {one.id: one.name for one in journeys.list_journeys()} if person else {}

    def row(line: DryRunLineInfo) -> dict[str, Any]:
        own = line.journey_id == run.journey_id
        return {
            "line": line,
            "customer": found.get(line.customer_id),
            "said": words.outcome_words(line.outcome),
            "tone": words.TONES.get(line.outcome, "neutral"),
            "step": name_step(view.definition, line.step, names) if own else "",
            "other": "" if own else titles.get(line.journey_id, ""),
        }

    return {
        "rows": [row(line) for line in lines[:LINES]],
        "next": lines[LINES - 1].id if len(lines) > LINES else "",
        "day": day,
        "outcome": outcome,
        "person_name": _name(found.get(person)) if person else "",
        "person_id": asked if person else "",
        "outcomes": [(one, words.outcome_words(one)) for one in words.OUTCOMES],
    }


def _name(person: CustomerInfo | None) -> str:
    return (person.name or person.email if person else "") or _("one person")


def _customer(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


@require_POST
@console_view("journeys.edit")
def cancel(request: ConsoleRequest, journey_id: UUID, run_id: UUID) -> HttpResponse:
    """Stop a run that has not ended."""
    _run(journey_id, run_id)
    act(request, _("Canceled."), journeys.cancel_dry_run, run_id=run_id)
    return redirect("console:journeys-dry-run", request.store.slug, journey_id, run_id)
