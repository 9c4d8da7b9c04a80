"""Campaign pages over HTTP: writing, the last look, starting once, stopping, copying."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from doorstep.console.tests.doors import DOORS
from doorstep.console.tests.shop import Shop
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.campaigns.sending import send_campaigns
from doorstep.rooms.journeys.dryrun.running import work_off_dry_runs

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Client]


def _page(client: Client, shop: Shop, page: str, *ids: Any) -> str:
    answer = client.get(reverse(f"console:{page}", args=[shop.ours.store.slug, *ids]))
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def _send(client: Client, shop: Shop, page: str, *ids: Any, **form: Any) -> Any:
    url = reverse(f"console:{page}", args=[shop.ours.store.slug, *ids])
    return client.post(url, form, follow=True)


def test_a_campaign_from_the_form_to_its_results(shop: Shop, sign_in: SignIn) -> None:
    ines = sign_in("owner")
    form = {
        **DOORS["campaigns-new"].data(shop.ours),
        "when": "now",
        "send_on": "",
        "per_minute": "",
    }
    page = _send(ines, shop, "campaigns-new", **form).content.decode()
    assert "Nothing is sent until somebody starts it" in page
    made = re.search(r"/campaigns/([0-9a-f-]{36})/start/", page)
    assert made
    said = _send(ines, shop, "campaigns-start", made[1], revision="1").content.decode()
    assert "Tick that you have seen the number" in said
    page = _send(ines, shop, "campaigns-start", made[1], revision="1", sure="yes").content.decode()
    assert "STOP" in page
    assert "It waits for its time" in page
    again = _send(ines, shop, "campaigns-start", made[1], revision="1", sure="yes").content.decode()
    assert "was started or changed meanwhile" in again
    while send_campaigns(at=now()):
        pass
    page = _page(ines, shop, "campaigns-detail", made[1])
    assert "What became of the messages" in page
    assert "fill-" in page
    assert "held out" in page
    _send(ines, shop, "campaigns-stop", made[1])
    page = _page(ines, shop, "campaigns-detail", made[1])
    assert "Nothing more of it leaves" in page
    assert "campaign-stop" not in page
    page = _send(ines, shop, "campaigns-copy", made[1]).content.decode()
    assert "Copy of Spring" in page


def test_what_was_typed_wrong_is_said_at_its_field(shop: Shop, sign_in: SignIn) -> None:
    form = {**DOORS["campaigns-new"].data(shop.ours), "send_on": "", "holdout_percent": "80"}
    answer = _send(sign_in("owner"), shop, "campaigns-new", **form)
    assert answer.status_code == 422
    assert "less than or equal to 50" in answer.content.decode()
    form |= {"holdout_percent": "5"}
    assert "Choose the day and the time" in _send(sign_in("owner"), shop, "campaigns-new", **form).content.decode()  # fmt: skip
    form |= {"when": "now", "purpose": "service"}
    assert "only go as marketing" in _send(sign_in("owner"), shop, "campaigns-new", **form).content.decode()  # fmt: skip


def test_two_tabs_do_not_overwrite_each_other(shop: Shop, sign_in: SignIn) -> None:
    ines, form = sign_in("owner"), DOORS["campaigns-new"].data(shop.ours)
    draft = shop.ours.draft_campaign
    _send(ines, shop, "campaigns-edit", draft, **form, revision="1")
    answer = _send(ines, shop, "campaigns-edit", draft, **{**form, "name": "Mine"}, revision="1")
    assert "Somebody else has changed this campaign" in answer.content.decode()
    with store_scope(shop.ours.store.id):
        assert journeys.get_campaign(draft).input.name == "Spring"


def test_the_list_asks_the_same_of_few_and_of_many(shop: Shop, sign_in: SignIn) -> None:
    ines = sign_in("owner")

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            _page(ines, shop, "campaigns")
        return len(captured)

    asked()
    few = asked()
    for _nth in range(6):
        _send(ines, shop, "campaigns-copy", shop.ours.campaign)
    assert asked() == few <= 12


def test_nobody_reaches_another_shops_campaign(shop: Shop, sign_in: SignIn) -> None:
    ines, theirs = sign_in("owner"), shop.theirs.draft_campaign
    for name in ("campaigns-review", "campaigns-detail", "campaigns-edit"):
        url = reverse(f"console:{name}", args=[shop.ours.store.slug, theirs])
        assert ines.get(url).status_code == 404
    for name in ("campaigns-start", "campaigns-stop", "campaigns-copy"):
        answer = _send(ines, shop, name, theirs, revision="1", sure="yes")
        assert answer.status_code == 404, name


def test_a_dry_run_from_asking_to_its_lines(shop: Shop, sign_in: SignIn) -> None:
    ines, journey = sign_in("owner"), shop.ours.journey
    page = _send(ines, shop, "journeys-dry-runs", journey, last="30").content.decode()
    assert "Living through the days" in page
    assert "Nothing was sent" in page
    while work_off_dry_runs(at=now()):
        pass
    page = _page(ines, shop, "journeys-dry-run", journey, shop.ours.dry_run)
    assert "Would have entered" in page
    assert "Message by message" in page
    url = reverse(
        "console:journeys-dry-run", args=[shop.ours.store.slug, journey, shop.ours.dry_run]
    )
    for asked in ("?day=2026-01-01&outcome=send", "?day=soon", f"?customer={shop.ours.customer}", "?after=x"):  # fmt: skip
        assert ines.get(url + asked).status_code == 200
    page = _send(ines, shop, "journeys-dry-runs", journey, since="", until="").content.decode()
    assert "Choose the first and the last day" in page
    page = _send(ines, shop, "journeys-dry-run-cancel", journey, shop.ours.dry_run).content.decode()
    assert "has ended already" in page
