"""What people say, settle and ask; erasure; reading; facts; handlers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.conditions import api as conditions
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.models.events import ParkedEvent
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers import api as customers
from doorstep.rooms.fulfillment.contracts import CarrierInfo, ServiceLevelInfo
from doorstep.rooms.fulfillment.events import (
    ShipmentCanceled,
    ShipmentShipped,
    TrackingNumberChanged,
)
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking import api
from doorstep.rooms.tracking.contracts import Substatus, TrackerFilter
from doorstep.rooms.tracking.erasing import erase_people
from doorstep.rooms.tracking.models import (
    Checkpoint,
    CodeMeaning,
    ShopperChoice,
    Tracker,
    TrackingNumber,
)
from doorstep.rooms.tracking.tests.cast import (
    AT,
    CARRIER,
    INES,
    MIA,
    SAM,
    SHIPPED,
    S,
    events_of,
    fresh,
    make_parcel,
    place_order,
    report,
    ship,
    ship_one,
    step,
    tell,
)

pytestmark = pytest.mark.usefixtures("store")


def test_a_parcel_without_a_number_is_told_by_hand() -> None:
    parcel = ship_one("")
    said = api.record_checkpoint_by_hand(
        tracker_id=parcel.id, status=S.DELIVERED, note="Brought by bike", by=SAM, at=AT
    )
    assert (said.status, said.condition) == ("delivered", "delivered")
    assert said.checkpoints[0].description == "Brought by bike"
    assert Checkpoint.objects.get().recorded_by == SAM.key
    assert events_of(parcel.order_id) == ["parcel_moved", "parcel_delivered"]


def test_a_person_takes_a_delivery_back() -> None:
    parcel = ship_one()
    tell(report(step(S.DELIVERED, 30)))
    said = api.record_checkpoint_by_hand(tracker_id=parcel.id, status=S.IN_TRANSIT, by=SAM, at=AT)
    assert (said.status, said.delivered_at, said.is_open) == ("in_transit", None, True)
    assert "delivery_taken_back" in events_of(parcel.order_id)


def test_what_cannot_be_said_by_hand() -> None:
    parcel = ship_one()
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("substatus", {"status": S.DELIVERED, "substatus": Substatus.WEATHER}),
        ("occurred_at", {"status": S.DELIVERED, "occurred_at": AT + timedelta(hours=1)}),
        ("occurred_at", {"status": S.DELIVERED, "occurred_at": AT.replace(tzinfo=None)}),
    ]
    for field, given in wrong:
        with pytest.raises(Invalid) as refused:
            api.record_checkpoint_by_hand(tracker_id=parcel.id, by=SAM, at=AT, **given)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        api.record_checkpoint_by_hand(tracker_id=new_id(), status=S.DELIVERED, by=SAM, at=AT)
    with pytest.raises(PermissionDenied):
        api.record_checkpoint_by_hand(tracker_id=parcel.id, status=S.DELIVERED, by=MIA, at=AT)
    assert fresh(parcel).status == "pending"
    assert not Checkpoint.objects.exists()


def test_a_parcel_is_given_up_and_turns_up_all_the_same() -> None:
    parcel = ship_one()
    Tracker.objects.update(late_since=AT, stalled_since=AT)
    given_up = api.settle_parcel(tracker_id=parcel.id, outcome="lost", by=SAM, at=AT)
    assert (given_up.condition, given_up.is_open, given_up.late_since) == ("lost", False, None)
    tell(report(step(S.IN_TRANSIT, 72)), at=AT + timedelta(days=1))
    now = fresh(parcel)
    assert (now.is_open, now.lost_since) == (True, None)


def test_a_parcel_is_found() -> None:
    parcel = ship_one()
    tell(report(step(S.DELIVERED, 30)))
    assert parcel.order_id is not None
    assert parcel.parcel_id is not None
    for _ in range(2):
        said = api.report_not_found(
            order_id=parcel.order_id, parcel_id=parcel.parcel_id, note="Not here", by=SAM, at=AT
        )
        assert said.condition == "not_found"
    assert events_of(parcel.order_id).count("parcel_not_found") == 1
    assert api.list_trackers(TrackerFilter(alarm="not_found")).items[0].tracker_id == parcel.id
    found = api.settle_parcel(tracker_id=parcel.id, outcome="found", note="Shed", by=SAM, at=AT)
    assert found.condition == "delivered"
    assert events_of(parcel.order_id)[-1] == "alarm_ended"
    assert fresh(parcel).settled_by == SAM.key


def test_a_parcel_is_settled_as_delivered() -> None:
    parcel = ship_one()
    said = api.settle_parcel(tracker_id=parcel.id, outcome="delivered", by=INES, at=AT)
    assert (said.status, said.is_open) == ("delivered", False)


def test_what_cannot_be_settled() -> None:
    parcel = ship_one()
    with pytest.raises(Invalid):
        api.settle_parcel(tracker_id=parcel.id, outcome="eaten", by=SAM, at=AT)
    with pytest.raises(Conflict):
        api.report_not_found(
            order_id=UUID(str(parcel.order_id)),
            parcel_id=UUID(str(parcel.parcel_id)),
            by=SAM,
            at=AT,
        )
    [unmatched] = tell(report(step(S.IN_TRANSIT, 1), number="NOBODYS1"))
    with pytest.raises(Conflict):
        api.settle_parcel(tracker_id=unmatched.tracker_id, outcome="found", by=SAM, at=AT)
    tell(report(step(S.DELIVERED, 1)))
    with pytest.raises(Conflict):
        api.settle_parcel(tracker_id=parcel.id, outcome="lost", by=SAM, at=AT)
    with pytest.raises(NotFound):
        api.report_not_found(
            order_id=place_order(9), parcel_id=UUID(str(parcel.parcel_id)), by=SAM, at=AT
        )
    assert fresh(parcel).settled_at is None


def test_a_meaning_counts_for_what_was_kept_and_what_comes() -> None:
    one, two = ship_one("AAA1"), ship_one("BBB2", 2)
    odd = step(None, 9, code="Q7", description="Im Kasten")
    tell(report(step(S.IN_TRANSIT, 3), odd, number="AAA1"))
    tell(report(odd, number="AAA1"))
    assert fresh(one).status == "in_transit"
    [code] = api.list_unknown_codes()
    assert (code.code, code.example, code.count, code.carrier) == ("Q7", "Im Kasten", 1, "dhl")
    with pytest.raises(Invalid):
        api.map_code(code_id=code.id, status=S.DELIVERED, substatus=Substatus.LOST, by=INES, at=AT)
    api.map_code(code_id=code.id, status=S.DELIVERED, by=INES, at=AT)
    assert fresh(one).status == "delivered"
    assert events_of(one.order_id)[-1] == "parcel_delivered"
    tell(report(odd, number="BBB2"))
    assert fresh(two).status == "delivered"
    assert api.list_unknown_codes() == []
    assert api.list_unknown_codes(with_settled=True)[0].count == 2
    api.map_code(code_id=code.id, status=None, by=INES, at=AT)
    assert fresh(one).status == "in_transit"
    with pytest.raises(PermissionDenied):
        api.map_code(code_id=code.id, status=S.DELIVERED, by=MIA, at=AT)


def test_the_same_code_of_another_carrier_means_something_else() -> None:
    one, two = ship_one("AAA1"), ship_one("BBB2", 2)
    tell(report(step(None, 9, code="7"), number="AAA1"))
    tell(report(step(None, 9, code="7"), number="BBB2", carrier="ups"))
    code = CodeMeaning.objects.get(carrier="ups")
    api.map_code(code_id=code.id, status=S.DELIVERED, by=INES, at=AT)
    assert (fresh(one).status, fresh(two).status) == ("pending", "delivered")


def test_progress_of_orders_in_a_constant_number_of_queries() -> None:
    def cost(first: int, count: int) -> int:
        ids = [place_order(n) for n in range(first, first + count)]
        ship(*(make_parcel(one, f"P{first}{n}") for n, one in enumerate(ids)))
        tell(*(report(step(S.IN_TRANSIT, 3), number=f"P{first}{n}") for n in range(count)))
        with CaptureQueriesContext(connection) as caught:
            found = api.list_progress(ids)
        assert all(found[one][0].checkpoints for one in ids)
        return len(caught)

    assert cost(1, 1) == cost(20, 12)
    assert api.list_progress([place_order(99)]).popitem()[1] == ()


def test_lists_pages_and_counts() -> None:
    parcels = [ship_one(f"AB{n}00{n}", n) for n in range(1, 5)]
    tell(report(step(S.EXCEPTION, 9, "damaged"), number=parcels[0].tracking_number))
    tell(report(step(S.DELIVERED, 47), number=parcels[1].tracking_number))
    tell(report(step(S.IN_TRANSIT, 4), number="NOBODYS1"))
    Tracker.objects.filter(id=parcels[2].id).update(late_since=AT)
    counts = api.count_trackers(at=AT)
    assert (counts.on_the_way, counts.late, counts.exception, counts.unmatched) == (3, 1, 1, 1)
    assert (counts.delivered_today, counts.stalled, counts.lost, counts.not_found) == (1, 0, 0, 0)
    seen: list[UUID] = []
    cursor = ""
    while True:
        page = api.list_trackers(cursor=cursor, limit=3)
        seen += [one.tracker_id for one in page.items]
        cursor = page.next_cursor
        if not cursor:
            break
    assert sorted(seen) == sorted(one.id for one in parcels)
    for alarm, expected in (
        ("late", {parcels[2].id}),
        ("exception", {parcels[0].id}),
        ("any", {parcels[0].id, parcels[2].id}),
    ):
        items = api.list_trackers(TrackerFilter(alarm=alarm)).items
        assert {one.tracker_id for one in items} == expected
    [hit] = api.list_trackers(TrackerFilter(search="ab2 0")).items
    assert hit.tracker_id == parcels[1].id
    [kept] = api.list_trackers(TrackerFilter(alarm="unmatched")).items
    assert kept.tracking_number == "NOBODYS1"
    with pytest.raises(Invalid):
        api.list_trackers(TrackerFilter(alarm="eaten"))
    with pytest.raises(Invalid):
        api.list_trackers(cursor="x")


def test_another_store_sees_nothing(other_store: StoreInfo) -> None:
    parcel = ship_one()
    tell(report(step(None, 2, code="X")))
    code = CodeMeaning.objects.get()
    with store_scope(other_store.id):
        with pytest.raises(NotFound):
            api.get_progress(parcel.id)
        with pytest.raises(NotFound):
            api.settle_parcel(tracker_id=parcel.id, outcome="found", by=INES, at=AT)
        with pytest.raises(NotFound):
            api.map_code(code_id=code.id, status=S.DELIVERED, by=INES, at=AT)
        assert api.list_trackers().items == ()
        assert api.list_unknown_codes() == []
        assert api.count_trackers(at=AT).on_the_way == 0


def test_the_usual_time_of_a_service_level() -> None:
    level = ServiceLevelInfo(new_id(), "standard", "Standard", 1, 3, ())
    carrier = CarrierInfo(new_id(), "dhl", "DHL", "manual", "", True, True, (level,))
    parcel = make_parcel(place_order(), "A1", service_level="standard")
    [tracker] = ship(parcel, carriers=[carrier])
    # Left on a Wednesday; Saturday and Sunday do not count.
    days = (tracker.estimate_from, tracker.estimate_to, tracker.estimate_source)
    assert [str(day) for day in days] == ["2026-11-19", "2026-11-23", "service"]


def test_an_erased_shopper_leaves_no_words() -> None:
    parcel = ship_one()
    tell(report(step(S.DELIVERED, 9, city="Bonn", raw={"by": "Weber"}), signed_by="Weber"))
    order = apps.get_model("orders", "Order").objects.get(id=parcel.order_id)
    erase_people([order.customer_id])
    now, kept = fresh(parcel), Checkpoint.objects.get()
    assert (now.signed_by, now.said.get("signed"), now.status) == ("", None, "delivered")
    assert (kept.city, kept.raw, kept.status) == ("", {}, "delivered")


def test_what_carriers_say_of_an_erased_shopper_later_is_kept_without_words() -> None:
    parcel = ship_one()
    order = apps.get_model("orders", "Order").objects.get(id=parcel.order_id)
    customers.erase_customer(customer_id=order.customer_id, by=INES, at=AT)
    erase_people([order.customer_id])
    words = {"city": "Bonn", "description": "Left with Mrs. Weber", "raw": {"by": "Weber"}}
    tell(report(step(S.DELIVERED, 9, **words), signed_by="Weber"))
    now, kept = fresh(parcel), Checkpoint.objects.get()
    assert (now.status, now.signed_by, "signed" in now.said) == ("delivered", "", False)
    assert (kept.status, kept.city, kept.description, kept.raw) == ("delivered", "", "", {})


def test_a_box_shared_with_an_erased_shopper_keeps_no_words() -> None:
    first = ship_one("A1", 1)
    [other] = ship(make_parcel(place_order(2, email="jonas@example.com"), "A1"))
    assert fresh(other).shares_with_id == first.id
    order = apps.get_model("orders", "Order").objects.get(id=other.order_id)
    customers.erase_customer(customer_id=order.customer_id, by=INES, at=AT)
    erase_people([order.customer_id])
    tell(report(step(S.DELIVERED, 9, city="Bonn"), number="A1", signed_by="Weber"))
    assert (fresh(other).status, fresh(other).signed_by) == ("delivered", "")
    assert fresh(first).signed_by == "Weber", "a stranger's parcel keeps who signed"
    assert Checkpoint.objects.get().city == ""


def test_a_copy_of_a_persons_data_tells_of_parcels_and_choices() -> None:
    parcel = ship_one()
    order_id = UUID(str(parcel.order_id))
    tell(report(step(S.DELIVERED, 9, city="Bonn"), signed_by="Weber"))
    api.choose_updates(order_id=order_id, channel="none", steps=(), by=SAM, at=AT)
    order = apps.get_model("orders", "Order").objects.get(id=order_id)
    copy = customers.export_customer(customer_id=order.customer_id, by=INES, at=AT)
    [kept] = copy["parcels"]
    assert (kept.signed_by, len(kept.checkpoints)) == ("Weber", 1)
    [choice] = copy["update_choices"]
    assert (choice.order_id, choice.channel, choice.chosen_at) == (order_id, "none", AT)
    assert [one.summary.id for one in copy["orders"]] == [order_id]
    assert [one.summary.order_id for one in copy["shipments"]] == [order_id]


def test_an_erased_shopper_chose_nothing() -> None:
    parcel = ship_one()
    api.choose_updates(order_id=UUID(str(parcel.order_id)), channel="none", steps=(), by=SAM, at=AT)
    order = apps.get_model("orders", "Order").objects.get(id=parcel.order_id)
    erase_people([order.customer_id])
    assert not ShopperChoice.objects.exists()


def test_facts_about_orders_and_customers(store: StoreInfo) -> None:
    parcel = ship_one()
    Tracker.objects.update(late_since=AT)
    order_id = UUID(str(parcel.order_id))
    for text, expected in (
        ({"fact": "order.late_parcels", "op": "gte", "value": 1}, True),
        ({"fact": "order.open_parcels", "op": "gte", "value": 2}, False),
    ):
        condition = conditions.parse(text, "order")
        found = conditions.evaluate_many(
            condition, [order_id], at=AT, zone=ZoneInfo("UTC"), store_id=store.id
        )
        assert found[order_id].trace.result is expected


def _follow(*events: object) -> None:
    with transaction.atomic():
        for one in events:
            publish(one, key=new_id(), at=AT, by=CARRIER)
    run_until_idle()
    assert not ParkedEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_shipments_are_followed_through_the_log() -> None:
    ensure_cursors()
    order_id = place_order()
    parcel = make_parcel(order_id, "A1")
    rows = apps.get_model("fulfillment", "Parcel").objects.filter(id=parcel.id)
    rows.update(tracking_number="A 1", tracking_key="A1", shipped_at=SHIPPED, carrier="dhl")
    about = (parcel.shipment_id, order_id, None)
    left = ShipmentShipped(*about, "#1", "own", SHIPPED, [parcel.id], True)
    _follow(left)
    tracker = Tracker.objects.get()
    assert (tracker.parcel_id, tracker.tracking_number) == (parcel.id, "A1")
    assert tracker.is_order_shipped
    _follow(left)  # once more changes nothing
    assert TrackingNumber.objects.count() == 1
    rows.update(tracking_number="B 2", tracking_key="B2")
    _follow(TrackingNumberChanged(parcel.id, *about, "dhl", "B 2", "A 1"))
    assert fresh(tracker).tracking_number == "B2"
    _follow(ShipmentCanceled(*about, "#1", was_shipped=True))
    assert not fresh(tracker).is_open
    assert api.list_progress([order_id])[order_id] == ()


def test_what_the_database_refuses() -> None:
    parcel = ship_one()
    tell(report(step(S.IN_TRANSIT, 3)))
    bad = [
        lambda: Tracker.objects.filter(id=parcel.id).update(status="eaten"),
        lambda: Tracker.objects.filter(id=parcel.id).update(substatus="eaten"),
        lambda: Tracker.objects.filter(id=parcel.id).update(status="delivered"),
        lambda: Tracker.objects.filter(id=parcel.id).update(tracking_number="a b"),
        lambda: Tracker.objects.filter(id=parcel.id).update(settled_at=AT),
        lambda: Tracker.objects.filter(id=parcel.id).update(canceled_at=AT),
        lambda: Tracker.objects.filter(id=parcel.id).update(shares_with=parcel.id),
        lambda: Tracker.objects.filter(id=parcel.id).update(order=None),
        lambda: Checkpoint.objects.update(status="eaten"),
        lambda: Checkpoint.objects.update(source=""),
        lambda: TrackingNumber.objects.update(number="A-1"),
        lambda: TrackingNumber.objects.update(generation=0),
    ]
    for attempt in bad:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
