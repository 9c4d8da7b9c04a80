"""Who has a date on a day: run-outs from delivery, anniversaries, the latest order."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import Birthday
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys import dating
from doorstep.rooms.journeys.dates.orders import same_days, start_of
from doorstep.rooms.journeys.dates.sources import (
    DateSource,
    Entrant,
    find_source,
    list_sources,
    register_source,
)
from doorstep.rooms.journeys.dating import look_at_dates
from doorstep.rooms.journeys.models import Enrollment, Journey
from doorstep.rooms.journeys.versions import OpenVersion
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.models import OrderLine
from doorstep.rooms.orders.tests import cast as shop
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking.models import Tracker
from doorstep.rooms.tracking.tests import cast as parcels

AT = shop.AT  # 20 November 2026, 9:30 in London
INES = Actor("user", "1", "Ines", role="owner")
BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 20)


def on(name: str, day: date, at: datetime = AT) -> list[Entrant]:
    source = find_source(name)
    assert source is not None
    with CaptureQueriesContext(connection) as queries:
        found = [one for some in source(stores.get_store(), day, at=at) for one in some]
    assert len([q for q in queries if "stores_store" not in q["sql"]]) <= 1
    return found


def buy(nth: int = 1, *lines: Any, placed_at: datetime = AT, **more: Any) -> tuple[UUID, UUID]:
    order = shop.order(nth, lines or [shop.line("TEA")], placed_at=placed_at, **more)
    [kept] = shop.record(order)
    return kept.order_id, orders.get_customers_of([kept.order_id])[kept.order_id]


def lasts(sku: str, days: int) -> UUID:
    product_id = catalog.find_products_by_sku([sku])[sku]
    catalog.set_care(product_id=product_id, run_out_days=days, by=INES, at=AT)
    return product_id


def deliver(order_id: UUID, at: datetime | None, *skus: str) -> Tracker:
    """Send lines of an order in a parcel; it arrives, or (None) is still on its way."""
    parcel = parcels.make_parcel(order_id, f"N{order_id.hex[-6:]}{'-'.join(skus)}")
    lines = OrderLine.objects.filter(order_id=order_id)
    for line in lines.filter(sku__in=skus) if skus else lines:
        apps.get_model("fulfillment", "ShipmentLine").objects.create(
            store_id=line.store_id,
            shipment_id=parcel.shipment_id,
            order_line=line,
            quantity=line.quantity,
        )
        apps.get_model("fulfillment", "ParcelLine").objects.create(
            store_id=line.store_id, parcel_id=parcel.id, order_line=line, quantity=line.quantity
        )
    [tracker] = parcels.ship(parcel)
    if at is not None:
        Tracker.objects.filter(id=tracker.id).update(
            status="delivered", delivered_at=at, is_open=False
        )
    return tracker


def test_sources_are_known_by_name() -> None:
    assert {one.name for one in list_sources()} == {
        "birthday",
        "favorite_holiday",
        "last_order",
        "order_anniversary",
        "run_out",
    }
    assert find_source("full_moon") is None
    birthday = find_source("birthday")
    assert birthday is not None
    with pytest.raises(ValueError, match="two date sources"):
        register_source(DateSource("birthday", "", "", "customer", birthday.find))


@pytest.mark.django_db
def test_a_birthday_and_a_holiday_have_a_key_a_year(store: StoreInfo) -> None:
    _, maya = buy()
    customers.set_preferences(
        customer_id=maya,
        birthday=Birthday(29, 2),
        favorite_holiday="easter",
        by=INES,
        at=AT,
    )
    assert on("birthday", date(2027, 2, 28)) == [Entrant(maya, "birthday:2027")]
    assert on("birthday", date(2028, 2, 28)) == []
    assert on("birthday", date(2028, 2, 29)) == [Entrant(maya, "birthday:2028")]
    for day in (date(2027, 3, 28), date(2028, 4, 16)):  # Easter moves
        key = f"holiday:easter:{day.year}"
        assert on("favorite_holiday", day) == [Entrant(maya, key, data={"holiday": "easter"})]
    assert on("favorite_holiday", date(2028, 3, 28)) == []


@pytest.mark.django_db
def test_what_was_bought_runs_out_from_its_delivery(store: StoreInfo) -> None:
    order_id, maya = buy(1, shop.line("TEA", quantity=2), shop.line("POT"))
    tea = lasts("TEA", 10)
    deliver(order_id, AT)
    found = on("run_out", TODAY + timedelta(days=20))
    key = f"run_out:{order_id}:2026-12-10"
    assert found == [Entrant(maya, key, order_id, {"product_ids": [str(tea)]})]
    for days in (10, 19, 21):
        assert on("run_out", TODAY + timedelta(days=days)) == []


@pytest.mark.django_db
def test_a_late_parcel_moves_the_date_and_the_last_parcel_counts(store: StoreInfo) -> None:
    order_id, _ = buy(1, shop.line("TEA"), shop.line("SOAP"))
    lasts("TEA", 10), lasts("SOAP", 10)
    late = deliver(order_id, None, "SOAP")
    deliver(order_id, AT, "TEA")
    # A week before, when the soap was still on its way.
    [only_tea] = on("run_out", TODAY + timedelta(days=10), AT + timedelta(days=2))
    assert len(only_tea.data["product_ids"]) == 1
    Tracker.objects.filter(id=late.id).update(
        status="delivered", delivered_at=AT + timedelta(days=3), is_open=False
    )
    later = AT + timedelta(days=4)
    assert len(on("run_out", TODAY + timedelta(days=13), later)) == 1
    # Not known yet at that time: the past is replayed as it was.
    assert on("run_out", TODAY + timedelta(days=13), AT + timedelta(days=2)) == []


@pytest.mark.django_db
def test_each_product_of_an_order_has_its_day_and_near_ones_share_one(store: StoreInfo) -> None:
    order_id, maya = buy(1, *(shop.line(sku) for sku in ("TEA", "SOAP", "POT", "CUP")))
    tea, soap, pot = lasts("TEA", 20), lasts("SOAP", 60), lasts("POT", 34)
    deliver(order_id, AT)
    days = {
        day: found
        for n in range(10, 80)
        if (found := on("run_out", day := TODAY + timedelta(days=n), AT + timedelta(days=n - 7)))
    }
    assert days == {
        TODAY + timedelta(days=n): [
            Entrant(
                maya, f"run_out:{order_id}:{TODAY + timedelta(days=n)}", order_id,
                {"product_ids": [str(one) for one in products]},
            )
        ]
        for n, products in ((20, (tea, pot)), (60, (soap,)))
    }  # fmt: skip


@pytest.mark.django_db
def test_what_was_named_with_another_is_not_named_again_when_that_is_bought(
    store: StoreInfo,
) -> None:
    order_id, _ = buy(1, shop.line("TEA"), shop.line("SOAP"))
    lasts("TEA", 20), lasts("SOAP", 25)
    deliver(order_id, AT)
    assert len(on("run_out", TODAY + timedelta(days=20), AT + timedelta(days=13))) == 1
    bought = AT + timedelta(days=15)
    buy(2, shop.line("TEA"), placed_at=bought)
    assert on("run_out", TODAY + timedelta(days=25), AT + timedelta(days=18)) == []


@pytest.mark.django_db
def test_bought_again_in_time_only_the_other_is_named(store: StoreInfo) -> None:
    order_id, _ = buy(1, shop.line("TEA"), shop.line("SOAP"))
    lasts("TEA", 20)
    soap = lasts("SOAP", 25)
    deliver(order_id, AT)
    buy(2, shop.line("TEA"), placed_at=AT + timedelta(days=3))
    assert on("run_out", TODAY + timedelta(days=20), AT + timedelta(days=13)) == []
    [one] = on("run_out", TODAY + timedelta(days=25), AT + timedelta(days=18))
    assert one.data == {"product_ids": [str(soap)]}


@pytest.mark.django_db
def test_the_prebuilt_journey_reminds_of_each_product_once(store: StoreInfo) -> None:
    order_id, maya = buy(1, shop.line("TEA"), shop.line("SOAP"))
    tea, soap = lasts("TEA", 20), lasts("SOAP", 60)
    deliver(order_id, AT)
    journey = journeys.create_journey(name="Running low", template="replenishment", by=INES, at=AT)
    revision = journeys.get_journey(journey).revision
    journeys.publish_journey(journey_id=journey, revision=revision, by=INES, at=AT)
    for n in range(70):
        at = AT + timedelta(days=n, hours=1)
        while look_at_dates(at=at):
            pass
    rows = Enrollment.objects.order_by("entered_at").values_list("customer_id", "order_id", "data")
    assert list(rows) == [
        (maya, order_id, {"product_ids": [str(tea)]}),
        (maya, order_id, {"product_ids": [str(soap)]}),
    ]


@pytest.mark.django_db
def test_a_journey_whose_day_fails_holds_up_no_other(
    store: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for name in ("Broken", "Fine"):
        journey = journeys.create_journey(name=name, template="birthday", by=INES, at=AT)
        revision = journeys.get_journey(journey).revision
        journeys.publish_journey(journey_id=journey, revision=revision, by=INES, at=AT)
        made.append(journey)
    look = dating._look

    def fail_for_one(version: OpenVersion, *more: Any) -> int:
        if version.journey_id == made[0]:
            raise RuntimeError("the kettle is cold")
        return look(version, *more)

    monkeypatch.setattr(dating, "_look", fail_for_one)
    tomorrow = AT + timedelta(days=1)
    with pytest.raises(RuntimeError, match="the kettle is cold"):
        look_at_dates(at=tomorrow)
    looked = dict(Journey.objects.values_list("id", "dated_until"))
    assert looked[made[0]] < looked[made[1]] == tomorrow.date()


@pytest.mark.django_db
def test_only_the_latest_order_of_a_product_counts(store: StoreInfo) -> None:
    first, _ = buy(1, shop.line("TEA"), placed_at=AT - timedelta(days=2))
    lasts("TEA", 30)
    deliver(first, AT - timedelta(days=1))
    day = TODAY + timedelta(days=29)
    assert [one.order_id for one in on("run_out", day)] == [first]
    second, _ = buy(2, shop.line("TEA"), placed_at=AT)
    assert on("run_out", day, AT + timedelta(days=1)) == []
    deliver(second, AT + timedelta(days=1))
    assert [
        one.order_id for one in on("run_out", day + timedelta(days=2), AT + timedelta(days=2))
    ] == [second]


@pytest.mark.django_db
def test_gifts_cancellations_and_other_stores_are_left_out(
    store: StoreInfo, other_store: StoreInfo
) -> None:
    gift, _ = buy(1, is_gift=True)
    canceled, _ = buy(2)
    kept, _ = buy(3)
    lasts("TEA", 10)
    for one in (gift, canceled, kept):
        deliver(one, AT)
    orders.cancel_from_platform(
        sales_channel=shop.CHANNEL, external_id="order-2", reason="other", by=shop.SHOP, at=AT
    )
    day = TODAY + timedelta(days=10)
    # All three are Maya's of one instant: none is later than another.
    assert [one.order_id for one in on("run_out", day)] == [kept]
    with store_scope(other_store.id):
        for source in list_sources():
            for where in (day, TODAY):
                assert on(source.name, where) == []


@pytest.mark.django_db
def test_days_begin_and_end_where_the_store_is(store: StoreInfo) -> None:
    """On the day clocks go back a day has 25 hours: all of them are of that day."""
    order_id, _ = buy(1)
    lasts("TEA", 1)
    arrived = datetime(2026, 10, 25, 23, 30, tzinfo=BERLIN)  # 22:30 UTC, an hour after it seems
    deliver(order_id, arrived)
    assert len(on("run_out", date(2026, 10, 26), AT + timedelta(days=60))) == 1
    length = (
        start_of(date(2026, 10, 26), "Europe/Berlin").timestamp()
        - start_of(date(2026, 10, 25), "Europe/Berlin").timestamp()
    )
    assert length == 25 * 3600
    spring = (
        start_of(date(2026, 3, 30), "Europe/Berlin").timestamp()
        - start_of(date(2026, 3, 29), "Europe/Berlin").timestamp()
    )
    assert spring == 23 * 3600


@pytest.mark.django_db
def test_the_first_order_has_an_anniversary(store: StoreInfo) -> None:
    _, maya = buy(1, placed_at=datetime(2024, 2, 29, 12, tzinfo=BERLIN))
    _, jonas = buy(2, placed_at=datetime(2025, 2, 28, 23, 59, tzinfo=BERLIN), person=shop.JONAS)
    buy(3, placed_at=datetime(2025, 2, 28, 12, tzinfo=BERLIN))  # Maya again: not her first
    found = on("order_anniversary", date(2026, 2, 28), AT)
    assert {(one.customer_id, one.key, one.data["years"]) for one in found} == {
        (maya, "order_anniversary:2026", 2),
        (jonas, "order_anniversary:2026", 1),
    }
    assert {one.customer_id for one in on("order_anniversary", date(2028, 2, 29), AT)} == {maya}
    assert {one.customer_id for one in on("order_anniversary", date(2028, 2, 28), AT)} == {jonas}
    assert on("order_anniversary", date(2026, 3, 1), AT) == []


def test_an_anniversary_falls_on_one_day_a_year() -> None:
    for year in range(2020, 2030):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365 + (year % 4 == 0))]
        for past in (date(2024, 2, 29), date(2024, 2, 28), date(2023, 3, 1)):
            hits = [day for day in days if past in same_days(day, past.year)]
            assert len(hits) == 1, (past, year)


@pytest.mark.django_db
def test_who_has_gone_quiet(store: StoreInfo) -> None:
    _, maya = buy(1, placed_at=AT - timedelta(days=182))
    _, jonas = buy(2, placed_at=AT - timedelta(days=182), person=shop.JONAS)
    buy(3, placed_at=AT - timedelta(days=3), person=shop.JONAS)
    day = TODAY - timedelta(days=182)
    assert on("last_order", day) == [Entrant(maya, f"last_order:{day}")]
    before = AT - timedelta(days=10)  # as it was known then, Jonas had not come back
    assert {one.customer_id for one in on("last_order", day, before)} == {maya, jonas}
