"""Conditions of a journey, each on a page with the editor: filters, exits and questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from doorstep.console.access import ConsoleRequest, console_view
from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.offers import find_offers as find_values
from doorstep.console.conditions.views import editor_context
from doorstep.console.journeys import editing
from doorstep.console.journeys.graph import Definition, parse_edge, steps_of
from doorstep.console.journeys.pages import change_draft, frame, links_of
from doorstep.console.journeys.start_form import exits_of
from doorstep.kernel.clock import now
from doorstep.rooms.journeys import api as journeys


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a definition a condition stands.

    :param kind: ``filter``, ``order_filter``, ``exit``, ``step`` or ``add``.
    :param key: the exit's number ("new" for one more), the step's id, the edge.
    """

    kind: str
    key: str = ""

    def find(self, definition: Definition) -> tuple[Any, str] | None:
        """Return the condition there and what it is about, None where the place is gone."""
        match self.kind:
            case "filter":
                return definition.get("filter"), "customer"
            case "order_filter" if definition.get("subject") == "order":
                return definition.get("order_filter"), "order"
            case "exit":
                return self._find_exit(definition)
            case "step":
                step = steps_of(definition).get(self.key)
                if step is not None and step.get("type") == "branch":
                    return step.get("if"), "order" if step.get("about") == "order" else "customer"
            case "add" if editing.has_place(definition, parse_edge(self.key)):
                return None, "customer"
        return None

    def _find_exit(self, definition: Definition) -> tuple[Any, str] | None:
        if self.key == "new":
            return None, "customer"
        exits = exits_of(definition)
        nth = int(self.key) if self.key.isdecimal() and len(self.key) < 4 else len(exits)
        return (exits[nth].get("if"), "customer") if nth < len(exits) else None

    def put(self, definition: Definition, document: Any, about: str) -> tuple[dict[str, Any], str]:
        """Return the definition with another condition there, and the step to open."""
        if self.find(definition) is None:
            raise editing.CannotChange(_("This place is gone: the journey was changed meanwhile."))
        match self.kind:
            case "exit":
                exits = list(definition.get("exits") or [])
                nth = len(exits) if self.key == "new" else int(self.key)
                exits[nth:] = [{"if": document}, *exits[nth + 1 :]]
                return {**definition, "exits": exits}, ""
            case "step":
                step = dict(steps_of(definition)[self.key])
                step.update(_branch(document, about))
                if about != "order":
                    step.pop("about", None)
                return editing.change_step(definition, self.key, step), self.key
            case "add":
                return editing.add_step(definition, parse_edge(self.key), _branch(document, about))
        return {**definition, self.kind: document}, ""


def _branch(document: Any, about: str) -> dict[str, Any]:
    more = {"about": "order"} if about == "order" else {}
    return {"type": "branch", "if": document, **more}


def _title(place: Place) -> tuple[str, str]:
    return {
        "filter": (_("Only for these people"), _("Who does not meet this when the journey starts for them does not enter.")),
        "order_filter": (_("Only for these orders"), _("Which order does not meet this does not enter.")),
        "exit": (_("Ends early when"), _("Looked at before each step: who meets this leaves.")),
    }.get(place.kind, (_("Ask a question"), _("Who meets this goes the way “Yes”, all others “No”.")))  # fmt: skip


@require_http_methods(["GET", "POST"])
@console_view("journeys.edit")
def condition(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Edit one condition; its own page, as it needs the room."""
    asked = request.POST if request.method == "POST" else request.GET
    kind, _colon, key = asked.get("place", "filter").partition(":")
    place, view = Place(kind, key), journeys.get_journey(journey_id)
    found = place.find(view.definition)
    if found is None:
        return redirect(links_of(request, journey_id).to())
    document, about = found
    may_choose = kind in ("step", "add") and view.definition.get("subject") == "order"
    wanted = asked.get("about", "")
    if may_choose and wanted in ("customer", "order") and wanted != about:
        document, about = None, wanted
    more: dict[str, Any] = {"find_offers": find_values}
    if request.method == "GET":
        editor = ConditionEditor.of(document or {"all": []}, about, request.store.currency, **more)
        return _page(request, view, place, editor, about, may_choose)
    is_saving = request.POST.get("do") == "save"
    editor = ConditionEditor.read(
        request.POST, about, request.store.currency, is_strict=is_saving, **more
    )
    if (
        is_saving
        and not editor.is_asking
        and not editor.is_unfinished
        and _is_enough(place, editor)
    ):
        empty = place.kind.endswith("filter") and editor.is_empty
        made = None if empty else editor.document
        return change_draft(
            request,
            journey_id,
            lambda now_is: place.put(now_is, made, about),
            done=_("Saved in the draft."),
            extra="frame",
        )
    return _page(request, view, place, editor, about, may_choose, is_refused=is_saving)


def _is_enough(place: Place, editor: ConditionEditor) -> bool:
    return place.kind.endswith("filter") or not editor.is_empty


def _page(
    request: ConsoleRequest,
    view: Any,
    place: Place,
    editor: ConditionEditor,
    about: str,
    may_choose: bool,
    *,
    is_refused: bool = False,
) -> HttpResponse:
    title, note = _title(place)
    sent = request.POST.get("revision") if request.method == "POST" else None
    context = {
        **frame(request, view, "build"),
        **editor_context(request, editor),
        "links": links_of(request, view.summary.id),
        "place": f"{place.kind}:{place.key}" if place.key else place.kind,
        "title": title,
        "note": note,
        "about": about,
        "may_choose": may_choose,
        "revision": sent or view.revision,
        "is_refused": is_refused and not editor.is_asking,
        "is_filter": place.kind.endswith("filter"),
        "empty_words": _("No conditions yet: everybody is in.") if place.kind.endswith("filter") else _("Nothing is asked yet: add a condition."),
        "audience": _audience(view, place, editor),
    }  # fmt: skip
    status = 422 if is_refused and not editor.is_asking else 200
    return render(request, "console/journeys/condition.html", context, status=status)


def _audience(view: Any, place: Place, editor: ConditionEditor) -> int | None:
    """Count whom a filter lets in, as it stands in the form."""
    if place.kind != "filter" or editor.is_unfinished:
        return None
    document = None if editor.is_empty else editor.document
    return journeys.count_audience({**view.definition, "filter": document}, at=now())
