"""The console in a real Chromium: sound for every reader, by keyboard alone, without a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from dev.testing.axe import options
from doorstep.console.tests.doors import DOORS
from tests.e2e.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
NOT_PAGES = {"imports-problems", "messages-body", "templates-preview", "problems-delivery-body", "settings-logo",
             "shipments-paper", "packing-number", "journeys-export", "journeys-trial-message",
             "policy-replay-lines"}  # fmt: skip
PAGES = sorted(name for name, door in DOORS.items() if door.read and name not in NOT_PAGES)
# A color that is still on its way to another would be taken for the page's own.
SETTLE = """() => { for (const one of document.getAnimations())
    if (one.effect.getComputedTiming().endTime < Infinity) one.finish() }"""
PARTS = 4
"""Workers share them."""
DOORWAY = ("/console/demo/", "/console/account/login/", "/console/account/password/reset/",
           "/console/join/forged/")  # fmt: skip


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A tab in which no script runs."""
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    yield context.new_page()
    context.close()


def _url(console: Console, name: str) -> str:
    ours = console.shop.ours
    return console.url + DOORS[name].url(name, ours.store.slug, ours)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_sound(page: Page, console: Console, part: int) -> None:
    """By day, by night, on a phone; a breach of the policy or a script's error fails ``page``."""
    console.sign_in(page, "Ines")
    addresses = {name: _url(console, name) for name in PAGES[part::PARTS]}
    faults = [fault for name, url in addresses.items() for fault in _faults(page, name, url)]
    assert faults == []


def test_every_page_before_signing_in_is_sound(page: Page, console: Console) -> None:
    faults = [fault for path in DOORWAY for fault in _faults(page, path, console.url + path)]
    assert faults == []


def _faults(tab: Page, name: str, url: str) -> list[tuple[Any, ...]]:
    """Open a page; return what is wrong with it in any of its looks."""
    tab.emulate_media(color_scheme="light", reduced_motion="reduce")
    tab.set_viewport_size(DESK)
    tab.goto(url)
    faults = [(name, "by day", *fault) for fault in _axe(tab)]
    faults += _too_wide(tab, name)
    tab.emulate_media(color_scheme="dark")
    tab.evaluate(SETTLE)
    faults += [(name, "by night", *fault) for fault in _axe(tab, "dark")]
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size(PHONE)
    faults += [(name, "on a phone", *fault) for fault in _axe(tab)]
    return faults + _too_wide(tab, name)


def _axe(tab: Page, scheme: str = "light") -> list[tuple[Any, ...]]:
    # What a shopper's mail looks like inside its frame is for the tests of the mails.
    found = Axe().run(tab, {"exclude": [["iframe"]]}, options(scheme))
    return [
        (fault["id"], [node["html"][:160] for node in fault["nodes"][:2]])
        for fault in found.response["violations"]
    ]


def _too_wide(tab: Page, name: str) -> list[tuple[Any, ...]]:
    width, window = tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [(name, "wider than the window", width)] if width > window else []


def test_by_keyboard_from_the_list_to_a_released_order(page: Page, console: Console) -> None:
    page.set_viewport_size(DESK)
    console.sign_in(page, "Marco")
    page.goto(f"{console.store}orders/?state=ready")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    _tab_to(page, "a.row-link")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*-*/")
    _tab_to(page, "a[data-dialog]")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Put this order on hold?")
    dialog.wait_for()
    _tab_to(page, "dialog textarea")
    page.keyboard.type("The glaze is not dry yet")
    _tab_to(page, "dialog button[type=submit]")
    page.keyboard.press("Enter")
    page.get_by_text("On hold.").wait_for()
    assert page.locator(".banner", has_text="The glaze is not dry yet").is_visible()
    _tab_to(page, ".banner button[type=submit]")
    page.keyboard.press("Enter")
    page.get_by_text("Hold lifted.").wait_for()
    assert page.locator(".banner", has_text="The glaze").count() == 0


def _tab_to(tab: Page, selector: str) -> None:
    for _step in range(80):
        if tab.evaluate("s => document.activeElement.matches(s)", selector):
            return
        tab.keyboard.press("Tab")
    pytest.fail(f"the Tab key does not lead to {selector}")


def test_escape_closes_the_dialog_and_gives_the_focus_back(page: Page, console: Console) -> None:
    console.sign_in(page, "Marco")
    page.goto(_url(console, "orders-detail"))
    page.locator("a[data-dialog]").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert page.evaluate("document.activeElement.dataset.dialog") == "hold-dialog"


def test_without_a_script(plain: Page, console: Console) -> None:
    console.sign_in(plain, "Sam")
    plain.goto(f"{console.store}orders/")
    plain.locator("main input[type=search]").fill("1041")
    plain.locator("main").get_by_role("button", name="Search").click()
    assert plain.locator(".row-link").all_inner_texts() == ["#1041"]
    plain.goto(f"{console.store}orders/")
    plain.get_by_label("Sales channel").select_option("woocommerce")
    plain.locator("main").get_by_role("button", name="Search").click()
    assert "channel=woocommerce" in plain.url
    plain.goto(f"{console.store}orders/?state=ready")
    plain.locator(".row-link").first.click()
    plain.get_by_role("link", name="Put on hold").click()
    plain.get_by_role("button", name="Put on hold").click()  # the browser asks for the reason
    plain.get_by_label("Note").fill("No script, no matter")
    plain.get_by_role("button", name="Put on hold").click()
    assert plain.get_by_text("On hold.").is_visible()
    plain.locator(".banner", has_text="No script").get_by_role("button").click()
    assert plain.get_by_text("Hold lifted.").is_visible()
    plain.locator("summary", has_text="Change the address").click()
    plain.get_by_label("City").fill("")
    plain.get_by_role("button", name="Ines").or_(plain.get_by_role("button", name="Sam")).click()
    plain.get_by_role("button", name="Sign out").click()
    assert plain.url.endswith("/console/account/login/")


def test_the_mailbox_on_a_phone(browser: Browser, console: Console) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    tab = context.new_page()
    console.sign_in(tab, "Mia")
    tab.goto(f"{console.store}mailbox/")
    listed, opened = tab.locator(".mailbox-list"), tab.locator(".mailbox-open")
    assert (listed.is_visible(), opened.is_visible()) == (True, False)
    listed.get_by_role("link").first.tap()
    tab.wait_for_url("**open=**")
    assert (listed.is_visible(), opened.is_visible()) == (False, True)
    tab.get_by_role("link", name="All messages").tap()
    tab.wait_for_url(lambda url: "open=" not in url)
    assert listed.is_visible()
    context.close()


def test_a_message_can_run_no_script(page: Page, console: Console) -> None:
    console.sign_in(page, "Mia")
    source = '<mjml><mj-body><mj-section><mj-column><mj-text>Hello<a href="#">x</a></mj-text></mj-column></mj-section></mj-body></mjml>'
    page.goto(f"{console.store}templates/order_confirmation/email/fr/")
    page.locator("#body").fill(source)
    page.get_by_role("button", name="Save draft").click()
    frame = page.locator("iframe")
    assert frame.get_attribute("sandbox") == ""
    inside = frame.element_handle().content_frame()
    inside.wait_for_load_state()
    assert "Hello" in inside.inner_text("body")
    # Even where somebody opens the frame's address by itself, the policy keeps scripts off.
    tab = page.context.new_page()
    answer = tab.goto(page.url.split("?")[0] + "preview/")
    assert answer
    assert answer.headers["content-security-policy"].startswith("sandbox")
    quiet: list[str] = []
    tab.on("console", lambda message: quiet.append(message.text))
    tab.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'broken'";
            document.body.append(script);
        }"""
    )
    assert tab.title() != "broken"


def test_a_mistake_in_a_template_is_shown_with_its_line(page: Page, console: Console) -> None:
    page.set_viewport_size(DESK)
    console.sign_in(page, "Mia")
    page.goto(f"{console.store}templates/order_confirmation/email/es/")
    page.locator("#body").fill("<mjml>\n<mj-body>\n{% if %}\n</mj-body></mjml>")
    page.get_by_role("button", name="Publish").click()
    mistake = page.get_by_role("alert").first
    assert "line 3" in mistake.inner_text()
    assert "{% if %}" in page.locator("#body").input_value()


def test_the_side_navigation_on_a_phone(browser: Browser, console: Console) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, java_script_enabled=False)
    tab = context.new_page()
    console.sign_in(tab, "Wanda")
    tab.get_by_role("button", name="Menu").tap()
    names = tab.locator("#sidenav a").all_inner_texts()
    assert [name.split("\n")[0] for name in names] == [
        "Home", "Orders", "Packing", "Shipments", "Parcels", "Returns", "Return policy", "Stock",
        "Problems",
    ]  # fmt: skip
    context.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=str)
def test_endless_words_stay_inside_the_window(
    browser: Browser, console: Console, size: Any
) -> None:
    order = console.endless_order()
    context = browser.new_context(viewport=size)
    tab = context.new_page()
    console.sign_in(tab, "Ines")
    too_wide = []
    for path in (
        "orders/?q=endless",
        f"orders/{order}/",
        "customers/",
        "messages/",
        "mailbox/",
        "",
    ):
        tab.goto(console.store + path)
        if tab.evaluate("document.documentElement.scrollWidth") > size["width"]:
            too_wide.append(path)
    context.close()
    assert too_wide == []
