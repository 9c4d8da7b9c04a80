"""Customers over the API: found, merged, unmerged, exported, erased."""

from __future__ import annotations

import pytest

from doorstep.api.tests.conftest import Caller, Make, make_key
from doorstep.api.tests.scene import Scene, set_scene
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.rooms.stores.contracts import StoreInfo


@pytest.fixture
def scene(call: Caller, order: Make) -> Scene:
    """Three people, two of them merged."""
    return set_scene(call, order)


def test_search(call: Caller, scene: Scene) -> None:
    found = call("GET", "/customers?search=jonas").json()["items"]
    assert [customer["id"] for customer in found] == [scene.other_customer_id]
    first = call("GET", "/customers?limit=1").json()
    second = call("GET", f"/customers?limit=1&cursor={first['next_cursor']}").json()
    assert {first["items"][0]["id"], second["items"][0]["id"]} == {
        scene.customer_id,
        scene.other_customer_id,
    }
    assert second["next_cursor"] == ""


def test_merge_and_undo(call: Caller, scene: Scene) -> None:
    detail = call("GET", f"/customers/{scene.customer_id}").json()
    assert {one["value"] for one in detail["identities"]} == {"maya@example.com", "tom@example.com"}
    assert detail["merges"][0]["id"] == scene.merge_id
    path = f"/customers/{scene.customer_id}/merges"
    assert call("POST", path, {"absorbed_id": scene.customer_id}).status_code == 422
    other = f"/customers/{scene.other_customer_id}/merges/{scene.merge_id}"
    assert call("DELETE", other).status_code == 404
    undone = call("DELETE", f"{path}/{scene.merge_id}")
    assert undone.status_code == 200
    assert undone.json()["undone_by_label"] == "Warehouse system"
    assert call("DELETE", f"{path}/{scene.merge_id}").status_code == 409
    detail = call("GET", f"/customers/{scene.customer_id}").json()
    assert [one["value"] for one in detail["identities"]] == ["maya@example.com"]


def test_export_has_everything(call: Caller, scene: Scene) -> None:
    run_until_idle()
    found = call("GET", f"/customers/{scene.customer_id}/export").json()
    assert {one["value"] for one in found["person"]["identities"]} == {
        "maya@example.com",
        "tom@example.com",
    }
    assert {one["summary"]["email"] for one in found["orders"]} == {
        "maya@example.com",
        "tom@example.com",
    }
    assert {one["to_address"] for one in found["messages"]} >= {"maya@example.com"}
    assert {one["summary"]["order_id"] for one in found["shipments"]} == {
        one["summary"]["id"] for one in found["orders"]
    }
    assert found.keys() >= {"consents", "pauses", "parcels", "update_choices"}


def test_erase_takes_its_own_scope(call: Caller, scene: Scene, store: StoreInfo) -> None:
    path = f"/customers/{scene.other_customer_id}"
    assert make_key(store, "customers.view", "customers.merge")("DELETE", path).status_code == 403
    assert call("GET", path).json()["customer"]["email"] == "jonas@example.com"
    gone = call("DELETE", path)
    assert (gone.status_code, gone.content) == (204, b"")
    erased = call("GET", path).json()
    assert erased["customer"]["email"] == ""
    assert erased["identities"] == []
