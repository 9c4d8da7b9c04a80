"""The shoppers' pages in a real Chromium: no script, small, sound for every reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe

from dev.testing.axe import options
from doorstep.rooms.orders.contracts import IncomingAddress

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
WHOLE_PAGE_BYTES = 60_000


@pytest.fixture
def pages(
    transactional_db: None,
    live_server: Any,
    place: Callable[..., UUID],
    link: Callable[..., str],
    change_store: Callable[..., None],
    now: datetime,
) -> dict[str, str]:
    """Addresses of the shoppers' pages in their states."""
    change_store(
        support_email="hello@fern.example",
        support_phone="+49 30 5550 123",
        faq_url="https://fern.example/faq",
        website_url="https://fern.example",
        postal_address="Kastanienallee 12, 10435 Berlin",
    )
    order_id = place()
    held = place(
        external_id="5002",
        number="#1043",
        shipping_address=IncomingAddress(name="Maya Lindqvist", country_code="SE"),
    )
    canceled = place(external_id="5003", number="#1044", canceled_at=now, version_at=now)
    paths = {
        "ready": link(order_id),
        "arabic": f"{link(order_id)}?lang=ar",
        "held": link(held),
        "canceled": link(canceled),
        "expired": link(order_id, now - timedelta(days=400)),
        "look-up": "/s/fern-and-kettle/lookup",
        "nothing": "/o/nothing",
        "updates": f"{link(order_id)}/updates",
        "history": f"{link(order_id)}/history",
    }
    return {name: live_server.url + path for name, path in paths.items()}


@pytest.fixture
def still(browser: Browser) -> Iterator[Page]:
    """A page in a browser that runs no script."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_axe_finds_nothing(browser: Browser, pages: dict[str, str]) -> None:
    faults = []
    for scheme in "light", "dark":
        for size in PHONE, DESK:
            # axe is put into the page as a script, which the policy rightly refuses
            context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
            tab = context.new_page()
            for name, url in pages.items():
                tab.goto(url)
                for fault in Axe().run(tab, None, options(scheme)).response["violations"]:
                    nodes = [node["html"][:120] for node in fault["nodes"][:3]]
                    faults.append((name, scheme, size["width"], fault["id"], nodes))
            context.close()
    assert faults == []


def test_nothing_is_wider_than_a_phone(browser: Browser, pages: dict[str, str]) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    tab = context.new_page()
    for name, url in pages.items():
        tab.goto(url)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, name
    context.close()


def test_targets_are_large_enough_for_fingers(browser: Browser, pages: dict[str, str]) -> None:
    """44 px for controls and links that stand alone; links inside a sentence are exempt."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    tab = context.new_page()
    for name in "held", "look-up":
        tab.goto(pages[name])
        small = tab.evaluate(
            """() => [...document.querySelectorAll("main .btn, main input, .help-links a, .store-foot a")]
                .filter(e => e.getBoundingClientRect().height < 43.5 && e.type !== "hidden")
                .map(e => e.outerHTML.slice(0, 90))"""
        )
        assert small == [], name
    context.close()


def test_a_page_with_all_it_loads_is_small(page: Page, pages: dict[str, str]) -> None:
    for name in "ready", "held":
        sizes: dict[str, int] = {}
        page.on(
            "response", lambda response, s=sizes: s.update({response.url: len(response.body())})
        )
        page.goto(pages[name], wait_until="networkidle")
        assert 4 <= len(sizes) <= 8, sizes
        assert sum(sizes.values()) < WHOLE_PAGE_BYTES, sizes
        assert not [url for url in sizes if url.endswith(".js")]


def test_a_shopper_without_scripts_finds_the_order(still: Page, pages: dict[str, str]) -> None:
    still.goto(pages["look-up"])
    still.get_by_label("Order number").fill("#1042")
    still.get_by_label("E-mail address or postal code").fill("wrong@example.com")
    still.get_by_role("button", name="Show my order").click()
    assert still.get_by_role("alert").inner_text().startswith("We found no order")
    still.get_by_label("E-mail address or postal code").fill("maya@example.com")
    still.get_by_role("button", name="Show my order").click()
    assert "Order #1042" in still.title()
    assert "Arriving" in still.get_by_role("heading", level=1).inner_text()


def test_no_page_has_a_script_to_run(page: Page, pages: dict[str, str]) -> None:
    for name, url in pages.items():
        page.goto(url)
        scripts = page.locator("script:not([type='application/ld+json'])")
        assert scripts.count() == 0, name


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    page: Page, pages: dict[str, str]
) -> None:
    page.goto(pages["held"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        mark = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
                return [e.textContent.trim(), s.outlineStyle, parseFloat(s.outlineWidth)]; }"""
        )
        if mark[0] in seen or mark[1] == "none":
            break
        seen.add(mark[0])
        assert mark[2] >= 2, mark
    assert "Write to us" in seen
    assert "Deutsch" in seen


def test_right_to_left_mirrors_the_page(page: Page, pages: dict[str, str]) -> None:
    page.goto(pages["arabic"])
    name, number = (
        page.locator(selector).bounding_box() for selector in (".store-name", ".store-bar .muted")
    )
    assert name
    assert number
    assert name["x"] > number["x"]


def test_it_prints_on_paper(browser: Browser, pages: dict[str, str]) -> None:
    context = browser.new_context(viewport=DESK, color_scheme="dark")
    tab = context.new_page()
    tab.goto(pages["held"])
    tab.emulate_media(media="print")
    assert tab.locator(".btn").first.is_hidden()
    ground = tab.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert len(tab.pdf(format="A4")) > 5_000
    context.close()
