"""Conditions as rows of a form, there and back."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.console.packing.condition_rows import (
    Row,
    facts_for,
    from_condition,
    operators,
    read_rows,
    to_document,
)
from doorstep.kernel.conditions.api import InvalidCondition, parse


def test_rows_come_back_as_they_were_typed() -> None:
    rows = [
        Row("order.is_gift", "eq", "yes"),
        Row("order.total", "gte", "49.90"),
        Row("order.item_count", "gt", "3"),
        Row("order.country", "in", "AT, DE"),
        Row("order.tags", "contains", "vip"),
        Row("order.weight", "lt", "1500"),
        Row("order.placed_at", "gte", "2026-12-24"),
        Row("order.shipping_method", "is_set"),
    ]
    for joined in ("all", "any"):
        document = to_document(rows, joined, "EUR")
        assert from_condition(parse(document, "order")) == (joined, rows)


def test_a_form_is_read_by_its_filled_rows() -> None:
    data = {"row-0-fact": "", "row-2-fact": "line.sku", "row-2-op": "eq", "row-2-value": " TEA "}
    assert read_rows(data) == [Row("line.sku", "eq", "TEA")]
    assert to_document([], "any", "EUR") == {"all": []}


@pytest.mark.parametrize(
    "row",
    [
        Row("order.is_gift", "eq", "perhaps"),
        Row("order.item_count", "gt", "many"),
        Row("order.total", "gt", "a lot"),
        Row("order.tags", "gt", "x"),
        Row("order.nonsense", "eq", "x"),
        Row("order.country", "in", " , "),
    ],
)
def test_what_makes_no_sense_is_said_by_the_parser(row: Row) -> None:
    with pytest.raises(InvalidCondition):
        parse(to_document([row], "all", "EUR"), "order")


@pytest.mark.parametrize(
    "tree",
    [
        {"none": [{"fact": "order.is_gift", "op": "eq", "value": True}]},
        {"all": [{"any": [{"fact": "order.is_gift", "op": "eq", "value": True}]}]},
        {"fact": "order.placed_at", "op": "within_last", "value": {"days": 3}},
        {"fact": "order.country", "op": "in", "value": ["a,b", "c"]},
    ],
)
def test_what_rows_cannot_show_is_left_alone(tree: dict[str, Any]) -> None:
    assert from_condition(parse(tree, "order")) is None


def test_the_lists_offer_what_the_language_has() -> None:
    names = {name for name, _ in facts_for("line")}
    assert {"line.sku", "line.handling_classes", "line.weight"} <= names
    assert {"eq", "contains", "is_set"} <= {name for name, _ in operators()}
