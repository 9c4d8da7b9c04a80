"""A store with one of everything that has an address of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from doorstep.api.tests.conftest import BY, Caller, Make
from doorstep.connectors.base.api import connect_shop
from doorstep.connectors.base.intake.working import work_off
from doorstep.connectors.base.models import Delivery
from doorstep.connectors.webhooks import api as webhooks
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import ParcelContents
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.wallet import api as wallet


@dataclass(frozen=True)
class Scene:
    """Ids, as texts, under the names that addresses call them."""

    order_id: str
    hold_id: str
    customer_id: str
    other_customer_id: str
    merge_id: str
    message_id: str
    delivery_id: str
    variant_id: str
    location_id: str
    shipment_id: str
    parcel_id: str
    carrier_code: str
    endpoint_id: str
    webhook_delivery_id: str
    gift_card_id: str
    reference: str


def set_scene(call: Caller, order: Make) -> Scene:
    """Bring three orders of three people, hold one, merge two, get one delivery wrong."""
    people = [
        {"email": f"{name.lower()}@example.com", "name": name} for name in ("Maya", "Jonas", "Tom")
    ]
    orders = [
        call("POST", "/orders", order(str(nth), person=person)).json()["order_id"]
        for nth, person in enumerate(people)
    ]
    run_until_idle()
    maya, jonas, tom = (
        call("GET", f"/orders/{order_id}").json()["summary"]["customer_id"] for order_id in orders
    )
    hold = call("POST", f"/orders/{orders[0]}/holds", {"note": "Wrong jar"}).json()
    merge = call("POST", f"/customers/{maya}/merges", {"absorbed_id": tom}).json()
    at = datetime.now(UTC)
    shipment_id, parcel_id = pack_one(orders[1], at)
    endpoint = webhooks.create_endpoint(url="https://erp.example.com/hooks", by=BY, at=at).endpoint
    return Scene(
        order_id=orders[0],
        hold_id=hold["id"],
        customer_id=maya,
        other_customer_id=jonas,
        merge_id=merge["id"],
        message_id=call("GET", "/messages").json()["items"][0]["id"],
        delivery_id=str(deliver_wrong(at)),
        variant_id=str(catalog.find_variants_by_sku(["TEA-DJ-100"])["TEA-DJ-100"]),
        location_id=str(inventory.create_location(name="Berlin", by=BY, at=at).id),
        shipment_id=str(shipment_id),
        parcel_id=str(parcel_id),
        carrier_code=fulfillment.save_carrier(code="dhl", by=BY, at=at).code,
        endpoint_id=str(endpoint.id),
        webhook_delivery_id=str(webhooks.send_test(endpoint_id=endpoint.id, by=BY, at=at).id),
        gift_card_id=str(
            wallet.issue_gift_card(
                currency="EUR", amount_minor=2500, cause="counter-1", by=BY, at=at
            ).id
        ),
        reference="counter-1",
    )


def pack_one(order_id: str, at: datetime) -> tuple[UUID, UUID]:
    """Pack an order's shipment into one parcel; returns both."""
    [found] = fulfillment.list_shipments_of([UUID(order_id)])[UUID(order_id)]
    inside = {thing.order_line_id: thing.quantity for thing in found.things if thing.order_line_id}
    packed = fulfillment.pack_shipment(
        shipment_id=found.summary.id, parcels=[ParcelContents(inside)], by=BY, at=at
    )
    return packed.summary.id, packed.parcels[0].id


def deliver_wrong(at: datetime, name: str = "Shop") -> UUID:
    """Let a shop send an order that can't be understood, and let the intake say so."""
    made = connect_shop(kind="shopify", name=name, secret="0123456789", by=BY, at=at)
    row = Delivery.objects.create(
        store_id=current_store_id(),
        connection_id=made.id,
        topic="orders/create",
        body=json.dumps({"id": 1, "currency": "EURO"}).encode(),
        received_at=at,
        next_attempt_at=at,
    )
    work_off(at + timedelta(seconds=1))
    return row.id
