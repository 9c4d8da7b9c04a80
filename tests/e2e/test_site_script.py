"""The script on a merchant's site in a real browser: from another origin, only after a yes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from doorstep.demo.api import SEEDER
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.models import SiteActivity, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.e2e.conftest import Console

pytestmark = pytest.mark.browser

SHOP = """<!doctype html><html lang="en"><title>Shop</title><h1>Teapots</h1>
<script>window.doorstep = window.doorstep || function () {{ (doorstep.q = doorstep.q || []).push(arguments) }}</script>
<script src="{script}" async></script>
<script>doorstep("product", "{sku}")</script>
<button onclick="doorstep('allow')">Agree</button>
<button onclick="doorstep('deny')">Refuse</button>
<button onclick="doorstep('wish', '{sku}')">Wish</button>
<button onclick="doorstep('search', 'gong fu')">Search</button>
<button onclick="doorstep('search', 'write to maya@example.com')">Search a person</button>
</html>"""


@contextmanager
def shop_site(script: str, sku: str) -> Iterator[str]:
    """Serve a merchant's own page, which loads the script from Doorstep."""
    page = SHOP.format(script=script, sku=sku).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_page = self.path.startswith("/teapots")
            self.send_response(200 if is_page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if is_page:
                self.wfile.write(page)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site(console: Console) -> Iterator[str]:
    """The merchant's site, listened to; nothing is known of anybody yet."""
    store = console.shop.ours.store
    with shop_site(f"{console.url}/s/{store.slug}/activity.js", "CUP-NAME") as origin:
        with store_scope(store.id):
            audiences.change_site_settings(
                is_on=True, origins=[origin], anonymous_days=90, by=SEEDER, at=now()
            )
        yield origin


def _kinds(console: Console, customer_id: UUID) -> list[str]:
    with store_scope(console.shop.ours.store.id):
        return [one.kind for one in audiences.list_activities(customer_id)]


def _wait_for(what: Any, tab: Page) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        tab.wait_for_timeout(100)


def test_what_somebody_does_on_the_site_stands_on_their_page(
    browser: Browser, console: Console, site: str
) -> None:
    store, maya = console.shop.ours.store, console.shop.ours.customer
    with store_scope(store.id):
        token = audiences.sign_visitor(maya, at=now())
        before, visitors = len(_kinds(console, maya)), Visitor.objects.count()
    context = browser.new_context()
    tab, sent, errors = context.new_page(), [], []
    tab.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{site}/teapots?size=2&ds_visitor={token}")
    tab.wait_for_function("doorstep.q === undefined")  # the script is there
    tab.wait_for_function("!location.search.includes('ds_visitor')")
    assert tab.evaluate("location.search") == "?size=2"
    tab.wait_for_timeout(2_000)
    assert sent == []  # nobody has agreed
    assert tab.evaluate("localStorage.length") == 0
    tab.get_by_role("button", name="Agree").click()
    tab.get_by_role("button", name="Wish").click()
    tab.get_by_role("button", name="Search", exact=True).click()
    tab.get_by_role("button", name="Search a person").click()
    tab.goto("about:blank")  # what is not told yet is told on the way out
    _wait_for(lambda: len(_kinds(console, maya)) >= before + 5, tab)
    assert sorted(_kinds(console, maya)[: -before or None]) == [
        "added_to_wishlist", "page_viewed", "product_viewed", "searched", "searched",
    ]  # fmt: skip
    with store_scope(store.id):
        assert Visitor.objects.count() == visitors + 1
        newest = SiteActivity.objects.filter(customer_id=maya, kind="searched").order_by(
            "recorded_at"
        )
        assert not any("maya@example.com" in str(row.details) for row in newest)
        [wish] = [one for one in audiences.list_wishes(maya) if one.product_id][:1]
    assert context.cookies() == []
    assert errors == []
    context.close()
    console_tab = browser.new_context().new_page()
    console.sign_in(console_tab, "Mia")
    console_tab.goto(f"{console.store}customers/{maya}/")
    panel = console_tab.locator("section, .card", has_text="On your site").first
    panel.get_by_text("Searched for gong fu").wait_for()
    panel.get_by_text(wish.product, exact=True).first.wait_for()
    console_tab.context.close()


def test_who_refuses_leaves_no_trace(browser: Browser, console: Console, site: str) -> None:
    context = browser.new_context()
    tab, sent = context.new_page(), []
    tab.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    tab.goto(f"{site}/teapots")
    tab.wait_for_function("doorstep.q === undefined")
    tab.get_by_role("button", name="Agree").click()
    tab.wait_for_function("localStorage.length === 1")
    tab.get_by_role("button", name="Refuse").click()
    told = len(sent)  # what was told between the yes and the no
    tab.get_by_role("button", name="Wish").click()
    tab.wait_for_timeout(2_500)
    assert tab.evaluate("localStorage.length") == 0
    tab.goto("about:blank")
    assert len(sent) == told
    context.close()


def test_do_not_track_is_respected_whatever_the_page_says(
    browser: Browser, console: Console, site: str
) -> None:
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    )
    tab, sent = context.new_page(), []
    tab.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    tab.goto(f"{site}/teapots")
    tab.wait_for_function("doorstep.q === undefined")
    tab.get_by_role("button", name="Agree").click()
    tab.get_by_role("button", name="Wish").click()
    tab.wait_for_timeout(2_500)
    tab.goto("about:blank")
    assert sent == []
    context.close()
