"""What shoppers are told about parcels: once, what they chose, and never what is overtaken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.fulfillment.events import ShipmentShipped
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking import api
from doorstep.rooms.tracking.clocks.sweep import check_store
from doorstep.rooms.tracking.models import ShopperChoice, Tracker
from doorstep.rooms.tracking.tests.cast import (
    AT,
    CARRIER,
    INES,
    SHIPPED,
    S,
    make_parcel,
    place_order,
    report,
    step,
    tell,
)

pytestmark = pytest.mark.usefixtures("store", "log")
NUMBER = "00340434161094042557"


@pytest.fixture
def log(store: StoreInfo) -> None:
    """Let handlers begin with this test's events."""
    ensure_cursors()


def leave(*numbers: str, nth: int = 1, hours_ago: float = 0, **more: Any) -> UUID:
    """Ship a new order in so many parcels, as the fulfillment room tells it; returns the order."""
    order_id = place_order(nth)
    shipped_at = AT - timedelta(hours=hours_ago)
    parcels = [make_parcel(order_id, number) for number in numbers]
    from django.apps import apps

    rows = apps.get_model("fulfillment", "Parcel").objects
    for parcel, number in zip(parcels, numbers, strict=True):
        rows.filter(id=parcel.id).update(
            tracking_number=number,
            tracking_key=number,
            carrier="dhl",
            carrier_name="DHL",
            shipped_at=shipped_at,
        )
    event = ShipmentShipped(
        parcels[0].shipment_id, order_id, None, "#1-1", "own", shipped_at,
        [parcel.id for parcel in parcels], True, **more,
    )  # fmt: skip
    with transaction.atomic():
        publish(event, key=order_id, at=AT, by=INES, subject=f"order:{order_id}")
    run_until_idle()
    return order_id


def told(order_id: UUID) -> list[tuple[str, str]]:
    """List kind and channel of the parcel messages about an order, oldest first."""
    found = messaging.list_messages(subject=f"order:{order_id}").items
    return [(m.kind, m.channel) for m in reversed(found) if m.kind.startswith("parcel_")]


def kinds(order_id: UUID) -> list[str]:
    return [kind for kind, _ in told(order_id)]


def hear(*steps: Any, number: str = NUMBER, at: Any = AT) -> None:
    """Bring news and let everybody act on them."""
    tell(report(*steps, number=number), at=at)
    run_until_idle()


def test_a_whole_way_is_told_step_by_step_and_once() -> None:
    order_id = leave(NUMBER)
    hear(step(S.IN_TRANSIT, 46), at=AT)
    hear(step(S.OUT_FOR_DELIVERY, 47), at=AT)
    hear(step(S.OUT_FOR_DELIVERY, 47), at=AT)
    hear(step(S.DELIVERED, 48), at=AT + timedelta(hours=1))
    assert kinds(order_id) == ["parcel_shipped", "parcel_out_for_delivery", "parcel_delivered"]


def test_news_that_are_overtaken_are_not_told() -> None:
    order_id = leave(NUMBER)
    hear(step(S.OUT_FOR_DELIVERY, 46), step(S.DELIVERED, 47))
    tell(report(step(S.ATTEMPT_FAILED, 46.5)))
    run_until_idle()
    assert kinds(order_id) == ["parcel_shipped", "parcel_delivered"]


def test_old_news_are_for_the_record_only() -> None:
    order_id = leave(NUMBER, hours_ago=24 * 4)
    hear(step(S.DELIVERED, 1), at=AT + timedelta(days=4))
    assert kinds(order_id) == []


def test_history_is_never_told() -> None:
    assert kinds(leave(NUMBER, is_history=True)) == []


def test_several_parcels_of_one_shipment_are_one_message() -> None:
    assert kinds(leave("JD1", "JD2")) == ["parcel_shipped"]


@pytest.mark.parametrize(
    ("status", "substatus", "kind"),
    [
        (S.ATTEMPT_FAILED, "nobody_home", "parcel_attempt_failed"),
        (S.AVAILABLE_FOR_PICKUP, "", "parcel_ready_for_pickup"),
        (S.EXCEPTION, "customs_held", "parcel_exception"),
        (S.EXCEPTION, "damaged", "parcel_exception"),
        (S.RETURNED, "returning", "parcel_returning"),
    ],
)
def test_trouble_is_told(status: S, substatus: str, kind: str) -> None:
    order_id = leave(NUMBER)
    hear(step(status, 47, substatus))
    assert kinds(order_id) == ["parcel_shipped", kind]
    [message] = [m for m in messaging.list_messages(subject=f"order:{order_id}").items
                 if m.kind == kind]  # fmt: skip
    view = messaging.get_message(message.id, at=AT)
    assert not view.render_error
    assert "#1001" in view.text or "1001" in view.subject_line


def test_lateness_is_admitted_once_and_again_with_each_new_date(store: StoreInfo) -> None:
    order_id = leave(NUMBER)
    hear(step(S.IN_TRANSIT, 46))
    Tracker.objects.filter(order=order_id).update(promised_from=None, promised_to=AT.date())
    late_at = AT + timedelta(days=2)
    Tracker.objects.filter(order=order_id).update(estimate_from=None, estimate_to=AT.date())
    for _ in range(2):
        check_store(store.id, at=late_at)
        run_until_idle()
    assert kinds(order_id) == ["parcel_shipped", "parcel_delayed"]
    tell(report(step(S.IN_TRANSIT, 100), estimated_to=AT.date() + timedelta(days=6)), at=late_at)
    run_until_idle()
    tell(report(step(S.IN_TRANSIT, 101), estimated_to=AT.date() + timedelta(days=6)), at=late_at)
    run_until_idle()
    assert kinds(order_id)[1:] == ["parcel_delayed", "parcel_delayed"]


def test_a_lost_parcel_is_told_as_lost(store: StoreInfo) -> None:
    order_id = leave(NUMBER)
    hear(step(S.EXCEPTION, 47, "lost"))
    check_store(store.id, at=AT + timedelta(minutes=1))
    run_until_idle()
    assert kinds(order_id) == ["parcel_shipped", "parcel_lost"]


def test_what_was_not_chosen_is_not_told_and_silence_is_silence() -> None:
    order_id = leave(NUMBER)
    api.choose_updates(order_id=order_id, channel="email", steps=["delivered"], by=INES, at=AT)
    hear(step(S.OUT_FOR_DELIVERY, 47))
    assert kinds(order_id) == ["parcel_shipped"]
    api.choose_updates(order_id=order_id, channel="none", steps=["delivered"], by=INES, at=AT)
    hear(step(S.DELIVERED, 48))
    assert kinds(order_id) == ["parcel_shipped"]


def test_the_stores_steps_hold_until_its_shopper_chooses() -> None:
    api.set_told_steps(steps=["delivered", "shipped"], by=INES, at=AT)
    assert api.get_told_steps() == ("shipped", "delivered")
    order_id = leave(NUMBER)
    assert api.get_update_choice(order_id).is_default
    hear(step(S.OUT_FOR_DELIVERY, 47))
    assert kinds(order_id) == ["parcel_shipped"]
    choice = api.choose_updates(
        order_id=order_id, channel="email", steps=["out_for_delivery"], by=INES, at=AT
    )
    assert choice == api.get_update_choice(order_id)
    assert not choice.is_default
    hear(step(S.OUT_FOR_DELIVERY, 70), at=AT + timedelta(days=1))
    assert kinds(order_id)[-1] == "parcel_shipped"  # the status is what it was: no news
    with pytest.raises(Invalid):
        api.set_told_steps(steps=["lunch"], by=INES, at=AT)


def test_a_choice_is_checked() -> None:
    order_id = leave(NUMBER)
    for bad in ({"channel": "pigeon"}, {"steps": ["lunch"]}, {"channel": "sms"}):
        with pytest.raises(Invalid):
            api.choose_updates(
                **{"order_id": order_id, "channel": "email", "steps": [], "by": INES, "at": AT}
                | bad
            )
    assert not ShopperChoice.objects.exists()
    with pytest.raises(NotFound):
        api.choose_updates(order_id=new_id(), channel="email", steps=[], by=INES, at=AT)
    other = stores.create_store(slug="other", name="Other", currency="EUR", at=AT)
    with store_scope(other.id), pytest.raises(NotFound):
        api.choose_updates(order_id=order_id, channel="email", steps=[], by=INES, at=AT)


@pytest.mark.parametrize("bad", [{"channel": "pigeon"}, {"steps": ["lunch"]}])
def test_the_database_refuses_a_choice_that_makes_no_sense(
    store: StoreInfo, bad: dict[str, Any]
) -> None:
    order_id = place_order()
    row: dict[str, Any] = {"channel": "email", "steps": [], "chosen_at": AT, "chosen_by": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        ShopperChoice.objects.create(store_id=store.id, order_id=order_id, **row | bad)


def test_trouble_stops_selling_until_it_ends(store: StoreInfo) -> None:
    order_id = leave(NUMBER)
    hear(step(S.EXCEPTION, 47, "lost"))
    check_store(store.id, at=AT + timedelta(minutes=1))
    run_until_idle()
    customer_id = orders.get_customers_of([order_id])[order_id]
    assert customer_id is not None
    [pause] = messaging.list_pauses(customer_id=customer_id, at=AT + timedelta(minutes=1))
    assert (pause.reason, pause.is_active) == ("lost_parcel", True)
    hear(step(S.DELIVERED, 60), at=AT + timedelta(hours=14))
    [pause] = messaging.list_pauses(customer_id=customer_id, at=AT + timedelta(hours=14))
    assert pause.lifted_at is not None


def test_many_are_told_with_as_many_queries_as_one() -> None:
    from doorstep.kernel.events.registry import Recorded
    from doorstep.rooms.tracking.events import ParcelMoved
    from doorstep.rooms.tracking.telling.tell import tell_news

    order_ids = [leave(f"JD{nth}", nth=nth) for nth in range(1, 5)]
    tell(*[report(step(S.OUT_FOR_DELIVERY, 47), number=f"JD{nth}") for nth in range(1, 5)])
    moved = [
        Recorded(
            1, new_id(), new_id(), "tracking.parcel_moved",
            ParcelMoved(t.id, t.parcel_id, t.order_id, None, t.status, "", "in_transit", AT),
            str(t.order_id), "", AT, CARRIER,
        )
        for t in Tracker.objects.filter(order__in=order_ids)
    ]  # fmt: skip
    with CaptureQueriesContext(connection) as one, transaction.atomic():
        tell_news(moved[:1], by=CARRIER, at=AT)
    with CaptureQueriesContext(connection) as three, transaction.atomic():
        tell_news(moved[1:], by=CARRIER, at=AT)
    assert len(one) == len(three)
    assert [kinds(order_id)[-1] for order_id in order_ids] == ["parcel_out_for_delivery"] * 4
    assert SHIPPED < AT
