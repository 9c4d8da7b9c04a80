"""The style guide in a real Chromium: every component, by day and night, phone and desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

from dev.testing.axe import options

pytestmark = [pytest.mark.browser, pytest.mark.urls("doorstep.design.tests.urls")]

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def guide(transactional_db: None, live_server: Any, settings: Any) -> str:
    """The address of the style guide."""
    settings.DEBUG = True
    return f"{live_server.url}/design/"


def test_axe_finds_nothing(browser: Browser, guide: str) -> None:
    faults = []
    for scheme in "light", "dark":
        for size in PHONE, DESK:
            # axe is put into the page as a script, which the policy rightly refuses
            context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
            tab = context.new_page()
            # colors do not depend on the size of the window
            queries = (
                ("", "?brand=%23ffe600", "?brand=%23101010") if size is DESK else ("?lang=ar",)
            )
            for query in queries:
                tab.goto(guide + query)
                for fault in Axe().run(tab, None, options(scheme)).response["violations"]:
                    nodes = [node["html"][:120] for node in fault["nodes"][:3]]
                    faults.append((query, scheme, size["width"], fault["id"], nodes))
            context.close()
    assert faults == []


def test_data_theme_overrides_the_system(browser: Browser, guide: str) -> None:
    context = browser.new_context(color_scheme="light")
    tab = context.new_page()
    tab.goto(f"{guide}?theme=dark")
    ground = tab.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(18, 21, 19)"
    context.close()


def test_menus_and_dialogs_open_without_a_script(browser: Browser, guide: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    tab = context.new_page()
    tab.goto(guide)
    tab.get_by_role("button", name="More").click()
    assert tab.get_by_role("link", name="Merge customer").is_visible()
    tab.keyboard.press("Escape")
    assert tab.get_by_role("link", name="Merge customer").is_hidden()
    tab.get_by_role("button", name="New order").click()
    assert tab.get_by_role("dialog", name="Cancel order #1042?").is_visible()
    tab.get_by_role("button", name="Keep it").click()
    assert tab.get_by_role("dialog").count() == 0
    context.close()


def test_the_drawer_on_a_phone(browser: Browser, guide: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    tab = context.new_page()
    tab.goto(guide)
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    customers = tab.locator("#sidenav").get_by_text("Customers")
    assert customers.is_hidden()
    tab.get_by_role("button", name="Menu").click()
    assert customers.is_visible()
    context.close()


def test_a_row_becomes_a_card_on_a_phone(page: Page, guide: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(guide)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    boxes = [page.locator("tr").nth(1).locator("td").nth(n).bounding_box() for n in (1, 2)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[1]["y"] > boxes[0]["y"]


def test_slash_goes_to_the_search(page: Page, guide: str) -> None:
    page.set_viewport_size(DESK)
    page.goto(guide)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"


def test_a_tooltip_shows_on_focus_and_hides_on_escape(page: Page, guide: str) -> None:
    page.goto(guide)
    tip = page.get_by_role("tooltip", include_hidden=True)
    page.locator(".tip").focus()
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert tip.is_hidden()
