"""Webhooks in the console: made, shown, sent again, without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from doorstep.connectors.webhooks import api as webhooks
from doorstep.connectors.webhooks.models import Delivery, Endpoint
from doorstep.console.problems.queries import count_problems
from doorstep.console.tests.shop import Shop
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope

BY = Actor.system("console.tests")
SignIn = Callable[..., Client]


def address(shop: Shop, name: str, *args: Any) -> str:
    return reverse(f"console:{name}", args=[shop.ours.store.slug, *args])


def test_a_secret_is_shown_when_made_and_when_asked_for(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("owner")
    answer = client.post(address(shop, "settings-webhooks"), {"url": "https://wms.example.com/in"})
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.content.decode())
    assert secret
    assert answer["Cache-Control"] == "no-store"
    with store_scope(shop.ours.store.id):
        made = Endpoint.objects.get(url="https://wms.example.com/in").id
    page = address(shop, "settings-webhook", made)
    assert "whsec_" not in client.get(page).content.decode()
    shown = client.post(address(shop, "settings-webhook-secret", made), {"do": "reveal"})
    assert secret[0] in shown.content.decode()
    rotated = client.post(address(shop, "settings-webhook-secret", made), {"do": "rotate"})
    assert "whsec_" in rotated.content.decode()
    assert secret[0] not in rotated.content.decode()


def test_what_is_wrong_stands_at_its_field(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("owner")
    for name, args in (
        ("settings-webhooks", ()),
        ("settings-webhook", (shop.ours.webhook,)),
    ):
        answer = client.post(address(shop, name, *args), {"url": "https://10.0.0.1/"})
        assert answer.status_code == 422
        assert "not on the public internet" in answer.content.decode()
    replay = client.post(
        address(shop, "settings-webhook-replays", shop.ours.webhook), {"since": "yesterday"}
    )
    assert replay.status_code == 422


def test_sent_again_and_disabled(shop: Shop, sign_in: SignIn) -> None:
    client, one = sign_in("owner"), shop.ours.webhook
    with store_scope(shop.ours.store.id):
        failed = Delivery.objects.filter(endpoint_id=one).update(
            status="failed", next_attempt_at=None, finished_at=now()
        )
    # What happened in the shop before this test has gone to the endpoint as well.
    sent_again = "1 webhook is sent again" if failed == 1 else f"{failed} webhooks are sent again"
    waits = "1 message waits" if failed == 1 else f"{failed} messages wait"
    since = (now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    said = client.post(
        address(shop, "settings-webhook-replays", one), {"since": since}, follow=True
    )
    assert sent_again in said.content.decode()
    none = client.post(
        address(shop, "settings-webhook-replays", one), {"since": since}, follow=True
    )
    assert "0 webhooks are sent again" in none.content.decode()
    disabled = client.post(
        address(shop, "settings-webhook-state", one), {"do": "disable"}, follow=True
    )
    assert waits in disabled.content.decode()
    delivery = address(shop, "settings-webhook-delivery", shop.ours.webhook_delivery)
    assert "Enable it first" in client.get(delivery).content.decode()
    client.post(address(shop, "settings-webhook-state", one), {"do": "enable"})
    client.post(address(shop, "settings-webhook-state", one), {"do": "delete"})
    assert client.get(address(shop, "settings-webhook", one)).status_code == 404
    assert client.get(delivery).status_code == 404


def test_given_up_endpoints_stand_under_problems(shop: Shop, sign_in: SignIn) -> None:
    with store_scope(shop.ours.store.id):
        before = count_problems()
        Endpoint.objects.filter(id=shop.ours.webhook).update(
            is_active=False, disabled_at=now(), disabled_reason="failing"
        )
        assert count_problems() == before + 1
    page = sign_in("support").get(address(shop, "problems")).content.decode()
    assert "took nothing for five days" in page
    assert "Look at it" not in page, "support may not open the settings"
    assert "Look at it" in sign_in("owner").get(address(shop, "problems")).content.decode()


def test_the_log_filters_and_takes_as_many_queries_for_one_as_for_many(
    shop: Shop, sign_in: SignIn
) -> None:
    client, one = sign_in("owner"), shop.ours.webhook
    page = address(shop, "settings-webhook", one)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(page).status_code == 200
        return len(seen)

    few = queries()
    with store_scope(shop.ours.store.id):
        for _ in range(30):
            webhooks.send_test(endpoint_id=one, by=BY, at=now())
    assert queries() == few
    assert "Older" in client.get(page).content.decode()
    assert "Nothing fits" in client.get(page, {"status": "failed"}).content.decode()
    assert client.get(page, {"after": "x", "status": "y"}).status_code == 200
