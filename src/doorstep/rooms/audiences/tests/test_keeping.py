"""Members are kept by events and by the clock, and the check finds what neither saw."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.events import lanes
from doorstep.kernel.events.reading import list_events
from doorstep.kernel.events.registry import handler_named
from doorstep.kernel.events.sequencer import sequence
from doorstep.rooms.audiences import api
from doorstep.rooms.audiences.keeping.checking import FOLLOWER
from doorstep.rooms.audiences.models import (
    Membership,
    PastMembership,
    Recheck,
    Segment,
    SiteActivity,
    Upkeep,
    Visitor,
    WishListItem,
)
from doorstep.rooms.audiences.tests.cast import (
    AT,
    BUYERS,
    INES,
    MIA,
    RECENT,
    SAM,
    SHOP,
    VIPS,
    incoming,
    order,
    people,
    segment,
    settle,
    told,
)
from doorstep.rooms.customers import api as customers
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def built(segment_id: UUID) -> list[tuple[int, int]]:
    """Return (members, repaired) of what was published about a segment's builds, oldest first."""
    found = list_events(subjects=[f"segment:{segment_id}"])
    return [(e["payload"]["members"], e["payload"]["repaired"]) for e in reversed(found)]


def test_the_first_build_tells_about_the_segment_only(store: StoreInfo) -> None:
    (maya,) = people("maya")
    order("maya", 1)
    settle(AT)
    buyers = segment("Buyers", BUYERS)
    assert told(maya) == []
    assert built(buyers) == [(1, 0)]


def test_coming_and_going_is_told_once_each(store: StoreInfo) -> None:
    (maya,) = people("maya")
    vips = segment("VIPs", VIPS)
    customers.edit_customer(customer_id=maya, tags=["vip"], by=SAM, at=AT)
    settle(AT)
    settle(AT)
    assert told(maya) == ["segment_entered"]
    customers.edit_customer(customer_id=maya, tags=["vip", "tea"], by=SAM, at=AT + HOUR)
    settle(AT + HOUR)
    assert told(maya) == ["segment_entered"]
    customers.edit_customer(customer_id=maya, tags=[], by=SAM, at=AT + 2 * HOUR)
    settle(AT + 2 * HOUR)
    assert told(maya) == ["segment_entered", "segment_left"]
    [spell] = api.list_spells(maya)
    assert (spell.segment_id, spell.since, spell.until) == (vips, AT, AT + 2 * HOUR)


def test_events_that_change_no_fact_of_a_segment_ask_nothing(store: StoreInfo) -> None:
    (maya,) = people("maya")
    segment("VIPs", VIPS)
    settle(AT)
    order("maya", 1)
    lanes.run_until_idle()
    customers.edit_customer(customer_id=maya, tags=["tea"], by=SAM, at=AT)
    sequence()
    handler = handler_named(FOLLOWER)
    with CaptureQueriesContext(connection) as queries:
        while not lanes.run_handler(handler):
            pass
    assert any("audiences_membership" in one["sql"] for one in queries)
    _message(maya)
    sequence()
    with CaptureQueriesContext(connection) as queries:
        while not lanes.run_handler(handler):
            pass
    assert not any("audiences_membership" in one["sql"] for one in queries)


def _message(customer_id: UUID) -> None:
    from django.db import transaction

    from doorstep.kernel.events.publish import publish
    from doorstep.kernel.ids import new_id
    from doorstep.rooms.messaging.events import MessageSent

    sent = MessageSent(new_id(), customer_id, "newsletter", "marketing", "email", "smtp")
    with transaction.atomic():
        publish(sent, key=customer_id, at=AT, by=SAM)


def test_a_batch_asks_once_for_each_segment(store: StoreInfo) -> None:
    names = [f"shopper{nth}" for nth in range(20)]
    people(*names)
    segment("Buyers", BUYERS)
    handler = handler_named(FOLLOWER)
    counts = []
    for start, end in ((0, 2), (2, 20)):
        for nth in range(start, end):
            order(names[nth], nth)
        sequence()
        with CaptureQueriesContext(connection) as queries:
            while sum(lanes.run_handler(handler, lanes=32) for _ in range(1)) == 0:
                pass
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert len(api.list_segments()) == 1


def test_time_alone_brings_people_in_and_out(store: StoreInfo) -> None:
    (maya,) = people("maya")
    order("maya", 1)
    settle(AT)
    recent = segment("Recent", RECENT)
    lapsed = segment(
        "Lapsed",
        {"fact": "customer.last_order_at", "op": "lt", "value": {"from_now": {"days": -30}}},
    )
    assert (api.is_member(recent, maya), api.is_member(lapsed, maya)) == (True, False)
    settle(AT + 29 * DAY)
    assert told(maya) == []
    settle(AT + 30 * DAY + HOUR)
    assert (api.is_member(recent, maya), api.is_member(lapsed, maya)) == (False, True)
    assert sorted(told(maya)) == ["segment_entered", "segment_left"]
    order("maya", 2, at=AT + 31 * DAY)
    settle(AT + 31 * DAY)
    assert (api.is_member(recent, maya), api.is_member(lapsed, maya)) == (True, False)


def test_an_event_that_is_read_late_does_not_undo_the_clock(store: StoreInfo) -> None:
    (maya,) = people("maya")
    order("maya", 1)
    settle(AT)
    recent = segment("Recent", RECENT)
    customers.edit_customer(customer_id=maya, country_code="DE", by=SAM, at=AT + HOUR)
    api.run_sweeps(AT + 31 * DAY)
    assert not api.is_member(recent, maya)
    lanes.run_until_idle()  # the edit is a month old by now
    assert not api.is_member(recent, maya)


def test_the_check_finds_nothing_when_all_is_well(store: StoreInfo) -> None:
    people("maya", "jonas")
    buyers = segment("Buyers", BUYERS)
    order("maya", 1)
    settle(AT)
    order("jonas", 2)  # logged, but not read yet: no fault of anybody's
    api.check_segment(segment_id=buyers, by=MIA, at=AT)
    assert api.run_checks(AT) == 1
    assert Recheck.objects.count() == 1
    assert api.run_checks(AT) == 0  # it waits for the order to be read
    settle(AT)
    assert built(buyers) == [(0, 0), (2, 0)]
    assert api.get_segment(buyers).repaired == 0
    assert not Recheck.objects.exists()


def test_the_check_puts_right_and_reports_what_went_wrong(store: StoreInfo) -> None:
    maya, jonas = people("maya", "jonas")
    order("maya", 1)
    settle(AT)
    buyers = segment("Buyers", BUYERS)
    Membership.objects.filter(customer=maya).delete()
    Membership.objects.create(store_id=store.id, segment_id=buyers, customer_id=jonas, since=AT)
    settle(AT + DAY)  # past the night
    assert api.list_member_ids(buyers) == [maya]
    assert (told(maya), told(jonas)) == (["segment_entered"], ["segment_left"])
    assert built(buyers) == [(1, 0), (1, 2)]
    assert api.get_segment(buyers).repaired == 2


def test_the_merged_leave_at_once_and_their_orders_count_for_the_survivor(store: StoreInfo) -> None:
    maya, other = people("maya", "maya.l")
    order("maya", 1)
    order("maya.l", 2)
    settle(AT)
    twice = segment("Twice", {"fact": "customer.orders", "op": "gte", "value": 2})
    once = segment("Once", BUYERS)
    merge = customers.merge_customers(survivor_id=maya, absorbed_id=other, by=SAM, at=AT + HOUR)
    settle(AT + HOUR)
    assert api.list_member_ids(twice) == [maya]
    assert api.list_member_ids(once) == [maya]
    assert told(other) == ["segment_left"]
    customers.undo_merge(merge_id=merge.id, by=SAM, at=AT + 2 * HOUR)
    settle(AT + 2 * HOUR)
    assert api.list_member_ids(twice) == []
    assert api.list_member_ids(once) == sorted([maya, other])


def test_what_was_done_on_the_site_follows_merges_and_goes_with_the_person(
    store: StoreInfo,
) -> None:
    maya, other = people("maya", "maya.l")
    browser = Visitor.objects.create(
        store_id=store.id, token="b1", customer_id=other, known_since=AT, first_seen_at=AT,
        last_seen_at=AT,
    )  # fmt: skip
    common = {"store_id": store.id, "customer_id": other}
    SiteActivity.objects.create(
        key="1", kind="searched", visitor=browser, details={"query": "Green TEA"}, occurred_at=AT,
        recorded_at=AT, **common,
    )  # fmt: skip
    WishListItem.objects.create(product_ref="kettle", added_at=AT, **common)
    WishListItem.objects.create(product_ref="cup", added_at=AT, **common)
    WishListItem.objects.create(product_ref="cup", added_at=AT, store_id=store.id, customer_id=maya)
    node = {"fact": "customer.searches_for", "op": "gte", "value": 1, "with": {"word": "tea"}}
    seekers = segment("Seekers", node)
    assert api.list_member_ids(seekers) == [other]
    merge = customers.merge_customers(survivor_id=maya, absorbed_id=other, by=SAM, at=AT)
    settle(AT)
    assert api.list_member_ids(seekers) == [maya]
    assert WishListItem.objects.filter(customer=maya).count() == 2
    customers.undo_merge(merge_id=merge.id, by=SAM, at=AT)
    settle(AT)
    assert api.list_member_ids(seekers) == [other]
    assert WishListItem.objects.filter(customer=other).count() == 2
    copy = customers.export_customer(customer_id=other, by=SAM, at=AT)
    assert [one.details for one in copy["site_activity"]] == [{"query": "Green TEA"}]
    assert {one.product_ref for one in copy["wishes"]} == {"cup", "kettle"}
    assert [one.segment_name for one in copy["segments"]][:1] == ["Seekers"]
    customers.erase_customer(customer_id=other, by=INES, at=AT)
    settle(AT)
    assert not SiteActivity.objects.exists()
    assert not Visitor.objects.exists()
    assert WishListItem.objects.filter(customer=other).count() == 0


def test_the_erased_leave_and_nothing_is_remembered(store: StoreInfo) -> None:
    (maya,) = people("maya")
    order("maya", 1)
    settle(AT)
    buyers = segment("Buyers", BUYERS)
    customers.erase_customer(customer_id=maya, by=INES, at=AT + HOUR)
    settle(AT + HOUR)
    assert api.list_member_ids(buyers) == []
    assert told(maya) == ["segment_left"]
    assert not PastMembership.objects.exists()


def test_imported_history_brings_people_in_like_any_other_way(store: StoreInfo) -> None:
    from doorstep.rooms.orders import api as orders

    people("maya")
    buyers = segment("Buyers", BUYERS)
    (jonas,) = people("jonas")
    orders.record_orders(
        [incoming("jonas", 7)],
        sales_channel="shopify",
        connection_id=None,
        mode="history",
        by=SHOP,
        at=AT,
    )
    settle(AT)
    assert api.list_member_ids(buyers) == []
    settle(AT + timedelta(minutes=2))
    assert api.list_member_ids(buyers) == [jonas]
    assert told(jonas) == ["segment_entered"]


def test_an_import_during_the_first_build_is_looked_at_after_it(store: StoreInfo) -> None:
    from doorstep.rooms.orders import api as orders

    (maya,) = people("maya")
    order("maya", 1)
    lanes.run_until_idle()
    made = api.create_segment(name="Buyers", condition=BUYERS, by=MIA, at=AT)
    (jonas,) = people("jonas")
    orders.record_orders(
        [incoming("jonas", 7)], sales_channel="shopify", connection_id=None, mode="history",
        by=SHOP, at=AT,
    )  # fmt: skip
    lanes.run_until_idle()
    assert api.run_builds(AT) == 1
    settle(AT + timedelta(minutes=2))
    assert api.list_member_ids(made.id) == [maya, jonas]
    assert (told(maya), told(jonas)) == ([], [])
    assert not Upkeep.objects.filter(rebuild_at__isnull=False).exists()


def test_another_zone_finds_the_members_anew(store: StoreInfo) -> None:
    people("maya")
    today = {"fact": "customer.last_order_at", "op": "gte", "value": {"from_today": {"days": 0}}}
    order("maya", 1, at=AT.replace(hour=1))  # that was yesterday in New York
    settle(AT)
    fresh = segment("Today", today, at=AT)
    assert len(api.list_member_ids(fresh)) == 1
    stores.change_settings(settings={"timezone": "America/New_York"}, by=INES, at=AT)
    settle(AT)
    assert len(api.list_member_ids(fresh)) == 0


def test_a_fact_that_is_gone_is_shown_and_stops_nothing_else(store: StoreInfo) -> None:
    (maya,) = people("maya")
    broken, buyers = segment("Broken", BUYERS), segment("Buyers", BUYERS)
    gone = {"version": 1, "subject": "customer", "where": BUYERS | {"fact": "customer.aura"}}
    Segment.objects.filter(id=broken).update(condition=gone)
    order("maya", 1)
    settle(AT)
    assert api.is_member(buyers, maya)
    assert not api.is_member(broken, maya)
    found = api.get_segment(broken)
    assert "there is no fact “customer.aura”" in found.problem
    assert found.words == ""
    settle(AT + DAY)
    page = api.list_members(broken, at=AT + DAY)
    assert page.members == ()
    assert "customer.aura" in api.explain_membership(broken, maya, at=AT).problem
    api.edit_segment(segment_id=broken, revision=1, condition=BUYERS, by=MIA, at=AT)
    settle(AT + DAY)
    assert api.get_segment(broken).problem == ""
    assert api.is_member(broken, maya)


def test_numbers_of_lists_are_brought_up_to_date(store: StoreInfo) -> None:
    from doorstep.rooms.audiences.keeping.loops import recount

    people("maya")
    segment("Buyers", BUYERS)
    order("maya", 1)
    settle(AT)
    recount(AT, force=True)
    [found] = api.list_segments()
    assert found.member_count == 1
    with CaptureQueriesContext(connection) as queries:
        api.list_segments()
    assert len(queries) == 2
    assert Upkeep.objects.get().counted_at == AT
