"""What Shopify says about sendings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from doorstep.connectors.base.contracts import (
    Ignored,
    NormalizeContext,
    OrderReceived,
    Rejected,
    ShipmentReceived,
)
from doorstep.connectors.base.payload import parse_json
from doorstep.connectors.shopify.normalize import normalize
from doorstep.connectors.shopify.tests.payloads import order
from doorstep.rooms.fulfillment.contracts import IncomingParcel

CONTEXT = NormalizeContext(currency="EUR", received_at=datetime(2026, 3, 6, tzinfo=UTC))


def fulfillment(**changes: Any) -> dict[str, Any]:
    """Return a sending of two pieces in two parcels."""
    return {
        "id": 255858046,
        "order_id": 9007199254740993,
        "status": "success",
        "created_at": "2026-03-03T09:00:00+01:00",
        "updated_at": "2026-03-03T10:00:00+01:00",
        "tracking_company": "DHL Express",
        "tracking_number": "JJD1",
        "tracking_numbers": ["JJD1", "JJD2"],
        "tracking_urls": ["https://dhl.example/JJD1"],
        "line_items": [{"id": 11, "quantity": 2, "requires_shipping": True}],
    } | changes


def read(body: Any, topic: str = "fulfillments/create") -> Any:
    [outcome] = normalize(parse_json(json.dumps(body).encode()), topic, CONTEXT)
    return outcome


def test_a_sending_with_two_parcels() -> None:
    found = read(fulfillment())
    assert isinstance(found, ShipmentReceived)
    sending = found.shipment
    assert (sending.external_id, sending.order_external_id) == ("255858046", "9007199254740993")
    assert sending.shipped_at == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert sending.version_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert sending.lines == (("11", 2),)
    assert sending.parcels == (
        IncomingParcel("JJD1", "DHL Express", "https://dhl.example/JJD1"),
        IncomingParcel("JJD2", "DHL Express", ""),
    )
    assert read(fulfillment(status="cancelled"), "fulfillments/update").shipment.is_canceled


def test_what_has_not_left_or_is_never_sent_is_left_out() -> None:
    for status in ("pending", "open", "error", "failure"):
        assert isinstance(read(fulfillment(status=status)), Ignored)
    download = [{"id": 11, "quantity": 1, "requires_shipping": False}]
    assert isinstance(read(fulfillment(line_items=download)), Ignored)
    assert isinstance(read(fulfillment(order_id=None)), Rejected)


def test_an_order_brings_its_sendings_and_is_not_lost_for_a_bad_one() -> None:
    found = read(order(fulfillments=[fulfillment(tracking_numbers=[])]), "orders/updated")
    assert isinstance(found, OrderReceived)
    [sending] = found.shipments
    assert [one.tracking_number for one in sending.parcels] == ["JJD1"]
    bad = [fulfillment(), fulfillment(created_at="yesterday")]
    found = read(order(fulfillments=bad), "orders/updated")
    assert isinstance(found, OrderReceived)
    assert len(found.shipments) == 1
    assert any("left out a fulfillment" in one for one in found.order.warnings)
