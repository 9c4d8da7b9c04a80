"""The form of what stands on top of a journey: what starts it, who may come again, what ends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.console.journeys.event_fields import AsksOfEvents
from doorstep.console.journeys.offers import Offers
from doorstep.console.journeys.step_forms import with_now

_TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class StartForm(AsksOfEvents):
    """Everything but the conditions, which have an editor of their own."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    subject = forms.ChoiceField(
        label=gettext_lazy("One way for each"),
        widget=forms.RadioSelect,
        choices=[
            ("customer", gettext_lazy("customer")),
            ("order", gettext_lazy("order: two orders of one person go two ways")),
        ],
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("It starts when"),
        widget=forms.RadioSelect,
        choices=[
            ("event", gettext_lazy("something happens")),
            ("segment", gettext_lazy("somebody enters or leaves a segment")),
            ("date", gettext_lazy("a date comes")),
        ],
    )
    event = forms.ChoiceField(label=gettext_lazy("What happens"), required=False)
    segment = forms.ChoiceField(label=gettext_lazy("Segment"), required=False)
    on = forms.ChoiceField(
        label=gettext_lazy("They"),
        required=False,
        choices=[("entered", gettext_lazy("enter it")), ("left", gettext_lazy("leave it"))],
    )
    include_members = forms.BooleanField(
        label=gettext_lazy("Who is in it when you publish starts at once"), required=False
    )
    source = forms.ChoiceField(label=gettext_lazy("Which date"), required=False)
    days = forms.IntegerField(
        label=gettext_lazy("Days"), required=False, min_value=0, max_value=366
    )
    side = forms.ChoiceField(
        label=gettext_lazy("Before or after"),
        required=False,
        choices=[("before", gettext_lazy("before it")), ("after", gettext_lazy("after it"))],
    )
    at = forms.TimeField(label=gettext_lazy("At"), required=False, widget=_TIME)
    again = forms.ChoiceField(
        label=gettext_lazy("May somebody come again?"),
        widget=forms.RadioSelect,
        choices=[
            ("never", gettext_lazy("No, once only")),
            ("after", gettext_lazy("Yes, after some days")),
            ("always", gettext_lazy("Yes, as soon as they are through")),
        ],
        help_text=gettext_lazy(
            "An order starts once in any case; with a date, once for each of its dates."
        ),
    )
    again_days = forms.IntegerField(
        label=gettext_lazy("Days between"), required=False, min_value=1, max_value=3_650
    )
    exit_events = forms.MultipleChoiceField(
        label=gettext_lazy("It ends early when"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A condition that ends it is added on the journey’s page."),
    )
    goal = forms.ChoiceField(label=gettext_lazy("What it is for"), required=False)
    goal_days = forms.IntegerField(
        label=gettext_lazy("Counts within, days"), required=False, min_value=1, max_value=366
    )
    goal_exits = forms.BooleanField(
        label=gettext_lazy("Who reaches it is done, and gets no more of it"), required=False
    )
    holdout = forms.IntegerField(
        label=gettext_lazy("Hold out, percent"),
        required=False,
        min_value=0,
        max_value=50,
        help_text=gettext_lazy(
            "They get nothing, by chance, so that you see what the journey adds."
        ),
    )

    def __init__(self, *args: Any, offers: Offers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        events: list[tuple[str, Any]] = list(offers.events)
        for name, empty, choices in (
            ("event", _("Choose an event"), events),
            ("segment", _("Choose a segment"), list(offers.segments)),
            ("source", _("Choose a date"), list(offers.sources)),
            ("goal", _("No goal"), events),
        ):
            pairs = with_now([("", empty), *choices], self.initial.get(name))
            self.fields[name].choices = pairs  # type: ignore[attr-defined]
        ends: list[tuple[str, Any]] = list(offers.exit_events)
        for one in self.initial.get("exit_events") or ():
            ends = ends if one in dict(ends) else [*ends, (one, offers.names.event(one))]
        self.fields["exit_events"].choices = ends  # type: ignore[attr-defined]
        self.ask_of_event(offers)

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen kind of start needs."""
        found: dict[str, Any] = super().clean() or {}
        needed = {"event": "event", "segment": "segment", "date": "source"}.get(
            found.get("kind", "")
        )
        if needed and not found.get(needed):
            self.add_error(needed, _("Choose one."))
        if found.get("kind") == "event":
            found["where"] = self.asks.read(found)
        if found.get("again") == "after" and not found.get("again_days"):
            self.add_error("again_days", _("Say after how many days."))
        return found


def initial_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields' values of a definition."""
    trigger, again, goal = (_part(definition, name) for name in ("trigger", "reentry", "goal"))
    days = trigger.get("days_before", 0)
    days = days if isinstance(days, int) else 0
    return {
        "name": definition.get("name", ""),
        "subject": definition.get("subject", "customer"),
        "kind": trigger.get("type", "event"),
        "event": trigger.get("event", ""),
        "where": trigger.get("where"),
        "where_of": trigger.get("event", ""),
        "segment": trigger.get("segment", ""),
        "on": trigger.get("on", "entered"),
        "include_members": trigger.get("include_members", False),
        "source": trigger.get("source", ""),
        "days": abs(days),
        "side": "after" if days < 0 else "before",
        "at": trigger.get("at", "09:00"),
        "again": again.get("mode", "never"),
        "again_days": again.get("days") or 90,
        "exit_events": [
            event
            for one in exits_of(definition)
            if isinstance(event := one.get("event"), str) and event
        ],
        "goal": goal.get("event", ""),
        "goal_days": goal.get("days", 30),
        "goal_exits": goal.get("exits", True),
        "holdout": definition.get("holdout_percent") or 0,
    }


def change_frame(definition: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition with what a good form says."""
    new = dict(definition)
    new.update(
        name=data["name"],
        subject=data["subject"],
        trigger=_trigger(definition, data),
        reentry=_reentry(data),
        exits=_exits(definition, data["exit_events"]),
        holdout_percent=data["holdout"] or 0,
    )
    new["goal"] = None
    if data["goal"]:
        goal = {"event": data["goal"], "days": data["goal_days"] or 30, "exits": data["goal_exits"]}
        new["goal"] = _with_where(goal, _part(definition, "goal"))
    if new["subject"] != "order":
        new.pop("order_filter", None)
    return new


def _trigger(definition: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    match data["kind"]:
        case "event":
            trigger = {"type": "event", "event": data["event"]}
            return {**trigger, "where": data["where"]} if data.get("where") else trigger
        case "segment":
            return {
                "type": "segment",
                "segment": data["segment"],
                "on": data["on"] or "entered",
                "include_members": data["include_members"] and data["on"] != "left",
            }
    days = data["days"] or 0
    at = data["at"].strftime("%H:%M") if data["at"] else "09:00"
    days = -days if data["side"] == "after" else days
    return {"type": "date", "source": data["source"], "days_before": days, "at": at}


def _with_where(made: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what an event's fields must be, as long as it is the same event."""
    if before.get("event") == made["event"] and before.get("where"):
        made["where"] = before["where"]
    return made


def _reentry(data: Mapping[str, Any]) -> dict[str, Any]:
    if data["again"] == "after":
        return {"mode": "after", "days": data["again_days"]}
    return {"mode": data["again"]}


def _exits(definition: Mapping[str, Any], events: list[str]) -> list[Any]:
    kept = [one for one in exits_of(definition) if "event" not in one or one["event"] in events]
    there = {one.get("event") for one in kept}
    return kept + [{"event": event} for event in events if event not in there]


def exits_of(definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what ends the journey early."""
    found = definition.get("exits")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _part(definition: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = definition.get(name)
    return found if isinstance(found, Mapping) else {}
