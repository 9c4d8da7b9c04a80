"""The public catalogue: examples that hold, names that stay, nothing personal."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from doorstep.connectors.webhooks import handlers as _handlers  # noqa: F401 (registers all)
from doorstep.connectors.webhooks.catalog import (
    PublicType,
    all_types,
    event_names,
    publish_as,
    translate,
)
from doorstep.connectors.webhooks.public_events import OrderPlacedData
from doorstep.connectors.webhooks.tests.conftest import AT, INES, placed
from doorstep.kernel.events.registry import Recorded, type_of
from doorstep.kernel.ids import new_id
from doorstep.rooms.fulfillment.events import ShipmentShipped
from doorstep.rooms.orders.events import (
    OrderPlaced,
    OrderRefunded,
    OrderShipped,
    OrderShippedOnPlatform,
    OrderUpdated,
)
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking.events import EstimateRevised, ParcelDelivered, ParcelMoved

# What receivers rely on: a name may be added here, none may go or change.
NAMES = {
    *("order.placed", "order.updated", "order.on_hold", "order.released", "order.canceled"),
    *("order.refunded", "order.shipped", "order.delivered"),
    "journey.step_reached",
    *("shipment.created", "shipment.packed", "shipment.shipped", "shipment.canceled"),
    *("parcel.in_transit", "parcel.out_for_delivery", "parcel.delivered", "parcel.attempt_failed"),
    *("parcel.available_for_pickup", "parcel.exception", "parcel.late", "parcel.stalled"),
    *("parcel.lost", "parcel.returned", "parcel.estimate_revised", "parcel.alarm_ended"),
    *("parcel.delivery_taken_back", "parcel.reported_missing", "webhook.test"),
    "return.requested",
    "return.approved",
    "return.received",
    "return.refunded",
    "return.closed",
}
PERSONAL = re.compile(r"email|phone|name|address|note|postal|city|description|tracking_number")


def recorded(event: Any, at: datetime = AT) -> Recorded:
    return Recorded(
        position=7,
        id=new_id(),
        store_id=new_id(),
        name=type_of(type(event)).name,
        event=event,
        key="k",
        subject="order:x",
        at=at,
        by=INES,
    )


def parcel(**more: Any) -> dict[str, Any]:
    ids = ("tracker_id", "parcel_id", "order_id", "customer_id")
    return {name: new_id() for name in ids} | more


def types_of(event: Any) -> list[str]:
    return [fact.type for fact in translate([recorded(event)])]


def test_the_names_stay() -> None:
    assert {one.name for one in all_types()} == NAMES


@pytest.mark.parametrize("one", all_types(), ids=lambda one: one.name)
def test_each_type_is_documented_with_an_example_that_fits(one: PublicType) -> None:
    assert len(one.summary) > 15
    example = json.loads(json.dumps(one.example))
    assert set(example) == {"type", "timestamp", "sequence", "data"}
    assert example["type"] == one.name
    assert one.data.model_validate(example["data"])
    assert not [name for name in one.data.model_fields if PERSONAL.search(name)]


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="two public events"):
        publish_as("order.placed", OrderPlaced, OrderPlacedData)


def test_payload(store: StoreInfo) -> None:
    event = recorded(placed(is_test=True))
    fact = translate([event])[0]
    assert json.loads(fact.body) == {
        "type": "order.placed",
        "timestamp": "2026-03-02T09:00:00.000000Z",
        "sequence": 7,
        "data": {
            "order_id": str(event.event.order_id),
            "order_number": "#1001",
            "sales_channel": "shopify",
            "customer_id": str(event.event.customer_id),
            "is_test": True,
            "state": "ready",
            "currency": "EUR",
            "total_minor": 3390,
            "item_count": 2,
        },
    }
    again = translate([event])[0]
    assert again == fact, "a replay would not be recognized"
    assert re.fullmatch(r"msg_[0-9a-f]{32}", fact.webhook_id)


def test_history_and_old_news_are_not_told(store: StoreInfo) -> None:
    order_id, customer_id = new_id(), new_id()
    assert types_of(OrderUpdated(order_id, customer_id, ["lines"], is_history=True)) == []
    assert types_of(OrderRefunded(order_id, customer_id, new_id(), "EUR", 5, is_history=True)) == []
    moved = {"status": "in_transit", "substatus": "", "previous_status": "pending"}
    assert types_of(ParcelMoved(**parcel(**moved), occurred_at=AT, is_backfill=True)) == []
    assert types_of(ParcelMoved(**parcel(**moved), occurred_at=AT)) == ["parcel.in_transit"]


def test_statuses_that_nobody_waits_for_are_not_told(store: StoreInfo) -> None:
    moved = {"status": "info_received", "substatus": "", "previous_status": "pending"}
    assert types_of(ParcelMoved(**parcel(**moved), occurred_at=AT)) == []


def test_one_event_may_mean_two_things(store: StoreInfo) -> None:
    last = ParcelDelivered(**parcel(), delivered_at=AT, is_whole_order=True, is_test=True)
    facts = translate([recorded(last)])
    assert {fact.type for fact in facts} == {"order.delivered", "parcel.delivered"}
    assert len({fact.webhook_id for fact in facts}) == 2
    assert all(json.loads(fact.body)["data"]["is_test"] for fact in facts)


@pytest.mark.parametrize("source", ["own", "platform"])
def test_a_shipment_is_not_its_order(store: StoreInfo, source: str) -> None:
    left = ShipmentShipped(new_id(), new_id(), None, "#1-1", source, AT, [], is_whole_order=True)
    assert types_of(left) == ["shipment.shipped"]
    assert types_of(OrderShipped(new_id(), None, AT)) == ["order.shipped"]
    assert types_of(OrderShippedOnPlatform(new_id(), None)) == ["order.shipped"]


def test_a_parcel_nobody_knows_yet(store: StoreInfo) -> None:
    event = EstimateRevised(
        new_id(), None, None, None, date(2026, 3, 4), date(2026, 3, 5), None, "carrier", "delayed"
    )
    data = json.loads(translate([recorded(event)])[0].body)["data"]
    assert data["order_id"] is None
    assert data["order_number"] == ""
    assert data["to_date"] == "2026-03-05"


def test_only_what_is_wanted(store: StoreInfo) -> None:
    event = recorded(placed())
    assert translate([event], {"order.canceled"}) == []
    assert len(translate([event], {"order.placed"})) == 1


def test_which_events_a_type_is_made_from() -> None:
    assert event_names("order.shipped") == [
        "orders.order_shipped_on_platform",
        "orders.order_shipped",
    ]
    assert event_names("webhook.test") == []


def test_times_are_utc_and_ids_are_ids(store: StoreInfo) -> None:
    for one in all_types():
        assert one.example["timestamp"].endswith("Z")
        for name, value in one.example["data"].items():
            if name.endswith("_id") and value:
                assert UUID(value)
    assert datetime.fromisoformat("2026-03-02T09:00:00.000000Z") == datetime(
        2026, 3, 2, 9, tzinfo=UTC
    )
