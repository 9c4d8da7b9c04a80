"""Bytes from outside."""

from __future__ import annotations

from decimal import Decimal

import pytest

from doorstep.connectors.base.contracts import Rejection
from doorstep.connectors.base.payload import Node, parse_json


def test_numbers_stay_exact() -> None:
    assert parse_json(b'{"id": 9007199254740993, "a": 0.1}') == {
        "id": 9007199254740993,
        "a": Decimal("0.1"),
    }


def test_a_byte_order_mark_is_no_error() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b'{"a": NaN}', "invalid_json"),
        (b"\xff\xfe", "invalid_utf8"),
        (b'{"a": "\xc3"}', "invalid_utf8"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b"[" + b"1" * 5000 + b"]", "invalid_json"),
    ],
)
def test_what_is_no_json(body: bytes, code: str) -> None:
    with pytest.raises(Rejection) as caught:
        parse_json(body)
    assert caught.value.code == code
    assert not caught.value.retriable


def test_paths_lead_to_the_field() -> None:
    node = Node({"a": [{"b": None}, {"b": {"c": -1}}]})
    inner = node.nodes("a")[1].node("b")
    assert inner is not None
    with pytest.raises(Rejection) as caught:
        inner.money("c", 2)
    assert caught.value.field == "a[1].b.c"


def test_amounts_too_precise_are_rounded_with_a_note() -> None:
    node = Node({"a": "1.005"})
    assert node.money("a", 2) == 101
    assert node.notes == ["a: 1.005 rounded to the currency's smallest unit"]
