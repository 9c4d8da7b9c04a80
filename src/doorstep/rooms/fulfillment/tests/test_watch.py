"""The promise to ship: at risk, missed, told once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Invalid
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.events.reading import list_events
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.fulfillment import api
from doorstep.rooms.fulfillment.contracts import FulfillmentSettings, ShipmentFilter
from doorstep.rooms.fulfillment.rules.watching import at_risk_from, missed_from, new_ship_by
from doorstep.rooms.fulfillment.tests.cast import AT, INES, order, pack, place, sent, ship
from doorstep.rooms.fulfillment.watch import look_at_promises
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.api import Calendar
from doorstep.rooms.stores.contracts import StoreInfo

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = Calendar(BERLIN, (1, 2), (2, 4), frozenset({date(2026, 11, 23)}))
# The cast's orders come in on Friday 20 November and are promised to leave by Tuesday 24.
FRIDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 24)
RISKY = datetime(2026, 11, 23, 14, tzinfo=BERLIN)
OVER = datetime(2026, 11, 25, 0, tzinfo=BERLIN)


def test_risk_begins_the_working_day_before_at_the_cut_off() -> None:
    before = datetime(2026, 11, 18, 9, tzinfo=UTC)
    # Monday is closed, so Friday is the working day before.
    assert at_risk_from(TUESDAY, before, CALENDAR, cut_off_hour=14) == datetime(
        2026, 11, 20, 14, tzinfo=BERLIN
    )
    late = datetime(2026, 11, 20, 15, tzinfo=BERLIN)
    assert at_risk_from(TUESDAY, late, CALENDAR, cut_off_hour=14) == datetime(
        2026, 11, 24, 14, tzinfo=BERLIN
    )
    later = datetime(2026, 11, 24, 15, tzinfo=BERLIN)
    assert at_risk_from(TUESDAY, later, CALENDAR, cut_off_hour=14) == later
    assert missed_from(TUESDAY, CALENDAR) == OVER
    assert new_ship_by(OVER, CALENDAR, catch_up_days=2) == date(2026, 11, 27)
    assert new_ship_by(datetime(2026, 11, 21, 0, tzinfo=BERLIN), CALENDAR, catch_up_days=1) == (
        date(2026, 11, 25)
    )


@pytest.fixture
def listening(store: StoreInfo) -> StoreInfo:
    ensure_cursors()
    return store


def names(order_id: UUID) -> list[str]:
    found = list_events(subjects=[f"order:{order_id}"])
    wanted = ("fulfillment.ship_by_at_risk", "fulfillment.ship_by_missed")
    return [one["name"].split(".")[1] for one in reversed(found) if one["name"] in wanted]


def look(at: datetime) -> int:
    done = look_at_promises(at)
    run_until_idle()
    return done


def late_mails() -> list[dict]:
    found = messaging.list_messages().items
    return [one for one in found if one.kind == "order_ship_late"]


@pytest.mark.django_db
def test_at_risk_then_missed_each_once_and_the_shopper_is_told(listening: StoreInfo) -> None:
    [order_id] = place(order())
    assert sent(order_id)[0].summary.ship_by_date == TUESDAY
    assert look(RISKY - timedelta(seconds=1)) == 0
    assert look(RISKY) == 1
    assert look(RISKY) == 0
    assert sent(order_id)[0].summary.is_at_risk
    assert api.count_shipments(at=RISKY).at_risk == 1
    assert look(OVER - timedelta(seconds=1)) == 0
    assert look(OVER) == 1
    assert look(OVER + timedelta(days=9)) == 0
    assert names(order_id) == ["ship_by_at_risk", "ship_by_missed"]
    summary = sent(order_id)[0].summary
    assert (summary.is_late, summary.is_at_risk) == (True, False)
    assert len(api.list_shipments(ShipmentFilter(due="late")).items) == 1
    assert api.list_shipments(ShipmentFilter(due="at_risk")).items == ()
    [mail] = late_mails()
    assert mail.kind == "order_ship_late"
    ship(pack(sent(order_id)[0], at=OVER), at=OVER)
    assert not sent(order_id)[0].summary.is_late


@pytest.mark.django_db
def test_what_is_packed_is_not_at_risk_but_can_be_late(listening: StoreInfo) -> None:
    [packed, gone] = place(order(1), order(2))
    pack(sent(packed)[0])
    ship(pack(sent(gone)[0]))
    assert look(RISKY) == 0
    assert look(OVER) == 1
    assert names(packed) == ["ship_by_missed"]
    assert names(gone) == []


@pytest.mark.django_db
def test_holds_and_tests_are_not_watched(listening: StoreInfo) -> None:
    [held, _] = place(order(1), order(2, is_test=True))
    orders.place_hold(order_id=held, note="", by=INES, at=AT)
    run_until_idle()
    assert look(OVER) == 0
    [hold] = orders.get_order(held).holds
    later = OVER + timedelta(hours=10)
    orders.release_hold(order_id=held, hold_id=hold.id, by=INES, at=later)
    run_until_idle()
    again = sent(held)[0].summary.ship_by_date
    assert again == orders.get_order(held).estimate.ship_by_date
    assert again is not None
    assert again > TUESDAY
    assert look(later) == 0
    assert look(later + timedelta(days=9)) == 1
    assert names(held) == ["ship_by_missed"]


@pytest.mark.django_db
def test_the_stores_own_hours_and_silence(listening: StoreInfo) -> None:
    assert api.get_fulfillment_settings() == FulfillmentSettings()
    [order_id] = place(order())
    api.change_fulfillment_settings(
        cut_off_hour=9, catch_up_days=1, tells_late=False, by=INES, at=AT
    )
    look(AT)  # counts again under the new hour
    assert names(order_id) == []
    assert look(RISKY - timedelta(hours=5)) == 1
    look(OVER)
    [event] = [
        one
        for one in list_events(subjects=[f"order:{order_id}"])
        if one["name"].endswith("ship_by_missed")
    ]
    assert event["payload"]["new_date"] == "2026-11-26"
    assert late_mails() == []
    for wrong in ({"cut_off_hour": 24}, {"catch_up_days": 0}):
        with pytest.raises(Invalid):
            api.change_fulfillment_settings(**wrong, by=INES, at=AT)


@pytest.mark.django_db
def test_all_stores_in_one_sweep_and_a_constant_number_of_statements(
    listening: StoreInfo, other_store: StoreInfo
) -> None:
    with store_scope(other_store.id):
        place(order())
    place(order(1))
    with CaptureQueriesContext(connection) as few:
        assert look_at_promises(OVER) == 2
    with store_scope(other_store.id):
        place(*[order(n) for n in range(11, 20)], at=AT)
    place(*[order(n) for n in range(11, 20)])
    with CaptureQueriesContext(connection) as many:
        assert look_at_promises(OVER) == 18
    assert len(many) == len(few)
