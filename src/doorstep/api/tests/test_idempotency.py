"""The same request twice does the thing once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from doorstep.api.tests.conftest import Caller, Make, make_key
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores.contracts import StoreInfo


def test_repetition_gets_the_first_answer(call: Caller, order: Make) -> None:
    body = order()
    first = call("POST", "/orders", body, key="a")
    again = call("POST", "/orders", body, key="a")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"


def test_answer_with_a_key_looks_like_one_without(call: Caller, order: Make) -> None:
    order_id = call("POST", "/orders", order()).json()["order_id"]
    with_key = call("POST", f"/orders/{order_id}/notes", {"text": "One"}, key="n").json()
    without = call("POST", f"/orders/{order_id}/notes", {"text": "Two"}).json()
    assert with_key.keys() == without.keys()
    assert len(call("GET", f"/orders/{order_id}").json()["notes"]) == 2


def test_key_with_another_request(call: Caller, order: Make) -> None:
    call("POST", "/orders", order("1"), key="a")
    other = call("POST", "/orders", order("2"), key="a")
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (
        422,
        "idempotency_key_reused",
    )
    order_id = call("GET", "/orders").json()["items"][0]["id"]
    assert call("POST", f"/orders/{order_id}/holds", {}, key="a").status_code == 422
    assert orders.count_orders().all == 1


def test_keys_are_the_callers_own(
    call: Caller, store: StoreInfo, stranger: Caller, order: Make
) -> None:
    body = order()
    assert call("POST", "/orders", body, key="a").json()["outcome"] == "placed"
    assert make_key(store)("POST", "/orders", body, key="a").json()["outcome"] == "unchanged"
    assert stranger("POST", "/orders", body, key="a").json()["outcome"] == "placed"


def test_refused_request_may_be_repeated_mended(call: Caller, order: Make) -> None:
    assert call("POST", "/orders", order(total_minor=1), key="a").status_code == 422
    assert call("POST", "/orders", order(), key="a").status_code == 201


@pytest.mark.parametrize("key", ["x" * 256, "\x7f", "é"])
def test_keys_that_can_not_be_used(call: Caller, order: Make, key: str) -> None:
    answer = call("POST", "/orders", order(), key=key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert orders.count_orders().all == 0


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment(call: Caller, order: Make) -> None:
    """Four at once: one note is written; the others get its answer, or are told to wait."""
    order_id = call("POST", "/orders", order()).json()["order_id"]

    def write(_: int) -> tuple[int, Any]:
        try:
            answer = call("POST", f"/orders/{order_id}/notes", {"text": "Once"}, key="same")
            return answer.status_code, answer.json().get("id") or answer["Retry-After"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(write, range(4)))
    assert {status for status, _ in answers} <= {201, 409}
    assert len({body for status, body in answers if status == 201}) == 1
    assert {body for status, body in answers if status == 409} <= {"1"}
    assert len(call("GET", f"/orders/{order_id}").json()["notes"]) == 1
