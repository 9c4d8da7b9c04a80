"""What people and API keys do with endpoints and deliveries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.connectors.webhooks import api
from doorstep.connectors.webhooks.actions.endpoints import MAX_ENDPOINTS
from doorstep.connectors.webhooks.cleanup import delete_old
from doorstep.connectors.webhooks.models import Attempt, Delivery, Endpoint
from doorstep.connectors.webhooks.tests.conftest import AT, INES, WANDA, happen, only, placed
from doorstep.kernel import audit
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders.events import OrderCanceled
from doorstep.rooms.stores.contracts import StoreInfo

URL = "https://erp.example.com/hooks"
DONE = {"by": INES, "at": AT}


def make(url: str = URL, **more: Any) -> Any:
    return api.create_endpoint(url=url, **more, **DONE).endpoint


def settle(status: str, **more: Any) -> Delivery:
    """Put the only delivery into a state that sending would have brought it to."""
    finished = None if status in {"pending", "parked", "sending"} else AT
    due = AT if status in {"pending", "sending"} else None
    Delivery.objects.update(
        status=status,
        finished_at=finished,
        next_attempt_at=due,
        claimed_by="w" if status == "sending" else "",
        **more,
    )
    return only()


def test_a_secret_is_shown_to_whom_it_concerns_and_stored_encrypted(store: StoreInfo) -> None:
    made = api.create_endpoint(url=URL, **DONE)
    assert made.secret.startswith("whsec_")
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM connectors_webhooks_endpoint")
        assert made.secret not in cursor.fetchone()[0]
    assert made.secret not in repr(api.get_endpoint(made.endpoint.id, at=AT))
    assert made.secret not in repr(audit.list_entries(store.id)[0].changes)
    shown = api.reveal_secret(endpoint_id=made.endpoint.id, **DONE)
    assert shown.secret == made.secret
    assert audit.list_entries(store.id)[0].action in {
        "webhooks.reveal_secret",
        "webhooks.create_endpoint",
    }
    assert len(audit.list_entries(store.id)) == 2


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "Enter a web address"),
        ("erp", "whole web address"),
        ("ftp://example.com/", "whole web address"),
        ("https://", "whole web address"),
        ("https://a b.example.com/", "without spaces"),
        ("https://example.com/" + "x" * 2000, "2,000"),
        ("https://user:pass@example.com/", "Leave out"),
        ("https://example.com/#x", "Leave out"),
        ("https://example.com:99999/", "not a web address"),
        ("https://[::1", "not a web address"),
        ("http://example.com/", "https://"),
        ("https://127.0.0.1/", "public internet"),
        ("https://169.254.169.254/latest/", "public internet"),
        ("https://[::1]/", "public internet"),
        ("https://localhost/", "own machine"),
        ("https://example.com:22/", "Port 22"),
    ],
)
def test_addresses_that_can_not_work_are_refused_at_once(
    store: StoreInfo, url: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        make(url)
    assert refused.value.field == "url"
    assert not Endpoint.objects.exists()


def test_what_the_installation_allows_is_allowed(store: StoreInfo, settings: Any) -> None:
    settings.DOORSTEP_OUTBOUND_ALLOW = ["127.0.0.1:9000", "erp.lan:80", "10.0.0.0/8"]
    for url in (
        "http://127.0.0.1:9000/x",
        "http://erp.lan/",
        "http://10.1.2.3/",
        "https://10.1.1.1/",
    ):
        make(url)
    assert Endpoint.objects.count() == 4


def test_event_types_must_exist(store: StoreInfo) -> None:
    with pytest.raises(Invalid) as refused:
        make(event_types=["order.placed", "order.eaten"])
    assert refused.value.field == "event_types.1"
    with pytest.raises(Invalid):
        make(event_types=["webhook.test"])
    made = make(event_types=["order.placed", "order.canceled", "order.placed"])
    assert made.event_types == ("order.canceled", "order.placed")


def test_a_store_has_fifty_at_most(store: StoreInfo) -> None:
    for nth in range(MAX_ENDPOINTS):
        make(f"https://{nth}.example.com/")
    with pytest.raises(Conflict):
        make()


def test_change(listening: StoreInfo) -> None:
    made = make(description="ERP")
    changed = api.change_endpoint(
        endpoint_id=made.id, url="https://new.example.com/", event_types=["order.placed"], **DONE
    )
    assert (changed.url, changed.description) == ("https://new.example.com/", "")
    entry = audit.list_entries(listening.id)
    assert any(e.changes.get("url") == [URL, "https://new.example.com/"] for e in entry)
    with pytest.raises(Invalid):
        api.change_endpoint(endpoint_id=made.id, url="x", **DONE)
    assert Endpoint.objects.get().url == "https://new.example.com/"


def test_disabled_parks_and_enabled_sends(listening: StoreInfo) -> None:
    made = make()
    happen(placed())
    api.disable_endpoint(endpoint_id=made.id, **DONE)
    api.disable_endpoint(endpoint_id=made.id, **DONE)
    assert only().status == "parked"
    assert api.count_parked(made.id) == 1
    assert api.count_problems() == 0, "who disabled it knows"
    for blocked in (api.send_test, api.replay_failed):
        more = {"since": AT} if blocked is api.replay_failed else {}
        with pytest.raises(Conflict, match="enable it first"):
            blocked(endpoint_id=made.id, **more, **DONE)  # type: ignore[operator]
    with pytest.raises(Conflict):
        api.replay_delivery(delivery_id=only().id, **DONE)
    assert only().status == "parked"
    api.enable_endpoint(endpoint_id=made.id, **DONE)
    api.enable_endpoint(endpoint_id=made.id, **DONE)
    assert only().status == "pending"


def test_a_test_goes_to_who_chose_other_types(listening: StoreInfo) -> None:
    made = make(event_types=["order.placed"])
    sent = api.send_test(endpoint_id=made.id, **DONE)
    row = only()
    assert (row.id, row.event_type, row.position) == (sent.id, "webhook.test", None)
    assert json.loads(row.body)["data"] == {"endpoint_id": str(made.id), "is_test": True}


@pytest.mark.parametrize("status", ["delivered", "failed", "discarded", "pending"])
def test_one_is_replayed(listening: StoreInfo, status: str) -> None:
    make()
    happen(placed())
    row = settle(status, failures=10, lost_leases=3, attempts=10)
    later = AT + timedelta(days=1)
    api.replay_delivery(delivery_id=row.id, by=INES, at=later)
    now = only()
    assert (now.status, now.failures, now.lost_leases, now.attempts) == ("pending", 0, 0, 10)
    assert now.next_attempt_at == later
    assert (now.body, now.webhook_id) == (row.body, row.webhook_id)


def test_what_is_just_being_sent_is_left_alone(listening: StoreInfo) -> None:
    make()
    happen(placed())
    row = settle("sending")
    for refused in (api.replay_delivery, api.discard_delivery):
        with pytest.raises(Conflict, match="right now"):
            refused(delivery_id=row.id, **DONE)
    assert only().status == "sending"


def test_let_go(listening: StoreInfo) -> None:
    make()
    happen(placed())
    row = settle("failed")
    assert api.count_problems() == 1
    api.discard_delivery(delivery_id=row.id, **DONE)
    assert only().status == "discarded"
    assert api.count_problems() == 0
    for status in ("discarded", "delivered"):
        settle(status)
        with pytest.raises(Conflict):
            api.discard_delivery(delivery_id=row.id, **DONE)


def test_all_that_failed_since(listening: StoreInfo) -> None:
    made = make()
    other = make("https://other.example.com/")
    for day in range(3):
        happen(placed(f"#{day}"), at=AT + timedelta(days=day))
    Delivery.objects.update(status="failed", next_attempt_at=None, finished_at=AT)
    count = api.replay_failed(endpoint_id=made.id, since=AT + timedelta(days=1), **DONE)
    assert count == 2
    assert Delivery.objects.filter(endpoint_id=made.id, status="pending").count() == 2
    assert Delivery.objects.filter(endpoint_id=other.id, status="failed").count() == 3


def test_all_of_a_type_since_also_what_was_never_sent(listening: StoreInfo) -> None:
    early = [placed(f"#{nth}") for nth in range(3)]
    happen(*early)
    happen(OrderCanceled(new_id(), None, "customer"))
    made = make()
    happen(placed("#late"), at=AT + timedelta(hours=1))
    body = settle("delivered").body
    again = {"endpoint_id": made.id, "event_type": "order.placed"}
    count = api.replay_events(**again, since=AT, by=INES, at=AT + timedelta(hours=2))  # type: ignore[arg-type]
    assert count == 4
    rows = list(Delivery.objects.order_by("created_at"))
    assert [json.loads(row.body)["data"]["order_number"] for row in rows][-1] == "#late"
    assert rows[-1].body == body
    assert {row.status for row in rows} == {"pending"}
    assert {row.next_attempt_at for row in rows} == {AT + timedelta(hours=2)}
    assert api.replay_events(**again, since=AT, by=INES, at=AT + timedelta(hours=3)) == 0, (  # type: ignore[arg-type]
        "all are due already"
    )
    with pytest.raises(Invalid):
        api.replay_events(endpoint_id=made.id, event_type="order.eaten", since=AT, **DONE)


def test_too_many_to_replay(listening: StoreInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    from doorstep.connectors.webhooks.actions import deliveries

    made = make()
    happen(*[placed(f"#{nth}") for nth in range(4)])
    Delivery.objects.all().delete()
    monkeypatch.setattr(deliveries, "MAX_REPLAYED", 3)
    with pytest.raises(Invalid, match="later beginning"):
        api.replay_events(endpoint_id=made.id, event_type="order.placed", since=AT, **DONE)
    assert not Delivery.objects.exists()


ENDPOINT_ACTIONS: dict[str, Callable[[Any], Any]] = {
    "change": lambda one: api.change_endpoint(endpoint_id=one, url=URL, **DONE),
    "enable": lambda one: api.enable_endpoint(endpoint_id=one, **DONE),
    "disable": lambda one: api.disable_endpoint(endpoint_id=one, **DONE),
    "delete": lambda one: api.delete_endpoint(endpoint_id=one, **DONE),
    "rotate": lambda one: api.rotate_secret(endpoint_id=one, **DONE),
    "reveal": lambda one: api.reveal_secret(endpoint_id=one, **DONE),
    "test": lambda one: api.send_test(endpoint_id=one, **DONE),
    "failed": lambda one: api.replay_failed(endpoint_id=one, since=AT, **DONE),
    "events": lambda one: api.replay_events(
        endpoint_id=one, event_type="order.placed", since=AT, **DONE
    ),
    "get": lambda one: api.get_endpoint(one, at=AT),
}


@pytest.mark.parametrize("name", ENDPOINT_ACTIONS)
def test_another_stores_endpoint_and_a_deleted_one_are_not_there(
    listening: StoreInfo, other_store: StoreInfo, name: str
) -> None:
    with store_scope(other_store.id):
        theirs = make()
    gone = make()
    api.delete_endpoint(endpoint_id=gone.id, **DONE)
    before = list(Endpoint.all_stores.order_by("id").values_list("id", "url", "is_active"))
    for one in (theirs.id, gone.id):
        with pytest.raises(NotFound):
            ENDPOINT_ACTIONS[name](one)
    assert before == list(Endpoint.all_stores.order_by("id").values_list("id", "url", "is_active"))
    assert not Delivery.all_stores.exists()


def test_another_stores_delivery_is_not_there(listening: StoreInfo, other_store: StoreInfo) -> None:
    with store_scope(other_store.id):
        theirs = api.send_test(endpoint_id=make().id, **DONE)
    for do in (
        lambda: api.get_delivery(theirs.id, at=AT),
        lambda: api.replay_delivery(delivery_id=theirs.id, **DONE),
        lambda: api.discard_delivery(delivery_id=theirs.id, **DONE),
    ):
        with pytest.raises(NotFound):
            do()
    assert api.list_deliveries().items == ()
    assert Delivery.all_stores.get().status == "pending"


def test_who_may_not_changes_nothing(listening: StoreInfo) -> None:
    made = make()
    happen(placed())
    row = settle("failed")
    before = Endpoint.objects.values().get()
    denied: dict[str, Any] = {"by": WANDA, "at": AT}
    for do in (
        lambda: api.create_endpoint(url=URL, **denied),
        lambda: api.change_endpoint(endpoint_id=made.id, url=URL + "2", **denied),
        lambda: api.disable_endpoint(endpoint_id=made.id, **denied),
        lambda: api.delete_endpoint(endpoint_id=made.id, **denied),
        lambda: api.rotate_secret(endpoint_id=made.id, **denied),
        lambda: api.reveal_secret(endpoint_id=made.id, **denied),
        lambda: api.send_test(endpoint_id=made.id, **denied),
        lambda: api.replay_delivery(delivery_id=row.id, **denied),
        lambda: api.replay_failed(endpoint_id=made.id, since=AT, **denied),
        lambda: api.discard_delivery(delivery_id=row.id, **denied),
    ):
        with pytest.raises(PermissionDenied):
            do()
    assert before == Endpoint.objects.values().get()
    assert only().status == "failed"


def test_lists_take_as_many_queries_for_one_as_for_many(listening: StoreInfo) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            api.list_endpoints(at=AT)
            api.count_by_endpoint(at=AT)
            api.list_deliveries()
            api.count_problems()
        return len(seen)

    make()
    happen(placed())
    few = count()
    for nth in range(10):
        make(f"https://{nth}.example.com/")
    happen(*[placed(f"#{nth}") for nth in range(20)])
    assert count() == few == 4


def test_pages_and_filters(listening: StoreInfo) -> None:
    made = make()
    happen(*[placed(f"#{nth}") for nth in range(5)])
    first = api.list_deliveries(limit=3)
    second = api.list_deliveries(limit=3, cursor=first.next_cursor)
    assert len({row.id for row in first.items + second.items}) == 5
    assert second.next_cursor == ""
    assert len(api.list_deliveries(endpoint_id=made.id, statuses=["pending"]).items) == 5
    assert api.list_deliveries(statuses=["failed"]).items == ()
    assert api.list_deliveries(event_type="order.canceled").items == ()
    assert len(api.list_deliveries(subject="order:x").items) == 5
    for bad in ({"statuses": ["eaten"]}, {"cursor": "x"}):
        with pytest.raises(Invalid):
            api.list_deliveries(**bad)  # type: ignore[arg-type]


def tried(row: Delivery, number: int, at: Any, error: str = "") -> None:
    Attempt.objects.create(
        store_id=row.store_id,
        delivery_id=row.id,
        endpoint_id=row.endpoint_id,
        number=number,
        at=at,
        signature="v1,x",
        status_code=500 if error else 200,
        error=error,
        duration_ms=1,
    )


def test_the_chart_counts_hour_by_hour(listening: StoreInfo) -> None:
    made = make()
    happen(placed())
    for number, (hours, error) in enumerate([(0, ""), (0, "x"), (1, "x"), (23, ""), (25, "")]):
        tried(only(), number, AT - timedelta(hours=hours), error)
    hours = api.count_by_hour(made.id, at=AT + timedelta(minutes=59))
    assert len(hours) == 24
    assert (hours[-1].taken, hours[-1].failed) == (1, 1)
    assert (hours[-2].taken, hours[-2].failed) == (0, 1)
    assert (hours[0].taken, hours[0].failed) == (1, 0)
    assert api.count_by_endpoint(at=AT) == {made.id: (2, 2)}


def test_clean_up(listening: StoreInfo) -> None:
    make()
    happen(*[placed(f"#{nth}") for nth in range(4)])
    old, fresh, failed, waiting = Delivery.objects.order_by("id")
    for row in (old, fresh, failed):
        tried(row, 1, AT)
    ends = {
        old: ("delivered", AT),
        fresh: ("delivered", AT + timedelta(days=1)),
        failed: ("failed", AT),
    }
    for row, (status, at) in ends.items():
        Delivery.objects.filter(id=row.id).update(
            status=status, finished_at=at, next_attempt_at=None
        )
    assert delete_old(AT + timedelta(days=30, seconds=1)) == 1
    left = set(Delivery.objects.values_list("id", flat=True))
    assert left == {fresh.id, failed.id, waiting.id}
    assert Attempt.objects.count() == 2
    assert delete_old(AT + timedelta(days=91)) == 2
    assert Delivery.objects.get().id == waiting.id


def test_clean_up_of_a_deleted_endpoint(listening: StoreInfo) -> None:
    made, kept = make(), make("https://other.example.com/")
    happen(*[placed(f"#{nth}") for nth in range(3)])
    tried(Delivery.objects.filter(endpoint_id=made.id)[0], 1, AT)
    api.delete_endpoint(endpoint_id=made.id, **DONE)
    assert [one.id for one in api.list_endpoints(at=AT)] == [kept.id]
    assert len(api.list_deliveries().items) == 3
    assert delete_old(AT, limit=2) == 2
    assert Endpoint.objects.count() == 2
    assert delete_old(AT, limit=2) == 1
    assert [one.id for one in Endpoint.objects.all()] == [kept.id]
    assert not Attempt.objects.exists()


BAD: dict[str, tuple[type, dict[str, Any]]] = {
    "endpoint_disabled": (Endpoint, {"is_active": False}),
    "endpoint_deleted": (Endpoint, {"deleted_at": AT}),
    "endpoint_has_url": (Endpoint, {"url": ""}),
    "webhook_status": (Delivery, {"status": "eaten"}),
    "webhook_times": (Delivery, {"status": "pending", "next_attempt_at": None}),
    "webhook_claimed": (Delivery, {"status": "sending"}),
    "attempt_has_outcome": (Attempt, {"status_code": None}),
}


@pytest.mark.parametrize("name", BAD)
def test_the_database_refuses_what_can_not_be(listening: StoreInfo, name: str) -> None:
    make()
    happen(placed())
    tried(only(), 1, AT)
    model, values = BAD[name]
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model.objects.update(**values)  # type: ignore[attr-defined]


def test_once_per_endpoint_and_once_per_number(listening: StoreInfo) -> None:
    make()
    happen(placed())
    row = only()
    tried(row, 1, AT)
    with pytest.raises(IntegrityError, match="attempt_once"), transaction.atomic():
        tried(row, 1, AT)
    row.pk, row._state.adding = new_id(), True
    with pytest.raises(IntegrityError, match="webhook_once_per_endpoint"), transaction.atomic():
        row.save(force_insert=True)
