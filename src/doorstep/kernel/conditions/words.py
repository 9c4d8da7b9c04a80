"""Conditions and their outcomes in plain words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.facts import FactType
from doorstep.kernel.conditions.moments import FromNow, FromToday
from doorstep.kernel.conditions.tree import Comparison, FactRef, Node
from doorstep.kernel.money import Money, from_minor

_SHOWN_VALUES = 10
_GROUP_WORDS = {"all": " and ", "any": " or ", "none": " or "}


def describe(node: Node) -> str:
    """Say what a condition asks: "order total is over 100.00 EUR and city is “Berlin”"."""
    if isinstance(node, Comparison):
        return " ".join(filter(None, (name_fact(node.ref), node.operator.words, _operand(node))))
    if not node.children:
        return "always"
    parts = [describe(child) for child in node.children]
    parts = [
        f"({part})" if getattr(child, "children", ()) else part
        for part, child in zip(parts, node.children, strict=True)
    ]
    joined = _GROUP_WORDS[node.kind].join(parts)
    return f"not ({joined})" if node.kind == "none" else joined


def explain(comparison: Comparison, value: Any, result: bool, zone: ZoneInfo) -> str:
    """Say how a comparison came out: "order total 42.00 EUR is not over 100.00 EUR"."""
    name, operator = name_fact(comparison.ref), comparison.operator
    if operator.operand == "none":
        return f"{name} {operator.words if result else operator.otherwise}"
    if value is None:
        return f"{name} is not known"
    wanted = _mixed_currency(comparison, value)
    if wanted:
        return f"{name} {show(value, zone)} cannot be compared with {wanted}"
    words = operator.words if result else operator.otherwise
    shown = show(value, zone)
    if comparison.ref.fact.type is FactType.SET:
        return f"{name} ({shown}) {words} {_operand(comparison, zone)}"
    if comparison.op in ("eq", "ne") and not isinstance(comparison.operand, FromToday | FromNow):
        asked = _operand(comparison, zone)
        return f"{name} is {shown}" + ("" if shown == asked else f", not {asked}")
    return f"{name} {shown} {words} {_operand(comparison, zone)}"


def name_fact(ref: FactRef) -> str:
    """Name a fact with its parameters and window: "orders (tea) in the last 90 days"."""
    name = ref.fact.label
    if ref.params:
        name += f" ({', '.join(show(value, None) for _, value in ref.params)})"
    window = ref.window
    if window is None:
        return name
    if window.last is not None:
        return f"{name} in the last {window.last}"
    first = f" from {window.first_day}" if window.first_day else ""
    last = f" to {window.last_day}" if window.last_day else ""
    return name + first + last


def show(value: Any, zone: ZoneInfo | None) -> str:
    """Write one value for a person; instants in the store's zone."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Money():
            return f"{from_minor(value.amount_minor, value.currency)} {value.currency}"
        case Decimal():
            return format(value, "f")
        case FromToday() | FromNow():
            return _relative(value)
        case datetime():
            return f"{value.astimezone(zone) if zone else value:%Y-%m-%d %H:%M %Z}".strip()
        case date():
            return value.isoformat()
        case str():
            return f"“{value}”"
        case frozenset():
            return _list([show(item, zone) for item in sorted(value)]) if value else "nothing"
        case _:
            return str(value)


def _operand(comparison: Comparison, zone: ZoneInfo | None = None) -> str:
    operand = comparison.operand
    match comparison.operator.operand:
        case "none":
            return ""
        case "range":
            return f"{show(operand[0], zone)} and {show(operand[1], zone)}"
        case "many":
            return _list([show(item, zone) for item in operand])
        case _:
            return show(operand, zone)


def _list(items: list[str]) -> str:
    if len(items) > _SHOWN_VALUES:
        items = [*items[:_SHOWN_VALUES], f"{len(items) - _SHOWN_VALUES} more"]
    return ", ".join(items)


def _relative(value: FromToday | FromNow) -> str:
    count = value.span.count
    here = "today" if isinstance(value, FromToday) else "now"
    if count == 0:
        return here
    if here == "now":
        return f"{value.span} ago" if count < 0 else f"{value.span} from now"
    return f"the day {value.span} {'before' if count < 0 else 'after'} today"


def _mixed_currency(comparison: Comparison, value: Any) -> str:
    """Return the wanted amount when it is in another currency than the value."""
    if not isinstance(value, Money):
        return ""
    wanted = comparison.operand
    first = wanted[0] if isinstance(wanted, tuple) else wanted
    return "" if first.currency == value.currency else show(first, None)
