"""Bodies and parameters as an attacker or a broken program sends them: told, and without effect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doorstep.api.tests.conftest import Caller, Make
from doorstep.rooms.orders import api as orders


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "line 1"),
        (b"", ""),
        (b'{"external_id": "\xff"}', "UTF-8"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b"[" * 200_000, "deep"),
        (b'{"a":' * 100_000, "deep"),
        (b'{"total_minor": ' + b"9" * 5_000 + b"}", "digits"),
        (b'{"total_minor": NaN}', "NaN"),
        (b'{"total_minor": -Infinity}', "Infinity"),
        (b"\xef\xbb\xbf{}", "JSON"),
    ],
)
def test_unreadable_bodies(call: Caller, body: bytes, words: str) -> None:
    for path in ("/orders", "/orders/bulk"):
        answer = call("POST", path, body)
        assert answer.status_code == (400 if body else 422), answer.content
        assert words in answer.json()["title"] + json.dumps(answer.json()["errors"])
    assert orders.count_orders().all == 0


def test_body_over_eight_megabytes(call: Caller, order: Make) -> None:
    answer = call("POST", "/orders", order(note="x" * (8 * 1024 * 1024)))
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/body_too_large")


def lines(**changes: Any) -> dict[str, Any]:
    line = {"external_id": "1", "title": "Tea", "quantity": 1, "unit_price_minor": 100}
    return {"lines": [line | changes], "total_minor": None}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (lines(quantity=-1), "lines.0.quantity"),
        (lines(quantity=0), "lines.0.quantity"),
        (lines(quantity=10**30), "lines.0.quantity"),
        (lines(quantity=1.5), "lines.0.quantity"),
        (lines(unit_price_minor=10**18), "lines.0.unit_price_minor"),
        (lines(unit_price_minor="19.99"), "lines.0.unit_price_minor"),
        (lines(title="a\x00b"), "lines.0.title"),
        (lines(image_url="javascript:alert(1)"), "lines.0.image_url"),
        (lines(color="blue"), "lines.0.color"),
        ({"lines": []}, "lines"),
        ({"lines": None}, "lines"),
        ({"currency": "EURO"}, "currency"),
        ({"note": "\ud800"}, "note"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"placed_at": "2026-11-19T09:12:00"}, "placed_at"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at"),
        ({"placed_at": "9999-12-31T23:59:59-12:00"}, "placed_at"),
        ({"person": {"locale": "../../etc"}}, "person.locale"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"total": 5}, "total"),
    ],
)
def test_fields_that_do_not_fit(
    call: Caller, order: Make, changes: dict[str, Any], field: str
) -> None:
    answer = call("POST", "/orders", order() | changes)
    assert answer.status_code == 422, answer.content
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert answer["Content-Type"] == "application/problem+json"
    assert orders.count_orders().all == 0


def test_unknown_currency(call: Caller, order: Make) -> None:
    answer = call("POST", "/orders", order(currency="QQQ"))
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
        422,
        "unknown_currency",
    )


def test_sums_beyond_what_can_be_stored(call: Caller, order: Make) -> None:
    huge = order() | lines(unit_price_minor=10**14, quantity=1_000_000)
    assert call("POST", "/orders", huge).status_code == 422
    assert orders.count_orders().all == 0


def test_order_of_five_hundred_lines(call: Caller, order: Make) -> None:
    line = order()["lines"][0]
    many = [line | {"external_id": str(n), "title": f"茶 {n}"} for n in range(500)]
    answer = call("POST", "/orders", order(lines=many, total_minor=500 * 2900 + 490))
    assert answer.status_code == 201, answer.content
    assert len(call("GET", f"/orders/{answer.json()['order_id']}").json()["lines"]) == 500


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1000",
        "limit=99999999999999999999",
        "cursor=made-up",
        "cursor=%00",
        "search=%00",
        "state=nothing",
        "customer_id=5",
        "placed_to=9999-12-31",
        "placed_from=0001-01-01",
    ],
)
def test_parameters_that_do_not_fit(call: Caller, query: str) -> None:
    answer = call("GET", f"/orders?{query}")
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_cursor_of_another_list(call: Caller, order: Make) -> None:
    call("POST", "/orders/bulk", {"orders": [order("1"), order("2")]})
    cursor = call("GET", "/orders?limit=1").json()["next_cursor"]
    assert call("GET", f"/orders?cursor={cursor}").status_code == 200
    assert call("GET", f"/customers?cursor={cursor}").status_code == 422


def test_words_that_are_no_query(call: Caller, order: Make) -> None:
    call("POST", "/orders", order())
    for words in ("' OR 1=1 --", "a:* & | !", "\\", "%25_%25", "(((("):
        for path in ("/orders", "/customers", "/stock"):
            assert call("GET", f"{path}?search={words}").status_code == 200
