"""What the database refuses, whatever the code does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from doorstep.kernel.events.lanes import ensure_cursors
from doorstep.kernel.ids import new_id
from doorstep.rooms.fulfillment.models import (
    Carrier,
    Label,
    Parcel,
    ParcelLine,
    ServiceLevel,
    Shipment,
    ShipmentLine,
)
from doorstep.rooms.fulfillment.tests.cast import AT, line, order, pack, place, sent
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipment(store: StoreInfo) -> Shipment:
    """A packed shipment of two pieces in one parcel."""
    ensure_cursors()
    [order_id] = place(order(lines=[line("TEA", 2)]))
    return Shipment.objects.get(id=pack(sent(order_id)[0]).summary.id)


def refused(name: str, act: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("shipment_state", {"state": "lost"}),
        ("shipment_source", {"source": "moon"}),
        ("shipment_nth", {"nth": 0}),
        ("shipment_picked_at_by", {"picked_at": AT}),
        ("shipment_packed_at_by", {"packed_by": ""}),
        ("shipment_shipped_at_by", {"shipped_by": "user:x"}),
        ("shipment_canceled_at_by", {"canceled_at": AT}),
        ("shipment_state_fits", {"state": "to_pack"}),
        ("shipment_state_fits", {"state": "shipped"}),
        ("shipment_state_fits", {"canceled_at": AT, "canceled_by": "user:x"}),
        ("shipment_external", {"external_id": "1"}),
        ("shipment_created_by", {"created_by": ""}),
        ("shipment_new_date", {"new_ship_by_date": "2026-01-01"}),
        (
            "shipment_watch",
            {"state": "shipped", "shipped_at": AT, "shipped_by": "user:x", "watch_at": AT},
        ),
        (
            "shipment_hold_has_words",
            {"state": "on_hold", "packed_at": None, "packed_by": "", "hold_words": ""},
        ),
    ],
)
def test_bad_shipments(shipment: Shipment, name: str, values: dict[str, Any]) -> None:
    refused(name, lambda: Shipment.objects.filter(id=shipment.id).update(**values))


def test_no_piece_is_sent_or_packed_twice(shipment: Shipment) -> None:
    [own] = ShipmentLine.objects.filter(shipment=shipment)
    [inside] = ParcelLine.objects.all()
    twin = Shipment.objects.get(id=shipment.id)
    twin.id, twin.nth, twin.number = new_id(), 2, "#1001-2"

    def send_again() -> None:
        twin.save(force_insert=True)
        ShipmentLine.objects.create(
            store_id=shipment.store_id, shipment=twin, order_line_id=own.order_line_id, quantity=1
        )

    refused("nothing_sent_twice|more pieces in shipments", send_again)
    refused(
        "more pieces in shipments",
        lambda: ShipmentLine.objects.filter(id=own.id).update(quantity=3),
    )
    refused(
        "more pieces in parcels",
        lambda: ParcelLine.objects.filter(id=inside.id).update(quantity=3),
    )
    refused("shipment_line_quantity", lambda: ShipmentLine.objects.update(quantity=0))
    refused("parcel_line_quantity", lambda: ParcelLine.objects.update(quantity=0))
    refused("parcel_line_is_one_thing", lambda: ParcelLine.objects.update(extra="sample"))


def test_bad_parcels_and_labels(shipment: Shipment) -> None:
    [parcel] = Parcel.objects.all()
    refused("parcel_number_key", lambda: Parcel.objects.update(tracking_number="1"))
    refused("parcel_position_from_1", lambda: Parcel.objects.update(position=0))

    def label(**more: Any) -> Label:
        given = {
            "store_id": parcel.store_id,
            "shipment": shipment,
            "parcel": parcel,
            "provider": "manual",
            "state": "requested",
            "requested_at": AT,
            "requested_by": "user:wanda",
        }
        return Label.objects.create(**given | more)

    label()
    refused("one_label_per_parcel", label)
    refused("label_state", lambda: Label.objects.update(state="made"))
    refused("label_state", lambda: Label.objects.update(state="voided"))
    refused("label_cost", lambda: Label.objects.update(cost_minor=5))


def test_bad_carriers(store: StoreInfo) -> None:
    def carrier(code: str = "dhl", **more: Any) -> Carrier:
        given = {"store_id": store.id, "code": code, "name": "DHL", "created_at": AT}
        return Carrier.objects.create(**given | more)

    first = carrier(is_default=True)
    refused("carrier_code_once", carrier)
    refused("one_default_carrier", lambda: carrier("ups", is_default=True))
    refused("carrier_code", lambda: carrier("No!"))
    refused("carrier_named", lambda: carrier("ups", name=""))
    refused("carrier_tracking_url", lambda: carrier("ups", tracking_url="javascript:{number}"))
    refused("carrier_default_is_active", lambda: Carrier.objects.update(is_active=False))
    refused(
        "service_level_days",
        lambda: ServiceLevel.objects.create(
            store_id=store.id,
            carrier=first,
            code="x",
            name="X",
            transit_days_min=3,
            transit_days_max=1,
        ),
    )
