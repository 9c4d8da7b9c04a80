"""The builder: one page with what stands on top, canvas or list, and what is open beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from doorstep.console.access import ConsoleRequest, console_view
from doorstep.console.journeys import editing, words
from doorstep.console.journeys.canvas import Picture, frame_rows
from doorstep.console.journeys.find_offers import find_offers
from doorstep.console.journeys.graph import (
    Edge,
    edges_of,
    has_choice,
    parse_edge,
    steps_of,
    target_of,
)
from doorstep.console.journeys.offers import Offers
from doorstep.console.journeys.pages import change_draft, frame, links_of, problem_rows
from doorstep.console.journeys.start_form import StartForm, change_frame, exits_of, initial_of
from doorstep.console.journeys.step_forms import FORMS, StepForm, form_name
from doorstep.kernel.clock import now
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import JourneyView


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of step in the menu of a ``+``."""

    kind: str
    icon: str
    label: str
    hint: str


def menu(offers: Offers) -> list[tuple[str, list[Choice]]]:
    """Return the kinds of steps there are, on shelves."""
    return [
        (_("Say"), [Choice("message", "mail", _("Message"), _("On the channel that suits each person best"))]),
        (
            _("Wait"),
            [
                Choice("wait-for", "clock", _("Some time"), _("Minutes, hours, days or weeks")),
                Choice("wait-until", "calendar", _("Until a weekday and time"), _("In the recipient’s own time")),
                Choice("wait-event", "bell", _("Until something happens"), _("Or until it takes too long")),
                Choice("wait-delivery", "truck", _("Until after the delivery"), _("Moves when the parcel is late")),
            ],
        ),
        (
            _("Decide"),
            [
                Choice("branch", "merge", _("Ask a question"), _("Yes goes one way, no the other")),
                Choice("split", "sort", _("Split by chance"), _("To compare two ways, or to hold some out")),
            ],
        ),
        (_("Do"), [Choice(f"action:{one.name}", "spark", one.label, one.summary) for one in offers.actions]),
    ]  # fmt: skip


@require_GET
@console_view("journeys.view")
def builder(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Show a journey, with what the address opens: a step, a place for a new one, the frame."""
    return builder_page(request, journey_id)


def builder_page(
    request: ConsoleRequest, journey_id: UUID, *, form: Any = None, status: int = 200
) -> HttpResponse:
    """Render the builder; ``form`` is one that was refused, to be shown in its place."""
    view, offers = journeys.get_journey(journey_id), find_offers()
    links = links_of(request, journey_id)
    asked = request.POST if request.method == "POST" else request.GET
    step, at = asked.get("step", ""), asked.get("at", "")
    edge = parse_edge(at) if at else None
    counts = journeys.count_steps(journey_id) if view.live_definition is not None else None
    picture = Picture(
        view.definition, offers.names, links, view.problems, counts, step or None, edge
    )
    steps = picture.steps()
    may_edit = "journeys.edit" in request.permissions and view.summary.status != "archived"
    near = step if step in steps else (edge.step if edge else "")
    here = steps[near].anchor if near in steps else ("s-0" if edge or asked.get("open") else "flow")
    context: dict[str, Any] = {
        **frame(request, view, "build"),
        "links": links,
        "may_edit": may_edit,
        # A swap replaces the builder alone: what was done is then said in it, else at the foot.
        "is_swap": request.headers.get("HX-Request") == "true",
        "frame_rows": frame_rows(view.definition, offers.names, links),
        "audience": journeys.count_audience(view.definition, at=now()),
        "problems": problem_rows(view, steps, links),
        "blocking": sum(problem.is_blocking for problem in view.problems),
        "can_undo": may_edit and view.summary.has_draft and journeys.can_undo_draft(journey_id),
        "step_count": len(steps),
        "other_view": links_of_other(links, step, at, asked.get("open", ""), here),
        "start_href": links.to("s-0", open="start"),
        "close_href": links.to(here),
    }
    if links.view == "list":
        context["lines"] = picture.lines()
    else:
        context["canvas"] = picture.canvas()
    context["drawer"] = _drawer(request, view, offers, picture, steps, form)
    return render(request, "console/journeys/builder.html", context, status=status)


def links_of_other(links: Any, step: str, at: str, opened: str, anchor: str) -> dict[str, str]:
    """Return the addresses of the same place as canvas and as list, and nearer or farther."""
    kept = {"step": step, "at": at, "open": opened}
    return {
        "canvas": type(links)(links.base, "canvas", links.is_far).to(anchor, **kept),
        "list": type(links)(links.base, "list", links.is_far).to(anchor, **kept),
        "far": type(links)(links.base, "canvas", not links.is_far).to("flow", **kept),
    }


def _drawer(
    request: ConsoleRequest,
    view: JourneyView,
    offers: Offers,
    picture: Picture,
    steps: Any,
    form: Any,
) -> dict[str, Any] | None:
    """Return what is open beside the canvas, None for nothing."""
    asked = request.POST if request.method == "POST" else request.GET
    if asked.get("at"):
        return _adding(asked, view, offers, picture, steps, form)
    if asked.get("open") == "start":
        made = form or StartForm(
            initial=_with_event(asked, initial_of(view.definition)), offers=offers
        )
        return {"kind": "start", "form": made, "exits": _condition_exits(view, offers)}
    step = asked.get("step", "")
    if step not in steps:
        return None
    form = form or step_form(steps_of(view.definition)[step], offers, event=asked.get("event", ""))
    return _step_drawer(view, offers, picture, steps, step, form)


def _condition_exits(view: JourneyView, offers: Offers) -> list[tuple[int, str]]:
    return [
        (nth, words.show_exit(one, offers.names))
        for nth, one in enumerate(exits_of(view.definition))
        if "event" not in one
    ]


def _adding(
    asked: Any, view: JourneyView, offers: Offers, picture: Picture, steps: Any, form: Any
) -> dict[str, Any] | None:
    edge = parse_edge(asked["at"])
    if not editing.has_place(view.definition, edge):
        return {"kind": "gone"}
    place, kind = picture.place(edge, steps), asked.get("kind", "")
    if form is None and kind.partition(":")[0] not in FORMS:
        target = None if edge.slot == editing.BEFORE else target_of(view.definition, edge)
        return {
            "kind": "menu",
            "edge": edge,
            "place": place,
            "shelves": [
                (shelf, [(one, _choice_href(view, picture, edge, one.kind)) for one in choices])
                for shelf, choices in menu(offers)
            ],
            "target": target,
            "targets": [one for one in steps.values() if one.id not in (edge.step, target)],
            "can_lead": edge.slot != editing.BEFORE,
        }
    made = form or new_form(kind, offers, event=asked.get("event", ""))
    if made is None:
        return {"kind": "gone"}
    choices = [one for _shelf, shelf in menu(offers) for one in shelf]
    choice = next((one for one in choices if one.kind == kind), choices[0])
    return {
        "kind": "new",
        "edge": edge,
        "place": place,
        "form": made,
        "fields": kind.partition(":")[0],
        "choice": choice,
        "menu_href": picture.links.to("drawer", at=str(edge)),
    }


def _choice_href(view: JourneyView, picture: Picture, edge: Edge, kind: str) -> str:
    """Return where a kind of step is filled in: a question has a page of its own."""
    if kind != "branch":
        return picture.links.to("drawer", at=str(edge), kind=kind)
    asked = urlencode({"place": f"add:{edge}", "view": picture.links.view})
    return f"{picture.links.base}condition/?{asked}"


def _with_event(asked: Any, initial: dict[str, Any]) -> dict[str, Any]:
    """Show the form as it is when another event is chosen in it: each has fields of its own."""
    return {**initial, "event": asked["event"]} if asked.get("event") else initial


def new_form(kind: str, offers: Offers, data: Any = None, *, event: str = "") -> StepForm | None:
    """Return the form for a new step, None where there is no such kind."""
    name, _colon, action = kind.partition(":")
    if name not in FORMS or (name == "action" and offers.action(action) is None):
        return None
    blank = {"action": action} if name == "action" else {}
    initial = FORMS[name].initial_of(blank)
    if event and name == "wait-event":
        initial["event"] = event
    return FORMS[name](data, initial=initial, offers=offers)


def step_form(step: Any, offers: Offers, data: Any = None, *, event: str = "") -> StepForm | None:
    """Return the form of a step, None for a branch and for what no form can show."""
    name = form_name(step)
    if name not in FORMS or (name == "action" and offers.action(str(step.get("action"))) is None):
        return None
    initial = {**FORMS[name].initial_of(step), "is_there": True}
    if event and name == "wait-event":
        initial["event"] = event
    return FORMS[name](data, initial=initial, offers=offers)


def _step_drawer(
    view: JourneyView, offers: Offers, picture: Picture, steps: Any, step: str, form: Any
) -> dict[str, Any]:
    found = steps_of(view.definition)[step]
    ways = []
    for edge in edges_of(view.definition, step):
        target = target_of(view.definition, edge)
        ways.append(
            {
                "slot": edge.slot,
                "words": words.show_way(found, edge.slot),
                "target": steps.get(target or ""),
                "href": picture.links.to(steps[step].anchor, at=str(edge)),
            }
        )
    message = offers.message(str(found.get("template"))) if found.get("type") == "message" else None
    return {
        "kind": "step",
        "step": steps[step],
        "form": form,
        "fields": form_name(found),
        "ways": ways,
        "parts": has_choice(found),
        "message": message,
        "shown_channel": _shown_channel(found, message),
        "places": _places(view, picture, steps, step),
        "meets": len(editing.edges_to(view.definition, step)) > 1,
        "before": picture.links.to(steps[step].anchor, at=str(Edge(step, editing.BEFORE))),
    }


def _shown_channel(step: Any, message: Any) -> str:
    """Return the channel whose text is shown beside a message step."""
    if message is None:
        return ""
    wanted = step.get("channel", "best")
    texts = [one for one in ("email", "sms") if one in message.channels]
    if wanted in texts:
        return str(wanted)
    return texts[0] if texts and wanted == "best" else (texts[-1] if texts else "")


def _places(view: JourneyView, picture: Picture, steps: Any, step: str) -> list[tuple[str, str]]:
    """Return where a step could go, with what belongs to it."""
    block = editing.block_of(view.definition, step)
    if block is None:
        return []
    moving = block[0]
    now_at = {str(edge) for edge in editing.edges_to(view.definition, step)}
    return [
        (str(edge), picture.place(edge, steps))
        for name in ["", *steps]
        if name not in moving
        for edge in edges_of(view.definition, name)
        if str(edge) not in now_at
    ]


@require_POST
@console_view("journeys.edit")
def add(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Put a new step in, as its form says."""
    kind, edge = request.POST.get("kind", ""), parse_edge(request.POST.get("at", ""))
    form = new_form(kind, find_offers(), request.POST)
    if form is None:
        return builder_page(request, journey_id, status=422)
    if not form.is_valid():
        return builder_page(request, journey_id, form=form, status=422)

    def put_in(definition: Any) -> tuple[dict[str, Any], str]:
        made = form.step()
        for arm in made.get("arms", ()):
            arm.pop("was", None)
        return editing.add_step(definition, edge, made)

    return change_draft(request, journey_id, put_in, done=_("Step added to the draft."))


@require_POST
@console_view("journeys.edit")
def save_step(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Change what a step does."""
    step, offers = request.POST.get("step", ""), find_offers()
    found = steps_of(journeys.get_journey(journey_id).definition).get(step)
    form = step_form(found, offers, request.POST) if found is not None else None
    if form is None:
        return builder_page(request, journey_id, status=422)
    if not form.is_valid():
        return builder_page(request, journey_id, form=form, status=422)
    return change_draft(
        request,
        journey_id,
        lambda definition: (editing.change_step(definition, step, form.step()), step),
        done=_("Saved in the draft."),
    )


@require_POST
@console_view("journeys.edit")
def save_start(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Change what stands on top of the journey."""
    definition = journeys.get_journey(journey_id).definition
    form = StartForm(request.POST, initial=initial_of(definition), offers=find_offers())
    if not form.is_valid():
        return builder_page(request, journey_id, form=form, status=422)
    return change_draft(
        request,
        journey_id,
        lambda found: (change_frame(found, form.cleaned_data), ""),
        done=_("Saved in the draft."),
        extra="frame",
    )


@require_POST
@console_view("journeys.edit")
def rearrange(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Remove, move or copy a step, or lead a way elsewhere."""
    sent = request.POST
    step, edge = sent.get("step", ""), parse_edge(sent.get("place", ""))

    def change(definition: Any) -> tuple[dict[str, Any], str]:
        match sent.get("do"):
            case "remove":
                return editing.remove_step(definition, step, keep=sent.get("keep", "")), ""
            case "copy":
                return editing.duplicate_step(definition, step)
            case "move":
                return editing.move_step(definition, step, edge), step
            case "lead":
                return editing.connect(definition, edge, sent.get("target") or None), ""
            case "remove-exit":
                return _without_exit(definition, sent.get("exit", "")), ""
        raise editing.CannotChange(_("Choose what to do."))

    done = {
        "remove": _("Step removed from the draft."),
        "copy": _("Copied: this is the copy."),
        "move": _("Moved."),
    }.get(sent.get("do", ""), _("Saved in the draft."))
    return change_draft(request, journey_id, change, done=done, extra="flow")


def _without_exit(definition: Any, nth: str) -> dict[str, Any]:
    exits = list(definition.get("exits") or [])
    if not nth.isdecimal() or int(nth) >= len(exits):
        raise editing.CannotChange(_("This is gone: the journey was changed meanwhile."))
    del exits[int(nth)]
    return {**definition, "exits": exits}
