"""The forms of the steps: from a step's JSON to fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.console.journeys.event_fields import AsksOfEvents
from doorstep.console.journeys.graph import arms_of
from doorstep.console.journeys.offers import ActionOffer, Offers

UNITS = [
    ("minutes", gettext_lazy("minutes")),
    ("hours", gettext_lazy("hours")),
    ("days", gettext_lazy("days")),
    ("weeks", gettext_lazy("weeks")),
]
WEEKDAYS = [
    ("1", gettext_lazy("Monday")),
    ("2", gettext_lazy("Tuesday")),
    ("3", gettext_lazy("Wednesday")),
    ("4", gettext_lazy("Thursday")),
    ("5", gettext_lazy("Friday")),
    ("6", gettext_lazy("Saturday")),
    ("7", gettext_lazy("Sunday")),
]
CHANNELS = {
    "best": gettext_lazy("The best one for each person"),
    "email": gettext_lazy("E-mail"),
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "messenger": "Messenger",
    "push": gettext_lazy("Web push"),
}
MOST_ARMS = 10
_TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class StepForm(forms.Form):
    """What all steps' forms have: ``step()`` gives the JSON without where it leads."""

    def __init__(self, *args: Any, offers: Offers, **kwargs: Any) -> None:
        self.offers = offers
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fill the choices."""

    @classmethod
    def initial_of(cls, step: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields' values of a step."""
        raise NotImplementedError

    def step(self) -> dict[str, Any]:
        """Return the step that the form's values mean."""
        raise NotImplementedError


class MessageForm(StepForm):
    """Send a message; the contact gate has the last word."""

    template = forms.ChoiceField(label=gettext_lazy("Which message"))
    channel = forms.ChoiceField(
        label=gettext_lazy("Where"),
        help_text=gettext_lazy("The best one: where this person may be written to and reads."),
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("What it is for"),
        widget=forms.RadioSelect,
        choices=[
            ("service", gettext_lazy("Service: belongs to what was bought, sells nothing")),
            ("marketing", gettext_lazy("Marketing: goes only to those who agreed")),
        ],
    )
    topic = forms.ChoiceField(
        label=gettext_lazy("Topic"),
        required=False,
        help_text=gettext_lazy("People can switch topics off one by one."),
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        min_value=0,
        max_value=100,
        initial=50,
        help_text=gettext_lazy(
            "0 to 100. Where two messages want the same place, the higher one goes."
        ),
    )

    def prepare(self) -> None:
        """Offer the messages that journeys may send."""
        kinds = [(one.kind, one.label) for one in self.offers.messages]
        written = {channel for one in self.offers.messages for channel in one.channels}
        known = [(key, label) for key, label in CHANNELS.items() if key == "best" or key in written]
        for name, choices in (
            ("template", [("", _("Choose a message")), *kinds]),
            ("channel", known),
            ("topic", [("", _("No topic")), *self.offers.topics]),
        ):
            self.fields[name].choices = with_now(choices, self.initial.get(name))  # type: ignore[attr-defined]

    @classmethod
    def initial_of(cls, step: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields' values of a step."""
        known = {name: step[name] for name in cls.base_fields if step.get(name) not in (None, "")}
        return {"channel": "best", "purpose": "marketing", "priority": 50, **known}

    def clean(self) -> dict[str, Any]:
        """Refuse a channel that the message has no text for."""
        found: dict[str, Any] = super().clean() or {}
        message = self.offers.message(found.get("template", ""))
        channel = found.get("channel", "best")
        if message and channel != "best" and channel not in message.channels:
            self.add_error("channel", _("This message has no text for this channel yet. Write one under Templates, or choose the best channel."))  # fmt: skip
        return found

    def step(self) -> dict[str, Any]:
        """Return the message step."""
        made = {"type": "message", **self.cleaned_data}
        return {name: value for name, value in made.items() if value != ""}


class WaitForForm(StepForm):
    """Wait a span of time."""

    count = forms.IntegerField(label=gettext_lazy("How long"), min_value=1, max_value=100_000)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, initial="days")

    @classmethod
    def initial_of(cls, step: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields' values of a step."""
        return _span_fields(step.get("for"), 3)

    def step(self) -> dict[str, Any]:
        """Return the wait."""
        data = self.cleaned_data
        return {"type": "wait", "for": {data["unit"]: data["count"]}}


class WaitUntilForm(StepForm):
    """Wait until a weekday and a time of the day."""

    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On"), choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )
    start = forms.TimeField(label=gettext_lazy("From"), widget=_TIME)
    end = forms.TimeField(label=gettext_lazy("to"), widget=_TIME)
    zone = forms.ChoiceField(
        label=gettext_lazy("Whose clock"),
        widget=forms.RadioSelect,
        choices=[
            ("recipient", gettext_lazy("The recipient’s own time")),
            ("store", gettext_lazy("The store’s time")),
        ],
        help_text=gettext_lazy("Where nobody knows the recipient’s, the store’s is taken."),
    )

    @classmethod
    def initial_of(cls, step: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields' values of a step."""
        given = step.get("until")
        given = given if isinstance(given, Mapping) else {}
        days = given.get("weekdays", [1, 2, 3, 4, 5])
        return {
            "weekdays": [str(day) for day in days],
            "start": given.get("from", "09:00"),
            "end": given.get("to", "18:00"),
            "zone": given.get("zone", "recipient"),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse a window that ends before it begins."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("start") and found.get("end") and found["start"] >= found["end"]:
            self.add_error("end", _("Choose an end that is later than the beginning."))
        return found

    def step(self) -> dict[str, Any]:
        """Return the wait."""
        data = self.cleaned_data
        until = {
            "weekdays": sorted(map(int, data["weekdays"])),
            "from": data["start"].strftime("%H:%M"),
            "to": data["end"].strftime("%H:%M"),
            "zone": data["zone"],
        }
        return {"type": "wait", "until": until}


class WaitEventForm(StepForm, AsksOfEvents):
    """Wait until something happens, not for ever."""

    event = forms.ChoiceField(label=gettext_lazy("What to wait for"))
    count = forms.IntegerField(
        label=gettext_lazy("But no longer than"), min_value=1, max_value=100_000
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, initial="days")
    same_order = forms.BooleanField(
        label=gettext_lazy("Only about the same order"),
        required=False,
        help_text=gettext_lazy("Where the journey is about an order, and what happens is too."),
    )

    def prepare(self) -> None:
        """Offer the events."""
        self.fields["event"].choices = with_now(  # type: ignore[attr-defined]
            [("", _("Choose an event")), *self.offers.events], self.initial.get("event")
        )
        self.ask_of_event(self.offers)

    @classmethod
    def initial_of(cls, step: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields' values of a step."""
        event = step.get("event", "")
        same = step.get("same_order", event != "orders.order_placed")
        return {
            "event": event,
            "same_order": same,
            "where": step.get("where"),
            "where_of": event,
            **_span_fields(step, 7),
        }

    def step(self) -> dict[str, Any]:
        """Return the wait."""
        data = self.cleaned_data
        made = {
            "type": "wait",
            "event": data["event"],
            data["unit"]: data["count"],
            "same_order": data["same_order"],
        }
        if where := self.where():
            made["where"] = where
        return made


class WaitDeliveryForm(StepForm):
    """Wait for the delivery of the item; moves when the parcel is late."""

    days = forms.IntegerField(
        label=gettext_lazy("Days after the delivery"),
        min_value=0,
        max_value=730,
        help_text=gettext_lazy("0 is the delivery itself. A late parcel moves the day by itself."),
    )
    at = forms.TimeField(
        label=gettext_lazy("At"),
        required=False,
        widget=_TIME,
        help_text=gettext_lazy("In the recipient’s time. Empty: at the hour of the delivery."),
    )
    give_up_days = forms.IntegerField(
        label=gettext_lazy("Give up after, days"),
        min_value=1,
        max_value=730,
        help_text=gettext_lazy("Without a delivery by then, the other way is taken."),
    )

    @classmethod
    def initial_of(cls, step: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields' values of a step."""
        given = step.get("delivery")
        given = given if isinstance(given, Mapping) else {"days": 3, "at": "10:00"}
        return {"days": 0, "give_up_days": 60, **given}

    def step(self) -> dict[str, Any]:
        """Return the wait."""
        data = self.cleaned_data
        given = {"days": data["days"], "give_up_days": data["give_up_days"]}
        if data["at"]:
            given["at"] = data["at"].strftime("%H:%M")
        return {"type": "wait", "delivery": given}


class SplitForm(StepForm):
    """Send people different ways by chance; a row without a name is taken out."""

    def prepare(self) -> None:
        """Make a row for each way, and one more."""
        arms = list(self.initial.get("arms") or ())
        sent = [n for n in range(MOST_ARMS) if f"arm-{n}-percent" in (self.data or {})]
        count = max(len(arms) + 1, len(sent), 3)
        self.rows = range(min(count, MOST_ARMS))
        for nth in self.rows:
            arm = arms[nth] if nth < len(arms) else {}
            self.fields[f"arm-{nth}-name"] = forms.CharField(
                label=_("Name of way %d") % (nth + 1), max_length=60, required=False, initial=arm.get("name")
            )  # fmt: skip
            self.fields[f"arm-{nth}-percent"] = forms.IntegerField(
                label=_("Percent"), min_value=0, max_value=100, required=False, initial=arm.get("percent")
            )  # fmt: skip

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        """The rows as fields: name and percent."""
        return [(self[f"arm-{nth}-name"], self[f"arm-{nth}-percent"]) for nth in self.rows]

    @classmethod
    def initial_of(cls, step: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields' values of a step."""
        halves = [{"name": "A", "percent": 50}, {"name": "B", "percent": 50}]
        return {"arms": arms_of(step) or halves}

    def clean(self) -> dict[str, Any]:
        """Refuse ways that don't make 100 % together."""
        found: dict[str, Any] = super().clean() or {}
        arms = self._arms(found)
        if len(arms) < 2:
            self.add_error(None, _("A split needs two ways at least."))
        elif (total := sum(arm["percent"] for arm in arms)) != 100:
            self.add_error(None, _("The ways make %d %% together. Change the percents so that they make 100 %%.") % total)  # fmt: skip
        elif len({arm["name"] for arm in arms}) < len(arms):
            self.add_error(None, _("Two ways have the same name. Rename one of them."))
        return found

    def _arms(self, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        before = len(self.initial.get("arms") or ()) if self.initial.get("is_there") else 0
        return [
            {
                "name": data[f"arm-{nth}-name"],
                "percent": data.get(f"arm-{nth}-percent") or 0,
                "was": nth if nth < before else None,
            }
            for nth in self.rows
            if data.get(f"arm-{nth}-name")
        ]

    def step(self) -> dict[str, Any]:
        """Return the split; each arm says by ``was`` which one it was before."""
        return {"type": "split", "arms": self._arms(self.cleaned_data)}


class ActionForm(StepForm):
    """Run an entry of the action catalogue."""

    def prepare(self) -> None:
        """Make a field for each input of the action."""
        self.offer: ActionOffer | None = self.offers.action(str(self.initial.get("action") or ""))
        given = self.initial.get("input")
        given = given if isinstance(given, Mapping) else {}
        for one in self.offer.fields if self.offer else ():
            made = _input_field(one)
            made.initial = given.get(one["name"], one.get("default"))
            self.fields[f"input-{one['name']}"] = made

    @classmethod
    def initial_of(cls, step: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields' values of a step."""
        return {"action": step.get("action", ""), "input": step.get("input") or {}}

    def step(self) -> dict[str, Any]:
        """Return the action with its input, without what was left empty."""
        assert self.offer is not None
        values = {n.removeprefix("input-"): v for n, v in self.cleaned_data.items()}
        kept = {name: value for name, value in values.items() if value not in ("", None)}
        return {"type": "action", "action": self.offer.name, "input": kept}


def _input_field(one: Mapping[str, Any]) -> forms.Field:
    more: dict[str, Any] = {
        "label": one["label"],
        "required": bool(one.get("required")),
        "help_text": one.get("help", ""),
    }
    if one.get("choices"):
        pairs = [(str(value), str(value)) for value in one["choices"]]
        return forms.ChoiceField(choices=pairs, **more)
    match one.get("type"):
        case "boolean":
            return forms.BooleanField(**{**more, "required": False})
        case "integer":
            return forms.IntegerField(**more)
    return forms.CharField(max_length=2_000, **more)


def with_now(choices: list[tuple[str, Any]], now: Any) -> list[tuple[str, Any]]:
    """Keep what is chosen now a choice, also when it is gone elsewhere."""
    now = str(now or "")
    if now and now not in dict(choices):
        return [*choices, (now, _("%s (no longer there)") % now)]
    return choices


def _span_fields(given: Any, count: int) -> dict[str, Any]:
    given = given if isinstance(given, Mapping) else {}
    for unit, _label in UNITS:
        if isinstance(given.get(unit), int):
            return {"count": given[unit], "unit": unit}
    return {"count": count, "unit": "days"}


FORMS: dict[str, type[StepForm]] = {
    "message": MessageForm,
    "wait-for": WaitForForm,
    "wait-until": WaitUntilForm,
    "wait-event": WaitEventForm,
    "wait-delivery": WaitDeliveryForm,
    "split": SplitForm,
    "action": ActionForm,
}


def form_name(step: Mapping[str, Any]) -> str:
    """Name the form of a step; "branch" has the condition editor instead; "" for none."""
    if step.get("type") == "wait":
        return next((f"wait-{kind}" for kind in ("for", "until", "event", "delivery") if kind in step), "wait-for")  # fmt: skip
    kind = str(step.get("type"))
    return kind if kind in FORMS or kind == "branch" else ""
