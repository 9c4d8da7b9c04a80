"""One statement for all, the same for one, and the reasons told of each: they always agree."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kernel.conditions.api import Fact, FactType, evaluate_many, parse, registry
from doorstep.kernel.conditions.operators import OPERATORS
from doorstep.kernel.events import lanes
from doorstep.rooms.audiences import api
from doorstep.rooms.audiences.keeping.matching import matching
from doorstep.rooms.audiences.tests.cast import (
    AT,
    BUYERS,
    INES,
    MIA,
    RECENT,
    SAM,
    VIPS,
    order,
    people,
    segment,
    settle,
)
from doorstep.rooms.audiences.tests.world import CURRENCIES, TEXTS, World
from doorstep.rooms.customers import api as customers
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Pacific/Apia")]
SPANS = [{"days": 1}, {"days": 30}, {"hours": 12}, {"months": 1}, {"years": 1}]
QUIET = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


def literal(draw: st.DrawFn, fact: Fact) -> Any:
    """Draw something to compare a fact with."""
    if fact.choices:
        return draw(st.sampled_from(fact.choices))
    match fact.type:
        case FactType.COUNT:
            return draw(st.integers(0, 4))
        case FactType.NUMBER:
            return draw(st.integers(0, 40))
        case FactType.MONEY:
            amount = draw(st.sampled_from([0, 4_200, 10_000, 14_200]))
            return {"amount_minor": amount, "currency": draw(st.sampled_from(CURRENCIES))}
        case FactType.BOOL:
            return draw(st.booleans())
        case FactType.DATE | FactType.DATETIME:
            span = draw(st.sampled_from(SPANS[:2]))
            back = {unit: -count for unit, count in span.items()}
            return draw(st.sampled_from(["2026-11-20", {"from_today": back}]))
        case _:
            return draw(st.sampled_from(TEXTS))


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one comparison of a fact that is really registered."""
    facts = [fact for fact in registry.facts_of("customer") if fact.sql is not None]
    fact = draw(st.sampled_from(facts))
    operator = draw(st.sampled_from(list(OPERATORS[fact.type].values())))
    node: dict[str, Any] = {"fact": fact.name, "op": operator.name}
    if operator.operand == "one":
        node["value"] = literal(draw, fact)
    elif operator.operand == "many":
        node["value"] = [literal(draw, fact) for _ in range(2)]
    elif operator.operand == "range":
        node["value"] = [literal(draw, fact)] * 2
    elif operator.operand == "span":
        units = SPANS if fact.type is FactType.DATETIME else [SPANS[0], SPANS[3]]
        node["value"] = draw(st.sampled_from(units))
    if fact.params:
        node["with"] = {
            p.name: draw(st.sampled_from(p.choices or TEXTS)) if p.type in ("text", "enum") else 1
            for p in fact.params
        }
    if fact.windowed and draw(st.booleans()):
        windows = [{"last": span} for span in SPANS] + [
            {"from": "2026-11-01"},
            {"to": "2026-11-19"},
        ]
        node["within"] = draw(st.sampled_from(windows))
    return node


trees = st.recursive(
    comparisons(),
    lambda inner: st.builds(
        lambda kind, nodes: {kind: nodes},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


def found(
    tree: dict[str, Any], at: datetime, zone: ZoneInfo, only: list[UUID] | None = None
) -> Any:
    statement = matching(parse(tree, "customer"), at=at, zone=zone, only=only)
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return sorted(row[0] for row in cursor.fetchall())


@settings(max_examples=40, **QUIET)
@given(
    seed=st.integers(0, 10**9),
    conditions=st.lists(trees, min_size=6, max_size=10),
    zone=st.sampled_from(ZONES),
)
def test_all_ways_of_asking_agree(
    store: StoreInfo, seed: int, conditions: list[dict[str, Any]], zone: ZoneInfo
) -> None:
    with transaction.atomic():
        lanes.ensure_cursors()
        known = api.create_segment(name=f"Known {seed}", condition=VIPS, by=MIA, at=AT)
        ids = World(random.Random(seed), store.id, AT).fill(5, known.id)
        conditions = [*conditions, in_segment(known.id)]
        for tree in conditions:
            together = found(tree, AT, zone)
            one_by_one = sorted(one for i in ids for one in found(tree, AT, zone, [i]))
            decided = evaluate_many(
                parse(tree, "customer"), ids, at=AT, zone=zone, store_id=store.id
            )
            assert together == one_by_one == sorted(i for i in ids if decided[i]), tree
            assert all(decision.reasons for decision in decided.values())
        transaction.set_rollback(True)


def in_segment(segment_id: UUID) -> dict[str, Any]:
    return {"fact": "customer.segments", "op": "contains_any", "value": [str(segment_id)]}


NAMES = ("maya", "jonas", "diego", "layla", "tom")
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["order", "order", "tag", "untag", "country", "merge", "undo", "erase", "wait", "wait"]
        ),
        st.integers(0, 4),
        st.booleans(),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=8, **QUIET)
@given(happened=steps)
def test_what_events_keep_is_what_a_build_would_find(
    store: StoreInfo, happened: list[tuple[str, int, bool]]
) -> None:
    with transaction.atomic():
        story = Story()
        kept = [segment(f"Segment {nth}", tree) for nth, tree in enumerate(story.conditions())]
        kept.append(segment("Naming", {"none": [in_segment(kept[0])]}))
        for what, whom, read_now in happened:
            story.happen(what, whom)
            if read_now:
                settle(story.at)
        settle(story.at)
        for segment_id in kept:
            api.check_segment(segment_id=segment_id, by=MIA, at=story.at)
        settle(story.at)
        assert [api.get_segment(one).repaired for one in kept] == [0] * len(kept), happened
        transaction.set_rollback(True)


class Story:
    """What happens to the cast, by the real actions."""

    def __init__(self) -> None:
        self.at, self.orders, self.merges = AT, 0, list[UUID]()
        self.ids = people(*NAMES)

    def conditions(self) -> list[dict[str, Any]]:
        spent = {"amount_minor": 1_500, "currency": "EUR"}
        return [
            {"any": [VIPS, {"fact": "customer.orders", "op": "gte", "value": 2}]},
            {"all": [BUYERS, {"none": [VIPS]}]},
            {"fact": "customer.spent", "op": "gt", "value": spent},
            {"fact": "customer.skus", "op": "contains_any", "value": ["TEA-1", "TEA-2"]},
            {"any": [{"fact": "customer.country", "op": "eq", "value": "DE"}, RECENT]},
        ]

    def happen(self, what: str, whom: int) -> None:
        one = self.ids[whom]
        person = customers.get_customer(one)
        is_there = person.erased_at is None and person.merged_into is None
        if what == "wait":
            self.at += timedelta(days=7 * whom + 1)
        elif what == "order":
            self.orders += 1
            order(NAMES[whom], self.orders, at=self.at, sku=f"TEA-{whom}")
        elif what == "undo" and self.merges:
            customers.undo_merge(merge_id=self.merges.pop(), by=SAM, at=self.at)
        elif what == "erase" and is_there and not self.merges:
            customers.erase_customer(customer_id=one, by=INES, at=self.at)
        elif what == "merge":
            self._merge(whom)
        elif is_there:
            changes: dict[str, Any] = {
                "tag": {"tags": ["vip"]}, "untag": {"tags": []}, "country": {"country_code": "DE"},
            }.get(what, {"note": "called"})  # fmt: skip
            customers.edit_customer(customer_id=one, by=SAM, at=self.at, **changes)

    def _merge(self, whom: int) -> None:
        pair = [self.ids[whom], self.ids[(whom + 1) % len(NAMES)]]
        people_now = [customers.get_customer(one) for one in pair]
        if all(one.erased_at is None and one.merged_into is None for one in people_now):
            merged = customers.merge_customers(
                survivor_id=pair[0], absorbed_id=pair[1], by=SAM, at=self.at
            )
            self.merges.append(merged.id)
