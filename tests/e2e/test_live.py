"""An open order page in a real Chromium changes by itself, and never under the shopper's hands."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from dev.testing.database import prepared_database
from dev.testing.servers import free_port, live_process, web, web_and_worker
from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.tests.conftest import incoming
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import IncomingOrder, RecordedOrder
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BY = Actor("user", "ines", "Ines", role="owner")
PATIENCE = 60_000
"""Milliseconds: the worker finds the event, the page asks again; a busy machine takes longer."""
OPENED = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
NUMBERS = itertools.count(5001)


@dataclass
class Open:
    """One shopper's order, its page open in a tab."""

    tab: Any
    store: StoreInfo
    order_id: UUID
    number: str

    def headline(self) -> str:
        """Return what the page says first."""
        text: str = self.tab.locator("h1").inner_text()
        return text

    def cancel(self) -> None:
        """Let the platform say that the order is canceled: the page's first sentence changes."""
        at = datetime.now(UTC)
        told = {"external_id": self.number, "number": f"#{self.number}"}
        record(self.store, incoming(at, **told, canceled_at=at, version_at=at), at)

    def hold(self) -> None:
        """Let Ines hold the order."""
        with store_scope(self.store.id):
            orders.place_hold(order_id=self.order_id, note="", by=BY, at=datetime.now(UTC))

    def wait_change(self, headline: str) -> None:
        """Wait until the page says something else, and check that it was not loaded anew."""
        self.tab.wait_for_function(
            "old => document.querySelector('h1').innerText !== old", arg=headline, timeout=PATIENCE
        )
        assert self.tab.evaluate("window.same") is True


def make_store() -> StoreInfo:
    """Fern & Kettle, in which each test places an order of its own."""
    return stores.create_store(
        slug="fern-and-kettle", name="Fern & Kettle", currency="EUR", country_code="DE", at=OPENED
    )


@pytest.fixture(scope="module")
def store(django_db_setup: None, django_db_blocker: Any) -> Iterator[StoreInfo]:
    """A database of this module's own: what happens in it stays, no process has to start anew."""
    with django_db_blocker.unblock(), prepared_database("live", make_store) as made:
        yield made


@pytest.fixture(scope="module")
def port() -> int:
    """Where the pages of most tests listen."""
    return free_port()


@pytest.fixture(scope="module")
def server(store: StoreInfo, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the pages, and work; returns the address."""
    with web_and_worker(tmp_path_factory.mktemp("live"), DOORSTEP_LIVE_PORT=str(port)) as running:
        yield running.url


@pytest.fixture(scope="module")
def live(store: StoreInfo, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Serve the streams."""
    with live_process(tmp_path_factory.mktemp("streams"), port):
        yield


@pytest.fixture
def shop(store: StoreInfo, server: str, live: None, page: Page) -> Open:
    """Fern & Kettle with Maya's order, its page open."""
    return open_order(store, server, page)


def open_order(store: StoreInfo, server: str, page: Page) -> Open:
    """Place an order and open its page."""
    at, number = datetime.now(UTC), str(next(NUMBERS))
    [placed] = record(store, incoming(at, external_id=number, number=f"#{number}"), at)
    page.goto(f"{server}/o/{orders.order_page_token(store.id, placed.order_id, at=at)}")
    page.evaluate("window.same = true")
    return Open(page, store, placed.order_id, number)


def record(store: StoreInfo, order: IncomingOrder, at: datetime) -> list[RecordedOrder]:
    """Let the platform tell of an order."""
    with store_scope(store.id):
        return orders.record_orders(
            [order], sales_channel="shopify", connection_id=None, mode="live", by=BY, at=at
        )


def test_an_open_page_shows_a_hold_by_itself(shop: Open) -> None:
    before = shop.headline()
    shop.hold()
    shop.wait_change(before)
    status = shop.tab.locator("p[role=status]")
    assert shop.headline() in status.text_content()
    assert status.bounding_box()["width"] <= 1  # for ears only
    held = shop.headline()
    shop.cancel()
    shop.wait_change(held)


def test_the_keyboard_stays_where_it_was(shop: Open) -> None:
    before = shop.headline()
    link = shop.tab.locator("main a[href]").last
    link.focus()
    where = link.get_attribute("href")
    shop.hold()
    shop.wait_change(before)
    assert shop.tab.evaluate("document.activeElement.getAttribute('href')") == where


def test_what_is_opened_stays_open(shop: Open) -> None:
    before = shop.headline()
    # The page as it will come: one part of it can be opened, and the shopper has opened it.
    shop.tab.route(
        "**/o/*",
        lambda route: _with_details(route),
    )
    shop.tab.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', "
        "'<details id=more open><summary>More</summary>more</details>')"
    )
    shop.hold()
    shop.wait_change(before)
    assert shop.tab.evaluate("document.querySelector('main > details#more').open") is True


def _with_details(route: Any) -> None:
    answer = route.fetch()
    more = "<details id=more><summary>More</summary>more</details></main>"
    route.fulfill(response=answer, body=answer.text().replace("</main>", more))


def test_nothing_changes_under_the_hands_of_who_types(shop: Open) -> None:
    before = shop.headline()
    shop.tab.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', "
        "'<label>Note <textarea></textarea></label>')"
    )
    note = shop.tab.get_by_label("Note")
    note.fill("Leave it with")
    shop.hold()
    shop.tab.wait_for_timeout(4_000)
    assert shop.headline() == before
    note.press_sequentially(" Jonas")
    assert note.input_value() == "Leave it with Jonas"
    note.fill("")
    note.blur()
    shop.wait_change(before)


def test_a_hidden_page_sleeps_and_catches_up(shop: Open) -> None:
    before = shop.headline()
    asked: list[str] = []
    shop.tab.on("request", lambda request: asked.append(request.url))
    _hide(shop.tab, hidden=True)
    shop.hold()
    shop.tab.wait_for_timeout(3_000)
    assert asked == []
    _hide(shop.tab, hidden=False)
    shop.wait_change(before)


def _hide(tab: Any, *, hidden: bool) -> None:
    tab.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')) }",
        hidden,
    )


def test_what_happened_while_nothing_served_is_caught_up(
    server: str, store: StoreInfo, tmp_path: Path, page: Page
) -> None:
    port = free_port()
    with web(tmp_path, DOORSTEP_LIVE_PORT=str(port)) as url:
        shop = open_order(store, url, page)
        before = shop.headline()
        with live_process(tmp_path, port):
            shop.tab.wait_for_timeout(500)
        shop.hold()
        shop.tab.wait_for_timeout(1_000)
        assert shop.headline() == before
        with live_process(tmp_path, port):
            shop.wait_change(before)


def test_without_the_process_a_page_asks_from_time_to_time(
    server: str, store: StoreInfo, tmp_path: Path, page: Page
) -> None:
    """Behind a proxy that leads `/live` nowhere: the answer is a page, not a stream."""
    with web(tmp_path, DOORSTEP_LIVE_URL="/live") as url:
        shop = open_order(store, url, page)
        before = shop.headline()
        shop.hold()
        shop.wait_change(before)
