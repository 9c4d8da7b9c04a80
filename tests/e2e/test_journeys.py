"""The journey builder in a real Chromium: by keyboard alone, without a script, beside itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from dev.testing.axe import options
from tests.e2e.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A tab in which no script runs."""
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    yield context.new_page()
    context.close()


def _url(console: Console) -> str:
    return f"{console.store}journeys/{console.shop.ours.journey}/"


def _begin(tab: Page, console: Console, name: str) -> None:
    tab.goto(f"{console.store}journeys/new/")
    tab.get_by_label("What shall it be called?").fill(name)
    tab.get_by_role("button", name="Begin").click()
    tab.get_by_role("heading", name=name, level=1).wait_for()


def _press(tab: Page, selector: str) -> None:
    """Tab to what the selector names, and press Enter on it."""
    for _step in range(120):
        if tab.evaluate("s => document.activeElement.matches(s)", selector):
            tab.keyboard.press("Enter")
            return
        tab.keyboard.press("Tab")
    pytest.fail(f"the Tab key does not lead to {selector}")


def test_by_keyboard_in_the_list(page: Page, console: Console) -> None:
    page.set_viewport_size(DESK)
    console.sign_in(page, "Mia")
    _begin(page, console, "By keyboard")
    _press(page, ".segments a:last-child")
    page.wait_for_url("**view=list**")
    _press(page, ".flow-add a")
    page.get_by_role("heading", name="Add a step").wait_for()
    assert page.evaluate("document.activeElement.id") == "drawer"  # what opened has the focus
    _press(page, ".kind[href*='wait-for']")
    page.get_by_label("How long").wait_for()
    _press(page, ".drawer button[type=submit]")
    page.get_by_text("Step added to the draft.").wait_for()
    assert (
        page.locator(".list-view .flow-heading").inner_text().replace("\n", " ") == "1 Wait 3 days"
    )
    assert "view=list" in page.url
    page.keyboard.press("Escape")
    page.locator(".drawer").wait_for(state="detached")


def test_the_canvas_stays_where_it_was(page: Page, console: Console) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    console.sign_in(page, "Mia")
    page.goto(_url(console))
    card = page.locator(".flow-card", has_text="Thank you")
    card.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    card.click()
    page.locator(".drawer").wait_for()
    assert abs(page.evaluate("scrollY") - before) < 5
    assert "step=message-1" in page.url
    assert page.locator(".flow-card.is-open").inner_text().startswith("3")
    page.go_back()
    page.locator(".drawer").wait_for(state="detached")


def test_a_stale_tab_is_told(page: Page, console: Console) -> None:
    page.set_viewport_size(DESK)
    console.sign_in(page, "Mia")
    _begin(page, console, "Two tabs")
    address = page.url
    other = page.context.new_page()
    other.goto(address)
    for tab in page, other:
        tab.locator(".flow-plus").first.click()
        tab.locator(".kind", has_text="Some time").click()
        tab.get_by_label("How long").wait_for()
    page.get_by_role("button", name="Add the step").click()
    page.get_by_text("Step added to the draft.").wait_for()
    other.get_by_role("button", name="Add the step").click()
    other.get_by_role("heading", name="This journey was changed meanwhile").wait_for()
    other.get_by_role("button", name="Do my change on the newest state").click()
    other.locator("#s-2").wait_for()
    other.close()


def test_without_a_script(plain: Page, console: Console) -> None:
    console.sign_in(plain, "Mia")
    _begin(plain, console, "No script")
    plain.locator(".flow-plus").first.click()
    plain.locator(".kind", has_text="Message").click()
    plain.get_by_label("Which message").select_option("thank_you")
    plain.get_by_label("Service").check()
    plain.get_by_role("button", name="Add the step").click()
    plain.get_by_text("Step added to the draft.").wait_for()
    plain.locator(".flow-plus").first.click()
    plain.locator(".kind", has_text="Ask a question").click()
    plain.get_by_role("button", name="Add a condition").click()
    plain.get_by_role("button", name="Number of orders", exact=False).first.click()
    plain.locator("input[name='where-r.0-a']").fill("2")
    plain.get_by_role("button", name="Save in the draft").click()
    assert plain.locator(".flow-card").count() == 3
    plain.get_by_role("link", name="List", exact=True).click()
    assert plain.locator(".flow-way").all_inner_texts() == ["Yes", "No"]
    plain.get_by_role("button", name="Undo").click()
    assert plain.locator(".flow-heading").count() == 1
    plain.get_by_role("link", name="Publish…").click()
    plain.get_by_role("button", name="Publish", exact=True).click()
    plain.get_by_text("Version 1 is live.").wait_for()


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESK), ("dark", DESK), ("light", PHONE)], ids=str
)
def test_axe_finds_nothing_in_what_opens(
    browser: Browser, console: Console, scheme: Any, size: Any
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    tab = context.new_page()
    console.sign_in(tab, "Ines")
    faults: list[Any] = []
    customer = console.shop.ours.other_customer
    for query in (
        "?step=message-1", "?step=branch-1", "?at=wait-1:next", "?at=wait-1:next&kind=wait-until",
        "?at=wait-1:next&kind=split", "?open=start", "?view=list", f"test/?customer={customer}",
    ):  # fmt: skip
        tab.goto(_url(console) + query)
        found = Axe().run(tab, {"exclude": [["iframe"]]}, options(scheme)).response["violations"]
        faults += [(query, f["id"], [n["html"][:160] for n in f["nodes"][:2]]) for f in found]
        width = tab.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            faults.append((query, "wider than the window", width))
    context.close()
    assert faults == []
