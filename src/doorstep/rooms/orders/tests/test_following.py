"""Orders follow their customers: merged, parted, erased."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.events import CustomersMerged, CustomersUnmerged
from doorstep.rooms.orders import api, following
from doorstep.rooms.orders.contracts import AddressView, OrderFilter
from doorstep.rooms.orders.models import MergedOrder, Order
from doorstep.rooms.orders.tests.cast import (
    INES,
    JONAS,
    LATER,
    line,
    order,
    record,
    refund,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listening(store: StoreInfo) -> None:
    ensure_cursors()


def customer_of(order_id: UUID) -> UUID:
    found = api.get_order(order_id).summary.customer_id
    assert found is not None
    return found


def test_a_merge_moves_orders_and_undoing_moves_exactly_those_back(store: StoreInfo) -> None:
    hers, his = record(order(1), order(2, person=JONAS))
    maya, jonas = customer_of(hers.order_id), customer_of(his.order_id)
    merge = customers.merge_customers(survivor_id=maya, absorbed_id=jonas, by=INES, at=LATER)
    run_until_idle()
    assert customer_of(his.order_id) == maya
    [later] = record(order(3, person=JONAS))
    assert customer_of(later.order_id) == maya
    customers.undo_merge(merge_id=merge.id, by=INES, at=LATER)
    run_until_idle()
    assert customer_of(his.order_id) == jonas
    assert customer_of(hers.order_id) == maya
    assert customer_of(later.order_id) == maya  # what came after the merge stays
    assert not MergedOrder.objects.exists()


def test_two_merges_undone_one_by_one(store: StoreInfo) -> None:
    tom = JONAS.__class__(email="tom@example.com", name="Tom Baker")
    first, second, third = record(order(1), order(2, person=JONAS), order(3, person=tom))
    a, b, c = (customer_of(one.order_id) for one in (first, second, third))
    inner = customers.merge_customers(survivor_id=b, absorbed_id=c, by=INES, at=LATER)
    outer = customers.merge_customers(survivor_id=a, absorbed_id=b, by=INES, at=LATER)
    run_until_idle()
    assert {customer_of(one.order_id) for one in (first, second, third)} == {a}
    customers.undo_merge(merge_id=outer.id, by=INES, at=LATER)
    run_until_idle()
    assert customer_of(third.order_id) == b
    customers.undo_merge(merge_id=inner.id, by=INES, at=LATER)
    run_until_idle()
    assert customer_of(third.order_id) == c


def test_merges_from_two_lanes_in_the_wrong_order_end_the_same(store: StoreInfo) -> None:
    tom = replace(JONAS, platform_id="503", email="tom@example.com", name="Tom Baker")
    first, second, third = record(order(1), order(2, person=JONAS), order(3, person=tom))
    a, b, c = (customer_of(one.order_id) for one in (first, second, third))
    inner = customers.merge_customers(survivor_id=b, absorbed_id=c, by=INES, at=LATER)
    outer = customers.merge_customers(survivor_id=a, absorbed_id=b, by=INES, at=LATER)
    following.follow_merges(
        [CustomersMerged(outer.id, a, b), CustomersMerged(inner.id, b, c)]  # the later one first
    )
    assert {customer_of(one.order_id) for one in (first, second, third)} == {a}
    customers.undo_merge(merge_id=outer.id, by=INES, at=LATER)
    following.follow_merges([CustomersUnmerged(outer.id, a, b)])
    assert [customer_of(one.order_id) for one in (first, second, third)] == [a, b, b]
    customers.undo_merge(merge_id=inner.id, by=INES, at=LATER)
    following.follow_merges([CustomersUnmerged(inner.id, b, c)])
    assert [customer_of(one.order_id) for one in (first, second, third)] == [a, b, c]


def test_erasing_leaves_figures_and_nothing_of_the_person(store: StoreInfo) -> None:
    engraved = order(
        1,
        lines=[line(properties=(("Engraving", "For Maya"),))],
        note="Ring at Lindqvist",
        is_gift=True,
        gift_message="Happy birthday, Maya",
    )
    gone = replace(refund(), reason="Lindqvist sent it back")
    [answer] = record(replace(engraved, refunds=(gone,)))
    api.add_note(order_id=answer.order_id, text="Call Maya", by=INES, at=LATER)
    wrong = AddressView(line1="Kastanienallee 12", city="Berlin", postal_code="10435X",
                        country_code="DE")  # fmt: skip
    api.edit_address(order_id=answer.order_id, address=wrong, by=INES, at=LATER)
    customers.erase_customer(customer_id=customer_of(answer.order_id), by=INES, at=LATER)
    run_until_idle()
    found = api.get_order(answer.order_id)
    assert found.summary.total_minor == 1490
    assert found.summary.country_code == "DE"
    everything = repr(found) + repr(Order.objects.values().get())
    for word in ("Maya", "Lindqvist", "Kastanienallee", "10435", "example.com"):
        assert word not in everything
    assert api.list_orders(OrderFilter(search="maya")).items == ()
    assert len(api.list_orders(OrderFilter(search="1001")).items) == 1
    assert api.find_for_lookup("1001", "10435") is None


def test_a_later_update_brings_nothing_of_the_person_back(store: StoreInfo) -> None:
    engraved = order(1, lines=[line(properties=(("Engraving", "For Maya"),))])
    [answer] = record(engraved)
    customers.erase_customer(customer_id=customer_of(answer.order_id), by=INES, at=LATER)
    run_until_idle()
    record(
        order(
            1,
            version_at=LATER,
            tags=("x",),
            gift_message="Maya",
            lines=[line(properties=(("Wish", "Maya"),))],
        ),
        at=LATER,
    )
    found = api.get_order(answer.order_id)
    assert found.tags == ("x",)
    everything = repr(found) + repr(Order.objects.values().get())
    for word in ("Maya", "Lindqvist", "Kastanienallee"):
        assert word not in everything
