"""The page says when first, tells the truth, and says who acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from doorstep.portal.orders.answer import answer
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.steps import steps
from doorstep.portal.orders.telling import Answer
from doorstep.portal.tests.made_up import AT, STORE, TEA, on_hold, order
from doorstep.rooms.orders.contracts import Estimate, HoldReason, Milestone, ShopperOrder


def say(told: ShopperOrder, *, at: datetime = AT, language: str = "en") -> Answer:
    with translation.override(language):
        return answer(Reading(told, STORE, language, at))


def states(told: ShopperOrder) -> list[tuple[str, str]]:
    reading = Reading(told, STORE, "en", AT)
    return [(step.name, step.state) for step in steps(reading, answer(reading))]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_when_comes_first() -> None:
    told = say(order())
    assert plain(told.headline) == "Arriving Tue, Nov 24 – Thu, Nov 26"
    assert plain(told.lead) == "It leaves us by Fri, Nov 20."
    assert told.sure == "Our estimate, from usual delivery times."


def test_a_range_that_has_begun_starts_today() -> None:
    told = say(order(state="shipped"), at=datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert plain(told.headline) == "Arriving Wed, Nov 25 – Thu, Nov 26"


def test_today_is_the_stores_day() -> None:
    """At 23:30 UTC it is tomorrow in Berlin."""
    shipped = order(state="shipped")
    assert "Arriving" in say(shipped, at=datetime(2026, 11, 26, 22, 30, tzinfo=UTC)).headline
    late = say(shipped, at=datetime(2026, 11, 26, 23, 30, tzinfo=UTC))
    assert plain(late.headline) == "It was due by Thu, Nov 26"
    assert late.asks


def test_made_to_order_says_how_long_it_takes() -> None:
    estimate = Estimate(date(2026, 12, 1), date(2026, 12, 4), date(2026, 12, 7), 5, 8)
    assert "up to 8 working days." in say(order(estimate=estimate)).lead
    one = replace(estimate, production_days_max=1)
    assert "up to 1 working day." in say(order(estimate=one)).lead


def test_an_unknown_date_is_not_made_up() -> None:
    told = say(order(estimate=Estimate(None, None, None, None, None)))
    assert told.headline == "Your order is confirmed"


def test_late_is_admitted_first() -> None:
    told = say(order(), at=datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert (told.headline, told.tone) == ("We are late with your order", "warn")


def test_nothing_to_ship() -> None:
    told = order(lines=(replace(TEA, requires_shipping=False),))
    assert say(told).lead == "Nothing in it has to be shipped."
    assert [name for name, _ in states(told)] == ["Confirmed", "Being prepared", "Done"]


@pytest.mark.parametrize("reason", list(HoldReason))
def test_every_hold_has_its_own_words(reason: HoldReason) -> None:
    told = say(on_hold(reason.value))
    others = {say(on_hold(other.value)).headline for other in HoldReason if other is not reason}
    assert told.headline not in others
    assert told.tone == "warn"
    assert reason.value not in told.headline + told.lead


def test_what_the_shopper_can_mend_is_said_first() -> None:
    told = say(on_hold("manual", "out_of_stock", "address_invalid"))
    assert (told.headline, told.asks) == ("We need your help with the address", True)


def test_a_hold_of_the_store_asks_nothing_of_the_shopper() -> None:
    for reason in "out_of_stock", "risk_review", "manual":
        assert not say(on_hold(reason)).asks


def test_an_unknown_reason_still_reads_well() -> None:
    assert say(on_hold("a_reason_of_tomorrow")).headline == "Your order is paused"


def test_canceled_and_history() -> None:
    canceled = order(state="canceled", milestones=(Milestone("canceled", "problem", AT),))
    assert "November 19, 2026" in say(canceled).lead
    assert states(canceled) == [("Confirmed", "done"), ("Canceled", "now")]
    assert states(order(state="history")) == []
    assert say(order(state="history")).headline == "Thank you for your order"
    both = replace(canceled, state="history")
    assert say(both).headline == "This order was canceled"


def test_milestones_show_only_what_is_known() -> None:
    assert states(order()) == [
        ("Confirmed", "done"),
        ("Being prepared", "now"),
        ("Shipped", "next"),
        ("Out for delivery", "next"),
        ("Delivered", "next"),
    ]
    assert [state for _, state in states(order(state="shipped"))] == [
        "done",
        "done",
        "now",
        "next",
        "next",
    ]


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("de", "Ankunft Di., 24. – Do., 26. Nov."),
        ("fr", "Arrivée mar. 24 – jeu. 26 nov."),
        ("es", "Llega mar, 24 nov – jue, 26 nov"),
    ],
)
def test_languages(language: str, headline: str) -> None:
    assert plain(say(order(), language=language).headline) == headline


def test_arabic_is_arabic() -> None:
    assert say(order(), language="ar").headline.startswith("الوصول")
