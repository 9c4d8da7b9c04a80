"""Segments are made, changed, put away, and asked about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.conditions.api import InvalidCondition
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.events import lanes
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences import api
from doorstep.rooms.audiences.models import Membership, Segment
from doorstep.rooms.audiences.tests.cast import (
    AT,
    BUYERS,
    MIA,
    SAM,
    VIPS,
    WANDA,
    order,
    people,
    segment,
    settle,
    told,
)
from doorstep.rooms.customers import api as customers
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def in_segment(segment_id: UUID) -> dict[str, Any]:
    return {"fact": "customer.segments", "op": "contains", "value": str(segment_id)}


def test_a_segment_is_built_and_then_kept_by_events(store: StoreInfo) -> None:
    maya, jonas = people("maya", "jonas")
    order("maya", 1)
    settle(AT)
    made = api.create_segment(name="  Buyers ", condition=BUYERS, by=MIA, at=AT)
    assert (made.name, made.member_count, made.state) == ("Buyers", None, "building")
    assert made.progress_percent == 0
    assert made.words == "has placed at least 1 order"
    settle(AT)
    found = api.get_segment(made.id)
    assert (found.member_count, found.state, found.progress_percent) == (1, "live", 100)
    assert api.filter_members(made.id, [maya, jonas]) == {maya}
    order("jonas", 2)
    settle(AT)
    assert api.is_member(made.id, jonas)
    assert api.list_member_ids(made.id) == sorted([maya, jonas])
    assert api.list_member_ids(made.id, after=min(maya, jonas)) == [max(maya, jonas)]


def test_members_are_listed_with_reasons_in_few_queries(store: StoreInfo) -> None:
    names = [f"shopper{nth}" for nth in range(12)]
    people(*names)
    for nth, name in enumerate(names):
        order(name, nth)
    settle(AT)
    buyers = segment("Buyers", BUYERS)
    with CaptureQueriesContext(connection) as queries:
        page = api.list_members(buyers, at=AT, limit=5)
    assert len(queries) <= 5
    assert page.members[0].reasons == ("has placed 1 order",)
    assert page.members[0].email.endswith("@example.com")
    seen = [one.customer_id for one in page.members]
    while page.next_cursor:
        page = api.list_members(buyers, at=AT, cursor=page.next_cursor, limit=5)
        seen += [one.customer_id for one in page.members]
    assert sorted(seen) == api.list_member_ids(buyers)
    with pytest.raises(Invalid):
        api.list_members(buyers, at=AT, cursor="damaged")


def test_why_somebody_belongs_or_not_is_told_with_the_trace(store: StoreInfo) -> None:
    maya, jonas = people("maya", "jonas")
    order("maya", 1)
    settle(AT)
    both = segment("Both", {"all": [BUYERS, {"none": [VIPS]}]})
    yes, no = (api.explain_membership(both, one, at=AT) for one in (maya, jonas))
    assert yes.is_member
    assert yes.since == AT
    assert yes.decision
    assert not no.is_member
    assert no.decision is not None
    assert not no.decision.result
    assert no.decision.reasons == ("has placed no orders",)
    with pytest.raises(NotFound):
        api.explain_membership(both, uuid4(), at=AT)


def test_the_number_is_counted_while_somebody_writes(store: StoreInfo) -> None:
    people("maya", "jonas", "diego")
    order("maya", 1)
    found = api.count_matching(BUYERS, at=AT)
    assert (found.count, found.of_customers, found.is_estimate) == (1, 3, False)
    [some] = api.sample_matching(BUYERS, at=AT)
    assert (some.name, some.reasons) == ("Maya", ("has placed 1 order",))
    with pytest.raises(InvalidCondition):
        api.count_matching({"fact": "customer.shoe_size", "op": "eq", "value": 1}, at=AT)


def test_what_takes_too_long_is_estimated(
    store: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from doorstep.rooms.audiences.reading import counting

    people("maya", "jonas")
    order("maya", 1)
    whole = counting.matching

    def slow(*args: Any, **kwargs: Any) -> Any:
        found = whole(*args, **kwargs)
        slowed = f"{found.sql} AND pg_sleep(1) IS NOT NULL"
        return found if kwargs.get("only") is not None else found._replace(sql=slowed)

    monkeypatch.setattr(counting, "matching", slow)
    found = api.count_matching(BUYERS, at=AT, max_ms=50)
    assert (found.count, found.of_customers, found.is_estimate) == (1, 2, True)
    assert api.sample_matching(BUYERS, at=AT, max_ms=50) == ()
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_an_edit_finds_the_members_anew_and_tells_of_them(store: StoreInfo) -> None:
    maya, jonas = people("maya", "jonas")
    order("maya", 1)
    customers.edit_customer(customer_id=jonas, tags=["vip"], by=SAM, at=AT)
    settle(AT)
    one = segment("Good ones", BUYERS)
    later = AT + timedelta(days=1)
    edited = api.edit_segment(segment_id=one, revision=1, condition=VIPS, by=MIA, at=later)
    assert (edited.revision, edited.state) == (2, "building")
    assert api.is_member(one, maya)  # those of before, until the others are found
    settle(later)
    assert api.list_member_ids(one) == [jonas]
    assert (told(maya), told(jonas)) == (["segment_left"], ["segment_entered"])
    [spell] = api.list_spells(maya)
    assert (spell.since, spell.until, spell.segment_name) == (AT, later, "Good ones")
    days = api.count_per_day(one, days=3, at=later)
    assert [(day.entered, day.left, day.members) for day in days] == [
        (0, 0, 0),
        (1, 0, 1),
        (1, 1, 1),
    ]


def test_an_edit_before_the_first_members_are_found_tells_nobody(store: StoreInfo) -> None:
    maya, jonas = people("maya", "jonas")
    order("maya", 1)
    customers.edit_customer(customer_id=jonas, tags=["vip"], by=SAM, at=AT)
    lanes.run_until_idle()
    made = api.create_segment(name="Good ones", condition=BUYERS, by=MIA, at=AT)
    api.edit_segment(segment_id=made.id, revision=1, condition=VIPS, by=MIA, at=AT)
    settle(AT)
    assert api.list_member_ids(made.id) == [jonas]
    assert (told(maya), told(jonas)) == ([], [])


def test_a_name_or_text_alone_needs_no_build(store: StoreInfo) -> None:
    one = segment("Good ones", BUYERS)
    edited = api.edit_segment(
        segment_id=one, revision=1, name="Best ones", description="Why", condition=BUYERS,
        by=MIA, at=AT,
    )  # fmt: skip
    assert (edited.name, edited.description, edited.state) == ("Best ones", "Why", "live")


def test_who_looked_at_an_older_revision_is_told(store: StoreInfo) -> None:
    one = segment("Good ones", BUYERS)
    api.edit_segment(segment_id=one, revision=1, name="Best ones", by=MIA, at=AT)
    with pytest.raises(Conflict) as refused:
        api.edit_segment(segment_id=one, revision=1, condition=VIPS, by=MIA, at=AT)
    assert refused.value.code == "changed_meanwhile"
    assert api.get_segment(one).words == "has placed at least 1 order"


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "good ONES"])
def test_a_name_is_needed_and_the_segments_own(store: StoreInfo, name: str) -> None:
    segment("Good ones", BUYERS)
    with pytest.raises(Invalid) as refused:
        api.create_segment(name=name, condition=BUYERS, by=MIA, at=AT)
    assert refused.value.field == "name"


def test_an_archived_segment_has_nobody_and_comes_back(store: StoreInfo) -> None:
    (maya,) = people("maya")
    order("maya", 1)
    settle(AT)
    one = segment("Buyers", BUYERS)
    assert api.archive_segment(segment_id=one, by=MIA, at=AT).is_archived
    assert api.list_member_ids(one) == []
    assert not api.is_member(one, maya)
    assert [s.id for s in api.list_segments()] == []
    assert [s.id for s in api.list_segments(archived=True)] == [one]
    with pytest.raises(Conflict):
        api.edit_segment(segment_id=one, revision=1, name="x", by=MIA, at=AT)
    other = api.create_segment(name="Buyers", condition=VIPS, by=MIA, at=AT)
    with pytest.raises(Invalid):
        api.restore_segment(segment_id=one, by=MIA, at=AT)
    api.edit_segment(segment_id=other.id, revision=1, name="Others", by=MIA, at=AT)
    api.restore_segment(segment_id=one, by=MIA, at=AT)
    settle(AT)
    assert api.is_member(one, maya)
    assert not told(maya)


def test_segments_may_ask_for_segments_but_not_in_circles(store: StoreInfo) -> None:
    (maya,) = people("maya")
    order("maya", 1)
    settle(AT)
    buyers = segment("Buyers", BUYERS)
    inner = segment("Inner", {"all": [in_segment(buyers), {"none": [VIPS]}]})
    outer = segment("Outer", in_segment(inner))
    assert api.is_member(outer, maya)
    assert "belongs to “Buyers”" in api.get_segment(inner).words
    why = api.explain_membership(inner, maya, at=AT).decision
    assert why is not None
    assert "belongs to “Buyers”" in why.explain()
    for circle in (in_segment(outer), in_segment(buyers), {"none": [in_segment(inner)]}):
        with pytest.raises(InvalidCondition):
            api.edit_segment(segment_id=buyers, revision=1, condition=circle, by=MIA, at=AT)
    with pytest.raises(Conflict) as refused:
        api.archive_segment(segment_id=inner, by=MIA, at=AT)
    assert "“Outer”" in refused.value.message
    customers.edit_customer(customer_id=maya, tags=["vip"], by=SAM, at=AT)
    settle(AT)  # the inner one follows the tag, the outer one the inner one
    assert not api.is_member(inner, maya)
    assert not api.is_member(outer, maya)
    with pytest.raises(InvalidCondition):
        api.create_segment(name="Gone", condition=in_segment(uuid4()), by=MIA, at=AT)
    with pytest.raises(InvalidCondition):
        node = {"fact": "customer.segments", "op": "contains", "value": "buyers"}
        api.create_segment(name="Not an id", condition=node, by=MIA, at=AT)


def test_a_foreign_store_has_no_such_segment(store: StoreInfo, other_store: StoreInfo) -> None:
    (maya,) = people("maya")
    order("maya", 1)
    settle(AT)
    one = segment("Buyers", BUYERS)
    with store_scope(other_store.id):
        for ask in (
            lambda: api.get_segment(one),
            lambda: api.list_members(one, at=AT),
            lambda: api.count_per_day(one, at=AT),
            lambda: api.explain_membership(one, maya, at=AT),
            lambda: api.edit_segment(segment_id=one, revision=1, name="x", by=MIA, at=AT),
            lambda: api.archive_segment(segment_id=one, by=MIA, at=AT),
            lambda: api.check_segment(segment_id=one, by=MIA, at=AT),
        ):
            with pytest.raises(NotFound):
                ask()
        assert api.list_segments() == []
        assert api.list_member_ids(one) == []
        assert api.filter_members(one, [maya]) == set()
        assert api.count_matching(BUYERS, at=AT).of_customers == 0
    assert api.get_segment(one).revision == 1


def test_the_warehouse_may_not_change_segments(store: StoreInfo) -> None:
    with pytest.raises(PermissionDenied):
        api.create_segment(name="Mine", condition=BUYERS, by=WANDA, at=AT)
    assert api.list_segments() == []


@pytest.mark.parametrize(
    "bad",
    [{"name": ""}, {"revision": 0}, {"state": "odd"}, {"archived_by": "user:mia"}],
)
def test_the_database_refuses_what_can_not_be(store: StoreInfo, bad: dict[str, Any]) -> None:
    one = segment("Buyers", BUYERS)
    with pytest.raises(IntegrityError), transaction.atomic():
        Segment.objects.filter(id=one).update(**bad)


def test_nobody_belongs_twice(store: StoreInfo) -> None:
    (maya,) = people("maya")
    order("maya", 1)
    settle(AT)
    one = segment("Buyers", BUYERS)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership(store_id=store.id, segment_id=one, customer_id=maya, since=AT).save(
            force_insert=True
        )
