"""Tracking numbers beside WooCommerce's orders."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from doorstep.connectors.base.contracts import Ignored, NormalizeContext, OrderReceived
from doorstep.connectors.base.payload import parse_json
from doorstep.connectors.woocommerce.normalize import normalize
from doorstep.connectors.woocommerce.tests.payloads import order
from doorstep.rooms.fulfillment.contracts import IncomingParcel

CONTEXT = NormalizeContext(zone=ZoneInfo("Europe/Berlin"), currency="EUR")
ITEMS = [
    {"tracking_provider": "fedex", "tracking_number": "1175", "date_shipped": "1772524800"},
    {"custom_tracking_provider": "Bike", "tracking_number": "7", "date_shipped": "2026-03-04"},
    {"tracking_provider": "ups", "tracking_number": "", "date_shipped": ""},
]


def read(value: Any) -> Any:
    body = order(meta_data=[{"key": "_wc_shipment_tracking_items", "value": value}])
    [outcome] = normalize(parse_json(json.dumps(body).encode()), "order.updated", CONTEXT)
    assert isinstance(outcome, OrderReceived)
    return outcome.shipments


@pytest.mark.parametrize("value", [ITEMS, dict(enumerate(ITEMS))])
def test_all_numbers_of_an_order_are_one_sending(value: Any) -> None:
    [sending] = read(value)
    assert sending.external_id == "tracking:727"
    assert sending.lines == ()
    assert sending.parcels == (IncomingParcel("1175", "fedex"), IncomingParcel("7", "Bike"))
    assert sending.shipped_at <= datetime(2026, 3, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize("value", [[], "", None, [{}], "nonsense", [{"tracking_number": ""}], 5])
def test_without_a_number_nothing_was_sent(value: Any) -> None:
    assert read(value) == ()


def test_a_number_on_its_own_comes_with_its_order() -> None:
    [outcome] = normalize({"tracking_provider": "UPS", "tracking_number": "1"}, "", CONTEXT)
    assert isinstance(outcome, Ignored)
