"""Who gets in, with what, and how often."""

from __future__ import annotations

import pytest
from django.test import Client

from doorstep.api import access
from doorstep.api.tests.conftest import BY, OPENED_AT, Caller, Make, make_key
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo


def test_store_of_the_key(call: Caller, stranger: Caller) -> None:
    assert call("GET", "/store").json()["slug"] == "fern-and-kettle"
    assert stranger("GET", "/store").json()["slug"] == "tidewater-books"


@pytest.mark.parametrize(
    "sent",
    ["", "ds_", "Bearer", "Bearer nonsense", "Bearer ds_0000_x", "Basic YTpi", "Bearer ds_\x7f_é"],
)
def test_no_key_no_answer(call: Caller, sent: str) -> None:
    answer = call("GET", "/store", Authorization=sent)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/api/v1/problems/unauthenticated"


def test_wrong_secret_of_a_real_key(call: Caller) -> None:
    call.secret = call.secret[:-1] + ("a" if call.secret[-1] != "a" else "b")
    assert call("GET", "/store").status_code == 401


def test_revoked_key(call: Caller, store: StoreInfo, order: Make) -> None:
    key = stores.list_api_keys()[0]
    stores.revoke_api_key(key_id=key.id, by=BY, at=OPENED_AT)
    assert call("POST", "/orders", order()).status_code == 401
    assert orders.count_orders().all == 0


def test_missing_scope_is_told_before_the_body_is_read(store: StoreInfo, order: Make) -> None:
    reader = make_key(store, "orders.view")
    assert reader("GET", "/orders").status_code == 200
    for body in (order(), b"{broken"):
        answer = reader("POST", "/orders", body)
        assert answer.status_code == 403
        assert "orders.import" in answer.json()["title"]
    assert orders.count_orders().all == 0


def test_cookie_is_no_key(call: Caller) -> None:
    assert Client().get("/api/v1/store").status_code == 401


def test_too_many_requests(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "REQUESTS_PER_MINUTE", 3)
    statuses = [call("GET", "/store").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    answer = call("GET", "/store")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer.json()["type"].endswith("/rate_limited")


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/orders/", "/../orders", "/v2/orders"])
def test_unknown_address(call: Caller, path: str) -> None:
    answer = call("GET", path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_unknown_id_is_404_not_422(call: Caller) -> None:
    assert call("GET", "/orders/1001").status_code == 404


def test_unknown_method(call: Caller) -> None:
    for method in ("DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = call(method, "/orders")
        assert answer.status_code == 405
        assert sorted(answer["Allow"].split(", ")) == ["GET", "POST"]
        assert answer.json()["type"].endswith("/method_not_allowed")


def test_answers_are_not_cached(call: Caller) -> None:
    assert call("GET", "/store")["Cache-Control"] == "no-store"
