"""A journey in plain words: what a card says, what a way is called, what starts and ends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from babel.dates import get_day_names
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from doorstep.console.journeys.graph import Definition, arms_of, slots_of, steps_of
from doorstep.kernel.conditions.api import InvalidCondition, describe, parse
from doorstep.rooms.audiences import api as audiences

CHANNEL_WORDS: dict[str, Any] = {
    "email": gettext_lazy("E-mail"),
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "messenger": "Messenger",
    "push": gettext_lazy("Web push"),
}
# Values of events' fields that are worth words of their own; others stand as they are.
VALUE_WORDS: dict[str, Any] = {
    **CHANNEL_WORDS,
    "marketing": gettext_lazy("marketing"),
    "service": gettext_lazy("service"),
    "transactional": gettext_lazy("what belongs to an order"),
    "granted": gettext_lazy("allowed"),
    "withdrawn": gettext_lazy("refused"),
    "info_received": gettext_lazy("announced to the carrier"),
    "in_transit": gettext_lazy("on its way"),
    "out_for_delivery": gettext_lazy("out for delivery"),
    "attempt_failed": gettext_lazy("could not be delivered"),
    "available_for_pickup": gettext_lazy("waits to be picked up"),
    "delivered": gettext_lazy("delivered"),
    "exception": gettext_lazy("trouble on the way"),
    "returned": gettext_lazy("goes back to the sender"),
    "page_viewed": gettext_lazy("looks at a page"),
    "product_viewed": gettext_lazy("looks at a product"),
    "searched": gettext_lazy("searches"),
    "added_to_cart": gettext_lazy("puts something into the cart"),
    "added_to_wishlist": gettext_lazy("wishes for something"),
    "removed_from_wishlist": gettext_lazy("takes a wish back"),
}
_FIELDS: dict[str, Any] = {
    "kind": gettext_lazy("What they do"),
    "segment_id": gettext_lazy("Segment"),
    "sales_channel": gettext_lazy("Sales channel"),
    "changed": gettext_lazy("What changed"),
    "state": gettext_lazy("State"),
    "purpose": gettext_lazy("For what"),
    "topic": gettext_lazy("Topic"),
    "source": gettext_lazy("Where it was said"),
    "is_whole_order": gettext_lazy("With it the whole order is there"),
    "by_carrier": gettext_lazy("The carrier says so"),
    "status": gettext_lazy("Where it is"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What things that a definition names are called: events, messages, actions and the rest."""

    events: Mapping[str, str] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)

    def event(self, name: Any) -> str:
        """Name an event as part of a sentence."""
        return self.events.get(str(name)) or _plain(name)

    def message(self, name: Any) -> str:
        """Name a kind of message."""
        return self.messages.get(str(name)) or _plain(name)

    def segment(self, key: Any) -> str:
        """Name a segment."""
        return self.segments.get(str(key)) or _("a segment that is gone")


def field_words(name: str) -> str:
    """Name a field of an event."""
    return str(_FIELDS.get(name) or _plain(name))


def _plain(name: Any) -> str:
    """Make words of a name nobody gave words to: ``orders.order_placed`` -> "Order placed"."""
    return str(name or "").rpartition(".")[2].replace("_", " ").strip().capitalize() or _("nothing")


@dataclass(frozen=True, slots=True)
class Shown:
    """A step as a card says it."""

    kind: str  # what sort of step, in a word or two
    icon: str
    tone: str
    title: str


def show_step(step: Mapping[str, Any], names: Names) -> Shown:
    """Say what a step does."""
    match step.get("type"):
        case "message":
            return Shown(_message_kind(step), _message_icon(step), "brand", _message(step, names))
        case "wait" if "delivery" in step:
            return Shown(_("Wait"), "truck", "neutral", _delivery(step["delivery"]))
        case "wait" if "event" in step:
            said, where = _first_up(names.event(step["event"])), _where(step, names)
            title = f"{said} ({where})" if where else said
            return Shown(_("Wait until"), "bell", "neutral", title)
        case "wait" if "until" in step:
            return Shown(_("Wait until"), "calendar", "neutral", _until(step["until"]))
        case "wait":
            return Shown(_("Wait"), "clock", "neutral", _first_up(span(step.get("for"))))
        case "branch":
            about = "order" if step.get("about") == "order" else "customer"
            return Shown(
                _("Is it so?"), "merge", "info", _first_up(condition(step.get("if"), about))
            )
        case "split":
            arms = ngettext("Split into %d way", "Split into %d ways", len(arms_of(step)))
            return Shown(_("Split by chance"), "sort", "info", arms % len(arms_of(step)))
        case "action":
            return Shown(_("Do"), "spark", "ok", _action(step, names))
    return Shown(_("Step"), "help", "bad", _("This step is of a kind that is not known here."))


def _message_kind(step: Mapping[str, Any]) -> str:
    return {
        "email": _("E-mail"),
        "sms": "SMS",
        "whatsapp": "WhatsApp",
        "messenger": "Messenger",
        "push": _("Web push"),
    }.get(str(step.get("channel")), _("Message"))


def _message_icon(step: Mapping[str, Any]) -> str:
    return {"sms": "phone", "whatsapp": "message", "messenger": "message", "push": "bell"}.get(
        str(step.get("channel")), "mail"
    )


def _message(step: Mapping[str, Any], names: Names) -> str:
    return names.message(step["template"]) if step.get("template") else _("No message chosen yet")


def _action(step: Mapping[str, Any], names: Names) -> str:
    name = str(step.get("action") or "")
    said = names.actions.get(name) or _plain(name)
    given = step.get("input")
    values = [str(one) for one in given.values() if one not in ("", None)] if isinstance(given, Mapping) else []  # fmt: skip
    return f"{said}: {', '.join(values)}" if values else said


def span(given: Any) -> str:
    """Say a length of time: "3 days"; of a wait or of what bounds one."""
    given = given if isinstance(given, Mapping) else {}
    for unit in ("minutes", "hours", "days", "weeks"):
        if isinstance(given.get(unit), int):
            n = given[unit]
            return {
                "minutes": ngettext("%d minute", "%d minutes", n),
                "hours": ngettext("%d hour", "%d hours", n),
                "days": ngettext("%d day", "%d days", n),
                "weeks": ngettext("%d week", "%d weeks", n),
            }[unit] % n
    return _("an unknown time")


def _delivery(given: Any) -> str:
    given = given if isinstance(given, Mapping) else {}
    days = given.get("days", 0)
    if not isinstance(days, int) or days < 1:
        said = _("Until the parcel is delivered")
    else:
        said = ngettext("%d day after delivery", "%d days after delivery", days) % days
    return _("%(when)s, at %(clock)s") % {"when": said, "clock": given["at"]} if given.get("at") else said  # fmt: skip


def _until(given: Any) -> str:
    given = given if isinstance(given, Mapping) else {}
    days = given.get("weekdays")
    start, end = given.get("from", "00:00"), given.get("to", "23:59")
    days = days if isinstance(days, list) else [1, 2, 3, 4, 5, 6, 7]
    parts = [weekdays(days)]
    if (start, end) != ("00:00", "23:59"):
        parts.append(_("%(start)s to %(end)s") % {"start": start, "end": end})
    parts.append(
        _("in the store’s time") if given.get("zone") == "store" else _("in their own time")
    )
    return ", ".join(parts)


def weekdays(days: list[Any]) -> str:
    """Say weekdays, Monday being 1: "Mon–Fri", "Sat, Sun", "any day"."""
    names = get_day_names("abbreviated", locale=(get_language() or "en").replace("-", "_"))
    kept = sorted({day for day in days if isinstance(day, int) and 1 <= day <= 7})
    if len(kept) == 7:
        return _("Any day")
    if len(kept) > 2 and kept == list(range(kept[0], kept[-1] + 1)):
        return f"{names[kept[0] - 1]}–{names[kept[-1] - 1]}"
    return ", ".join(names[day - 1] for day in kept) or _("No day")


def condition(document: Any, about: str) -> str:
    """Say a condition; where it can't be read, say that."""
    if not document:
        return _("nothing is asked yet")
    try:
        return audiences.name_segments(describe(parse(document, about).root))
    except InvalidCondition as error:
        return _("does not work: %s") % error.problems[0].message


def show_way(step: Mapping[str, Any], slot: str) -> str:
    """Say what a way out of a step is called; "" where there is only one."""
    if len(slots_of(step)) == 1 and step.get("type") != "split":
        return ""
    if slot.startswith("arm-"):
        arms = arms_of(step)
        arm = arms[int(slot[4:])] if int(slot[4:]) < len(arms) else {}
        return f"{arm.get('name') or slot[4:]} · {arm.get('percent', 0)} %"
    if "delivery" in step:
        days = step["delivery"].get("give_up_days", 60) if isinstance(step["delivery"], Mapping) else 60  # fmt: skip
        late = _("Not within %s") % span({"days": days})
        return _("Delivered") if slot == "next" else late
    if "event" in step:
        return _("It happened") if slot == "next" else _("Not within %s") % span(step)
    return _("Yes") if slot == "yes" else _("No")


# -- what stands on top ------------------------------------------------------------------------


def trigger(definition: Definition, names: Names) -> str:
    """Say when somebody enters."""
    given = definition.get("trigger")
    given = given if isinstance(given, Mapping) else {}
    match given.get("type"):
        case "event":
            said = _first_up(names.event(given.get("event")))
            where = _where(given, names)
            return f"{said} ({where})" if where else said
        case "segment":
            segment = names.segment(given.get("segment"))
            if given.get("on") == "left":
                return _("Somebody leaves “%s”") % segment
            if given.get("include_members"):
                return _("Somebody is in “%s” or enters it") % segment
            return _("Somebody enters “%s”") % segment
        case "date":
            return _date(given, names)
    return _("Not chosen yet")


def _date(given: Mapping[str, Any], names: Names) -> str:
    source = names.sources.get(str(given.get("source"))) or _plain(given.get("source"))
    days = given.get("days_before", 0)
    clock = given.get("at", "09:00")
    if not isinstance(days, int) or days == 0:
        return _("%(source)s: on the day, at %(clock)s") % {"source": source, "clock": clock}
    if days > 0:
        text = ngettext("%(n)d day before, at %(clock)s", "%(n)d days before, at %(clock)s", days)
    else:
        text = ngettext("%(n)d day after, at %(clock)s", "%(n)d days after, at %(clock)s", -days)
    return f"{source}: {text % {'n': abs(days), 'clock': clock}}"


def _where(given: Mapping[str, Any], names: Names) -> str:
    where = given.get("where")
    if not isinstance(where, Mapping):
        return ""
    said = []
    for key, wanted in where.items():
        several = wanted if isinstance(wanted, list) else [wanted]
        values = [_value(str(key), one, names) for one in several]
        said.append(f"{str(field_words(str(key))).lower()}: {_(' or ').join(values)}")
    return ", ".join(said)


def _value(field: str, value: Any, names: Names) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field == "segment_id":
        return names.segment(value)
    return str(VALUE_WORDS.get(str(value), value))


def audience(definition: Definition) -> str:
    """Say whom the filters let in."""
    said = [
        condition(definition[name], about)
        for name, about in (("filter", "customer"), ("order_filter", "order"))
        if definition.get(name)
    ]
    return _first_up(_(" and ").join(said)) if said else _("Everybody")


def reentry(definition: Definition) -> str:
    """Say who may come again."""
    given = definition.get("reentry")
    given = given if isinstance(given, Mapping) else {}
    trigger = definition.get("trigger")
    is_dated = isinstance(trigger, Mapping) and trigger.get("type") == "date"
    if definition.get("subject") == "order" and not is_dated:
        match given.get("mode"):
            case "always":
                return _("Each order once")
            case "after":
                days = span({"days": given.get("days")})
                return _("Each order once; the same person not before %s have passed") % days
        return _("One order of each person, and never again")
    match given.get("mode"):
        case "always":
            return _("Each time the date comes") if is_dated else _("Any time, one at a time")
        case "after":
            return _("Not before %s") % span({"days": given.get("days")})
    return _("Once only")


def exits(definition: Definition, names: Names) -> list[str]:
    """Say what ends somebody's way early."""
    given = definition.get("exits")
    return [show_exit(one, names) for one in given] if isinstance(given, list) else []


def show_exit(given: Any, names: Names) -> str:
    """Say one exit."""
    given = given if isinstance(given, Mapping) else {}
    if "event" in given:
        return _first_up(names.event(given["event"]))
    return _first_up(condition(given.get("if"), "customer"))


def goal(definition: Definition, names: Names) -> str:
    """Say what the journey is for."""
    given = definition.get("goal")
    if not isinstance(given, Mapping):
        return _("None yet")
    return _("%(event)s within %(span)s") % {
        "event": _first_up(names.event(given.get("event"))),
        "span": span({"days": given.get("days", 30)}),
    }


def holdout(definition: Definition) -> str:
    """Say how many get nothing, to compare with."""
    percent = definition.get("holdout_percent") or 0
    return _("%s %% of people") % percent if percent else _("Nobody")


def name_step(definition: Definition, step: str, names: Names) -> str:
    """Name a step in a sentence: its kind and what it does."""
    found = steps_of(definition).get(step)
    if found is None:
        return _("a step that is gone")
    shown = show_step(found, names)
    return f"{shown.kind}: {shown.title}"


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
