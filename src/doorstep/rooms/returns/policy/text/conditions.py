"""A rule's condition in the shopper's language: "the country of delivery is Germany"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import get_month_names
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from doorstep.kernel.conditions.api import Condition, FactType
from doorstep.kernel.conditions.moments import FromToday, Span
from doorstep.kernel.conditions.tree import Comparison, Node
from doorstep.kernel.money import Money, from_minor
from doorstep.rooms.returns.policy.languages import phrases_in, show_date

_DATED = frozenset({"lt", "lte", "gt", "gte"})


def condition_words(
    condition: Condition | None, language: str, reasons: Mapping[str, Mapping[str, str]]
) -> str:
    """Say what a condition asks; "" for one that always holds.

    :param reasons: code of a reason → its words by language.
    """
    if condition is None:
        return str(phrases_in(language)["text"]["unreadable"])
    return _Words(language, reasons).node(condition.root)


class _Words:
    def __init__(self, language: str, reasons: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self.reasons = reasons
        self.phrases = phrases_in(language)

    def node(self, node: Node) -> str:
        if isinstance(node, Comparison):
            return self.comparison(node)
        parts = [self.node(child) for child in node.children]
        if len(parts) > 1:
            parts = [
                f"({part})" if len(getattr(child, "children", ())) > 1 else part
                for part, child in zip(parts, node.children, strict=True)
            ]
        text = self.phrases["text"]
        joined = str(text["and" if node.kind == "all" else "or"]).join(parts)
        return str(text["none_of"]).replace("{words}", joined) if node.kind == "none" else joined

    def comparison(self, comparison: Comparison) -> str:
        name, op = comparison.ref.fact.name.partition(".")[2], comparison.op
        kind = comparison.ref.fact.type
        if kind is FactType.BOOL and op in ("eq", "ne"):
            is_yes = comparison.operand is (op == "eq")
            return str(self.phrases["facts_yes" if is_yes else "facts_no"][name])
        label = self.phrases["facts"].get(name) or self.phrases["facts_yes"][name]
        if kind is FactType.DATE and op in _DATED:
            op = f"date_{op}"
        words = str(self.phrases["operators"][op])
        operand = comparison.operand
        if comparison.operator.operand == "range":
            first, last = (self.value(name, one) for one in operand)
            return f"{label} {words.replace('{a}', first).replace('{b}', last)}"
        if operand is None:
            return f"{label} {words}"
        return f"{label} {words.replace('{a}', self.operand(name, op, operand))}"

    def operand(self, name: str, op: str, operand: Any) -> str:
        if not isinstance(operand, tuple):
            return self.value(name, operand)
        if name == "product_tags":
            # Shops write one tag in several ways: “final-sale”, “Final Sale”. It is told once.
            spelled = {re.sub(r"[-_\s]+", " ", str(one)).casefold(): one for one in operand[::-1]}
            operand = tuple(spelled.values())[::-1]
        word = "and" if op == "contains_all" else "or"
        return self.listed([self.value(name, one) for one in operand], word)

    def listed(self, items: Sequence[str], word: str) -> str:
        *others, last = list(dict.fromkeys(items))
        comma = "، " if self.language == "ar" else ", "
        joined = str(self.phrases["text"][word])
        return joined.join([comma.join(others), last]) if others else last

    def value(self, name: str, value: Any) -> str:
        match value:
            case Money():
                return show_amount(value.amount_minor, value.currency, self.language)
            case Span():
                return self.span(value)
            case FromToday():
                return self.from_today(value)
            case date():
                return show_date(value, self.language)
            case Decimal() | int() if name == "order_month":
                return self.month(int(value))
            case Decimal() | int():
                return str(format_decimal(value, locale=self.language))
        return self.text(name, str(value))

    def text(self, name: str, value: str) -> str:
        if name == "country":
            return str(Locale.parse(self.language).territories.get(value.upper(), value))
        if name == "fault":
            return str(self.phrases["faults"][value])
        if name in ("reason", "reason_group") and value in self.reasons:
            words = self.reasons[value]
            return f"“{words.get(self.language) or words.get('en') or value}”"
        return f"“{value}”"

    def month(self, value: int) -> str:
        names = get_month_names("wide", locale=self.language, context="stand-alone")
        return str(names.get(value, value))

    def span(self, span: Span) -> str:
        unit = f"duration-{span.unit.removesuffix('s')}"
        return format_unit(abs(span.count), unit, length="long", locale=self.language)

    def from_today(self, value: FromToday) -> str:
        operators = self.phrases["operators"]
        if value.span.count == 0:
            return str(operators["today"])
        key = "before_today" if value.span.count < 0 else "after_today"
        return str(operators[key]).replace("{a}", self.span(value.span))


def show_amount(amount_minor: int, currency: str, language: str) -> str:
    """Write an amount with its currency, exactly as many decimals as the currency has."""
    amount = from_minor(amount_minor, currency)
    return format_currency(amount, currency, locale=language, currency_digits=True)
