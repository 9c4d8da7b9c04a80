"""The pages of a change in a real Chromium: sound for every reader, with a script and without."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe

from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.portal.tests.targets import small_targets
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.payments.tests.vendor import vendor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PHONE = {"width": 375, "height": 812}


@pytest.fixture
def order_path(
    transactional_db: None,
    live_server: Any,
    place: Callable[..., UUID],
    link: Callable[..., str],
    now: datetime,
) -> Iterator[str]:
    """The address of an order of which much can be changed."""
    ensure_cursors()
    product = ListedProduct(
        "p-tea",
        "First-flush Darjeeling",
        variants=(
            ListedVariant("v-100", sku="TEA-DJ-100", title="100 g", price=14.5),  # type: ignore[arg-type]
            ListedVariant("v-250", sku="TEA-DJ-250", title="250 g", price=31),  # type: ignore[arg-type]
        ),
    )
    catalog.upsert_products([product], channel="shopify", at=now)
    order_id = place()
    run_until_idle()
    with vendor():
        yield live_server.url + link(order_id)


def look(tab: Page, name: str) -> None:
    """Find no fault with a page; keep its picture where somebody wants to look at it."""
    if folder := os.environ.get("DOORSTEP_TEST_PICTURES"):
        tab.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    faults = Axe().run(tab).response["violations"]
    assert [fault["id"] for fault in faults] == [], name
    assert small_targets(tab) == [], name


def test_a_change_on_a_phone(browser: Browser, order_path: str) -> None:
    # axe is put into the page as a script, which the policy rightly refuses
    context = browser.new_context(viewport=PHONE, bypass_csp=True)
    tab = context.new_page()
    tab.goto(order_path)
    look(tab, "change-1-order")
    tab.get_by_role("link", name="Change the items").click()
    tab.get_by_label("Quantity of First-flush Darjeeling").fill("1")
    tab.get_by_text("You get €13.05 back").wait_for()  # while it is typed
    look(tab, "change-2-items")
    tab.get_by_role("button", name="See the new price").click()
    look(tab, "change-3-confirm")
    tab.get_by_role("button", name="Yes, change it").click()
    tab.get_by_role("heading", name="Done").wait_for()
    look(tab, "change-4-done")
    for name in ("cancel", "delay", "change/address"):
        tab.goto(f"{order_path}/{name}")
        look(tab, f"change-5-{name.replace('/', '-')}")
    tab.goto(f"{order_path}/change?lang=ar")
    look(tab, "change-6-arabic")
    context.close()


def test_it_works_without_a_script(browser: Browser, order_path: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{order_path}/cancel")
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_role("button", name="Yes, cancel the order").click()
    assert tab.get_by_role("heading", name="Done").is_visible()
    context.close()
