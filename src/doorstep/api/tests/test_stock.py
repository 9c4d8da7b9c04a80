"""Stock over the API: corrected on one shelf, set on many."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.api.tests.conftest import BY, OPENED_AT, Caller
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.inventory import api as inventory

Place = dict[str, Any]


@pytest.fixture
def place(call: Caller) -> Place:
    """A shelf for Darjeeling in Berlin."""
    product = ListedProduct("1", "Darjeeling", variants=(ListedVariant("", sku="TEA-DJ-100"),))
    catalog.upsert_products([product], channel="api", at=OPENED_AT)
    location = inventory.create_location(name="Berlin", by=BY, at=OPENED_AT)
    return {"sku": "TEA-DJ-100", "location_id": str(location.id)}


def test_adjustments(call: Caller, place: Place) -> None:
    path = "/stock/adjustments"
    level = call("POST", path, place | {"delta": 10, "reason": "received"})
    assert (level.status_code, level.json()["on_hand"]) == (201, 10)
    assert call("POST", path, place | {"delta": -11, "reason": "lost"}).status_code == 409
    by_id = {"variant_id": level.json()["variant_id"], "location_id": place["location_id"]}
    counted = call("POST", path, by_id | {"on_hand": 7, "reason": "counted"})
    assert counted.json()["on_hand"] == 7
    row = call("GET", "/stock?search=TEA").json()["items"][0]
    assert (row["on_hand"], row["levels"][0]["location_name"]) == (7, "Berlin")
    assert call("GET", "/locations").json()[0]["name"] == "Berlin"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sku": "NONE"}, "sku"),
        ({"sku": "", "variant_id": str(uuid4())}, "variant_id"),
        ({"location_id": str(uuid4())}, "location_id"),
        ({"variant_id": str(uuid4())}, ""),
        ({"delta": None}, "delta"),
        ({"delta": 10**12}, "delta"),
        ({"delta": "5"}, "delta"),
        ({"reason": "shipped"}, "reason"),
    ],
)
def test_adjustments_that_do_not_fit(
    call: Caller, place: Place, changes: dict[str, Any], field: str
) -> None:
    body = place | {"delta": 1, "reason": "received"} | changes
    answer = call("POST", "/stock/adjustments", body)
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["field"] == field
    assert call("GET", "/stock").json()["items"] == []


def test_counts_are_all_or_nothing(call: Caller, place: Place) -> None:
    good, bad = place | {"on_hand": 5}, place | {"on_hand": 5, "sku": "NONE"}
    refused = call("PUT", "/stock/counts", {"counts": [good, bad]})
    assert refused.json()["errors"] == [{"field": "counts.1.sku", "message": "No such variant."}]
    assert call("GET", "/stock").json()["items"] == []
    counts = {"counts": [good]}
    assert call("PUT", "/stock/counts", counts).json() == {"changed": 1, "unchanged": 0}
    assert call("PUT", "/stock/counts", counts).json() == {"changed": 0, "unchanged": 1}
    assert call("PUT", "/stock/counts", {"counts": [good, good]}).status_code == 422


def test_counting_many_takes_as_many_queries_as_one(call: Caller, place: Place) -> None:
    variants = tuple(ListedVariant(str(n), sku=f"CUP-{n}") for n in range(60))
    catalog.upsert_products(
        [ListedProduct("2", "Cup", variants=variants)], channel="api", at=OPENED_AT
    )

    def count(skus: list[str]) -> int:
        counts = [place | {"sku": sku, "on_hand": 3} for sku in skus]
        with CaptureQueriesContext(connection) as queries:
            assert call("PUT", "/stock/counts", {"counts": counts}).json()["changed"] == len(skus)
        return len(queries)

    count(["TEA-DJ-100"])
    assert count([f"CUP-{n}" for n in range(1, 51)]) == count(["CUP-0"])


def test_another_stores_shelf(call: Caller, stranger: Caller, place: Place) -> None:
    body = place | {"delta": 1, "reason": "received"}
    assert stranger("POST", "/stock/adjustments", body).status_code == 422
    assert stranger("GET", "/locations").json() == []
