"""Every state of a parcel has its own words, says when first, and names who acts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import translation

from doorstep.portal.orders.answer import answer, foremost
from doorstep.portal.orders.checkpoints import happenings
from doorstep.portal.orders.page import OrderPageView, order_page, read_order
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.structured_data import order_json_ld
from doorstep.portal.orders.telling import Answer
from doorstep.portal.tests import made_up_parcels as made
from doorstep.portal.tests.made_up import CUP, ORDER, STORE, TEA, on_hold
from doorstep.portal.tests.made_up_parcels import AT, STATES, read, sent, step, thing, view
from doorstep.rooms.orders.contracts import Estimate, RefundLineView, RefundView
from doorstep.rooms.tracking.contracts import (
    EstimateView,
    ParcelCondition,
    Substatus,
    TrackingStatus,
)


def tell(reading: Reading) -> Answer:
    with translation.override(reading.language):
        return answer(reading)


def page_of(reading: Reading) -> OrderPageView:
    with translation.override(reading.language):
        return order_page(reading)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


SAID = {
    "no scan yet": ("Arriving Wed, Nov 25 – Thu, Nov 26", "carrier"),
    "on its way": ("Arriving Thu, Nov 26", "carrier"),
    "out for delivery": ("Arriving today, Tue, Nov 24", "carrier"),
    "late, new date": ("Late, now arriving Thu, Nov 26", "carrier"),
    "late": ("Late: it was due by Sun, Nov 22", "we"),
    "stalled": ("No news since Thu, Nov 19", "we"),
    "attempted": ("Next try: Wed, Nov 25", "carrier"),
    "pick-up": ("Ready to pick up until Tue, Dec 1", "you"),
    "customs": ("Held at customs", "carrier"),
    "customs, payment due": ("A payment is due before it moves on", "you"),
    "address problem": ("There is a problem with the address", "you"),
    "damaged": ("It was damaged on the way", "we"),
    "refused": ("It was not accepted at the door", "you"),
    "weather": ("Held up by the weather", "carrier"),
    "delayed": ("Delayed on the way", "carrier"),
    "held": ("DHL is holding it", "you"),
    "label canceled": ("It does not travel as planned", "we"),
    "other exception": ("Something holds it up", "we"),
    "delivered": ("Delivered on Tue, Nov 24", ""),
    "not found": ("Delivered, but not found", "we"),
    "returning": ("It is on its way back to us", "we"),
    "returned": ("It came back to us", "you"),
    "lost": ("Your parcel seems to be lost", "you"),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_says_when_and_who_acts(state: str) -> None:
    told = tell(read(state))
    assert (plain(told.headline), told.who) == SAID[state]
    assert bool(told.todo) == bool(told.who)
    assert told.state
    page = page_of(read(state))
    assert len(page.steps) <= 5
    if told.asks:
        assert page.door is not None, "the shopper is to act, and is not told where"


def test_every_condition_is_designed() -> None:
    assert {one.condition for one in STATES.values()} == {str(c) for c in ParcelCondition}
    assert len(set(SAID.values())) == len(STATES)


@pytest.mark.parametrize("language", ["de", "fr", "es", "ar"])
@pytest.mark.parametrize("state", STATES)
def test_each_state_speaks_each_language(state: str, language: str) -> None:
    told, english = tell(read(state, language=language)), tell(read(state))
    assert told.headline != english.headline
    assert "%(" not in told.headline + told.lead + told.todo + told.sure
    assert told.who == english.who


def test_late_is_admitted_first_with_the_new_date_and_the_reason() -> None:
    told = tell(read("late, new date"))
    assert plain(told.lead) == "It was due by Sun, Nov 22. We are sorry. The weather holds it up."
    assert told.sure == "DHL expects it then."
    assert told.tone == "warn"


def test_a_moved_date_says_what_it_was() -> None:
    moved = EstimateView(
        made.SOON, made.SOON, "carrier", revise_reason="customs", previous_to=date(2026, 11, 25)
    )
    reading = read_order(
        made.SHIPPED_ORDER, STORE, language="en", at=AT, sent=sent(view()),
        progress=[replace(STATES["on its way"], estimate=moved)],
    )  # fmt: skip
    assert plain(tell(reading).sure) == (
        "DHL expects it then. Before, it was Wed, Nov 25. Customs take longer than planned."
    )


def test_a_date_that_is_over_is_not_promised_again() -> None:
    over = replace(STATES["on its way"], estimate=EstimateView(made.PAST, made.PAST, "carrier"))
    reading = read_order(
        made.SHIPPED_ORDER, STORE, language="en", at=AT, sent=sent(view()), progress=[over]
    )
    assert plain(tell(reading).headline) == "It was due by Sun, Nov 22"
    assert tell(reading).sure == ""


def test_a_locker_code_is_not_shown_to_whoever_has_the_link() -> None:
    page = page_of(read("pick-up"))
    assert "4711" not in repr(page)
    assert "ICA Nära, Hornsgatan 40, 118 21 Stockholm" in page.answer.lead


def test_who_signed_is_shown_to_those_who_know_them() -> None:
    signed = replace(STATES["delivered"], substatus=Substatus.SIGNED, signed_by="MAYA LINDQVIST")
    reading = read_order(
        made.SHIPPED_ORDER, STORE, language="en", at=AT, sent=sent(view()), progress=[signed]
    )
    assert "Signed for by M. L." in tell(reading).lead
    assert "LINDQVIST" not in repr(page_of(reading))


def test_several_parcels_are_answered_by_the_one_that_matters() -> None:
    page = page_of(made.read_several())
    assert page.subject == "Parcel 2 of 2"
    assert plain(page.answer.headline) == "Late, now arriving Thu, Nov 26"
    assert [(card.label, plain(card.title)) for card in page.cards] == [
        ("Parcel 2 of 2 · 1 of 5 items", "Late, now arriving Thu, Nov 26"),
        ("Parcel 1 of 2 · 2 of 5 items", "Delivered on Tue, Nov 24"),
    ]
    assert page.waiting is not None
    assert page.waiting.share == "2 of 5 items"
    assert [(piece.title, piece.quantity) for piece in page.waiting.pieces] == [(TEA.title, "2")]


def test_what_only_the_shopper_can_mend_comes_before_any_parcel() -> None:
    order = on_hold("address_invalid")
    reading = read_order(
        order, STORE, language="en", at=AT, sent=sent(view(1, thing(CUP, 1))),
        progress=[STATES["out for delivery"]],
    )  # fmt: skip
    assert foremost(reading) is None
    assert tell(reading).headline == "We need your help with the address"
    assert page_of(reading).subject == "2 of 3 items"


def test_the_rest_of_an_order_comes_before_what_has_arrived() -> None:
    reading = read_order(
        ORDER, STORE, language="en", at=AT.replace(day=19), sent=sent(view(1, thing(CUP, 1))),
        progress=[STATES["delivered"]],
    )  # fmt: skip
    assert foremost(reading) is None
    assert tell(reading).headline.startswith("Arriving")


def test_what_was_paid_back_is_not_waited_for() -> None:
    refund = RefundView(
        ORDER.id, "r", "EUR", 2610, AT, "", (RefundLineView(TEA.id, TEA.title, 2, 2610, 0, True),)
    )
    reading = read_order(
        replace(ORDER, refunds=(refund,)), STORE, language="en", at=AT,
        sent=sent(view(1, thing(CUP, 1))), progress=[STATES["on its way"]],
    )  # fmt: skip
    assert reading.waiting == ()


def test_a_parcel_that_is_packed_has_not_left() -> None:
    packed = view(shipped_at=None, tracking_number="")
    reading = read_order(ORDER, STORE, language="en", at=AT.replace(day=19), sent=sent(packed))
    told = tell(reading)
    assert (told.state, told.lead) == ("Packed", "It is packed and waits to be collected.")
    assert [one.state for one in page_of(reading).steps] == ["done", "now", "next", "next", "next"]


def test_a_parcel_without_a_number_says_so() -> None:
    bare = view(tracking_number="", tracking_url="", carrier="", carrier_name="")
    reading = read_order(made.SHIPPED_ORDER, STORE, language="en", at=AT, sent=sent(bare))
    assert "without a tracking number" in tell(reading).lead
    [card] = page_of(reading).cards
    assert (card.tracking_url, card.latest, card.reports) == ("", [], None)


def test_a_number_without_a_shipment_is_a_parcel_too() -> None:
    stray = replace(STATES["on its way"], parcel_id=None)
    reading = read_order(made.SHIPPED_ORDER, STORE, language="en", at=AT, progress=[stray])
    [card] = page_of(reading).cards
    assert card.pieces == []
    assert card.label == ""


def test_nothing_known_still_makes_a_page() -> None:
    nothing = replace(
        STATES["on its way"],
        carrier="", carrier_name="", tracking_number="", tracking_url="", checkpoints=(),
        estimate=EstimateView(None, None, ""), promised_to=None, shipped_at=None,
        last_news_at=None, status_at=None, first_scan_at=None, steps_done=(),
    )  # fmt: skip
    order = replace(made.SHIPPED_ORDER, estimate=Estimate(None, None, None, None, None), lines=())
    for condition in ParcelCondition:
        bare = replace(nothing, condition=condition)
        store = replace(STORE, support_email="", support_phone="", website_url="", faq_url="")
        reading = read_order(order, store, language="en", at=AT, progress=[bare])
        page = page_of(reading)
        assert page.answer.headline
        assert "None" not in repr((page.answer.headline, page.answer.lead, page.answer.todo))
        json.loads(order_json_ld(reading))


def test_the_log_is_folded_after_three_and_cut_after_sixty() -> None:
    many = tuple(step(n, TrackingStatus.IN_TRANSIT, Substatus.ARRIVED) for n in range(200))
    reading = read_order(
        made.SHIPPED_ORDER, STORE, language="en", at=AT, sent=sent(view()),
        progress=[replace(STATES["on its way"], checkpoints=many)],
    )  # fmt: skip
    [card] = page_of(reading).cards
    assert (len(card.latest), len(card.earlier), card.has_older) == (3, 57, True)


def test_twenty_parcels_share_the_room() -> None:
    many = tuple(step(n, TrackingStatus.IN_TRANSIT, Substatus.ARRIVED) for n in range(200))
    views = [view(n, thing(CUP, 1)) for n in range(1, 21)]
    progress = [
        replace(
            STATES["on its way"], parcel_id=one.id, tracker_id=made.uuid(900 + n), checkpoints=many
        )
        for n, one in enumerate(views)
    ]
    reading = read_order(
        made.SHIPPED_ORDER, STORE, language="en", at=AT, sent=sent(*views), progress=progress
    )
    page = page_of(reading)
    assert len(page.cards) == 20
    assert sum(len(card.latest) + len(card.earlier) for card in page.cards) <= 60


def test_steps_nobody_understood_keep_the_carriers_words() -> None:
    steps = [
        step(1, "", description="Sendung umgeleitet <b>!</b>", is_ignored=True),
        step(2, "", description="   "),
        step(3, TrackingStatus.IN_TRANSIT, is_ignored=True),  # after the end: no effect
        step(4, TrackingStatus.IN_TRANSIT, "unheard_of"),
    ]
    reading = read()
    with translation.override("en"):
        listed = happenings(steps, reading, 10)
    assert [(one.what, one.is_quoted) for one in listed] == [
        ("Sendung umgeleitet <b>!</b>", True),
        ("On its way", False),
    ]


def test_a_day_without_a_time_shows_no_time() -> None:
    with translation.override("en"):
        [one] = happenings([step(3, TrackingStatus.IN_TRANSIT, is_date_only=True)], read(), 5)
    assert plain(one.when) == "Tue, Nov 24"


def test_reporting_ends_some_weeks_after_the_delivery() -> None:
    old = AT - timedelta(days=61)
    for at, may in ((AT, True), (old, False)):
        progress = replace(STATES["delivered"], delivered_at=at, status_at=at)
        reading = read_order(
            made.SHIPPED_ORDER, STORE, language="en", at=AT, sent=sent(view()), progress=[progress]
        )
        assert bool(page_of(reading).cards[0].reports) is may


def test_a_link_of_the_carrier_is_a_link() -> None:
    """What a report names as its page could be anything: only http and https are followed."""
    for url, shown in (
        ("javascript:alert(1)", ""),
        ("//evil.example", ""),
        ("https://dhl.example/1", "https://dhl.example/1"),
    ):
        told = replace(STATES["held"], tracking_url=url)
        reading = read_order(
            made.SHIPPED_ORDER, STORE, language="en", at=AT,
            sent=sent(view(tracking_url="")), progress=[told],
        )  # fmt: skip
        page = page_of(reading)
        assert page.cards[0].tracking_url == shown
        assert page.door is None or not page.door.href.startswith(("javascript", "//"))


def test_the_structured_data_names_the_parcels() -> None:
    data = json.loads(order_json_ld(read("delivered")))
    [parcel] = data["orderDelivery"]
    assert data["orderStatus"] == "https://schema.org/OrderDelivered"
    assert parcel["@type"] == "ParcelDelivery"
    assert parcel["trackingNumber"].startswith("0034")
    assert {item["name"] for item in parcel["itemShipped"]} == {TEA.title, CUP.title}
    assert json.loads(order_json_ld(read("lost")))["orderStatus"].endswith("OrderProblem")
    assert json.loads(order_json_ld(read("returned")))["orderStatus"].endswith("OrderReturned")


def test_a_date_that_ends_in_a_period_ends_its_sentence() -> None:
    told = Answer("Arrivée mar. 24 nov.", "Au plus tard le mar. 24 nov..", todo="Wait … or not...")
    assert told.lead == "Au plus tard le mar. 24 nov."
    assert told.todo == "Wait … or not..."
