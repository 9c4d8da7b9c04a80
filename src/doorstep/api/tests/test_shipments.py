"""Shipments over the API: packed, split, shipped, and what is refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.api.tests.conftest import Caller, Make
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle

Shipment = dict[str, Any]


@pytest.fixture
def shipment(call: Caller, order: Make) -> Shipment:
    """The one shipment of an order."""
    ensure_cursors()
    order_id = call("POST", "/orders", order("1")).json()["order_id"]
    run_until_idle()
    [found] = call("GET", f"/orders/{order_id}/shipments").json()
    return found


def lines_of(found: Shipment) -> list[dict[str, Any]]:
    return [
        {"line_id": one["order_line_id"], "quantity": one["quantity"]} for one in found["things"]
    ]


def test_packed_numbered_and_shipped(call: Caller, shipment: Shipment) -> None:
    path = f"/shipments/{shipment['summary']['id']}"
    listed = call("GET", "/shipments?state=to_pack").json()["items"]
    assert [one["number"] for one in listed] == [shipment["summary"]["number"]]
    assert call("POST", f"{path}/shipping", {}).status_code == 409
    body = {"parcels": [{"lines": lines_of(shipment), "weight_grams": 400}]}
    packed = call("POST", f"{path}/packing", body)
    assert (packed.status_code, packed.json()["summary"]["state"]) == (200, "packed")
    assert call("POST", f"{path}/packing", body).json()["parcels"] == packed.json()["parcels"]
    assert call("POST", f"{path}/reopening", {"reason": "Wrong box"}).status_code == 200
    [parcel] = call("POST", f"{path}/packing", body).json()["parcels"]
    number = {"tracking_number": "1Z999AA10123456784"}
    changed = call("PUT", f"/packages/{parcel['id']}/tracking-number", number).json()
    assert (changed["carrier"], changed["tracking_number"]) == ("ups", number["tracking_number"])
    answer = call("POST", "/manifests", {"shipment_ids": [shipment["summary"]["id"]]}).json()
    assert (answer["shipped"], answer["refused"]) == (1, 0)
    assert call("GET", path).json()["summary"]["state"] == "shipped"
    order_id = shipment["summary"]["order_id"]
    assert call("GET", f"/orders/{order_id}").json()["summary"]["state"] == "shipped"
    found = call("GET", "/shipments?search=1Z999AA101").json()["items"]
    assert [one["id"] for one in found] == [shipment["summary"]["id"]]


def test_nothing_is_sent_of_an_order_that_is_not_there(call: Caller) -> None:
    assert call("POST", f"/orders/{uuid4()}/shipments").status_code == 404


def test_what_is_wrong_is_named(call: Caller, shipment: Shipment) -> None:
    path = f"/shipments/{shipment['summary']['id']}"
    one = {"line_id": str(uuid4()), "quantity": 1}
    wrong = call("POST", f"{path}/packing", {"parcels": [{"lines": [one]}]})
    assert wrong.status_code == 422
    assert one["line_id"] in str(wrong.json())
    assert call("POST", f"{path}/split", {"later": lines_of(shipment)}).status_code == 422
    assert call("GET", f"/shipments/{uuid4()}").status_code == 404
    assert call("GET", f"/orders/{uuid4()}/shipments").status_code == 404
    assert call("POST", "/manifests", {"shipment_ids": [str(uuid4())]}).status_code == 404
    assert call("GET", "/shipments?cursor=abc").status_code == 422
    order_id = shipment["summary"]["order_id"]
    assert call("POST", f"/orders/{order_id}/shipments", {}).status_code == 409


def test_carriers(call: Caller, shipment: Shipment) -> None:
    level = {"code": "paket", "name": "Paket", "shipping_methods": ["Standard"]}
    made = call("PUT", "/carriers/dhl", {"service_levels": [level], "is_default": True})
    assert (made.status_code, made.json()["name"]) == (200, "DHL")
    again = call("PUT", "/carriers/dhl", {"name": "DHL Paket", "service_levels": [level]}).json()
    assert again["service_levels"][0]["id"] == made.json()["service_levels"][0]["id"]
    assert call("PUT", "/carriers/Not a code", {}).status_code == 422
    assert call("PUT", "/carriers/bike", {"name": "Bike", "tracking_url": "x"}).status_code == 422
    assert [one["code"] for one in call("GET", "/carriers").json()] == ["dhl"]


def test_a_list_takes_as_many_queries_as_one(call: Caller, order: Make) -> None:
    ensure_cursors()

    def count() -> int:
        run_until_idle()
        with CaptureQueriesContext(connection) as caught:
            call("GET", "/shipments?state=to_pack")
        return len(caught)

    call("POST", "/orders", order("1"))
    few = count()
    for nth in range(2, 8):
        call("POST", "/orders", order(str(nth)))
    assert count() == few
