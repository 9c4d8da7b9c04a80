"""Products and profiles over the API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from doorstep.api.tests.conftest import OPENED_AT, Caller
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim


@pytest.fixture
def tea(call: Caller) -> str:
    """The path of a product."""
    product = ListedProduct("1", "Darjeeling", variants=(ListedVariant("", sku="TEA-DJ-100"),))
    catalog.upsert_products([product], channel="api", at=OPENED_AT)
    return f"/products/{catalog.find_products_by_sku(['TEA-DJ-100'])['TEA-DJ-100']}"


def test_care_texts(call: Caller, stranger: Caller, tea: str) -> None:
    body: dict[str, Any] = {
        "how_to": "Three minutes.",
        "run_out_days": 30,
        "translations": {"de": {"how_to": "Drei Minuten."}},
    }
    written = call("PUT", f"{tea}/care", body)
    assert written.status_code == 200, written.content
    assert call("PUT", f"{tea}/care", {"care": "Dry."}).json()["texts"] == {
        "how_to": "Three minutes.",
        "care": "Dry.",
    }
    assert call("GET", tea).json()["translations"]["de"]["how_to"] == "Drei Minuten."
    assert call("GET", "/products?search=TEA").json()["items"][0]["run_out_days"] == 30
    assert call("GET", "/products?missing=care").json()["items"] == []
    assert call("PUT", f"{tea}/care", {"never_runs_out": True}).json()["run_out_days"] is None
    for wrong in (
        {"run_out_days": 0},
        {"page_url": "javascript:x"},
        {"translations": {"xx-not-a-language": {"care": "x"}}},
        {"washing": "x"},
    ):
        assert call("PUT", f"{tea}/care", wrong).status_code == 422
    assert stranger("GET", tea).status_code == 404
    assert stranger("PUT", f"{tea}/care", {"care": "x"}).status_code == 404
    assert call("GET", f"/products/{uuid4()}").status_code == 404


def test_profiles(call: Caller, stranger: Caller) -> None:
    [maya] = customers.resolve_customers([PersonClaim(email="maya@example.com")], at=OPENED_AT)
    path = f"/customers/{maya}/profile"
    body = {
        "birthday": {"day": 29, "month": 2},
        "favorite_holiday": "diwali",
        "sizes": {"Shoes": "38"},
    }
    told = call("PUT", path, body).json()
    assert told["birthday"] == {"day": 29, "month": 2, "year": None}
    assert call("PUT", path, {"interests": ["tea"]}).json()["sizes"] == {"Shoes": "38"}
    assert call("PUT", path, {"forget_birthday": True}).json()["birthday"] is None
    assert {"key": "diwali", "label": "Diwali"} in call("GET", "/holidays").json()
    for wrong in ({"birthday": {"day": 30, "month": 2}}, {"favorite_holiday": "pancakes"}):
        assert call("PUT", path, wrong).status_code == 422
    assert stranger("PUT", path, {"interests": ["x"]}).status_code == 404
