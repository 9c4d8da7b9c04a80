"""Site activity over the API: told once, refused whole, by keys that may."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.api.tests.conftest import Caller, make_key
from doorstep.rooms.audiences.models import SiteActivity
from doorstep.rooms.stores.contracts import StoreInfo

PATH = "/site-activities"
ONE = {
    "key": "k-1",
    "kind": "product_viewed",
    "occurred_at": "2026-01-05T10:00:00Z",
    "visitor": "a1b2c3d4e5f60718",
    "product": "TEA-DJ-100",
}


def test_activities_are_told_once(call: Caller) -> None:
    body = {"activities": [ONE, ONE | {"key": "k-2", "details": {"minutes": 3}}]}
    assert call("POST", PATH, body).json() == {"recorded": 2, "repeated": 0}
    assert call("POST", PATH, body).json() == {"recorded": 0, "repeated": 2}
    assert SiteActivity.objects.count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "Viewed!"},
        {"key": ""},
        {"visitor": "x"},
        {"visitor": ""},
        {"occurred_at": "2026-01-05"},
        {"customer_id": "01a20209-a4c3-715f-9c1d-790163d6852d"},
        {"details": {"email": "maya@example.com"}},
        {"details": {"note": ["a"]}},
        {"email": "maya@example.com"},
    ],
)
def test_one_bad_activity_refuses_the_set(call: Caller, changes: dict[str, Any]) -> None:
    answer = call("POST", PATH, {"activities": [ONE, ONE | {"key": "k-2"} | changes]})
    assert answer.status_code == 422, answer.content
    assert SiteActivity.objects.count() == 0


def test_too_many_and_none(call: Caller) -> None:
    for activities in ([], [ONE | {"key": f"k{n}"} for n in range(501)]):
        assert call("POST", PATH, {"activities": activities}).status_code == 422


def test_a_key_without_the_scope(call: Caller, store: StoreInfo) -> None:
    answer = make_key(store, "orders.view")("POST", PATH, {"activities": [ONE]})
    assert answer.status_code == 403
    assert SiteActivity.objects.count() == 0
