"""The clocks: when a parcel is late, stalled or lost, and when it is so no longer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel import audit
from doorstep.kernel.errors import Invalid, PermissionDenied
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking.clocks.settings import list_clocks, set_clocks
from doorstep.rooms.tracking.clocks.sweep import Checked, check_store, stores_with_parcels
from doorstep.rooms.tracking.contracts import Clocks
from doorstep.rooms.tracking.models import ClockRule, Tracker
from doorstep.rooms.tracking.pausing import sync_pauses
from doorstep.rooms.tracking.tests.cast import (
    AT,
    CARRIER,
    INES,
    MIA,
    SHIPPED,
    S,
    events_of,
    fresh,
    report,
    ship_one,
    step,
    tell,
)

pytestmark = pytest.mark.usefixtures("store")
PROMISED = date(2026, 11, 24)
# The day is over at midnight in Berlin, and half a day of grace is the default.
LATE_AT = AT.replace(day=24, hour=23, minute=0) + timedelta(hours=12)
MINUTE = timedelta(minutes=1)


def on_its_way(**more: object) -> Tracker:
    """Let a parcel leave that was seen once, promised for Tuesday the 24th."""
    tracker = ship_one()
    tell(report(step(S.IN_TRANSIT, 5)))
    fields = {"promised_to": PROMISED, "estimate_to": PROMISED, "zone": "Europe/Berlin"}
    Tracker.objects.filter(id=tracker.id).update(
        estimate_from=None, promised_from=None, **fields | more
    )
    return fresh(tracker)


def check(store: StoreInfo, at: object) -> Checked:
    """Check the store's parcels as of an instant."""
    return check_store(store.id, at=at)  # type: ignore[arg-type]


def quiet(store: StoreInfo) -> None:
    """Set clocks that only the promised day can ring."""
    set_clocks(
        clocks=[Clocks(no_scan_hours=1440, stalled_hours=1440, lost_days=365)], by=INES, at=AT
    )


def test_late_when_the_promised_day_is_over_where_it_goes(store: StoreInfo) -> None:
    quiet(store)
    parcel = on_its_way()
    assert check(store, LATE_AT - MINUTE).changed == 0
    assert check(store, LATE_AT + MINUTE).late == 1
    assert fresh(parcel).late_since == LATE_AT
    assert events_of(parcel.order_id)[-1] == "parcel_late"


def test_the_day_ends_later_in_honolulu(store: StoreInfo) -> None:
    quiet(store)
    on_its_way(zone="Pacific/Honolulu")
    assert check(store, LATE_AT + timedelta(hours=10, minutes=59)).changed == 0
    assert check(store, LATE_AT + timedelta(hours=11, minutes=1)).late == 1


def test_late_is_known_before_the_day_when_the_carrier_says_so(store: StoreInfo) -> None:
    later = PROMISED + timedelta(days=1)
    parcel = on_its_way(estimate_to=later, estimate_source="service", estimate_revised_at=AT)
    assert check(store, AT + MINUTE).changed == 0  # our own guess is no news
    Tracker.objects.filter(id=parcel.id).update(estimate_source="carrier")
    assert check(store, AT + MINUTE).late == 1
    assert fresh(parcel).late_since == AT
    Tracker.objects.filter(id=parcel.id).update(estimate_to=PROMISED)  # it caught up
    assert check(store, AT + 2 * MINUTE) == Checked(changed=1, ended=1)
    assert fresh(parcel).late_since is None
    assert events_of(parcel.order_id)[-1] == "alarm_ended"


def test_without_a_promise_the_estimate_counts_and_without_both_nothing(store: StoreInfo) -> None:
    quiet(store)
    parcel = on_its_way(promised_to=None)
    assert check(store, LATE_AT + MINUTE).late == 1
    Tracker.objects.filter(id=parcel.id).update(late_since=None, estimate_to=None)
    assert check(store, LATE_AT + timedelta(days=50)).changed == 0


@pytest.mark.parametrize("status", ["available_for_pickup", "returned"])
def test_what_waits_for_its_shopper_or_goes_back_is_not_late(store: StoreInfo, status: str) -> None:
    on_its_way(status=status)
    assert check(store, LATE_AT + timedelta(days=60)).changed == 0


def test_stalled_when_never_scanned(store: StoreInfo) -> None:
    parcel = ship_one()
    Tracker.objects.update(promised_to=None, estimate_from=None, estimate_to=None)
    assert check(store, SHIPPED + timedelta(hours=72) - MINUTE).changed == 0
    assert check(store, SHIPPED + timedelta(hours=72)).stalled == 1
    assert fresh(parcel).stalled_since == SHIPPED + timedelta(hours=72)


def test_stalled_without_news_and_calm_again_with_news(store: StoreInfo) -> None:
    parcel = on_its_way(promised_to=None, estimate_to=None)
    seen = SHIPPED + timedelta(hours=5)
    silent_since = seen + timedelta(hours=96)
    assert check(store, silent_since - MINUTE).changed == 0
    assert check(store, silent_since).stalled == 1
    Tracker.objects.filter(id=parcel.id).update(last_news_at=silent_since)
    assert check(store, silent_since + MINUTE).ended == 1
    assert fresh(parcel).stalled_since is None


def test_lost_after_long_silence_and_found_by_news(store: StoreInfo) -> None:
    parcel = on_its_way()
    lost_at = SHIPPED + timedelta(hours=5, days=14)
    found = check(store, lost_at)
    assert (found.changed, found.late, found.stalled, found.lost) == (1, 1, 1, 1)
    assert fresh(parcel).lost_since == lost_at
    Tracker.objects.filter(id=parcel.id).update(last_news_at=lost_at)
    assert check(store, lost_at + MINUTE).ended == 1
    now = fresh(parcel)
    assert (now.lost_since, now.stalled_since) == (None, None)
    assert now.late_since is not None


def test_lost_at_once_when_the_carrier_says_so(store: StoreInfo) -> None:
    parcel = on_its_way(status="exception", substatus="lost", status_at=AT)
    assert check(store, AT + MINUTE).lost == 1
    assert fresh(parcel).lost_since == AT
    assert events_of(parcel.order_id)[-1] == "parcel_lost"


def test_a_carrier_that_says_lost_again_and_again_is_told_once(store: StoreInfo) -> None:
    parcel = ship_one()
    for nth in range(3):
        at = AT + nth * timedelta(hours=1)
        tell(report(step(S.EXCEPTION, 40 + nth, "lost")), at=at)
        check(store, at + MINUTE)
    names = events_of(parcel.order_id)
    assert (names.count("parcel_lost"), names.count("alarm_ended")) == (1, 0)
    assert fresh(parcel).lost_since is not None


def test_the_same_check_again_changes_nothing(store: StoreInfo) -> None:
    on_its_way()
    assert check(store, LATE_AT + MINUTE).changed == 1
    assert check(store, LATE_AT + MINUTE) == Checked()
    assert check(store, LATE_AT + 2 * MINUTE) == Checked()


def test_history_and_numbers_without_a_parcel_have_no_clock(store: StoreInfo) -> None:
    on_its_way(is_history=True)
    tell(report(step(S.IN_TRANSIT, 1), number="UNKNOWN1"))
    assert check(store, LATE_AT + timedelta(days=100)) == Checked()


def test_a_settled_parcel_rests_and_a_lost_one_stays_lost(store: StoreInfo) -> None:
    parcel = on_its_way(lost_since=AT, settled_at=AT, settled_by=INES.key, settled_as="lost")
    assert check(store, LATE_AT + timedelta(days=100)) == Checked()
    assert fresh(parcel).lost_since == AT


def test_news_after_a_persons_word_start_the_clocks_again(store: StoreInfo) -> None:
    parcel = on_its_way(settled_at=AT, settled_by=INES.key, settled_as="found")
    assert check(store, LATE_AT + timedelta(days=3)) == Checked()
    Tracker.objects.filter(id=parcel.id).update(last_news_at=AT + MINUTE)
    assert check(store, LATE_AT + timedelta(days=3)).late == 1


def test_the_most_special_clock_counts(store: StoreInfo) -> None:
    clocks = [
        Clocks(stalled_hours=10),
        Clocks("dhl", stalled_hours=20),
        Clocks("dhl", "express", stalled_hours=30),
    ]
    set_clocks(clocks=clocks, by=INES, at=AT)
    seen = SHIPPED + timedelta(hours=5)
    calm = {"promised_to": None, "estimate_to": None}
    parcel = on_its_way(**calm)
    for change, hours in (({"carrier": "ups"}, 10), ({"carrier": "dhl"}, 20),
                          ({"carrier": "dhl", "service_level": "express"}, 30),
                          ({"carrier": "ups", "service_level": "express"}, 10)):  # fmt: skip
        Tracker.objects.filter(id=parcel.id).update(stalled_since=None, **change)
        due = seen + timedelta(hours=hours)
        assert check(store, due - MINUTE).changed == 0, change
        assert check(store, due).stalled == 1, change


def test_many_cost_as_many_queries_as_one(store: StoreInfo) -> None:
    for nth in range(1, 8):
        ship_one(f"JD{nth}", nth)
    # 72 hours without a scan; the estimate is none of this test's business.
    Tracker.objects.update(promised_to=None, estimate_from=None, estimate_to=None)
    at = SHIPPED + timedelta(hours=72)
    with CaptureQueriesContext(
        connection,
    ) as seven:
        assert check(store, at).stalled == 7
    Tracker.objects.filter(tracking_number="JD1").update(stalled_since=None)
    with CaptureQueriesContext(connection) as one:
        assert check(store, at).stalled == 1
    assert len(seven) == len(one) <= 9


def test_chunks_together_find_all(store: StoreInfo) -> None:
    for nth in range(1, 6):
        ship_one(f"JD{nth}", nth)
    Tracker.objects.update(promised_to=None, estimate_from=None, estimate_to=None)
    found = check_store(store.id, at=SHIPPED + timedelta(hours=72), chunk=2)
    assert (found.changed, found.stalled) == (5, 5)


def test_another_store_is_left_alone(store: StoreInfo) -> None:
    on_its_way()
    other = stores.create_store(slug="other", name="Other", currency="EUR", at=AT)
    assert stores_with_parcels() == [store.id]
    assert check(other, LATE_AT + timedelta(days=9)) == Checked()


def test_clocks_are_checked_kept_and_noted(store: StoreInfo) -> None:
    assert list_clocks() == [Clocks()]
    kept = set_clocks(clocks=[Clocks("ups", late_hours=1)], by=INES, at=AT)
    assert kept == [Clocks(), Clocks("ups", late_hours=1)]
    [entry] = audit.list_entries(store.id, subject=f"store:{store.id}")[:1]
    assert entry.action == "tracking.set_clocks"
    for bad in ([Clocks(stalled_hours=0)], [Clocks(lost_days=400)], [Clocks(), Clocks()],
                [Clocks(service_level="express")]):  # fmt: skip
        with pytest.raises(Invalid):
            set_clocks(clocks=bad, by=INES, at=AT)
    with pytest.raises(PermissionDenied):
        set_clocks(clocks=[Clocks()], by=MIA, at=AT)
    assert list_clocks() == kept


@pytest.mark.parametrize(
    "bad", [{"stalled_hours": 0}, {"lost_days": 999}, {"service_level": "express"}]
)
def test_the_database_refuses_clocks_that_make_no_sense(
    store: StoreInfo, bad: dict[str, object]
) -> None:
    good = {"no_scan_hours": 1, "stalled_hours": 1, "late_hours": 1, "lost_days": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        ClockRule.objects.create(id=new_id(), store_id=store.id, **good | bad)


def test_a_late_parcel_stops_selling_and_its_arrival_starts_it_again(store: StoreInfo) -> None:
    parcel = on_its_way()
    customer_id = orders.get_customers_of([parcel.order_id])[parcel.order_id]
    check(store, LATE_AT + MINUTE)
    with transaction.atomic():
        sync_pauses([parcel.id], by=CARRIER, at=LATE_AT + MINUTE)
        sync_pauses([parcel.id], by=CARRIER, at=LATE_AT + MINUTE)
    [pause] = messaging.list_pauses(customer_id=customer_id, at=LATE_AT + MINUTE)
    assert pause.reason == "late_parcel"
    assert "#1001" in pause.words
    tell(report(step(S.DELIVERED, 300)), at=LATE_AT + timedelta(days=9))
    with transaction.atomic():
        sync_pauses([parcel.id], by=CARRIER, at=LATE_AT + timedelta(days=9))
    assert not [
        p for p in messaging.list_pauses(customer_id=customer_id, at=LATE_AT) if not p.lifted_at
    ]


@pytest.mark.django_db(transaction=True)
def test_many_checks_at_once_raise_each_alarm_once() -> None:
    store = stores.create_store(slug="rush", name="Rush", currency="EUR", at=AT)
    with store_scope(store.id):
        parcels = [ship_one(f"JD{nth}", nth) for nth in range(1, 9)]
        Tracker.objects.update(promised_to=None, estimate_from=None, estimate_to=None)
        found = at_once(6, lambda nth: check_store(store.id, at=SHIPPED + timedelta(hours=72)))
        assert sum(one.stalled for one in found) == 8
        for parcel in parcels:
            assert events_of(parcel.order_id).count("parcel_stalled") == 1
