"""The script on the merchant's site and where it tells: CORS, limits, forged and huge bodies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.activity import views
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.models import SiteActivity, Visitor
from doorstep.rooms.stores import api as stores

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
BY = Actor.system("portal.tests")
SHOP = "https://fern.example"
VISITOR = "a1b2c3d4e5f60718a1b2c3d4e5f60718"


@pytest.fixture
def store(db: None) -> Any:
    made = stores.create_store(slug="fern", name="Fern", currency="EUR", at=AT)
    with store_scope(made.id):
        audiences.change_site_settings(is_on=True, origins=[SHOP], anonymous_days=90, by=BY, at=AT)
    return made


def tell(body: Any = None, origin: str = SHOP, slug: str = "fern", **extra: Any) -> Any:
    if body is None:
        body = {"visitor": VISITOR, "activities": [{"key": "k", "kind": "searched"}]}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Origin": origin} if origin else {}
    client = Client(enforce_csrf_checks=True)
    return client.post(
        f"/s/{slug}/activity",
        data,
        content_type="text/plain;charset=UTF-8",
        headers=headers,
        **extra,
    )


def recorded(store: Any) -> int:
    with store_scope(store.id):
        return SiteActivity.objects.count()


def test_a_visit_is_recorded_without_a_cookie(store: Any) -> None:
    answer = tell()
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Origin"] == SHOP
    assert answer["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer
    assert not answer.cookies
    assert tell().status_code == 204  # the same again tells nothing to who asks
    assert recorded(store) == 1


@pytest.mark.parametrize(
    "origin", ["", "null", "https://evil.example", "https://fern.example.evil.example", "http://fern.example"]
)  # fmt: skip
def test_other_sites_are_not_heard(store: Any, origin: str) -> None:
    answer = tell(origin=origin)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer
    options = Client().options("/s/fern/activity", headers={"Origin": origin} if origin else {})
    assert options.status_code == 403
    assert recorded(store) == 0


def test_preflight(store: Any) -> None:
    answer = Client().options("/s/fern/activity", headers={"Origin": SHOP})
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Methods"] == "POST"


def test_nothing_is_heard_while_it_is_off_or_elsewhere(store: Any) -> None:
    stores.create_store(slug="other", name="Other", currency="EUR", at=AT)
    assert tell(slug="other").status_code == 403
    assert tell(slug="nobody").status_code == 404
    with store_scope(store.id):
        audiences.change_site_settings(is_on=False, origins=[SHOP], anonymous_days=90, by=BY, at=AT)
    assert tell().status_code == 403
    assert recorded(store) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"visitor": 1}',
        b'{"visitor": "x", "activities": {}}',
        b'{"visitor": "x", "token": []}',
        b"[" * 30_000,
        b'{"visitor": "x", "token": "' + b"t" * 3_000 + b'"}',
    ],
)
def test_bodies_that_are_no_visit(store: Any, body: bytes) -> None:
    assert tell(body).status_code == 400
    assert recorded(store) == 0


def test_huge_bodies(store: Any) -> None:
    assert tell(b" " * (views.MOST_BYTES + 1)).status_code == 413
    assert recorded(store) == 0


def test_hostile_contents_are_kept_out_or_kept_as_text(store: Any) -> None:
    nasty = {
        "visitor": VISITOR,
        "token": "maya@example.com",
        "activities": [
            {"key": "1", "kind": "searched", "details": {"query": "</script><img onerror=x>"}},
            {"key": "2", "kind": "searched", "details": {"query": "maya@example.com"}},
            {"key": "3", "kind": "DROP TABLE", "details": {}},
            {"key": "4", "kind": "searched", "details": {"query": "\ud800\x00"}},
            {"key": "5", "kind": "searched", "ago": float("nan")},
        ],
    }
    assert tell(nasty).status_code == 204
    with store_scope(store.id):
        assert Visitor.objects.get().customer_id is None
        queries = {row.details.get("query") for row in SiteActivity.objects.all()}
    assert queries == {"</script><img onerror=x>", None}


def test_who_tells_too_much_waits(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_OF_A_VISITOR", 2)
    assert [tell().status_code for _ in range(3)] == [204, 204, 429]
    assert int(tell()["Retry-After"]) > 0


def test_the_script(store: Any) -> None:
    answer = Client().get("/s/fern/activity.js")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/javascript")
    assert len(answer.content) < 3_000
    assert "/s/fern/activity" in text
    assert "cookie" not in text.split("\n", 1)[1]
    assert "max-age=3600" in answer["Cache-Control"]
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = Client().get("/s/fern/activity.js", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert Client().get("/s/nobody/activity.js").status_code == 404
