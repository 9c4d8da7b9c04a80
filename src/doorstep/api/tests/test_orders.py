"""Orders over the API: brought, read, held, mended."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.api.tests.conftest import Caller, Make
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter


def test_new_order_is_kept_and_readable(call: Caller, order: Make) -> None:
    answer = call("POST", "/orders", order())
    assert answer.status_code == 201, answer.content
    recorded = answer.json()
    assert recorded["outcome"] == "placed"
    detail = call("GET", f"/orders/{recorded['order_id']}").json()
    assert detail["summary"]["number"] == "#1001"
    assert detail["totals"]["total_minor"] == 3390
    assert detail["shipping_address"]["city"] == "Berlin"
    names = [e["name"] for e in call("GET", f"/orders/{recorded['order_id']}/events").json()]
    assert "orders.order_placed" in names


def test_known_order_is_answered_200(call: Caller, order: Make) -> None:
    first = call("POST", "/orders", order()).json()
    again = call("POST", "/orders", order())
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert again.json()["order_id"] == first["order_id"]
    newer = order(updated_at="2199-01-01T00:00:00Z", note="Ring twice")
    assert call("POST", "/orders", newer).json()["outcome"] == "updated"


def test_channels_keep_ids_apart(call: Caller, order: Make) -> None:
    first = call("POST", "/orders", order()).json()
    second = call("POST", "/orders", order() | {"sales_channel": "fair"}).json()
    assert first["order_id"] != second["order_id"]


def test_total_that_is_not_the_sum_is_refused(call: Caller, order: Make) -> None:
    answer = call("POST", "/orders", order(total_minor=3391))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "total_minor", "message": "The parts sum up to 3390, not to 3391."}
    ]
    assert orders.count_orders().all == 0


def test_bulk_keeps_the_good_beside_the_bad(call: Caller, order: Make) -> None:
    bad = order("1002")
    bad["lines"][0]["quantity"] = -1
    twice = order("1003")
    twice["lines"] *= 2
    answer = call(
        "POST",
        "/orders/bulk",
        {"orders": [order("1001"), bad, 5, twice, order("1004", total_minor=1), order("1005")]},
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert [one["outcome"] for one in body["results"]] == [
        "placed",
        "rejected",
        "rejected",
        "rejected",
        "rejected",
        "placed",
    ]
    assert (body["accepted"], body["rejected"]) == (2, 4)
    assert body["results"][1]["external_id"] == "1002"
    assert body["results"][1]["errors"][0]["field"] == "lines.0.quantity"
    assert body["results"][3]["errors"][0]["field"] == "lines"
    assert body["results"][4]["errors"][0]["field"] == "total_minor"
    assert orders.count_orders().all == 2


def test_one_strange_item_takes_no_other_with_it(call: Caller, order: Make) -> None:
    strange = order("1002") | {"\x00\ud800": 1, "external_id": "a\x00\ud800b"}
    answer = call("POST", "/orders/bulk", {"orders": [strange, order("1001")]}, key="strange")
    assert answer.status_code == 200, answer.content
    assert [one["outcome"] for one in answer.json()["results"]] == ["rejected", "placed"]


@pytest.mark.parametrize("count", [0, 501])
def test_bulk_has_bounds(call: Caller, order: Make, count: int) -> None:
    answer = call("POST", "/orders/bulk", {"orders": [order(str(n)) for n in range(count)]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "orders"


def test_bulk_of_a_hundred_takes_as_many_queries_as_of_one(call: Caller, order: Make) -> None:
    def bring(first: int, count: int) -> int:
        batch = [
            order(str(n), person={"email": f"shopper{n}@example.com", "name": f"Shopper {n}"})
            for n in range(first, first + count)
        ]
        with CaptureQueriesContext(connection) as queries:
            assert call("POST", "/orders/bulk", {"orders": batch}).json()["accepted"] == count
        return len(queries)

    bring(1, 2)  # what is made once: the thing in the catalog, the key's last use
    assert bring(2000, 100) == bring(1000, 1)


def test_history_messages_nobody(call: Caller, order: Make) -> None:
    batch = {"mode": "history", "orders": [order(str(n)) for n in range(20)]}
    outcomes = {one["outcome"] for one in call("POST", "/orders/bulk", batch).json()["results"]}
    assert outcomes == {"imported"}
    run_until_idle()
    assert messaging.list_messages().items == ()
    assert orders.list_orders(OrderFilter(state="history")).items
    live = call("POST", "/orders", order("live")).json()
    run_until_idle()
    found = call("GET", f"/messages?order_id={live['order_id']}").json()["items"]
    assert [message["kind"] for message in found] == ["order_confirmation"]
    detail = call("GET", f"/messages/{found[0]['id']}").json()
    assert detail["decisions"][0]["trace"]
    assert "html" not in str(detail)


def test_list_pages_by_cursor(call: Caller, order: Make) -> None:
    call("POST", "/orders/bulk", {"orders": [order(str(n)) for n in range(5)]})
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = call("GET", f"/orders?limit=2&cursor={cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert (len(set(seen)), pages) == (5, 3)


def test_filters(call: Caller, order: Make) -> None:
    call("POST", "/orders/bulk", {"orders": [order("1"), order("2", financial_status="pending")]})
    held = call("GET", "/orders?hold_reason=payment_pending").json()["items"]
    assert [item["number"] for item in held] == ["#2"]
    assert len(call("GET", "/orders?search=maya").json()["items"]) == 2
    assert call("GET", "/orders?placed_to=2020-01-01").json()["items"] == []
    assert call("GET", "/orders?state=lost").status_code == 422


def test_hold_and_release(call: Caller, order: Make) -> None:
    order_id = call("POST", "/orders", order()).json()["order_id"]
    hold = call("POST", f"/orders/{order_id}/holds", {"note": "Wrong jar"})
    assert hold.status_code == 201, hold.content
    assert call("POST", f"/orders/{order_id}/holds", {}).status_code == 409
    assert call("GET", f"/orders/{order_id}").json()["summary"]["state"] == "on_hold"
    gone = call("DELETE", f"/orders/{order_id}/holds/{hold.json()['id']}")
    assert (gone.status_code, gone.json()["lifted_how"]) == (200, "released")
    assert call("GET", f"/orders/{order_id}").json()["summary"]["state"] == "ready"


def test_address_note_and_confirmation(call: Caller, order: Make) -> None:
    order_id = call("POST", "/orders", order()).json()["order_id"]
    address = order()["shipping_address"] | {"line1": "Torstraße 1"}
    mended = call("PUT", f"/orders/{order_id}/shipping-address", address)
    assert mended.json()["shipping_address"]["line1"] == "Torstraße 1"
    assert mended.json()["address_is_edited"]
    note = call("POST", f"/orders/{order_id}/notes", {"text": "Called her."})
    assert (note.status_code, note.json()["written_by_label"]) == (201, "Warehouse system")
    asked = call("POST", f"/orders/{order_id}/confirmation")
    assert asked.status_code == 202
    assert call("GET", f"/messages/{asked.json()['message_id']}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/orders/{order}", None),
        ("GET", "/orders/{order}/events", None),
        ("POST", "/orders/{order}/holds", {}),
        ("PUT", "/orders/{order}/shipping-address", {"city": "Rome"}),
        ("POST", "/orders/{order}/notes", {"text": "x"}),
        ("POST", "/orders/{order}/confirmation", None),
        ("DELETE", "/orders/{order}/holds/{order}", None),
        ("GET", "/customers/{customer}", None),
        ("GET", "/customers/{customer}/export", None),
        ("DELETE", "/customers/{customer}", None),
        ("POST", "/customers/{customer}/merges", {"absorbed_id": str(uuid4())}),
        ("GET", "/messages/{message}", None),
    ],
)
def test_another_stores_things_are_404(
    call: Caller, stranger: Caller, order: Make, method: str, path: str, body: Any
) -> None:
    order_id = call("POST", "/orders", order()).json()["order_id"]
    run_until_idle()
    ids = {
        "order": order_id,
        "customer": call("GET", f"/orders/{order_id}").json()["summary"]["customer_id"],
        "message": call("GET", "/messages").json()["items"][0]["id"],
    }
    answer = stranger(method, path.format(**ids), body)
    assert answer.status_code == 404, answer.content
    assert answer.json()["type"].endswith("/not_found")
    assert stranger("GET", "/orders").json()["items"] == []
