"""Every fact in the sentences that conditions and reasons make of it, for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.api import Fact, FactType, describe, evaluate, parse, registry
from doorstep.kernel.money import Money

AT = datetime(2026, 5, 20, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
_EUR = {"amount": "100.00", "currency": "EUR"}
_DAY = datetime(2026, 5, 3, 12, 30, tzinfo=UTC)

# What is asked, and a value that answers it (None: no value is tried).
_NUMBERS: list[tuple[str, Any, Any]] = [("gte", 2, 17), ("lt", 2, 17), ("eq", 1, 0)]
_DATES: list[tuple[str, Any, Any]] = [
    ("eq", "2026-05-03", _DAY),
    ("lt", {"from_today": {"days": -30}}, _DAY),
    ("within_last", {"weeks": 1}, _DAY),
    ("is_not_set", None, None),
]
_SETS: list[tuple[str, Any, Any]] = [
    ("contains", "tea", frozenset({"tea", "mug"})),
    ("contains_any", ["tea", "pot"], frozenset({"mug"})),
    ("contains_all", ["tea", "mug"], frozenset({"tea", "mug"})),
    ("is_not_set", None, frozenset()),
]
_SAMPLES: dict[FactType, list[tuple[str, Any, Any]]] = {
    FactType.COUNT: _NUMBERS,
    FactType.NUMBER: [("gte", 2, 17), ("lt", 1, 17), ("between", [1, 5], None)],
    FactType.MONEY: [("gt", _EUR, Money(4200, "EUR")), ("lte", _EUR, Money(4200, "EUR"))],
    FactType.BOOL: [("eq", True, True), ("eq", True, False)],
    FactType.DATE: [(op, value, got and got.date()) for op, value, got in _DATES],
    FactType.DATETIME: _DATES,
    FactType.TEXT: [("eq", "DE", "AT"), ("in", ["DE", "AT"], "DE"), ("contains", "D", None)],
    FactType.SET: _SETS,
}


def sentences() -> Iterator[str]:
    """Yield a block for each fact: what is asked, then what came out.

    To write them down anew: ``PYTHONPATH=. python -m tests.architecture.condition_words``.
    """
    for subject in registry.subjects():
        if subject.name == "probe":
            continue
        for fact in registry.facts_of(subject.name):
            yield f"{fact.name}"
            yield from _of(fact)
            yield ""


def _of(fact: Fact) -> Iterator[str]:
    samples = _SAMPLES.get(fact.type) or [
        ("eq", fact.choices[0], fact.choices[-1]),
        ("is_not_set", None, None),
    ]
    for op, operand, value in samples:
        tree: dict[str, Any] = {"fact": fact.name, "op": op}
        if operand is not None:
            tree["value"] = operand
        if fact.params:
            tree["with"] = {param.name: "Blue tea" for param in fact.params}
        if fact.windowed and op in ("lt", "contains_any"):
            tree["within"] = {"last": {"days": 90}}
        condition = parse(tree, fact.subject)
        yield f"  {describe(condition.root)}"
        if value is not None or op == "is_not_set":
            known = {ref.key: value for ref in condition.refs}
            decided = evaluate(condition, known, at=AT, zone=BERLIN)
            yield f"    {'✓' if decided else '✗'} {decided.reasons[0]}"
        if fact.type in (FactType.COUNT, FactType.SET):
            denied = parse({"none": [tree]}, fact.subject)
            yield f"    not so: {describe(denied.root)}"


KEPT = Path(__file__).with_suffix(".txt")

if __name__ == "__main__":
    import django

    django.setup()
    KEPT.write_text("\n".join(sentences()), encoding="utf-8")
