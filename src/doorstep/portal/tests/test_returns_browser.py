"""The pages of a return, of credit and of the policy in a real Chromium, on the smallest phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.tests.targets import small_targets
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.tests.cast import line, order
from doorstep.rooms.stores.contracts import StoreInfo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
SMALLEST = {"width": 320, "height": 640}


@pytest.fixture
def order_path(transactional_db: None, live_server: Any, store: StoreInfo) -> Iterator[str]:
    """The address of an order that arrived a week ago."""
    ensure_cursors()
    at = timezone.now()
    placed = order(
        lines=[line("TEA", quantity=2), line("POT", price=2500)],
        placed_at=at - timedelta(days=9),
        version_at=at - timedelta(days=7),
        fulfilled_at=at - timedelta(days=7),
    )
    with store_scope(store.id):
        [made] = orders.record_orders(
            [placed], sales_channel="shopify", connection_id=None, mode="history",
            by=Actor.system("portal.tests"), at=at,
        )  # fmt: skip
        run_until_idle()
        url = orders.order_page_url(store, made.order_id, at=at)
        yield f"{live_server.url}/o/{url.rsplit('/o/', 1)[1]}"


def look(tab: Page, name: str) -> None:
    """Find no fault with a page; keep its picture where somebody wants to look at it."""
    if folder := os.environ.get("DOORSTEP_TEST_PICTURES"):
        tab.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    faults = Axe().run(tab).response["violations"]
    assert [fault["id"] for fault in faults] == [], name
    assert small_targets(tab) == [], name
    assert tab.evaluate("document.documentElement.scrollWidth") <= SMALLEST["width"], name


def test_a_return_on_a_phone(browser: Browser, order_path: str) -> None:
    # axe is put into the page as a script, which the policy rightly refuses
    context = browser.new_context(viewport=SMALLEST, bypass_csp=True)
    tab = context.new_page()
    tab.goto(f"{order_path}/return")
    look(tab, "return-1-choose")
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_text("Choose at least one thing.").wait_for()
    tab.get_by_label("How many come back?").first.select_option("1")
    tab.get_by_label("Why?").first.select_option("no_longer_needed")
    tab.get_by_role("button", name="Continue").click()
    look(tab, "return-2-instead")
    tab.get_by_role("radio", name="Refund").check()
    tab.get_by_role("radio", name="QR code").check()
    tab.get_by_role("button", name="Continue").click()
    look(tab, "return-3-summary")
    tab.get_by_role("button", name="Send it back").click()
    tab.get_by_role("heading", name="Please send it by").wait_for()
    look(tab, "return-4-status")
    tab.goto(f"{tab.url.partition('?')[0]}?lang=ar")
    look(tab, "return-5-arabic")
    context.close()


def test_policy_withdrawal_and_credit_on_a_phone(
    browser: Browser, order_path: str, store: StoreInfo
) -> None:
    context = browser.new_context(viewport=SMALLEST, bypass_csp=True)
    tab = context.new_page()
    shop = f"{order_path.partition('/o/')[0]}/s/{store.slug}"
    for address in (
        f"{shop}/returns-policy",
        f"{shop}/withdraw",
        f"{shop}/gift-card",
        f"{order_path}/credit",
    ):
        for language in "en", "ar":
            tab.goto(f"{address}?lang={language}")
            look(tab, f"{address.rpartition('/')[2]}-{language}")
    context.close()
