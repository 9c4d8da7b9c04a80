"""The block editor in a real browser: names and marks at the cursor, a look that follows, axe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.e2e.conftest import Console

pytestmark = pytest.mark.browser


def _faults(tab: Page) -> list[object]:
    found = Axe().run(tab, options={"iframes": False}).response["violations"]
    wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [(v["id"], v["nodes"][0]["html"][:120]) for v in found] + ([wide] if wide > 0 else [])


def test_a_mail_is_made_of_blocks_on_a_phone(browser: Browser, console: Console) -> None:
    # axe is put into the page as a script, which the policy rightly refuses
    context = browser.new_context(viewport={"width": 375, "height": 812}, bypass_csp=True)
    tab = context.new_page()
    console.sign_in(tab, "Mia")
    tab.goto(f"{console.store}templates/win_back/email/fr/")
    tab.get_by_text("Place blocks instead").click()
    tab.get_by_role("button", name="Begin with blocks").click()
    tab.get_by_role("button", name="Text Write here").click()
    words = tab.get_by_role("textbox", name="Text")
    assert words.evaluate("field => field === document.activeElement")
    words.fill("Dear ")
    tab.get_by_text("Put in a name").last.click()
    tab.get_by_label("Name to put into “Text”").select_option("customer.first_name")
    tab.get_by_role("button", name="Put it in").last.click()
    tab.get_by_role("button", name="Bold").click()
    tab.keyboard.type("friend")
    assert words.input_value() == "Dear {{ customer.first_name }}**friend**"
    # The look follows, and nothing was sent to be kept.
    tab.frame_locator("iframe.message-frame").locator("strong", has_text="friend").wait_for()
    faults = _faults(tab)
    tab.get_by_role("button", name="Move up: 3. Text").click()
    up = tab.get_by_role("button", name="Move up: 2. Text")
    up.wait_for()
    assert up.evaluate("button => button === document.activeElement")
    assert words.input_value() == "Dear {{ customer.first_name }}**friend**"
    tab.get_by_role("button", name="Add a block", exact=True).click()
    faults += _faults(tab)
    tab.get_by_role("button", name="Picture A photo").click()
    tab.get_by_role("button", name="Publish").click()
    tab.get_by_role("alert").wait_for()
    assert (
        tab.get_by_role("textbox", name="Picture", exact=True).get_attribute("aria-invalid")
        == "true"
    )
    faults += _faults(tab)
    context.close()
    assert faults == []
