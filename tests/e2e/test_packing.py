"""The packing table in a real Chromium: Wanda with a phone, a scanner that types, no script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe

from doorstep.demo.api import SEEDER
from doorstep.demo.orders import SCENES, play
from doorstep.kernel.clock import now
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import ShipmentFilter
from doorstep.rooms.orders import api as orders
from tests.e2e.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 812}
TABLET = {"width": 1024, "height": 768}
UPS = "1Z999AA10123456784"
# Targets on the packing screen: a thumb in a glove.
SMALL = """() => [...document.querySelectorAll('main :is(a, button, summary, select, input, label.tick)')]
    .filter(e => e.checkVisibility() && !e.matches('.tick input, [type=hidden]'))
    .map(e => [e.tagName, (e.textContent || e.name).trim().slice(0, 30), e.getBoundingClientRect().height])
    .filter(([, , height]) => height > 1 && height < 43.5)"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone's tab."""
    context = browser.new_context(viewport=PHONE, has_touch=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A tablet's tab in which no script runs."""
    context = browser.new_context(viewport=TABLET, java_script_enabled=False)
    yield context.new_page()
    context.close()


def _order(console: Console, number: int) -> UUID:
    """Place an order of a sencha and two assam; returns its shipment."""
    at = now()
    scene = replace(
        SCENES[0], number=number, skus=(("TEA-SENCHA-100", 1), ("TEA-ASSAM-250", 2)), hours_ago=1
    )
    with store_scope(console.shop.ours.store.id):
        [placed] = orders.record_orders(
            [play(scene, at)], sales_channel="shopify", connection_id=None, by=SEEDER, at=at
        )
        run_until_idle()
        found = fulfillment.list_shipments(ShipmentFilter(order_id=placed.order_id))
    return found.items[0].id


def _scan(tab: Page, code: str) -> None:
    """Do as a scanner does: type where the cursor is, then Enter."""
    tab.keyboard.type(code)
    tab.keyboard.press("Enter")


def test_wanda_scans_ticks_confirms_prints_and_ships(phone: Page, console: Console) -> None:
    shipment = _order(console, 7101)
    console.sign_in(phone, "Wanda")
    phone.goto(f"{console.store}packing/")
    _scan(phone, "#7101")
    phone.wait_for_url(f"**/packing/{shipment}/")
    assert phone.evaluate(SMALL) == []
    _scan(phone, "POT-CHALK")
    phone.get_by_role("alert").get_by_text("Wrong item!").wait_for()
    _scan(phone, "tea-sencha-100")
    phone.get_by_text("1 of 3 in").wait_for()
    _scan(phone, "TEA-ASSAM-250")
    _scan(phone, "TEA-ASSAM-250")
    phone.locator("[data-progress]", has_text="All in").wait_for()
    _scan(phone, "TEA-ASSAM-250")
    phone.get_by_role("alert").get_by_text("Put this one back").wait_for()
    # What was counted is still counted after the server's answer; the extras are ticked by hand.
    for box in phone.locator(".tick input:not(:checked)").all():
        box.locator("xpath=..").click()
    phone.locator("[data-progress]", has_text="All in").wait_for()
    _scan_number(phone)
    phone.get_by_role("button", name="Confirm packed").click()
    phone.get_by_role("link", name="Print the label").wait_for()
    assert phone.get_by_text(UPS).count() == 1
    assert phone.evaluate(SMALL) == []
    printed = phone.get_by_role("link", name=re.compile("Print the (slip|gift receipt)"))
    slip = printed.get_attribute("href")
    paper = phone.request.get(f"{console.url}{slip}?as=page")
    assert paper.status == 200
    assert "7101" in paper.text()
    phone.get_by_role("button", name="The carrier took it").click()
    phone.get_by_text("This left at").wait_for()
    with store_scope(console.shop.ours.store.id):
        assert fulfillment.get_shipment(shipment).summary.state == "shipped"


def _scan_number(tab: Page) -> None:
    """Scan the carrier's label in its own field: whose it is stands below, nothing is sent."""
    tab.get_by_label("Tracking number").first.click()
    _scan(tab, UPS)
    tab.get_by_text("A number of UPS").wait_for()


def test_ticks_outlive_a_reload(phone: Page, console: Console) -> None:
    shipment = _order(console, 7102)
    console.sign_in(phone, "Wanda")
    phone.goto(f"{console.store}packing/{shipment}/")
    _scan(phone, "TEA-ASSAM-250")
    phone.get_by_text("1 of 3 in").wait_for()
    phone.reload()
    phone.get_by_text("1 of 3 in").wait_for()


def test_without_a_script(plain: Page, console: Console) -> None:
    _order(console, 7103)
    console.sign_in(plain, "Wanda")
    plain.goto(f"{console.store}packing/")
    plain.get_by_label("Scan or type the order").fill("7103")
    plain.keyboard.press("Enter")
    for code in "TEA-SENCHA-100", "TEA-ASSAM-250", "TEA-ASSAM-250":
        plain.get_by_label("Scan what goes in").fill(code)
        plain.keyboard.press("Enter")
    plain.get_by_text("All in").wait_for()
    plain.get_by_role("button", name="Confirm packed").click()
    plain.get_by_role("link", name="Print the label").wait_for()
    plain.get_by_role("link", name="Next to pack").click()
    plain.wait_for_url("**/packing/*-*/")
    plain.goto(f"{console.store}shipments/?state=packed&q=7103")
    plain.get_by_label("Choose #7103-1").check()
    plain.get_by_role("button", name="Carrier took these").click()
    plain.get_by_text("1 has left.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_the_table(browser: Browser, console: Console, scheme: Any) -> None:
    number = 7104 if scheme == "light" else 7105
    shipment = _order(console, number)
    context = browser.new_context(viewport=TABLET, color_scheme=scheme, bypass_csp=True)
    tab = context.new_page()
    console.sign_in(tab, "Wanda")
    tab.goto(f"{console.store}packing/{shipment}/")
    for summary in tab.locator("main summary").all():
        summary.click()
    faults = _faults(tab)
    tab.get_by_label("Scan what goes in").fill("nothing of ours")
    tab.keyboard.press("Enter")
    tab.get_by_text("Wrong item!").wait_for()
    faults += _faults(tab)
    for item in tab.locator("label.tick").all():
        item.click()
    faults += _faults(tab)
    tab.get_by_role("button", name="Confirm packed").click()
    tab.get_by_role("link", name="Print the label").wait_for()
    faults += _faults(tab)
    context.close()
    assert faults == []


def _faults(tab: Page) -> list[Any]:
    found = Axe().run(tab).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"][:2]]) for one in found]
