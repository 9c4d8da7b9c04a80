"""Unsubscribing takes one click, and looking takes none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from doorstep.kernel.actors import Actor
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import MessageRequest, Purpose
from doorstep.rooms.messaging.identity import preferences_token
from doorstep.rooms.stores.contracts import StoreInfo

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def token(store: StoreInfo, now: datetime) -> str:
    """The token of a message that was asked for."""
    [decided] = messaging.request_messages(
        [
            MessageRequest(
                kind="order_confirmation",
                purpose=Purpose.TRANSACTIONAL,
                cause="portal.tests:1",
                customer_id=None,
                context={},
                email="maya@example.com",
            )
        ],
        by=Actor.system("portal.tests"),
        at=now,
    )
    return preferences_token(store.id, decided.message_id)


def allowed(token: str) -> dict[str, bool]:
    return dict(messaging.get_preferences(token).allowed)


def ticked(page: Any) -> set[str]:
    """Return the names of the boxes that are ticked."""
    boxes = re.findall(r"<input[^>]*>", page.content.decode())
    names = {name[1]: box for box in boxes if (name := re.search(r'name="(\w+)"', box))}
    return {name for name, box in names.items() if re.search(r"\schecked\b", box)}


def test_looking_changes_nothing(client: Client, token: str) -> None:
    before = allowed(token)
    for method in client.get, client.head:
        assert method(f"/preferences/{token}").status_code == 200
    assert allowed(token) == before
    assert before["service"]


def test_one_click_from_a_mail_program(token: str) -> None:
    """RFC 8058: a POST with neither cookie nor page before it."""
    program = Client(enforce_csrf_checks=True)
    response = program.post(f"/preferences/{token}", ONE_CLICK)
    assert response.status_code == 200
    assert response.cookies == {}
    assert not any(allowed(token).values())
    assert program.post(f"/preferences/{token}", ONE_CLICK).status_code == 200


def test_the_address_is_masked(client: Client, token: str) -> None:
    page = client.get(f"/preferences/{token}").content.decode()
    assert "maya@example.com" not in page
    assert "@example.com" in page


def test_choices_are_saved_and_shown(client: Client, token: str) -> None:
    client.post(f"/preferences/{token}", ONE_CLICK)
    page = client.post(f"/preferences/{token}", {"save": "1", "service": "on"})
    assert "Your choice is saved." in page.content.decode()
    assert ticked(page) == {"order", "service"}


def test_nothing_is_ticked_that_nobody_wanted(client: Client, token: str) -> None:
    """A box ticked in advance is no consent (Planet49, CJEU C-673/17)."""
    page = client.get(f"/preferences/{token}")
    assert ticked(page) == {"order", *(name for name, yes in allowed(token).items() if yes)}
    assert "marketing" not in ticked(page)
    client.post(f"/preferences/{token}", ONE_CLICK)
    assert ticked(client.get(f"/preferences/{token}")) == {"order"}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_link_changes_nothing(client: Client, token: str, method: str) -> None:
    before = allowed(token)
    response = getattr(client, method)(f"/preferences/{token[:-1]}")
    assert response.status_code == 404
    assert allowed(token) == before


def test_the_page_is_private(client: Client, token: str) -> None:
    response = client.get(f"/preferences/{token}")
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"].startswith("private")


def test_a_logo_runs_no_script(
    client: Client, store: StoreInfo, change_store: Callable[..., None]
) -> None:
    assert client.get("/s/fern-and-kettle/logo").status_code == 404
    change_store(logo=b"<svg xmlns='http://www.w3.org/2000/svg'/>", logo_type="image/svg+xml")
    response = client.get("/s/fern-and-kettle/logo")
    assert response["Content-Type"] == "image/svg+xml"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
