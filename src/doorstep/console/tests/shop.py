"""The demo shop, made once for a module of tests, beside somebody else's shop."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from dev.testing.database import prepared_database
from doorstep.connectors.base import api as connectors
from doorstep.connectors.base.jobs import intake
from doorstep.connectors.csv_import import api as csv_import
from doorstep.connectors.webhooks import api as webhooks
from doorstep.demo.api import SEEDER, _send, seed_demo
from doorstep.demo.cast import SLUG, STAFF
from doorstep.demo.orders import SCENES, play
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.models.approvals import Approval
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.changes import api as changes
from doorstep.rooms.changes.contracts import ChangeAsk, ChangeKind
from doorstep.rooms.changes.models import PlatformTask
from doorstep.rooms.customers import api as customers
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import (
    IncomingParcel,
    IncomingShipment,
    ParcelContents,
    ShipmentFilter,
    ShipmentState,
)
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import LocationKind
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import CampaignInput
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.jobs import send_messages
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter, OrderSummary
from doorstep.rooms.payments import api as payments
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.models import MakeGood
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import ReportedCheckpoint, TrackingReport
from doorstep.rooms.wallet import api as wallet

ROLE_EMAILS = {role: email for email, _name, role in STAFF}
OTHER = "tidewater-books"
NUMBER = "00340434161094042557"
ORDERS_CSV = b"""order,placed_at,currency,line_quantity,line_title,line_unit_price
A1,2026-01-05T10:00:00Z,EUR,1,Tea,4.00
A2,yesterday,EUR,1,Tea,4.00
"""


@dataclass(frozen=True)
class Things:
    """One object of each kind that has a page, of one store."""

    store: StoreInfo
    order: UUID
    held_order: UUID
    hold: UUID
    customer: UUID
    other_customer: UUID
    merge: UUID
    suggestion: UUID
    message: UUID
    suppression: UUID
    variant: UUID
    product: UUID
    own_message: str
    location: UUID
    connection: UUID
    delivery: UUID
    run: UUID
    api_key: UUID
    member: UUID
    sender: UUID
    webhook: UUID
    shipment: UUID
    to_pack: UUID
    packed: UUID
    packed_parcel: UUID
    carrier: str
    parcel: UUID
    code: UUID
    box: UUID
    packing_rule: UUID
    webhook_delivery: UUID
    segment: UUID
    journey: UUID
    enrollment: UUID
    dry_run: UUID
    campaign: UUID
    draft_campaign: UUID
    refund: UUID
    payment_call: UUID
    asked_return: UUID
    gift_card: UUID
    make_good: UUID
    withdrawal: UUID
    approval: UUID
    change: UUID
    change_task: UUID


@dataclass(frozen=True)
class Shop:
    """Ours, and somebody else's that must stay out of reach."""

    ours: Things
    theirs: Things


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Shop]:
    """Work on a copy of the database with both stores; all modules share one seeding."""
    with django_db_blocker.unblock(), prepared_database("shop", make_shop) as made:
        yield made


@pytest.fixture
def sign_in(shop: Shop, db: None) -> Any:
    """Return a function giving a client that is signed in with a role."""

    def client_of(role: str, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(get_user_model().objects.get(email=ROLE_EMAILS[role]))
        return client

    return client_of


def make_shop() -> Shop:
    """Make both stores through the rooms' own doors."""
    at = now()
    seed_demo(at=at)
    ours = stores.get_store_by_slug(SLUG)
    theirs = stores.create_store(slug=OTHER, name="Tidewater Books", currency="EUR", at=at)
    with store_scope(theirs.id):
        stores.add_member(
            email="tess@tidewater.example", name="Tess", role="owner", by=SEEDER, at=at
        )
        for scene in SCENES[:6]:
            orders.record_orders(
                [play(scene, at)],
                sales_channel=scene.channel,
                connection_id=None,
                by=SEEDER,
                at=at - timedelta(hours=1),
            )
        inventory.create_location(name="Attic", kind=LocationKind.OWN, by=SEEDER, at=at)
        made = connectors.connect_shop(
            kind="shopify", name="Tidewater", secret="tidewater-secret", by=SEEDER, at=at
        )
        _send(made.id, "orders/create", {"id": 1}, "tidewater-secret", at)
    while intake():
        pass
    run_until_idle()
    while send_messages():
        pass
    return Shop(_things(ours, at), _things(theirs, at))


def _approval(store: StoreInfo, order_id: UUID, at: datetime) -> UUID:
    """Have somebody ask for more than they may refund alone."""
    asked = Approval.objects.create(
        store_id=store.id,
        action="billing.refund",
        payload={"order_id": str(order_id), "key": "k1", "amount_minor": 100, "reason": "Late"},
        subject=f"order:{order_id}",
        currency=store.currency,
        amount_minor=100,
        limit_minor=50,
        asked_at=at,
        asked_by="user:somebody",
        asked_by_label="Somebody",
    )
    return asked.id


def _withdrawal(at: datetime) -> UUID:
    """Have somebody withdraw from a contract that nobody finds."""
    receipt = returns.withdraw_from_contract(
        name="Maya", order_number="#none", contact="maya@example.com", by=SEEDER, at=at
    )
    return receipt.id


def _return(order_id: UUID, at: datetime) -> UUID:
    """Have a return: a withdrawal whose order was found."""
    made = returns.match_withdrawal(
        withdrawal_id=_withdrawal(at), order_id=order_id, by=SEEDER, at=at
    )
    assert made.return_id is not None
    return made.return_id


def _make_good(store: StoreInfo, order_id: UUID, at: datetime) -> UUID:
    """Have a late parcel that somebody has to decide about."""
    row = MakeGood.objects.create(
        store_id=store.id,
        order_id=order_id,
        trouble="late",
        remedy="credit",
        state="proposed",
        currency=store.currency,
        amount_minor=500,
        budget_month=at.date().replace(day=1),
        proposed_at=at,
        proposed_by="system:tests",
    )
    return row.id


def _things(store: StoreInfo, at: datetime) -> Things:
    act: dict[str, Any] = {"by": SEEDER, "at": at}
    with store_scope(store.id):
        listed = orders.list_orders(OrderFilter(include_history=False), limit=50).items
        held = listed[0]
        orders.place_hold(order_id=held.id, note="Gift card to be written", **act)
        hold = next(h for h in orders.get_order(held.id).holds if h.lifted_at is None)
        people = customers.search_customers("").customers
        first, second, third, fourth = (person.id for person in people[:4])
        customers.merge_customers(survivor_id=first, absorbed_id=second, **act)
        suggestions = customers.list_suggestions(limit=5)
        messaging.suppress_address(
            channel=Channel.EMAIL, address="gone@example.com", reason_words="asked", **act
        )
        messaging.connect_sender(
            channel=Channel.SMS,
            provider="kannel",
            settings={
                "url": "https://kannel.example/cgi-bin/sendsms",
                "username": "u",
                "password": "p",
            },
            from_address="Fern",
            from_name="",
            reply_to="",
            **act,
        )
        webhook = webhooks.create_endpoint(url="https://erp.example.com/hooks", **act).endpoint.id
        to_pack, packed, packed_parcel = _pack_one(listed[2:], act)
        return Things(
            store=store,
            order=listed[1].id,
            held_order=held.id,
            hold=hold.id,
            customer=third,
            other_customer=fourth,
            merge=customers.list_merges(first)[0].id,
            suggestion=suggestions[0].id if suggestions else first,
            message=messaging.list_messages().items[0].id,
            suppression=messaging.list_suppressions()[0].id,
            variant=catalog.search_variants("").variants[0].id,
            product=catalog.search_products().products[0].product_id,
            own_message=messaging.create_own_message(name="A word", **act).kind,
            location=inventory.list_locations()[0].id,
            connection=connectors.list_connections()[0].id,
            delivery=connectors.list_problems(limit=1)[0].id,
            run=_import(act),
            api_key=stores.create_api_key(name="ERP", scopes=["orders.view"], **act).info.id,
            member=stores.list_members()[-1].user_id,
            sender=messaging.list_senders()[0].id,
            webhook=webhook,
            shipment=fulfillment.list_shipments(ShipmentFilter()).items[0].id,
            to_pack=to_pack,
            packed=packed,
            packed_parcel=packed_parcel,
            carrier=fulfillment.save_carrier(
                code=f"bike-{store.slug}"[:40], name="Bike courier", **act
            ).code,
            parcel=_parcel(listed[2:], act),
            code=tracking.list_unknown_codes()[0].id,
            box=fulfillment.save_box(
                name="Crate",
                length_mm=400,
                width_mm=300,
                height_mm=200,
                max_weight_grams=9_000,
                **act,
            ).id,
            packing_rule=fulfillment.save_packing_rule(
                name="Thanks",
                scope="order",
                condition={"all": []},
                effects={"note_prompt": "Thank you, {first name}!"},
                **act,
            ).id,
            webhook_delivery=webhooks.send_test(endpoint_id=webhook, **act).id,
            approval=_approval(store, held.id, at),
            asked_return=_return(listed[1].id, at),
            withdrawal=_withdrawal(at),
            make_good=_make_good(store, listed[2].id, at),
            gift_card=wallet.issue_gift_card(
                currency="EUR", amount_minor=2500, cause="console-tests", **act
            ).id,
            **_change(held.id, act),
            **_journey(fourth, act),
            **_campaigns(act),
            **_money(listed[1].id, act),
        )


def _change(order_id: UUID, act: dict[str, Any]) -> dict[str, UUID]:
    """A wish to cancel that waits for a decision, and one the shop could not be told."""
    rules = {"cancel": {"mode": "approval"}}
    changes.change_settings(settings={"rules": rules}, **act)
    shopper = Actor("shopper", "maya", "Maya")
    wish = changes.request_change(
        order_id=order_id,
        ask=ChangeAsk(ChangeKind.CANCEL, reason="mistake"),
        form_key=f"shop:{order_id}",
        by=shopper,
        at=act["at"],
    )
    task = PlatformTask.objects.create(
        store_id=current_store_id(),
        change_id=wish.id,
        connection_id=order_id,
        power="cancel",
        state="parked",
        words="502 Bad Gateway",
        attempts=8,
        created_at=act["at"],
    )
    return {"change": wish.id, "change_task": task.id}


def _pack_one(listed: Sequence[OrderSummary], act: dict[str, Any]) -> tuple[UUID, UUID, UUID]:
    """Pack one shipment; returns one still to pack, the packed one, and its parcel."""
    wanted = {order.id for order in listed}
    found = fulfillment.list_shipments(ShipmentFilter(state=ShipmentState.TO_PACK)).items
    packed, to_pack = [one.id for one in found if one.order_id in wanted][:2]
    things = fulfillment.get_shipment(packed).things
    contents = {one.order_line_id: one.quantity for one in things if one.order_line_id}
    done = fulfillment.pack_shipment(shipment_id=packed, parcels=[ParcelContents(contents)], **act)
    return to_pack, packed, done.parcels[0].id


def _parcel(listed: Sequence[OrderSummary], act: dict[str, Any]) -> UUID:
    """Let an order leave as its platform says, with a step that nobody understands."""
    order = next(one for one in reversed(listed) if one.state in {"ready", "on_hold"})
    sent = IncomingShipment(
        external_id=f"console-{order.id}",
        order_external_id=orders.get_order(order.id).external_id,
        version_at=act["at"],
        shipped_at=act["at"] - timedelta(hours=3),
        parcels=(IncomingParcel(NUMBER, "DHL"),),
    )
    fulfillment.record_platform_shipments(
        [sent], sales_channel=order.sales_channel, connection_id=None, **act
    )
    run_until_idle()
    step = ReportedCheckpoint(
        act["at"] - timedelta(hours=1), None, code="ZZ9", description="Sat down for a while"
    )
    said = TrackingReport("aftership", NUMBER, carrier="dhl", checkpoints=(step,))
    tracking.record_reports([said], **act)
    return tracking.list_progress([order.id])[order.id][0].tracker_id


JOURNEY: dict[str, Any] = {
    "format": 1,
    "name": "A word to friends",
    "trigger": {"type": "event", "event": "customers.customer_changed"},
    "reentry": {"mode": "never"},
    "goal": {"event": "orders.order_placed", "days": 30},
    "first": "wait-1",
    "steps": {
        "wait-1": {"type": "wait", "for": {"days": 3}, "next": "branch-1"},
        "branch-1": {
            "type": "branch",
            "if": {"fact": "customer.tags", "op": "contains", "value": "friend"},
            "yes": "message-1",
            "no": None,
        },
        "message-1": {"type": "message", "template": "thank_you", "purpose": "service", "next": None},
    },
}  # fmt: skip


def _journey(customer_id: UUID, act: dict[str, Any]) -> dict[str, UUID]:
    """Publish a journey with somebody inside, and begin a draft of its next version."""
    journey = journeys.import_journey(definition=JOURNEY, **act)
    revision = journeys.get_journey(journey).revision
    journeys.publish_journey(journey_id=journey, revision=revision, **act)
    customers.tag_customer(customer_id=customer_id, tag="friend", **act)
    run_until_idle()
    revision = journeys.get_journey(journey).revision
    for name in (
        "A word to good friends",
        "A word to the best friends",
    ):  # the second can be undone
        changed = {**JOURNEY, "name": name}
        revision = journeys.save_draft(
            journey_id=journey, definition=changed, revision=revision, **act
        )
    enrollment = journeys.list_enrollments(journey).items[0].id
    dry_run = journeys.ask_dry_run(
        journey_id=journey, since=act["at"] - timedelta(days=30), until=act["at"], **act
    )
    return {"journey": journey, "enrollment": enrollment, "dry_run": dry_run}


def _campaigns(act: dict[str, Any]) -> dict[str, UUID]:
    """Make a segment, find its members, write to them, and begin another campaign."""
    segment = audiences.create_segment(
        name="Has ordered",
        condition={"fact": "customer.orders", "op": "gte", "value": 1},
        **act,
    ).id
    while audiences.run_builds(now()):
        pass
    given = CampaignInput("Hello", segment, "newsletter_welcome", holdout_percent=10)
    campaign, draft = (journeys.create_campaign(campaign=given, **act) for _nth in range(2))
    journeys.start_campaign(campaign_id=campaign, revision=1, **act)
    return {"segment": segment, "campaign": campaign, "draft_campaign": draft}


def _money(order_id: UUID, act: dict[str, Any]) -> dict[str, UUID]:
    """Ask for two refunds: one by hand, and one of a provider that is gone."""
    asked = []
    for provider in ("manual", "a provider of old"):
        paid = payments.record_charge(
            subject=f"order:{order_id}", cause=f"console:{provider}", key=str(order_id),
            provider=provider, external_id=f"console-{order_id}", currency="EUR",
            amount_minor=900, method_label="Bank transfer", charged_at=act["at"], **act,
        )  # fmt: skip
        asked.append(
            payments.request_refund(
                charge_id=paid.id, amount_minor=400, cause="console", key=str(order_id),
                reason="Came late", **act,
            )
        )  # fmt: skip
    payments.ask_all_due(at=act["at"])
    payments.ask_all_due(at=act["at"] + timedelta(minutes=1))
    return {"refund": asked[0].id, "payment_call": payments.list_troubles()[0].id}


def _import(act: dict[str, Any]) -> UUID:
    return csv_import.start_import(
        stream=io.BytesIO(ORDERS_CSV),
        file_name="orders.csv",
        mode="history",
        sales_channel="shopify",
        **act,
    )
