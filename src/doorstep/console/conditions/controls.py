"""What a line of the form shows: one control after the other, reading like a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.console.conditions.document import NO, YES, operator_of
from doorstep.console.conditions.draft import Line
from doorstep.kernel.conditions.api import Fact, FactType, Param
from doorstep.kernel.conditions.moments import CLOCK_UNITS, DAY_UNITS
from doorstep.kernel.conditions.operators import CASE_OPERATORS, OPERATORS, Operator

Pairs = Sequence[tuple[str, Any]]

_UNITS: dict[str, Any] = {
    "minutes": gettext_lazy("minutes"),
    "hours": gettext_lazy("hours"),
    "days": gettext_lazy("days"),
    "weeks": gettext_lazy("weeks"),
    "months": gettext_lazy("months"),
    "years": gettext_lazy("years"),
}
_MODES: dict[str, Any] = {
    "day": gettext_lazy("a day"),
    "today": gettext_lazy("today"),
    "before_today": gettext_lazy("days before today"),
    "after_today": gettext_lazy("days after today"),
    "ago": gettext_lazy("time ago"),
    "ahead": gettext_lazy("time from now"),
    "instant": gettext_lazy("an exact time"),
}
_WORDS = {"email": gettext_lazy("E-mail"), "sms": "SMS", "whatsapp": "WhatsApp", "webpush": gettext_lazy("Web push"), "web_push": gettext_lazy("Web push")}  # fmt: skip
# Rarely meant by people, and confusing in a list: shown only where a condition has them already
_RARE = {
    FactType.TEXT: {"lt", "lte", "gt", "gte", "between"},
    FactType.BOOL: {"ne"},
    FactType.COUNT: {"in", "not_in"},
    FactType.NUMBER: {"in", "not_in"},
}
_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "DKK", "NOK", "PLN", "CZK", "CAD", "AUD", "JPY")


@dataclass(frozen=True)
class Offer:
    """Values to choose from for a fact whose values the store makes: tags, segments, countries.

    :param is_whole: there are no others, so the form shows a list; else they are suggestions.
    """

    values: tuple[tuple[str, str], ...]
    is_whole: bool = False


Offers = Mapping[str, Offer]  # by fact name, or "fact:param"


@dataclass(frozen=True)
class Control:
    """One control.

    :param kind: select, text, number, date, area, checks, or words (nothing to type).
    :param part: the last part of its name, see :class:`Line`.
    :param of: which part of the comparison it belongs to, as problems name it.
    :param reshapes: choosing here changes which controls there are.
    """

    kind: str
    part: str = ""
    of: str = ""
    label: str = ""
    value: str = ""
    options: tuple[tuple[str, Any, bool], ...] = ()
    suggestions: tuple[tuple[str, str], ...] = ()
    reshapes: bool = False
    placeholder: str = ""
    size: str = ""


def controls_of(line: Line, fact: Fact, currency: str, offers: Offers) -> list[Control]:
    """Return the controls of a line, in reading order."""
    operator = operator_of(line, fact)
    found = [_param(line, fact, param, offers) for param in fact.params]
    if fact.windowed:
        found += _window(line)
    found.append(_operators(fact, operator))
    found += _operand(line, fact, operator, currency, offers.get(fact.name))
    if fact.type is FactType.TEXT and operator.name in CASE_OPERATORS:
        found.append(_case(line))
    return found


def _param(line: Line, fact: Fact, param: Param, offers: Offers) -> Control:
    part, label = f"with.{param.name}", param.label[:1].upper() + param.label[1:]
    offer = offers.get(f"{fact.name}:{param.name}")
    if param.choices:
        offer = Offer(tuple((choice, words_of(choice)) for choice in param.choices), is_whole=True)
    return replace(_value(part, part, label, line, param.type, offer), placeholder=label)


def _operators(fact: Fact, chosen: Operator) -> Control:
    rare = _RARE.get(fact.type, set())
    shown = [
        (name, operator.words)
        for name, operator in OPERATORS[fact.type].items()
        if name not in rare or name == chosen.name
    ]
    return _select("op", "op", _("Comparison"), shown, chosen.name, reshapes=True)


def _window(line: Line) -> list[Control]:
    mode = line.get("in")
    modes = [("", _("at any time")), ("last", _("in the last")), ("days", _("between two days"))]
    found = [_select("in", "within", _("Counted"), modes, mode, reshapes=True)]
    if mode == "last":
        found += _span(line, "in", "within", CLOCK_UNITS + DAY_UNITS)
    if mode == "days":
        first, last = (
            Control("date", f"in.{end}", "within", label, line.get(f"in.{end}"))
            for end, label in (("from", _("First day")), ("to", _("Last day")))
        )
        found += [first, Control("words", value=_("to")), last]
    return found


def _operand(
    line: Line, fact: Fact, operator: Operator, currency: str, offer: Offer | None
) -> list[Control]:
    match operator.operand:
        case "none":
            return []
        case "span":
            units = DAY_UNITS if fact.type is FactType.DATE else CLOCK_UNITS + DAY_UNITS
            return _span(line, "a", "value", units)
        case "range":
            first = _one(line, fact, "a", _("From"), offer)
            found = [*first, Control("words", value=_("and")), *_one(line, fact, "b", _("To"), offer)]  # fmt: skip
        case "many":
            return [_many(line, fact, offer)]
        case _:
            found = _one(line, fact, "a", _("Value"), offer)
    return [*found, _currency(line, currency)] if fact.type is FactType.MONEY else found


def _one(line: Line, fact: Fact, part: str, label: str, offer: Offer | None) -> list[Control]:
    if fact.type in (FactType.DATE, FactType.DATETIME):
        return _moment(line, fact, part, label)
    if fact.type is FactType.BOOL:
        answers = [(YES, _("yes")), (NO, _("no"))]
        return [_select(part, "value", label, answers, line.get(part) or YES)]
    if fact.choices:
        offer = Offer(tuple((choice, words_of(choice)) for choice in fact.choices), is_whole=True)
    return [_value(part, "value", label, line, fact.type, offer)]


def _value(
    part: str, of: str, label: str, line: Line, kind: FactType, offer: Offer | None
) -> Control:
    value = line.get(part)
    if offer is not None and offer.is_whole:
        return _select(part, of, label, [("", _("choose…")), *offer.values], value)
    if kind in (FactType.COUNT, FactType.NUMBER, FactType.MONEY):
        mode = "numeric" if kind is FactType.COUNT else "decimal"
        return Control("number", part, of, label, value, placeholder="0", size=mode)
    suggestions = offer.values if offer else ()
    return Control("text", part, of, label, value, suggestions=suggestions)


def _many(line: Line, fact: Fact, offer: Offer | None) -> Control:
    chosen = line.many("a")
    if fact.choices:
        offer = Offer(tuple((choice, words_of(choice)) for choice in fact.choices), is_whole=True)
    if offer is not None and offer.is_whole:
        known = {value for value, _label in offer.values}
        values = [*offer.values, *((one, one) for one in chosen if one not in known)]
        options = tuple((value, label, value in chosen) for value, label in values)
        return Control("checks", "a", "value", _("Values"), options=options)
    suggestions = offer.values if offer else ()
    text = "\n".join(chosen)
    hint = _("One on each line")
    return Control("area", "a", "value", _("Values, one on each line"), text, suggestions=suggestions, placeholder=hint)  # fmt: skip


def _moment(line: Line, fact: Fact, part: str, label: str) -> list[Control]:
    mode = line.get(f"{part}.mode") or "day"
    shown = ["day", "today", "before_today", "after_today"]
    if fact.type is FactType.DATETIME:
        shown += ["ago", "ahead"]
    if mode not in shown:
        shown.append("instant")
        mode = "instant"
    modes = [(name, _MODES[name]) for name in shown]
    chooser = _select(f"{part}.mode", "value", label, modes, mode, reshapes=True)
    match mode:
        case "day":
            return [chooser, Control("date", part, "value", _("Day"), line.get(part))]
        case "instant":
            return [chooser, Control("text", part, "value", _("Time"), line.get(part))]
        case "today":
            return [chooser]
    units = DAY_UNITS if mode.endswith("today") else CLOCK_UNITS + DAY_UNITS
    return [*_span(line, part, "value", units), chooser]


def _span(line: Line, part: str, of: str, units: Sequence[str]) -> list[Control]:
    unit = line.get(f"{part}.unit") or "days"
    count = Control("number", f"{part}.n", of, _("How many"), line.get(f"{part}.n"), placeholder="30", size="numeric")  # fmt: skip
    names = [(name, _UNITS[name]) for name in units]
    return [count, _select(f"{part}.unit", of, _("Unit"), names, unit)]


def _currency(line: Line, currency: str) -> Control:
    chosen = line.get("cur") or currency
    codes = dict.fromkeys([currency, chosen, *_CURRENCIES])
    pairs = [(code, code) for code in codes if code]
    return _select("cur", "value", _("Currency"), pairs, chosen)


def _case(line: Line) -> Control:
    options = (("1", _("whatever the case"), bool(line.get("case"))),)
    return Control("check", "case", "ignore_case", _("Letters"), options=options)


def _select(
    part: str, of: str, label: str, pairs: Pairs, chosen: str, *, reshapes: bool = False
) -> Control:
    values = [value for value, _label in pairs]
    if chosen not in values:
        # what is gone from the list (a segment, a word) is shown rather than changed in silence
        pairs = [*pairs, (chosen, chosen)]
    options = tuple((value, label_, value == chosen) for value, label_ in pairs)
    return Control("select", part, of, label, chosen, options, reshapes=reshapes)


def words_of(choice: str) -> Any:
    """Say a fixed choice in words."""
    return _WORDS.get(choice) or choice.replace("_", " ").capitalize()


def fields_of(control: Control) -> list[tuple[str, str]]:
    """Return what a browser sends for a control as it stands."""
    if control.kind == "words":
        return []
    if control.options:
        return [(control.part, value) for value, _label, chosen in control.options if chosen]
    return [(control.part, control.value)]
