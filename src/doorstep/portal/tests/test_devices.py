"""Notifications: turned on and off at the order's page, by nobody but its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from dev.fakes.push_service import Browser
from doorstep.connectors.meta import providers as meta
from doorstep.connectors.webpush import providers
from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking import api as tracking

INES = Actor("user", "ines", "Ines", role="owner")
OWN = {"Sec-Fetch-Site": "same-origin", "User-Agent": "Mozilla/5.0 (Android 15) Firefox/140.0"}
WORDS = "Tell me on this device"


@pytest.fixture
def page(
    store: StoreInfo, now: datetime, place: Callable[..., UUID], link: Callable[..., str]
) -> tuple[str, UUID]:
    """An order's address and id, in a store that sends notifications."""
    providers.bind()
    messaging.connect_sender(
        channel=Channel.PUSH, provider="webpush", settings={"contact": "ines@fern.example"},
        by=INES, at=now,
    )  # fmt: skip
    order_id = place()
    return link(order_id), order_id


def browser(name: str = "phone") -> dict[str, Any]:
    made = Browser(name, f"https://push.example/{name}")
    return {"endpoint": made.endpoint, "keys": made.keys}


def post(client: Client, url: str, what: object, headers: dict[str, str] | None = None) -> Any:
    return client.post(
        url, what, content_type="application/json", headers=OWN if headers is None else headers
    )


def person_of(order_id: UUID) -> UUID:
    customer_id = orders.get_order(order_id).summary.customer_id
    assert customer_id is not None
    return customer_id


def test_a_device_is_turned_on_with_proof_and_off_again(
    client: Client, page: tuple[str, UUID]
) -> None:
    url, order_id = page
    shown = client.get(f"{url}/updates").content.decode()
    assert WORDS in shown
    assert 'value="push"' not in shown  # no device yet: nothing to choose
    assert post(client, f"{url}/devices", browser()).json() == {"done": True}
    customer_id = person_of(order_id)
    [device] = messaging.list_devices(customer_id)
    assert (device.subject, device.agent) == (f"order:{order_id}", "Firefox on Android")
    [consent] = messaging.list_consents(customer_id)
    assert (consent.channel, consent.purpose, consent.state) == ("push", "service", "granted")
    assert tracking.get_update_choice(order_id).channel == "push"
    assert device.digest in client.get(f"{url}/updates").content.decode()
    assert post(client, f"{url}/devices/off", {"digests": [device.digest]}).status_code == 200
    assert messaging.list_devices(customer_id) == []
    assert tracking.get_update_choice(order_id).channel == "email"


def test_turning_on_twice_is_one_device(client: Client, page: tuple[str, UUID]) -> None:
    url, order_id = page
    for _ in range(2):
        assert post(client, f"{url}/devices", browser()).status_code == 200
    assert len(messaging.list_devices(person_of(order_id))) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_sites_page_turns_nothing_on(
    client: Client, page: tuple[str, UUID], headers: dict[str, str]
) -> None:
    url, order_id = page
    assert post(client, f"{url}/devices", browser(), headers).status_code == 403
    assert messaging.list_devices(person_of(order_id)) == []


def test_a_form_turns_nothing_on(client: Client, page: tuple[str, UUID]) -> None:
    url, order_id = page
    assert client.post(f"{url}/devices", browser(), headers=OWN).status_code == 403
    assert client.get(f"{url}/devices").status_code == 405
    assert messaging.list_devices(person_of(order_id)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "http://push.example/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "https://push.example:8443/x"},
        {"endpoint": "https://user@push.example/x"},
        {"endpoint": "https://localhost/x"},
        {"endpoint": "https://push.example/" + "x" * 2000},
        {"endpoint": None},
        {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"keys": 5},
    ],
)
def test_what_is_no_device_is_refused_in_words(
    client: Client, page: tuple[str, UUID], changes: dict[str, Any]
) -> None:
    url, order_id = page
    answer = post(client, f"{url}/devices", browser() | changes)
    assert answer.status_code == 422
    assert answer.json()["words"]
    assert messaging.list_devices(person_of(order_id)) == []


@pytest.mark.parametrize("body", ["{", "[]", "nonsense", '"' + "x" * 9_000 + '"'])
def test_a_body_that_is_none_is_refused(client: Client, page: tuple[str, UUID], body: str) -> None:
    url, _ = page
    assert post(client, f"{url}/devices", body).status_code == 422


def test_tries_are_counted(client: Client, page: tuple[str, UUID]) -> None:
    url, _ = page
    answers = [post(client, f"{url}/devices", browser()).status_code for _ in range(11)]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {200}


def test_a_forged_link_and_another_stores_order_are_nothing(
    client: Client, page: tuple[str, UUID]
) -> None:
    assert post(client, "/o/forged/devices", browser()).status_code == 404


def test_a_store_without_notifications_shows_no_button(
    client: Client, store: StoreInfo, place: Callable[..., UUID], link: Callable[..., str]
) -> None:
    url = link(place())
    assert WORDS not in client.get(f"{url}/updates").content.decode()
    assert post(client, f"{url}/devices", browser()).status_code == 404


def test_the_worker_is_of_one_store_and_loads_nothing(
    client: Client, page: tuple[str, UUID]
) -> None:
    answer = client.get("/s/fern-and-kettle/worker.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert "Service-Worker-Allowed" not in answer
    assert client.get("/s/nobody/worker.js").status_code == 404


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar"])
def test_the_words_the_shopper_saw_are_kept(
    client: Client, page: tuple[str, UUID], language: str
) -> None:
    url, order_id = page
    assert post(client, f"{url}/devices?lang={language}", browser()).status_code == 200
    row = messaging.list_consents(person_of(order_id))
    assert [consent.state for consent in row] == ["granted"]


def test_choosing_whatsapp_is_an_opt_in(
    client: Client, page: tuple[str, UUID], store: StoreInfo, now: datetime
) -> None:
    meta.bind()
    url, order_id = page
    settings = {"phone_number_id": "106540352242922", "token": "t", "app_secret": "0" * 32}
    with store_scope(store.id):
        messaging.connect_sender(
            channel=Channel.WHATSAPP, provider="meta", settings=settings, by=INES, at=now
        )
    assert "On WhatsApp" not in client.get(f"{url}/updates").content.decode()  # no number yet
    Customer.objects.update(phone="+4915112345678")
    shown = client.get(f"{url}/updates").content.decode()
    assert "On WhatsApp" in shown
    assert "Write STOP there at any time." in shown
    choice = {"channel": "whatsapp", "steps": ["shipped"]}
    assert client.post(f"{url}/updates", choice).status_code == 303
    [consent] = messaging.list_consents(person_of(order_id))
    assert (consent.channel, consent.source) == ("whatsapp", "order page")


def test_choosing_messenger_shows_the_way_there(
    client: Client, page: tuple[str, UUID], now: datetime
) -> None:
    meta.bind()
    url, order_id = page
    settings = {"page_id": "110011001100110", "token": "t", "app_secret": "0" * 32}
    messaging.connect_sender(
        channel=Channel.MESSENGER, provider="meta", settings=settings, by=INES, at=now
    )
    answer = client.post(
        f"{url}/updates", {"channel": "messenger", "steps": ["shipped"]}, follow=True
    )
    assert "https://m.me/110011001100110?ref=" in answer.content.decode()
    assert messaging.list_consents(person_of(order_id)) == []  # not before they wrote
