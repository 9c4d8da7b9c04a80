"""An open order page in a real Chromium changes by itself, and never under the shopper's hands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from dev.testing.servers import free_port, live_process, web_and_worker
from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.tests.conftest import incoming
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores.contracts import StoreInfo

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BY = Actor("user", "ines", "Ines", role="owner")
SOON = 5_000
"""Milliseconds: the worker finds the event, the page asks again."""


@dataclass
class Open:
    """One shopper's order, its page open in a tab."""

    tab: Any
    store: StoreInfo
    order_id: UUID

    def headline(self) -> str:
        """Return what the page says first."""
        text: str = self.tab.locator("h1").inner_text()
        return text

    def cancel(self) -> None:
        """Let the platform say that the order is canceled: the page's first sentence changes."""
        at = datetime.now(UTC)
        with store_scope(self.store.id):
            orders.record_orders(
                [incoming(at, canceled_at=at, version_at=at)],
                sales_channel="shopify",
                connection_id=None,
                mode="live",
                by=BY,
                at=at,
            )

    def hold(self) -> None:
        """Let Ines hold the order."""
        with store_scope(self.store.id):
            orders.place_hold(order_id=self.order_id, note="", by=BY, at=datetime.now(UTC))

    def wait_change(self, headline: str, *, timeout: float = SOON) -> None:
        """Wait until the page says something else, and check that it was not loaded anew."""
        self.tab.wait_for_function(
            "old => document.querySelector('h1').innerText !== old", arg=headline, timeout=timeout
        )
        assert self.tab.evaluate("window.same") is True


@pytest.fixture
def port() -> int:
    """Where this test's pages listen."""
    return free_port()


@pytest.fixture
def shop(store: StoreInfo, tmp_path: Path, port: int, page: Page) -> Iterator[Open]:
    """Fern & Kettle with Maya's order, its page open; nothing serves the stream yet."""
    at = datetime.now(UTC)
    [placed] = orders.record_orders(
        [incoming(at)], sales_channel="shopify", connection_id=None, mode="live", by=BY, at=at
    )
    with web_and_worker(tmp_path, DOORSTEP_LIVE_PORT=str(port)) as server:
        token = orders.order_page_token(store.id, placed.order_id, at=at)
        page.goto(f"{server.url}/o/{token}")
        page.evaluate("window.same = true")
        yield Open(page, store, placed.order_id)


@pytest.fixture
def live(store: StoreInfo, tmp_path: Path, port: int) -> Iterator[None]:
    """Serve the streams."""
    with live_process(tmp_path, port):
        yield


def test_an_open_page_shows_a_hold_by_itself(live: None, shop: Open) -> None:
    before = shop.headline()
    shop.hold()
    shop.wait_change(before)
    status = shop.tab.locator("p[role=status]")
    assert shop.headline() in status.text_content()
    assert status.bounding_box()["width"] <= 1  # for ears only
    held = shop.headline()
    shop.cancel()
    shop.wait_change(held)


def test_the_keyboard_stays_where_it_was(live: None, shop: Open) -> None:
    before = shop.headline()
    link = shop.tab.locator("main a[href]").last
    link.focus()
    where = link.get_attribute("href")
    shop.hold()
    shop.wait_change(before)
    assert shop.tab.evaluate("document.activeElement.getAttribute('href')") == where


def test_what_is_opened_stays_open(live: None, shop: Open) -> None:
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


def test_nothing_changes_under_the_hands_of_who_types(live: None, shop: Open) -> None:
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
    shop.wait_change(before, timeout=10_000)


def test_a_hidden_page_sleeps_and_catches_up(live: None, shop: Open) -> None:
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
    shop: Open, tmp_path: Path, port: int
) -> None:
    before = shop.headline()
    with ExitStack() as serving:
        serving.enter_context(live_process(tmp_path, port))
        shop.tab.wait_for_timeout(500)
    shop.hold()
    shop.tab.wait_for_timeout(1_000)
    assert shop.headline() == before
    with live_process(tmp_path, port):
        shop.wait_change(before, timeout=20_000)


def test_without_the_process_a_page_asks_from_time_to_time(
    store: StoreInfo, tmp_path: Path, page: Page
) -> None:
    """Behind a proxy that leads `/live` nowhere: the answer is a page, not a stream."""
    at = datetime.now(UTC)
    [placed] = orders.record_orders(
        [incoming(at)], sales_channel="shopify", connection_id=None, mode="live", by=BY, at=at
    )
    with web_and_worker(tmp_path, DOORSTEP_LIVE_URL="/live") as server:
        token = orders.order_page_token(store.id, placed.order_id, at=at)
        page.goto(f"{server.url}/o/{token}")
        page.evaluate("window.same = true")
        shop = Open(page, store, placed.order_id)
        before = shop.headline()
        shop.hold()
        shop.wait_change(before, timeout=20_000)
