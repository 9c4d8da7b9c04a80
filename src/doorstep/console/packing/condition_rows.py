"""A condition as rows of a form: fact, comparison, value, joined by "all" or "any".

Works without a script: a row more comes with the next submit. What the rows cannot show (groups
in groups, spans of time; written through the API) is left as it is and shown in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from doorstep.kernel.conditions.api import Fact, FactType, registry
from doorstep.kernel.conditions.operators import OPERATORS
from doorstep.kernel.conditions.tree import Comparison, Condition, Group
from doorstep.kernel.money import Money, from_minor

MOST_ROWS = 20
_OPS = (
    "eq",
    "ne",
    "gt",
    "gte",
    "lt",
    "lte",
    "contains",
    "contains_any",
    "starts_with",
    "in",
    "not_in",
    "is_set",
    "is_not_set",
)
_YES, _NO = frozenset({"yes", "true", "1", "on"}), frozenset({"no", "false", "0", "off"})


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison as it is typed."""

    fact: str = ""
    op: str = "eq"
    value: str = ""


def facts_for(scope: str) -> list[tuple[str, str]]:
    """List the facts a row may ask, as (name, label); those that need to be told more are not."""
    return [
        (fact.name, fact.label[:1].upper() + fact.label[1:])
        for fact in registry.facts_of(scope)
        if not fact.params and fact.sql is not None
    ]


def operators() -> list[tuple[str, str]]:
    """List the comparisons in words, each once."""
    words = {
        "gt": _("is over, after"),
        "gte": _("is at least, from"),
        "lt": _("is under, before"),
        "lte": _("is at most, up to"),
        "contains": _("contains, has"),
        "contains_any": _("has any of (commas between)"),
        "in": _("is one of (commas between)"),
        "not_in": _("is none of (commas between)"),
    }
    known = {name: op.words for found in OPERATORS.values() for name, op in found.items()}
    return [(name, str(words.get(name, known[name]))) for name in _OPS]


def read_rows(data: Mapping[str, str]) -> list[Row]:
    """Return the rows of a sent form that name a fact."""
    rows = []
    for nth in range(MOST_ROWS):
        fact = data.get(f"row-{nth}-fact", "").strip()
        if fact:
            op, value = data.get(f"row-{nth}-op", "eq"), data.get(f"row-{nth}-value", "")
            rows.append(Row(fact, op, value.strip()))
    return rows


def to_document(rows: list[Row], joined: str, currency: str) -> dict[str, Any]:
    """Return the condition that rows mean; what is wrong in it the parser says.

    :param joined: "all" or "any".
    :param currency: of amounts of money.
    """
    return {
        "any" if joined == "any" and rows else "all": [_comparison(row, currency) for row in rows]
    }


def _comparison(row: Row, currency: str) -> dict[str, Any]:
    found: dict[str, Any] = {"fact": row.fact, "op": row.op}
    if row.op in ("is_set", "is_not_set"):
        return found
    fact = registry.fact_named(row.fact)
    if row.op in ("in", "not_in", "contains_any", "contains_all"):
        parts = [part.strip() for part in row.value.split(",") if part.strip()]
        found["value"] = [_value(part, fact, currency) for part in parts]
    else:
        found["value"] = _value(row.value, fact, currency)
    return found


def _value(text: str, fact: Fact | None, currency: str) -> Any:
    match fact.type if fact else FactType.TEXT:
        case FactType.BOOL if text.lower() in _YES | _NO:
            return text.lower() in _YES
        case FactType.COUNT if text.isascii() and text.isdigit() and len(text) < 19:
            return int(text)
        case FactType.MONEY:
            return {"amount": text.replace(",", "."), "currency": currency}
        case FactType.NUMBER:
            return text.replace(",", ".")
    return text


def from_condition(condition: Condition) -> tuple[str, list[Row]] | None:
    """Return how the rows are joined and the rows, None where rows cannot show it."""
    root = condition.root
    nodes = list(root.children) if isinstance(root, Group) else [root]
    joined = root.kind if isinstance(root, Group) else "all"
    rows = [_row(node) for node in nodes if isinstance(node, Comparison)]
    found = [row for row in rows if row is not None]
    if joined not in ("all", "any") or len(found) < len(nodes) or len(nodes) >= MOST_ROWS:
        return None
    return joined, found


def _row(node: Comparison) -> Row | None:
    ref = node.ref
    if node.op not in _OPS or ref.params or ref.window or getattr(node, "ignore_case", False):
        return None
    if node.operator.operand == "none":
        return Row(ref.fact.name, node.op)
    many = node.operand if isinstance(node.operand, tuple) else (node.operand,)
    texts = [_text(one) for one in many]
    if any(text is None or ("," in text and len(many) > 1) for text in texts):
        return None
    return Row(ref.fact.name, node.op, ", ".join(text for text in texts if text is not None))


def _text(value: Any) -> str | None:
    match value:
        case bool():
            return "yes" if value else "no"
        case Money():
            return str(from_minor(value.amount_minor, value.currency))
        case date():
            return value.isoformat()
        case str() | int():
            return str(value)
    return format(value, "f") if hasattr(value, "as_tuple") else None
