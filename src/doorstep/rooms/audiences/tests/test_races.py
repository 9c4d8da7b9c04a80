"""Several workers, editors and events at the same moment."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.events import lanes
from doorstep.kernel.events.reading import list_events
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.audiences import api
from doorstep.rooms.audiences.keeping import building
from doorstep.rooms.audiences.keeping.loops import run_builds
from doorstep.rooms.audiences.keeping.working import claimed
from doorstep.rooms.audiences.models import Recheck, Upkeep
from doorstep.rooms.audiences.tests.cast import (
    AT,
    BUYERS,
    MIA,
    RECENT,
    SAM,
    VIPS,
    order,
    people,
    segment,
    settle,
    told,
)
from doorstep.rooms.customers import api as customers
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = [f"shopper{nth}" for nth in range(30)]


def test_two_workers_build_once(store: StoreInfo) -> None:
    people(*NAMES)
    for nth, name in enumerate(NAMES[:10]):
        order(name, nth)
    settle(AT)
    made = api.create_segment(name="Buyers", condition=BUYERS, by=MIA, at=AT)
    done = at_once(3, lambda nth: run_builds(AT))
    assert sum(done) == 1
    assert api.get_segment(made.id).member_count == 10
    lanes.run_until_idle()
    assert len(list_events(subjects=[f"segment:{made.id}"])) == 1


def test_a_claim_is_one_workers(store: StoreInfo) -> None:
    one = segment("Buyers", BUYERS)

    def claim(nth: int) -> bool:
        with claimed(one) as mine:
            return mine

    with claimed(one) as mine:
        assert mine
        assert at_once(2, claim) == [False, False]
    assert at_once(1, claim) == [True]


def test_an_edit_in_the_middle_of_a_build_ends_it(
    store: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = people(*NAMES)
    for nth, name in enumerate(NAMES):
        order(name, nth)
    customers.edit_customer(customer_id=ids[0], tags=["vip"], by=SAM, at=AT)
    settle(AT)
    made = api.create_segment(name="One", condition=BUYERS, by=MIA, at=AT)
    monkeypatch.setattr(building, "WRITE_CHUNK", 1)

    def work(nth: int) -> int:
        if nth == 0:
            return run_builds(AT)
        deadline = time.monotonic() + 20
        while not Upkeep.all_stores.filter(written__gte=3).exists():
            assert time.monotonic() < deadline
        with store_scope(store.id):
            api.edit_segment(segment_id=made.id, revision=1, condition=VIPS, by=MIA, at=AT)
        return 0

    assert at_once(2, work) == [0, 0]
    settle(AT)
    assert api.list_member_ids(made.id) == [ids[0]]


def test_what_happens_during_a_build_is_decided_at_its_end(store: StoreInfo) -> None:
    maya, jonas = people("maya", "jonas")
    made = api.create_segment(name="Buyers", condition=BUYERS, by=MIA, at=AT)
    order("maya", 1)
    lanes.run_until_idle()
    assert Recheck.objects.filter(segment=made.id, customer=maya).exists()
    assert api.list_member_ids(made.id) == []
    run_builds(AT)
    assert api.list_member_ids(made.id) == [maya]
    assert not Recheck.objects.exists()
    assert told(maya) == []
    assert not api.is_member(made.id, jonas)


def test_an_edit_waits_for_events_in_hand(store: StoreInfo) -> None:
    (maya,) = people("maya")
    one = segment("Buyers", BUYERS)
    order("maya", 1)

    def work(nth: int) -> int:
        with store_scope(store.id):
            if nth:
                return lanes.run_until_idle()
            return api.edit_segment(
                segment_id=one, revision=1, condition=VIPS, by=MIA, at=AT
            ).revision

    at_once(2, work)
    settle(AT)
    assert api.list_member_ids(one) == []
    assert not api.is_member(one, maya)


def test_two_edits_of_one_revision(store: StoreInfo) -> None:
    one = segment("Buyers", BUYERS)

    def edit(nth: int) -> str:
        with store_scope(store.id):
            try:
                api.edit_segment(segment_id=one, revision=1, name=f"New {nth}", by=MIA, at=AT)
            except Conflict as error:
                return error.code
        return "saved"

    assert sorted(at_once(3, edit)) == ["changed_meanwhile", "changed_meanwhile", "saved"]


def test_two_of_one_name_and_two_that_would_ask_for_each_other(store: StoreInfo) -> None:
    def create(nth: int) -> bool:
        with store_scope(store.id):
            try:
                api.create_segment(name="Buyers", condition=BUYERS, by=MIA, at=AT)
            except Invalid:
                return False
        return True

    assert sorted(at_once(3, create)) == [False, False, True]
    first, second = segment("First", BUYERS), segment("Second", BUYERS)

    def name_the_other(nth: int) -> bool:
        one, other = (first, second) if nth else (second, first)
        node = {"fact": "customer.segments", "op": "contains", "value": str(other)}
        with store_scope(store.id):
            try:
                api.edit_segment(segment_id=one, revision=1, condition=node, by=MIA, at=AT)
            except Invalid:
                return False
        return True

    assert sorted(at_once(2, name_the_other)) == [False, True]


def test_the_clock_and_an_order_at_once_end_right(store: StoreInfo) -> None:
    ids = people(*NAMES)
    for nth, name in enumerate(NAMES):
        order(name, nth)
    settle(AT)
    recent = segment("Recent", RECENT)
    later = AT + timedelta(days=31)
    for nth, name in enumerate(NAMES[:10]):
        order(name, 100 + nth, at=later)

    def work(nth: int) -> int:
        return lanes.run_until_idle() if nth else api.run_sweeps(later)

    at_once(2, work)
    settle(later)
    assert api.list_member_ids(recent) == sorted(ids[:10])
    for customer_id in ids[:10]:
        assert told(customer_id) in ([], ["segment_left", "segment_entered"])
    assert Upkeep.objects.get().as_of == later
