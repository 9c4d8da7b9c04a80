"""Campaigns and dry runs in a real browser: started and stopped without a script, open to all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from doorstep.demo.api import SEEDER
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.campaigns.sending import send_campaigns
from doorstep.rooms.journeys.dryrun.running import work_off_dry_runs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.e2e.conftest import Console

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
THANKS: dict[str, Any] = {
    "format": 1,
    "name": "Thanks",
    "trigger": {"type": "event", "event": "orders.order_placed"},
    "reentry": {"mode": "always"},
    "goal": {"event": "orders.order_placed", "days": 30},
    "first": "hello",
    "steps": {
        "hello": {"type": "message", "template": "new_customer_welcome", "purpose": "service", "next": "offer"},
        "offer": {"type": "message", "template": "newsletter_welcome", "purpose": "marketing", "next": None},
    },
}  # fmt: skip


def _open(browser: Browser, console: Console, **options: Any) -> Page:
    # axe is put into the page as a script, which the policy rightly refuses
    context = browser.new_context(**{"viewport": DESK, "bypass_csp": True, **options})
    tab = context.new_page()
    console.sign_in(tab, "Ines")
    return tab


def _dry_run(console: Console) -> str:
    """Let a journey be tried on the last year; return the run's address."""
    at = now()
    with store_scope(console.shop.ours.store.id):
        journey = journeys.import_journey(definition=THANKS, by=SEEDER, at=at)
        run = journeys.ask_dry_run(
            journey_id=journey, since=at - timedelta(days=60), until=at, by=SEEDER, at=at
        )
    while work_off_dry_runs(at=now()):
        pass
    return f"journeys/{journey}/dry-runs/{run}/"


def test_a_campaign_is_written_started_and_stopped_without_a_script(
    browser: Browser, console: Console
) -> None:
    tab = _open(browser, console, java_script_enabled=False, viewport=PHONE)
    tab.goto(f"{console.store}campaigns/new/")
    tab.get_by_label("Name").fill("Summer")
    tab.get_by_label("Who gets it").select_option(label="Has ordered")
    tab.get_by_label("Which message").select_option(label="Welcome to the newsletter")
    tab.get_by_role("button", name="Save and look at it").click()
    assert tab.get_by_text("This is what your rules would say").is_visible()
    tab.get_by_role("checkbox").check()
    tab.get_by_role("button", name="Start now").click()
    tab.get_by_role("button", name="STOP").click()
    assert tab.get_by_text("Nothing more of it leaves.").first.is_visible()
    assert tab.get_by_role("button", name="STOP").count() == 0
    tab.context.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing(browser: Browser, console: Console, size: Any) -> None:
    while send_campaigns(at=now()):
        pass
    run = _dry_run(console)
    tab = _open(browser, console, viewport=size)
    draft = f"campaigns/{console.shop.ours.draft_campaign}"
    faults = []
    for path in (
        "campaigns/",
        "campaigns/new/",
        f"{draft}/change/",
        f"{draft}/review/",
        f"campaigns/{console.shop.ours.campaign}/",
        f"{run}",
        f"{run}../",
    ):
        tab.goto(f"{console.store}{path}")
        found = Axe().run(tab, options={"iframes": False}).response["violations"]
        faults += [(path, v["id"], [n["html"][:120] for n in v["nodes"][:2]]) for v in found]
        wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
    tab.context.close()
    assert faults == []
