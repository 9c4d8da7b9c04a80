"""The page of a request to pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.test import Client
from django.utils import translation

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.payments.words import what_for
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import Capture, LinkState, LinkView
from doorstep.rooms.payments.ports import PaidLink, Refused, TryAgain
from doorstep.rooms.payments.tests.vendor import Vendor, vendor
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.stores.models import Store

pytestmark = pytest.mark.django_db
BY = Actor.system("portal.tests")
Ask = Callable[..., tuple[LinkView, str]]


def _work() -> None:
    """Do what the worker does."""
    payments.ask_all_due(at=datetime.now(UTC))


@pytest.fixture
def card() -> Iterator[Vendor]:
    """The store's payment provider."""
    with vendor() as one:
        yield one


@pytest.fixture
def now() -> datetime:
    """The present: pages read the clock."""
    return datetime.now(UTC)


@pytest.fixture
def ask(store: StoreInfo, now: datetime) -> Ask:
    """Ask Maya to pay for two more cups; returns the request and its page's path."""

    def make(**other: Any) -> tuple[LinkView, str]:
        values: dict[str, Any] = {
            "subject": "order:1", "cause": "ask:1", "key": "maya", "currency": "EUR",
            "amount_minor": 2490, "words": "Two more cups <b>", "expires_at": now + timedelta(days=3),
        }  # fmt: skip
        link = payments.request_link(**(values | other), by=BY, at=now)
        return link, urlsplit(link.page_url).path

    return make


def test_a_request_is_paid(card: Vendor, ask: Ask, client: Client, now: datetime) -> None:
    _, path = ask()
    page = client.get(path)
    assert "We are preparing the payment page" in page.content.decode()
    _work()
    text = client.get(path).content.decode()
    assert 'href="https://pay.example/1"' in text
    assert "€24.90" in text
    assert "Two more cups &lt;b&gt;" in text
    paid = PaidLink("pi_1", "EUR", 2490, True, "Visa ending in 4242", now)
    card.will("look", paid)
    back = client.get(path + "?back=1").content.decode()
    assert "Please don’t pay twice" in back
    assert "https://pay.example" not in back
    assert 'data-look-again="' + path + "?looked=1" in back
    _work()
    assert "Thank you: it is paid" in client.get(path + "?looked=1").content.decode()


def test_who_comes_back_without_paying_can_try_again(
    card: Vendor, ask: Ask, client: Client, now: datetime
) -> None:
    _, path = ask()
    _work()
    client.get(path + "?back=1")
    _work()
    text = client.get(path + "?looked=1").content.decode()
    assert "It was not paid. Nothing was taken" in text
    assert 'href="https://pay.example/1"' in text


def test_a_slow_bank_is_waited_for(card: Vendor, ask: Ask, client: Client, now: datetime) -> None:
    _, path = ask()
    _work()
    card.will("look", TryAgain("The bank is still working on it.", 3600))
    client.get(path + "?back=1")
    _work()
    assert "Please don’t pay twice" in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("cancel", "no longer needed"),
        ("late", "The time to pay is over"),
        ("refuse", "can’t be paid here"),
    ],
)
def test_a_request_that_is_over_says_so(
    card: Vendor, ask: Ask, client: Client, now: datetime, end: str, words: str
) -> None:
    if end == "refuse":
        card.will("open_link", Refused("amount_too_small", "Too small."))
    link, path = ask(expires_at=now + timedelta(microseconds=1))
    if end == "cancel":
        payments.cancel_link(link_id=link.id, by=BY, at=now)
    text = client.get(path).content.decode() if end == "late" else ""
    _work()
    if end == "late":
        payments.end_due_links(at=datetime.now(UTC))
        payments.ask_all_due(at=datetime.now(UTC) + timedelta(minutes=1))
        assert payments.get_link(link.id).state == LinkState.EXPIRED
    text += client.get(path).content.decode()
    assert words in text
    assert "https://pay.example" not in text


def test_a_hold_is_called_a_hold(card: Vendor, ask: Ask, client: Client, now: datetime) -> None:
    _, path = ask(capture=Capture.LATER)
    _work()
    assert "held on your card" in client.get(path).content.decode()


@pytest.mark.parametrize("language", ["de", "fr", "es", "ar"])
def test_in_every_language(
    card: Vendor, ask: Ask, client: Client, now: datetime, language: str
) -> None:
    _, path = ask()
    _work()
    text = client.get(path, headers={"Accept-Language": language}).content.decode()
    assert f'lang="{language}"' in text
    assert "Please pay" not in text


def test_forged_and_foreign_links_are_not_there(
    card: Vendor, ask: Ask, client: Client, other_store: StoreInfo
) -> None:
    link, path = ask()
    Store.objects.filter(id=other_store.id).update(portal_host="tidewater.example")
    foreign = client.get(path, headers={"Host": "tidewater.example"})
    assert foreign.status_code in (400, 404)
    for bad in (path[:-2] + "xx", "/pay/x", path.replace(":", "."), f"/pay/{link.id}"):
        answer = client.get(bad)
        assert answer.status_code == 404, bad
    with store_scope(other_store.id):
        unknown = payments.pay_page_url(other_store, link.id)  # a request of another store
    assert client.get(urlsplit(unknown).path).status_code == 404


def test_the_page_is_private_and_changes_nothing_by_post(
    card: Vendor, ask: Ask, client: Client
) -> None:
    _, path = ask()
    page = client.get(path)
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "private, no-cache"
    assert client.post(path).status_code == 405
    assert client.get(path + "/practice").status_code == 404  # no demo shop, no practice


def test_the_demo_pays_with_play_money(
    store: StoreInfo, ask: Ask, client: Client, now: datetime
) -> None:
    Store.objects.update(is_demo=True)
    link, path = ask()
    assert link.provider == "practice"
    _work()
    practice = client.get(path + "/practice").content.decode()
    assert "no money moves" in practice
    for _ in range(2):
        answer = Client(enforce_csrf_checks=True).post(path + "/practice")
        assert (answer.status_code, answer["Location"]) == (303, path)
    assert "Thank you: it is paid" in client.get(path).content.decode()
    [money] = payments.list_charges(["order:1"])["order:1"]
    assert (money.captured_minor, money.provider) == (2490, "practice")


@pytest.mark.parametrize(
    ("cause", "capture", "said"),
    [
        ("change:1", Capture.NOW, "Änderung deiner Bestellung"),
        ("return:1:1:difference", Capture.NOW, "Was dein Tausch mehr kostet"),
        ("return:1:deposit", Capture.LATER, "Vorgemerkt, bis deine Rücksendung da ist"),
        ("return:1:deposit", Capture.NOW, "Ein Pfand, bis deine Rücksendung da ist"),
        ("ask:1", Capture.NOW, "What the team wrote"),
    ],
)
def test_what_a_room_asks_for_is_said_in_the_readers_language(
    cause: str, capture: Capture, said: str
) -> None:
    link = LinkView(
        UUID(int=1), "order:1", cause, "practice", "EUR", 500, capture, "What the team wrote",
        LinkState.OPEN, "", None, None,
    )  # fmt: skip
    with translation.override("de"):
        assert what_for(link) == said
