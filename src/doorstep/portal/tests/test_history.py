"""The history opens for whoever reads the mailbox, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import signing
from django.test import Client

from doorstep.portal.history import links
from doorstep.portal.tests.conftest import incoming
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.stores.contracts import StoreInfo

Place = Callable[..., UUID]
Link = Callable[..., str]


@pytest.fixture
def order_id(place: Place) -> UUID:
    return place()


@pytest.fixture
def opened(client: Client, store: StoreInfo, order_id: UUID) -> Client:
    """A browser that opened the link of the mail."""
    path = f"/history/{links.history_token(store.id, order_id)}"
    answer = client.post(path)
    assert (answer.status_code, answer["Location"]) == (303, "/history")
    return client


def sent_links(kind: str = "order_history") -> list[Any]:
    return list(messaging.list_messages(kind=kind).items)


def test_the_link_goes_to_the_mailbox_alone(
    client: Client, order_id: UUID, link: Link, store: StoreInfo
) -> None:
    path = f"{link(order_id)}/history"
    assert path in client.get(link(order_id)).content.decode()
    assert client.get(path).status_code == 200
    assert sent_links() == []
    answer = Client(enforce_csrf_checks=True).post(path)
    page = answer.content.decode()
    assert "Please look into your mailbox" in page
    assert "/history/" not in page.replace(path, "")
    [message] = sent_links()
    assert message.channel == "email"


def test_asking_is_limited(client: Client, order_id: UUID, link: Link) -> None:
    statuses = [client.post(f"{link(order_id)}/history").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert len(sent_links()) == 10


def test_a_scanner_does_not_use_the_link_up(
    client: Client, store: StoreInfo, order_id: UUID
) -> None:
    path = f"/history/{links.history_token(store.id, order_id)}"
    for method in client.get, client.head, client.get:
        assert method(path).status_code == 200
    assert links.COOKIE not in client.cookies
    assert client.post(path).status_code == 303
    assert client.post(path).status_code == 410
    assert b"was used already" in Client().post(path).content


def test_the_list_shows_the_orders_of_this_address(opened: Client, place: Place, now: Any) -> None:
    place(external_id="5002", number="#1043", placed_at=now - timedelta(days=2))
    page = opened.get("/history").content.decode()
    for part in "#1042", "#1043", "Being prepared", "/o/":
        assert part in page
    assert page.index("#1042") < page.index("#1043")  # the newest first


def test_other_people_are_not_in_the_list(opened: Client, place: Place, now: Any) -> None:
    """Also not who was taken for the same customer, by a shared platform account say."""
    person = replace(incoming(now).person, email="rose@example.com", name="Rose Baker")
    place(external_id="5003", number="#2001", person=person)
    assert "#2001" not in opened.get("/history").content.decode()


def test_neither_an_orders_link_nor_a_look_up_opens_it(
    client: Client, order_id: UUID, link: Link
) -> None:
    assert client.get(link(order_id)).status_code == 200
    found = client.post(
        "/s/fern-and-kettle/lookup", {"number": "#1042", "contact": "maya@example.com"}
    )
    assert found.status_code == 303
    assert client.get("/history").status_code == 404
    token = link(order_id).removeprefix("/o/")
    assert client.get(f"/history/{token}").status_code == 404


def test_forged_and_old_keys_open_nothing(
    client: Client, store: StoreInfo, order_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = links.history_token(store.id, order_id)
    assert client.post(f"/history/{token[:-2]}").status_code == 404
    client.cookies[links.COOKIE] = token  # a link is no cookie
    assert client.get("/history").status_code == 404
    monkeypatch.setattr(signing.time, "time", lambda: 4_000_000_000)
    assert client.post(f"/history/{token}").status_code == 404


def test_the_cookie_is_kept_from_scripts_and_other_pages(opened: Client) -> None:
    cookie = opened.cookies[links.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/history"
    assert 0 < int(cookie["max-age"]) <= 1800


def test_closing_takes_the_key_away(opened: Client) -> None:
    assert opened.post("/history").status_code == 303
    assert opened.get("/history").status_code == 404


def test_another_stores_history_does_not_exist(
    client: Client, other_store: StoreInfo, order_id: UUID
) -> None:
    token = links.history_token(other_store.id, order_id)
    assert client.post(f"/history/{token}").status_code == 303
    assert client.get("/history").status_code == 404


def test_the_pages_are_private(opened: Client) -> None:
    response = opened.get("/history")
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"].startswith("private")
