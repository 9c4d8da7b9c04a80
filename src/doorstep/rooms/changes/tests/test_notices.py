"""Delay notices as 16 CFR 435 asks for them: consent, silence, cancellation, and the evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.rooms.changes import api
from doorstep.rooms.changes.contracts import NoticeState
from doorstep.rooms.changes.notices import notice_missed
from doorstep.rooms.changes.rules.notices import terms_of
from doorstep.rooms.changes.tests.cast import AT, INES, MAYA, SOON, again, place
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.events import ShipByMissed
from doorstep.rooms.fulfillment.tests.cast import pack, sent
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders.contracts import OrderDetail
from doorstep.rooms.orders.tests.cast import BERLIN
from doorstep.rooms.payments import api as payments

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "listening", "shop_vendor")]
OREGON = replace(
    BERLIN,
    line1="12 Alder St",
    city="Portland",
    postal_code="97205",
    region="OR",
    country_code="US",
)


def to_the_us() -> OrderDetail:
    return place(shipping_address=OREGON)


def missed(order: OrderDetail, new_date: date | None) -> None:
    promised = order.estimate.ship_by_date
    assert promised is not None
    event = ShipByMissed(
        order.summary.id, order.summary.id, None, order.summary.number, promised, new_date
    )
    notice_missed([event], at=SOON)


def later(order: OrderDetail, days: int) -> date:
    assert order.estimate.ship_by_date is not None
    return order.estimate.ship_by_date + timedelta(days=days)


def test_a_short_first_delay_takes_silence_for_consent() -> None:
    order = to_the_us()
    missed(order, later(order, 10))
    missed(order, later(order, 10))  # the same day missed again is the same notice
    [notice] = api.list_notices(order.summary.id)
    assert (notice.silence, notice.state) == ("consent", NoticeState.OPEN)
    [mail] = [one for one in messaging.list_messages().items if one.kind == "order_ship_late"]
    assert mail
    assert api.close_due(notice.respond_by - timedelta(minutes=1)) == 0
    assert api.close_due(notice.respond_by) == 1
    [closed] = api.list_notices(order.summary.id)
    assert closed.state is NoticeState.SILENT
    assert again(order).summary.state == "ready"
    assert [words.split(":")[0] for _at, words in closed.log] == ["Asked", "No answer"]


def test_a_second_delay_takes_silence_for_cancellation() -> None:
    order = to_the_us()
    missed(order, later(order, 10))
    [first] = api.list_notices(order.summary.id)
    api.answer_delay_notice(notice_id=first.id, is_consent=True, by=MAYA, at=SOON)
    second = api.send_delay_notice(
        order_id=order.summary.id, new_date=later(order, 30), by=INES, at=SOON
    )
    assert (second.nth, second.silence, second.previous_date) == (2, "cancel", later(order, 10))
    assert api.close_due(second.respond_by) == 1
    after = again(order)
    assert after.summary.state == "canceled"
    subject = f"order:{order.summary.id}"
    assert [one.amount_minor for one in payments.list_refunds([subject])[subject]] == [3590]
    assert api.get_notice(second.id).state is NoticeState.CANCELED


def test_the_shopper_cancels_though_the_store_lets_nobody_cancel() -> None:
    api.change_settings(settings={"rules": {"cancel": {"is_offered": False}}}, by=INES, at=AT)
    order = to_the_us()
    missed(order, None)
    [notice] = api.list_notices(order.summary.id)
    assert notice.silence == "cancel"
    for _ in range(2):
        done = api.answer_delay_notice(notice_id=notice.id, is_consent=False, by=MAYA, at=SOON)
        assert done.state is NoticeState.CANCELED
    assert again(order).summary.state == "canceled"
    with pytest.raises(Conflict):
        api.answer_delay_notice(notice_id=notice.id, is_consent=True, by=MAYA, at=SOON)


def test_what_was_packed_in_the_last_minute_is_left_to_a_person() -> None:
    order = to_the_us()
    missed(order, None)
    [notice] = api.list_notices(order.summary.id)
    [shipment] = sent(order.summary.id)
    pack(shipment)
    assert api.close_due(notice.respond_by) == 1
    assert again(order).summary.state == "ready"
    closed = api.get_notice(notice.id)
    assert closed.state is NoticeState.MOOT
    assert "could not be canceled" in closed.log[-1][1]


def test_other_countries_and_stores_that_do_not_want_it_are_left_alone() -> None:
    missed(place(), date(2026, 12, 24))
    api.change_settings(settings={"us_delay_notices": False}, by=INES, at=AT)
    order = place(nth=2, shipping_address=OREGON)
    missed(order, later(order, 5))
    run_until_idle()
    assert api.list_notices(order.summary.id) == []


def test_terms() -> None:
    from zoneinfo import ZoneInfo

    zone, promised = ZoneInfo("America/New_York"), date(2026, 12, 1)

    def terms(nth: int, new: date | None) -> tuple[str, date]:
        found = terms_of(nth=nth, promised=promised, new_date=new, at=AT, zone=zone)
        return found.silence, found.respond_by.date()

    assert terms(1, date(2026, 12, 31)) == ("consent", date(2027, 1, 1))
    assert terms(1, date(2027, 1, 1)) == ("cancel", date(2027, 1, 1))
    assert terms(1, None) == ("cancel", date(2027, 1, 1))
    assert terms(2, date(2026, 12, 10)) == ("cancel", date(2026, 12, 2))


def test_the_promised_days_move_with_the_notice() -> None:
    order = to_the_us()
    before = order.estimate
    assert before.delivery_from_date is not None
    missed(order, later(order, 10))
    run_until_idle()
    moved = again(order).estimate
    assert moved.ship_by_date == later(order, 10)
    assert moved.delivery_from_date is not None
    assert moved.delivery_to_date is not None
    assert later(order, 10) <= moved.delivery_from_date <= moved.delivery_to_date
    assert moved.delivery_from_date > before.delivery_from_date
    [shipment] = fulfillment.list_shipments_of([order.summary.id])[order.summary.id]
    assert shipment.summary.ship_by_date == later(order, 10), "the warehouse works to the new day"
    # A day that nobody knows is promised by nobody; the one before stays what it is late with.
    [first] = api.list_notices(order.summary.id)
    api.answer_delay_notice(notice_id=first.id, is_consent=True, by=MAYA, at=SOON)
    second = api.send_delay_notice(order_id=order.summary.id, by=INES, at=SOON)
    assert second.previous_date == later(order, 10)
    unknown = again(order).estimate
    assert (unknown.ship_by_date, unknown.delivery_from_date, unknown.delivery_to_date) == (
        None, None, None,
    )  # fmt: skip


def test_a_refused_notice_moves_nothing() -> None:
    order = to_the_us()
    with pytest.raises(Invalid):
        api.send_delay_notice(
            order_id=order.summary.id, new_date=order.estimate.ship_by_date, by=INES, at=SOON
        )
    assert again(order).estimate == order.estimate
