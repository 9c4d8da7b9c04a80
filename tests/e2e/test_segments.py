"""Segments and the condition editor in a real browser, with its script and without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from doorstep.kernel.clock import now
from doorstep.rooms.audiences import api as audiences

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.e2e.conftest import Console

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
NEW = "segments/new/?from=lapsed"


def _open(browser: Browser, console: Console, path: str, **options: Any) -> Page:
    # axe is put into the page as a script, which the policy rightly refuses
    context = browser.new_context(**{"viewport": DESK, "bypass_csp": True, **options})
    tab = context.new_page()
    console.sign_in(tab, "Mia")
    tab.goto(f"{console.store}{path}")
    return tab


def _add_a_view_of_sencha(tab: Page) -> None:
    """A group with one line, by buttons; the list of facts is open in between."""
    tab.get_by_role("button", name="Add a group").first.click()
    tab.locator("[data-picker]").get_by_role("button", name="Looks at a product").click()
    tab.locator("[id='where-r.2.0-with.product']").fill("Sencha")
    tab.locator("[id='where-r.2.0-a']").fill("2")


def test_the_count_follows_while_somebody_types(browser: Browser, console: Console) -> None:
    tab = _open(browser, console, NEW)
    loads: list[str] = []
    tab.on("framenavigated", lambda frame: loads.append(frame.url))
    _add_a_view_of_sencha(tab)
    tab.get_by_text("has looked at “Sencha” at least 2 times").wait_for()
    focused = tab.evaluate("document.activeElement.id")
    assert focused == "where-r.2.0-a"
    tab.locator("[id='where-r.0-a']").fill("many")
    tab.get_by_text("Something in the conditions needs a look first.").wait_for()
    assert loads == []  # all of it without loading the page anew
    tab.context.close()


def test_the_list_of_facts_by_keyboard(browser: Browser, console: Console) -> None:
    tab = _open(browser, console, "segments/new/")
    tab.get_by_role("button", name="Add a condition").press("Enter")
    find = tab.get_by_role("searchbox", name="Search what can be asked")
    find.wait_for()
    assert tab.evaluate("document.activeElement.id") == "where-find"
    find.press_sequentially("xyzzy")
    tab.get_by_text("Nothing like that.").wait_for()
    find.fill("number of ord")
    find.press("Enter")
    tab.locator("[id='where-r.0-a']").wait_for()
    # Focus moves once what came is settled, a moment after it can be seen.
    tab.wait_for_function("document.activeElement.id === 'where-r.0-fact'")
    tab.context.close()


def test_the_same_without_a_script(browser: Browser, console: Console) -> None:
    tab = _open(browser, console, NEW, java_script_enabled=False, viewport=PHONE)
    _add_a_view_of_sencha(tab)
    tab.get_by_role("button", name="Count again").click()
    assert tab.get_by_text("has looked at “Sencha” at least 2 times").is_visible()
    tab.get_by_label("Name").fill("Quiet, but looking")
    tab.get_by_role("button", name="Make the segment").click()
    assert tab.get_by_role("heading", name="Quiet, but looking").is_visible()
    tab.context.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing(browser: Browser, console: Console, size: Any) -> None:
    audiences.run_builds(now())
    tab = _open(browser, console, "segments/", viewport=size)
    here = f"segments/{console.shop.ours.segment}/"
    faults = []
    for path in ("segments/", NEW, here, f"{here}?view=changes", f"{here}?view=why&customer={console.shop.ours.customer}"):  # fmt: skip
        tab.goto(f"{console.store}{path}")
        if path == NEW:
            tab.get_by_role("button", name="Add a group").first.click()
            tab.locator("[data-picker]").wait_for()
        faults += [(path, fault["id"]) for fault in Axe().run(tab).response["violations"]]
        assert tab.evaluate("document.documentElement.scrollWidth") <= size["width"], path
    assert faults == []
    tab.context.close()
