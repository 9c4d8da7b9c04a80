"""Outgoing webhooks over the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from dev.fakes.webhook_receiver import Receiver, webhook_receiver
from doorstep.api.tests.conftest import Caller, Make, make_key
from doorstep.connectors.webhooks.models import Delivery, Endpoint
from doorstep.connectors.webhooks.sending.dispatcher import Dispatcher
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.models.idempotency import IdempotencyRecord
from doorstep.rooms.stores.contracts import StoreInfo

URL = "https://erp.example.com/hooks"


def make(call: Caller, **more: Any) -> dict[str, Any]:
    answer = call("POST", "/webhook-endpoints", {"url": URL} | more)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with webhook_receiver() as serving:
        settings.DOORSTEP_OUTBOUND_ALLOW = [f"127.0.0.1:{serving.port}"]
        yield serving


def test_a_typing_mistake_is_no_subscription_to_everything(call: Caller) -> None:
    answer = call("POST", "/webhook-endpoints", {"url": URL, "events": ["order.placed"]})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["events"]
    assert not Endpoint.all_stores.exists()


@pytest.mark.django_db(transaction=True)
def test_an_order_reaches_the_receiver(call: Caller, order: Make, receiver: Receiver) -> None:
    one = make(call, url=receiver.url(), event_types=["order.placed"])
    secret = call("GET", f"/webhook-endpoints/{one['id']}/secret").json()["secret"]
    order_id = call("POST", "/orders", order()).json()["order_id"]
    run_until_idle()
    sender = Dispatcher()
    assert sender.tick(at=datetime.now(UTC)) == 1
    sender.finish()
    sender.close()
    got = receiver.received[0]
    payload = Webhook(secret).verify(got.body, got.headers)
    assert payload["data"]["order_id"] == order_id
    assert payload["data"]["sales_channel"] == "api"
    (found,) = call("GET", f"/webhook-deliveries?order_id={order_id}").json()["items"]
    assert (found["status"], found["last_status_code"]) == ("delivered", 200)
    detail = call("GET", f"/webhook-deliveries/{found['id']}").json()
    assert json.loads(detail["body"]) == payload
    assert detail["attempts"][0]["response_body"] == "ok"


def test_make_read_change_delete(call: Caller) -> None:
    one = make(call, description="ERP", event_types=["order.placed"])
    path = f"/webhook-endpoints/{one['id']}"
    assert call("GET", path).json() == one
    assert call("GET", "/webhook-endpoints").json() == [one]
    changed = call("PUT", path, {"url": URL + "/2", "is_active": False}).json()
    assert (changed["url"], changed["event_types"]) == (URL + "/2", [])
    assert changed["disabled_reason"] == "by_hand"
    assert call("POST", f"{path}/tests").status_code == 409
    assert call("PUT", path, {"url": URL}).json()["is_active"] is True
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404
    assert call("GET", "/webhook-endpoints").json() == []


def test_what_is_wrong_is_named_and_changes_nothing(call: Caller) -> None:
    one = make(call)
    path = f"/webhook-endpoints/{one['id']}"
    for body, field in (
        ({"url": "https://169.254.169.254/"}, "url"),
        ({"url": URL, "event_types": ["order.eaten"]}, "event_types.0"),
        ({"event_types": []}, "url"),
    ):
        for method, where in (("POST", "/webhook-endpoints"), ("PUT", path)):
            answer = call(method, where, body)
            assert answer.status_code == 422, body
            assert answer.json()["errors"][0]["field"] == field
    assert Endpoint.objects.get().url == URL


def test_repeated_with_a_key_it_is_made_once_and_no_secret_is_kept(call: Caller) -> None:
    answers = [call("POST", "/webhook-endpoints", {"url": URL}, key="k1") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Endpoint.objects.count() == 1
    rotation = f"/webhook-endpoints/{answers[0].json()['id']}/secret-rotation"
    assert call("POST", rotation, key="k2").status_code == 201
    assert "whsec" not in json.dumps(list(IdempotencyRecord.objects.values_list("response_body")))


def test_rotation(call: Caller) -> None:
    path = f"/webhook-endpoints/{make(call)['id']}"
    before = call("GET", f"{path}/secret").json()
    assert before["previous_secret"] == ""
    assert call("POST", f"{path}/secret-rotation").json()["previous_secret_until"]
    after = call("GET", f"{path}/secret").json()
    assert after["previous_secret"] == before["secret"] != after["secret"]


def test_log_pages_and_replays(call: Caller) -> None:
    one = make(call)
    path = f"/webhook-endpoints/{one['id']}"
    for _ in range(3):
        assert call("POST", f"{path}/tests").status_code == 202
    first = call("GET", f"/webhook-deliveries?limit=2&endpoint_id={one['id']}").json()
    rest = call("GET", f"/webhook-deliveries?limit=2&cursor={first['next_cursor']}").json()
    assert len(first["items"]) == 2
    assert len(rest["items"]) == 1
    assert call("GET", "/webhook-deliveries?status=failed").json()["items"] == []
    assert call("GET", "/webhook-deliveries?cursor=x").status_code == 422
    now = datetime.now(UTC)
    Delivery.objects.update(status="failed", finished_at=now, next_attempt_at=None)
    since = (now - timedelta(hours=1)).isoformat()
    assert call("POST", f"{path}/replays", {"since": since}).json() == {"count": 3}
    of_type = {"since": since, "event_type": "order.placed"}
    assert call("POST", f"{path}/replays", of_type).json() == {"count": 0}
    wrong = call("POST", f"{path}/replays", of_type | {"event_type": "order.eaten"})
    assert wrong.json()["errors"][0]["field"] == "event_type"
    again = call("POST", f"/webhook-deliveries/{first['items'][0]['id']}/replay")
    assert again.json()["status"] == "pending"


def test_event_types_are_listed_with_examples(call: Caller) -> None:
    types = {one["name"]: one for one in call("GET", "/webhook-event-types").json()}
    assert types["parcel.delivered"]["example"]["type"] == "parcel.delivered"
    assert "delivered_at" in types["parcel.delivered"]["data_schema"]["properties"]


def test_another_store_finds_nothing(call: Caller, stranger: Caller) -> None:
    one = make(call)
    sent = call("POST", f"/webhook-endpoints/{one['id']}/tests").json()
    path = f"/webhook-endpoints/{one['id']}"
    for method, where, body in (
        ("GET", path, None),
        ("PUT", path, {"url": URL}),
        ("DELETE", path, None),
        ("GET", f"{path}/secret", None),
        ("POST", f"{path}/secret-rotation", None),
        ("POST", f"{path}/tests", None),
        ("POST", f"{path}/replays", {"since": "2026-01-01T00:00:00Z"}),
        ("GET", f"/webhook-deliveries/{sent['id']}", None),
        ("POST", f"/webhook-deliveries/{sent['id']}/replay", None),
    ):
        assert stranger(method, where, body).status_code == 404, where
    assert stranger("GET", "/webhook-deliveries").json()["items"] == []
    assert Delivery.all_stores.count() == 1


def test_scopes(store: StoreInfo, call: Caller) -> None:
    one = make(call)
    reader = make_key(store, "settings.view", "problems.view")
    assert reader("GET", "/webhook-endpoints").status_code == 200
    assert reader("GET", "/webhook-deliveries").status_code == 200
    assert reader("GET", "/webhook-event-types").status_code == 200
    for method, where in (
        ("POST", "/webhook-endpoints"),
        ("DELETE", f"/webhook-endpoints/{one['id']}"),
        ("GET", f"/webhook-endpoints/{one['id']}/secret"),
        ("POST", f"/webhook-endpoints/{one['id']}/replays"),
    ):
        assert reader(method, where).status_code == 403, where
    assert Endpoint.objects.count() == 1
