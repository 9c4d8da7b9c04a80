"""Conditions and their outcomes in plain words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.comparing import (
    OPPOSITE,
    asked_of,
    is_nothing,
    list_words,
    moment_words,
    number_words,
    span_words,
)
from doorstep.kernel.conditions.facts import FactType
from doorstep.kernel.conditions.phrases import fill, phrase_of
from doorstep.kernel.conditions.tree import Comparison, FactRef, Node
from doorstep.kernel.money import Money

_GROUP_WORDS = {"all": " and ", "any": " or "}
_NUMBERS = (FactType.COUNT, FactType.NUMBER, FactType.MONEY)
_TEXTS = (FactType.TEXT, FactType.ENUM)


def describe(node: Node) -> str:
    """Say what a condition asks: "has placed at least 2 orders and has bought “Mug”"."""
    if isinstance(node, Comparison):
        return _asks(node)
    if not node.children:
        return "always"
    if node.kind == "none":
        return " and ".join(_denied(child) for child in node.children)
    parts = [describe(child) for child in node.children]
    if len(parts) == 1:
        return parts[0]
    return _GROUP_WORDS[node.kind].join(
        f"({part})" if _has_several(child) else part
        for part, child in zip(parts, node.children, strict=True)
    )


def explain(comparison: Comparison, value: Any, result: bool, zone: ZoneInfo) -> str:
    """Say how a comparison came out: "has spent 42.00 EUR, which is at most 100.00 EUR"."""
    kind = comparison.ref.fact.type
    if comparison.operator.operand == "none":
        known = result == (comparison.op == "is_set")
        return _whether_known(comparison.ref, known=known)
    if value is None:
        return _whether_known(comparison.ref, known=False)
    if kind is FactType.BOOL:
        return _yes_or_no(comparison.ref, is_yes=value)
    if kind is FactType.SET:
        return _has_or_has_not(comparison, value, result)
    if kind in _TEXTS:
        return _text_came_out(comparison, value, result)
    if wanted := _mixed_currency(comparison, value):
        return f"{_states(comparison.ref, value, zone)}, which can’t be compared with {wanted}"
    return _states(comparison.ref, value, zone) + _which_is(comparison, value, result)


def show(value: Any, zone: ZoneInfo | None) -> str:
    """Write one value for a person; instants in the store's zone."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Money() | Decimal() | int():
            return number_words(value)
        case date() | datetime():
            return moment_words(value, zone)
        case str():
            return f"“{value}”"
        case frozenset():
            return list_words([show(item, zone) for item in sorted(value)], "and")
        case _:
            return str(value)


def _asks(comparison: Comparison) -> str:
    ref, op, operand = comparison.ref, comparison.op, comparison.operand
    kind = ref.fact.type
    if comparison.operator.operand == "none":
        return _whether_known(ref, known=op == "is_set")
    if kind is FactType.BOOL:
        return _yes_or_no(ref, is_yes=operand == (op == "eq"))
    if kind is FactType.SET:
        several = operand if op == "contains_all" else (operand,)
        return _say(ref, asked_of(comparison), times=len(several))
    if kind in _TEXTS:
        return f"{_named(ref)} {asked_of(comparison)}"
    return _say(ref, asked_of(comparison), times=operand)


def _denied(node: Node) -> str:
    """Say that something is not so, as people would, where that is the exact opposite."""
    if isinstance(node, Comparison):
        kind, opposite = node.ref.fact.type, OPPOSITE.get(node.op)
        if node.operator.operand == "none":
            return _whether_known(node.ref, known=node.op != "is_set")
        if kind is FactType.SET and phrase_of(node.ref.fact).no and node.op != "contains_all":
            return _say(node.ref, asked_of(node), times=2, template="no")
        if kind is FactType.COUNT and opposite:
            return _asks(Comparison(node.ref, opposite, node.operand, node.path, node.ignore_case))
    return f"not ({describe(node)})"


def _has_several(node: Node) -> bool:
    if isinstance(node, Comparison) or not node.children:
        return False
    return len(node.children) > 1 or _has_several(node.children[0])


def _say(ref: FactRef, slot: str, *, times: Any = None, template: str = "") -> str:
    """Put words into a fact's sentence, with its parameters and its span of time."""
    phrase = phrase_of(ref.fact)
    if slot == "at least 1":
        times = 1
    is_one = times == 1 and slot != "no"
    said = getattr(phrase, template) if template else phrase.one if is_one else phrase.says
    if "{} times" in said and slot == "no":
        slot = "0"
    if "is {}" in said:
        slot = slot.removeprefix("exactly ").replace("fewer than", "less than")
    return fill(said, slot, _params(ref)) + _window(ref)


def _named(ref: FactRef) -> str:
    return fill(phrase_of(ref.fact).says, "", _params(ref)) + _window(ref)


def _params(ref: FactRef) -> list[tuple[str, str]]:
    return [(name, show(value, None)) for name, value in ref.params]


def _window(ref: FactRef) -> str:
    window = ref.window
    if window is None:
        return ""
    if window.last is not None:
        return f" in the last {span_words(window.last)}"
    first, last = window.first_day, window.last_day
    if first and last:
        return f" from {moment_words(first, None)} to {moment_words(last, None)}"
    if first:
        return f" since {moment_words(first, None)}"
    return f" until {moment_words(last, None)}" if last else ""


def _whether_known(ref: FactRef, *, known: bool) -> str:
    phrase = phrase_of(ref.fact)
    return fill(phrase.known if known else phrase.unknown, "", _params(ref)) + _window(ref)


def _yes_or_no(ref: FactRef, *, is_yes: bool) -> str:
    phrase = phrase_of(ref.fact)
    return fill(phrase.says if is_yes else phrase.no, "", _params(ref)) + _window(ref)


def _states(ref: FactRef, value: Any, zone: ZoneInfo) -> str:
    """State a value: "has placed no orders", "placed the last order on 3 May 2026"."""
    if isinstance(value, date):
        return _say(ref, f"on {moment_words(value, zone)}")
    if ref.fact.type is FactType.COUNT and value == 0 and "{} " in phrase_of(ref.fact).says:
        return _say(ref, "no")
    return _say(ref, show(value, zone), times=value)


def _which_is(comparison: Comparison, value: Any, result: bool) -> str:
    """Say beside a value what was asked and whether it is so; "" where the value says it."""
    op, operand = comparison.op, comparison.operand
    asked = asked_of(comparison, is_alone=True)
    if op == "eq":
        return "" if result else f", not {asked.removeprefix('exactly ')}"
    if comparison.ref.fact.type not in _NUMBERS:
        return f", which is {asked if result else 'not ' + asked}"
    if result and op in ("gte", "lte") and value == operand:
        return ""
    if not result and op in OPPOSITE:
        if is_nothing(value):
            return ""
        asked, result = asked_of(comparison, op=OPPOSITE[op], is_alone=True), True
    return f", which is {asked if result else 'not ' + asked}"


def _has_or_has_not(comparison: Comparison, value: Any, result: bool) -> str:
    ref, phrase = comparison.ref, phrase_of(comparison.ref.fact)
    if result or not phrase.no:
        found = value if result else None
        several = comparison.op != "contains" and len(set(comparison.operand) & set(value)) > 1
        said = _say(ref, asked_of(comparison, found=found), times=2 if several else 1)
        return said if result else f"not: {said}"
    if not value:
        return _whether_known(ref, known=False)
    denied = _say(ref, asked_of(comparison, missing_from=value), times=2, template="no")
    return f"{denied}, but {show(value, None)}"


def _text_came_out(comparison: Comparison, value: str, result: bool) -> str:
    named, shown = _named(comparison.ref), show(value, None)
    if comparison.ref.fact.type is FactType.ENUM:
        shown = shown.replace("_", " ")
    if comparison.op in ("eq", "in", "ne", "not_in"):
        asked = asked_of(comparison).removeprefix("is ").removeprefix("not ")
        is_same = comparison.op in ("eq", "in")
        if result == is_same:
            return f"{named} is {shown}"
        return f"{named} is {shown}" + (f", not {asked}" if is_same else "")
    words = asked_of(comparison) if result else asked_of(comparison, is_denied=True)
    return f"{named} {shown} {words}"


def _mixed_currency(comparison: Comparison, value: Any) -> str:
    """Return the wanted amount when it is in another currency than the value."""
    if not isinstance(value, Money):
        return ""
    wanted = comparison.operand
    first = wanted[0] if isinstance(wanted, tuple) else wanted
    return "" if first.currency == value.currency else show(first, None)
