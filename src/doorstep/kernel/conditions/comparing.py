"""What a comparison asks, in the words that stand in a fact's sentence: "at least 2"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.facts import FactType
from doorstep.kernel.conditions.moments import FromNow, FromToday, Span
from doorstep.kernel.conditions.tree import Comparison
from doorstep.kernel.money import Money, from_minor

_SHOWN_VALUES = 10
OPPOSITE = {"lt": "gte", "lte": "gt", "gt": "lte", "gte": "lt"}
_AMOUNTS = {"lt": "less than", "lte": "at most", "gt": "more than", "gte": "at least"}
_DATED = {"lt": "before", "lte": "on or before", "gt": "after", "gte": "on or after", "eq": "on"}
# "More than 30 days ago" is before that day; only of days that are over.
_AGO = {
    "lt": "more than {} ago",
    "lte": "{} ago or longer",
    "gt": "less than {} ago",
    "gte": "at most {} ago",
    "eq": "{} ago",
}
_WRITTEN = {
    "eq": ("is", "is not"),
    "ne": ("is not", "is"),
    "in": ("is", "is not"),
    "not_in": ("is not", "is"),
    "contains": ("contains", "does not contain"),
    "starts_with": ("starts with", "does not start with"),
    "ends_with": ("ends with", "does not end with"),
    "lt": ("sorts before", "does not sort before"),
    "lte": ("sorts up to", "does not sort up to"),
    "gt": ("sorts after", "does not sort after"),
    "gte": ("sorts from", "does not sort from"),
    "between": ("sorts between", "does not sort between"),
}


def asked_of(
    comparison: Comparison,
    *,
    op: str = "",
    is_alone: bool = False,
    is_denied: bool = False,
    found: Collection[str] | None = None,
    missing_from: Collection[str] | None = None,
) -> str:
    """Return what a comparison asks.

    :param op: another operator than its own.
    :param is_alone: it follows "which is", not a verb of the fact's.
    :param is_denied: of a text, the opposite.
    :param found: of a set, what is in it: of several asked for, those are named that are there.
    :param missing_from: likewise, and those are named that are not there.
    """
    op, operand = op or comparison.op, comparison.operand
    kind = comparison.ref.fact.type
    if kind is FactType.SET:
        return _of_set(op, operand, found, missing_from)
    if kind in (FactType.TEXT, FactType.ENUM):
        words = _WRITTEN[op][is_denied]
        return f"{words} {_texts(comparison, operand)}"
    if kind in (FactType.DATE, FactType.DATETIME):
        return _of_moment(op, operand)
    return _of_number(kind, op, operand, is_alone=is_alone)


def _of_set(
    op: str, operand: Any, found: Collection[str] | None, missing_from: Collection[str] | None
) -> str:
    if op == "contains":
        return f"“{operand}”"
    items, joined = list(operand), "and" if op == "contains_all" else "or"
    if op == "contains_all" and missing_from is not None:
        items, joined = [item for item in items if item not in missing_from], "or"
    if op == "contains_any" and found is not None:
        items, joined = [item for item in items if item in found], "and"
    return list_words([f"“{item}”" for item in items], joined)


def _texts(comparison: Comparison, operand: Any) -> str:
    values = operand if isinstance(operand, tuple) else (operand,)
    is_code = comparison.ref.fact.type is FactType.ENUM
    shown = [f"“{v.replace('_', ' ') if is_code else v}”" for v in values]
    return list_words(shown, "and" if comparison.op == "between" else "or")


def _of_number(kind: FactType, op: str, operand: Any, *, is_alone: bool) -> str:
    if op == "between":
        return f"between {number_words(operand[0])} and {number_words(operand[1])}"
    if op in ("in", "not_in"):
        words = list_words([number_words(one) for one in operand], "or")
        return words if op == "in" else f"any number but {words}"
    shown = number_words(operand)
    if kind is FactType.COUNT and not is_alone:
        if operand == 0 and op in ("eq", "lte"):
            return "no"
        if operand == 0 and op == "gte":
            return "any number of"
        if op == "lt" and operand == 1:
            return "no"
        if op == "gt" and operand == 0:
            return "at least 1"
    if op == "eq":
        return f"exactly {shown}"
    if op == "ne":
        return f"any number but {shown}" if kind is not FactType.MONEY else f"other than {shown}"
    amount = "fewer than" if kind is FactType.COUNT and op == "lt" else _AMOUNTS[op]
    return f"{amount} {shown}"


def _of_moment(op: str, operand: Any) -> str:
    if op == "within_last":
        return f"within the last {span_words(operand)}"
    if op == "within_next":
        return f"within the next {span_words(operand)}"
    if op == "between":
        return f"between {_plain(operand[0])} and {_plain(operand[1])}"
    if op == "ne":
        return f"on any day but {_plain(operand)}"
    if isinstance(operand, FromToday | FromNow):
        if operand.span.count < -1 or (operand.span.count == -1 and operand.span.unit != "days"):
            return _AGO[op].replace("{}", str(operand.span))
        words = _plain(operand)
        if op == "eq":
            return words
        if op in ("lte", "gte"):
            return f"{words} or {'before' if op == 'lte' else 'after'}"
        return f"{_DATED[op]} {words}"
    return f"{_DATED[op]} {moment_words(operand, None)}"


def _plain(moment: date | datetime | FromToday | FromNow) -> str:
    if not isinstance(moment, FromToday | FromNow):
        return moment_words(moment, None)
    span: Span = moment.span
    if span.count == 0:
        return "today" if isinstance(moment, FromToday) else "now"
    if isinstance(moment, FromToday) and span.unit == "days" and abs(span.count) == 1:
        return "yesterday" if span.count < 0 else "tomorrow"
    return f"{span} ago" if span.count < 0 else f"{span} from now"


def span_words(span: Span) -> str:
    """Write a span after "the last": "week", "2 weeks"."""
    return str(span).removeprefix("1 ") if span.count == 1 else str(span)


def moment_words(value: date | datetime, zone: ZoneInfo | None) -> str:
    """Write a day, "3 May 2026", or an instant on the clocks of a zone, "3 May 2026 at 14:30"."""
    if isinstance(value, datetime):
        local = value.astimezone(zone) if zone else value
        clock = f" at {local:%H:%M}" + ("" if zone else f" {local:%Z}")
        return f"{local.day} {local:%B %Y}{clock}"
    return f"{value.day} {value:%B %Y}"


def number_words(value: Money | Decimal | int) -> str:
    """Write a number: "17", "2.5", "100.00 EUR"."""
    if isinstance(value, Money):
        return f"{from_minor(value.amount_minor, value.currency)} {value.currency}"
    if isinstance(value, Decimal):
        written = format(value, "f")
        return written.rstrip("0").rstrip(".") if "." in written else written
    return str(value)


def is_nothing(value: Any) -> bool:
    """Tell whether a number is none at all."""
    return value.amount_minor == 0 if isinstance(value, Money) else value == 0


def list_words(items: Sequence[str], last: str) -> str:
    """Join words as people do: "a, b and c"; of many the first ten."""
    shown = list(items[:_SHOWN_VALUES])
    if len(items) > _SHOWN_VALUES:
        shown.append(f"{len(items) - _SHOWN_VALUES} more")
    if len(shown) < 2:
        return shown[0] if shown else "nothing"
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"
