"""Allocation and displacement, whatever is asked of whatever lies on the shelves."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.inventory.rules.allocation import (
    Need,
    SafetyRules,
    Shelf,
    allocate,
    promisable,
)
from doorstep.rooms.inventory.rules.displacing import Held, displace

VARIANTS = [UUID(int=n) for n in range(1, 4)]
CHANNELS = ["", "shopify", "ebay"]
AT = datetime(2026, 11, 20, tzinfo=UTC)

shelves = st.lists(
    st.builds(
        lambda variant, priority, channel, free, active: (variant, priority, channel, free, active),
        st.sampled_from(VARIANTS),
        st.integers(0, 3),
        st.sampled_from(CHANNELS),
        st.integers(0, 20),
        st.booleans(),
    ),
    max_size=8,
).map(
    lambda rows: [
        Shelf(UUID(int=100 + n), UUID(int=200 + n), variant, priority, channel, free, active)
        for n, (variant, priority, channel, free, active) in enumerate(rows)
    ]
)
needs = st.lists(
    st.builds(Need, st.sampled_from(VARIANTS), st.integers(0, 15), st.sampled_from(CHANNELS)),
    max_size=12,
)
safeties = st.dictionaries(
    st.tuples(st.sampled_from([None, *VARIANTS]), st.sampled_from(CHANNELS)),
    st.integers(0, 10),
    max_size=5,
).map(SafetyRules)


@given(needs, shelves, safeties)
def test_nothing_is_given_that_is_not_there(
    wanted: list[Need], stock: list[Shelf], safety: SafetyRules
) -> None:
    before = {shelf.level_id: copy.copy(shelf) for shelf in stock}
    found = allocate(wanted, stock, safety)
    given_away: dict[UUID, int] = {}
    for need, shares in zip(wanted, found, strict=True):
        assert sum(share.quantity for share in shares) <= need.quantity
        for share in shares:
            shelf = before[share.level_id]
            assert share.quantity > 0
            assert shelf.variant_id == need.variant_id
            assert shelf.is_active
            assert shelf.sales_channel in {"", need.sales_channel}
            given_away[share.level_id] = given_away.get(share.level_id, 0) + share.quantity
    for shelf in stock:
        gone = given_away.get(shelf.level_id, 0)
        assert shelf.free == before[shelf.level_id].free - gone >= 0


@given(needs, shelves, safeties)
def test_everybody_gets_all_that_can_be_promised_then(
    wanted: list[Need], stock: list[Shelf], safety: SafetyRules
) -> None:
    replayed = copy.deepcopy(stock)
    by_id = {shelf.level_id: shelf for shelf in replayed}
    found = allocate(wanted, stock, safety)
    for need, shares in zip(wanted, found, strict=True):
        of_variant = [shelf for shelf in replayed if shelf.variant_id == need.variant_id]
        kept = safety.kept_back(need.variant_id, need.sales_channel)
        possible = promisable(of_variant, kept, need.sales_channel)
        assert sum(share.quantity for share in shares) == min(need.quantity, possible)
        for share in shares:
            by_id[share.level_id].free -= share.quantity


@given(needs, shelves, safeties)
def test_nothing_is_split_that_one_shelf_has(
    wanted: list[Need], stock: list[Shelf], safety: SafetyRules
) -> None:
    replayed = {shelf.level_id: copy.copy(shelf) for shelf in stock}
    for need, shares in zip(wanted, allocate(wanted, stock, safety), strict=True):
        total = sum(share.quantity for share in shares)
        if len(shares) > 1:
            assert not any(
                shelf.free >= total
                for shelf in replayed.values()
                if shelf.variant_id == need.variant_id
                and shelf.is_active
                and shelf.sales_channel in {"", need.sales_channel}
            )
        for share in shares:
            replayed[share.level_id].free -= share.quantity


def test_the_most_specific_safety_rule_counts_even_when_it_is_zero() -> None:
    tea, cup, _ = VARIANTS
    rules = SafetyRules({(None, ""): 9, (None, "ebay"): 5, (tea, ""): 3, (tea, "ebay"): 0})
    assert rules.kept_back(tea, "ebay") == 0
    assert rules.kept_back(tea, "shopify") == 3
    assert rules.kept_back(cup, "ebay") == 5
    assert rules.kept_back(cup, "shopify") == 9


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), max_size=8), st.integers(0, 60))
def test_the_newest_lose_first_and_exactly_enough(rows: list[tuple[int, int]], short: int) -> None:
    held = [
        Held(UUID(int=n), quantity, AT + timedelta(hours=age))
        for n, (quantity, age) in enumerate(rows)
    ]
    lost = displace(held, short)
    assert sum(lost.values()) == min(short, sum(one.quantity for one in held))
    newest_first = sorted(held, key=lambda one: (one.reserved_at, one.id), reverse=True)
    touched = [one.id in lost for one in newest_first]
    assert touched == sorted(touched, reverse=True)
    for one in newest_first[: max(0, len(lost) - 1)]:
        assert lost[one.id] == one.quantity  # only the last one touched keeps a part
