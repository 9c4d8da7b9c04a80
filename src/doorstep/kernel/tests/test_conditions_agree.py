"""Python and PostgreSQL must decide alike about anything a condition can say."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from doorstep.kernel.conditions.api import (
    FactType,
    compile_sql,
    evaluate,
    evaluate_many,
    find_values,
    parse,
    prepare,
)
from doorstep.kernel.conditions.operators import CASE_OPERATORS, OPERATORS
from doorstep.kernel.tests.probe import (
    OTHER_STORE,
    STORE,
    Probe,
    Visit,
    create_tables,
    facts,
    known_value,
    store_probes,
)

FACTS = facts()
# Zones whose clocks change at midnight, one minute past it, by 45 minutes, or not at all.
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    )
]
# Around clock changes of those zones, a leap day and a year's end.
TURNS = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 5, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2017, 10, 15, 3, tzinfo=UTC),
    datetime(2010, 11, 7, 2, 31, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
    datetime(2028, 2, 29, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 23, tzinfo=UTC),
]
TEXTS = [
    *("Tea", "tea", "TEA", "te", "a", "A", "z", "ä", "Ä", "ÄTHER", "äther", "ß", "ẞ", "SS"),
    *("İ", "I", "ı", "i", "Ω", "ω", "ς", "σ", "Ж", "ж", "Ǆ", "Ǆa", "e\u0301", "é", "É", "ế", "Ế"),
    *(
        "%",
        "_",
        "\\",
        "'",
        '"',
        "{s}",
        "%s",
        " ",
        "\n",
        "\t",
        "😀",
        "中文",
        "ﬁ",
        "\u200b",
        "\ue000",
    ),
]


@pytest.fixture(autouse=True)
def _tables(db: None) -> Iterator[None]:
    create_tables()
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE probe, probe_visit")


storable = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
texts = st.sampled_from(TEXTS) | st.text(storable, min_size=1, max_size=6)
moments = st.builds(
    lambda turn, seconds: turn + timedelta(seconds=seconds),
    st.sampled_from(TURNS),
    st.integers(-100_000, 100_000) | st.sampled_from([0, 1, -1, 3600, -3600]),
)
days = moments.map(lambda moment: moment.date())
decimals = st.sampled_from([Decimal(n) for n in ("0", "-0.5", "1", "1.0", "1.50", "1.5")]) | (
    st.decimals(-1000, 1000, places=3)
)
amounts = st.sampled_from([0, 1, -1, 4200, 10_000]) | st.integers(-(10**12), 10**12)
currencies = st.sampled_from(["EUR", "USD", "JPY"])


def or_nothing(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


visits = st.builds(Visit, or_nothing(texts | st.just("")), amounts, currencies, moments)
probes = st.builds(
    Probe,
    id=st.builds(uuid.uuid4),
    city=or_nothing(texts | st.just("")),
    weight=or_nothing(decimals),
    visits=or_nothing(st.integers(0, 4)),
    total_minor=or_nothing(amounts),
    currency=or_nothing(currencies),
    gift=or_nothing(st.booleans()),
    born_date=or_nothing(days),
    placed_at=or_nothing(moments),
    kind=or_nothing(st.sampled_from(["new", "old", "vanished", ""])),
    tags=or_nothing(st.lists(or_nothing(texts | st.just("")), max_size=3)),
    rows=st.lists(visits, max_size=4),
)


def spans(*units: str, signed: bool = False) -> st.SearchStrategy[Any]:
    low = -40 if signed else 1
    return st.builds(lambda unit, n: {unit: n}, st.sampled_from(units), st.integers(low, 40))


DAYS = ("days", "weeks", "months", "years")
relative_days = st.builds(lambda span: {"from_today": span}, spans(*DAYS, signed=True))
relative_now = st.builds(lambda span: {"from_now": span}, spans("hours", *DAYS, signed=True))
iso_days = days.map(date.isoformat)
money = st.builds(
    lambda amount, currency: {"amount_minor": amount, "currency": currency}, amounts, currencies
)
LITERALS: dict[FactType, st.SearchStrategy[Any]] = {
    FactType.TEXT: texts,
    FactType.SET: texts,
    FactType.ENUM: st.sampled_from(["new", "old", "odd"]),
    FactType.NUMBER: decimals.map(str) | st.integers(-3, 3),
    FactType.COUNT: st.integers(0, 4),
    FactType.MONEY: money,
    FactType.BOOL: st.booleans(),
    FactType.DATE: iso_days | relative_days,
    FactType.DATETIME: moments.map(datetime.isoformat) | iso_days | relative_days | relative_now,
}
SORT_KEYS = {
    FactType.NUMBER: Decimal,
    FactType.MONEY: lambda value: value["amount_minor"],
}


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    fact = draw(st.sampled_from(FACTS.facts_of("probe")))
    operator = draw(st.sampled_from(list(OPERATORS[fact.type].values())))
    node: dict[str, Any] = {"fact": fact.name, "op": operator.name}
    literal = LITERALS[fact.type]
    if operator.operand == "one":
        node["value"] = draw(literal)
    elif operator.operand == "many":
        node["value"] = draw(st.lists(literal, min_size=1, max_size=3))
    elif operator.operand == "range":
        node["value"] = _ordered(fact.type, draw(literal), draw(literal))
    elif operator.operand == "span":
        units = DAYS if fact.type is FactType.DATE else ("hours", *DAYS)
        node["value"] = draw(spans(*units))
    if fact.params:
        param = texts if fact.params[0].name == "page" else currencies
        node["with"] = {fact.params[0].name: draw(param)}
    if fact.windowed and draw(st.booleans()):
        bounds = st.tuples(iso_days, iso_days).map(sorted)
        between = bounds.map(lambda pair: {"from": pair[0], "to": pair[1]})
        node["within"] = draw(
            spans("hours", *DAYS).map(lambda span: {"last": span})
            | between
            | iso_days.map(lambda day: {"from": day})
            | iso_days.map(lambda day: {"to": day})
        )
    if fact.type is FactType.TEXT and operator.name in CASE_OPERATORS:
        node["ignore_case"] = draw(st.booleans())
    return node


def _ordered(kind: FactType, low: Any, high: Any) -> list[Any]:
    if kind is FactType.MONEY:
        high = high | {"currency": low["currency"]}
    if kind in (FactType.DATE, FactType.DATETIME):
        # a mixed pair cannot be sorted before it is settled; empty ranges must agree as well
        same = isinstance(low, str) and isinstance(high, str) and len(low) == len(high)
        return sorted([low, high], key=datetime.fromisoformat) if same else [low, low]
    return sorted([low, high], key=SORT_KEYS.get(kind))


trees = st.recursive(
    comparisons(),
    lambda children: st.builds(
        lambda kind, nodes: {kind: nodes},
        st.sampled_from(["all", "any", "none"]),
        st.lists(children, min_size=1, max_size=4),
    ),
    max_leaves=8,
)


def matches(sql: str, params: list[Any]) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(probes, min_size=1, max_size=6),
    conditions=st.lists(comparisons() | trees, min_size=6, max_size=12),
    at=moments,
    zone=st.sampled_from(ZONES),
)
@example(
    rows=[Probe(uuid.uuid4(), city="")],
    conditions=[{"fact": "probe.city", "op": "ne", "value": "Tea", "ignore_case": True}],
    at=TURNS[0],
    zone=ZONES[0],
)
@example(
    rows=[Probe(uuid.uuid4())],
    conditions=[{"none": [{"fact": "probe.city", "op": "ne", "value": "Tea"}]}],
    at=TURNS[0],
    zone=ZONES[0],
)
def test_both_engines_decide_alike(
    rows: list[Probe], conditions: list[Any], at: datetime, zone: ZoneInfo
) -> None:
    ids = [row.id for row in rows]
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE probe, probe_visit")
    store_probes(rows)
    store_probes([Probe(uuid.uuid4(), city="Tea", visits=1)], OTHER_STORE)
    for tree in conditions:
        condition = parse(tree, "probe", facts=FACTS)
        again = parse(condition.to_json(), "probe", facts=FACTS)
        assert again.canonical() == condition.canonical()
        values = {
            row.id: {ref.key: known_value(row, ref, at, zone) for ref in condition.refs}
            for row in rows
        }
        python = {id_: evaluate(condition, values[id_], at=at, zone=zone) for id_ in ids}
        expected = {id_ for id_, decision in python.items() if decision}
        ready = prepare(condition)
        for id_, decision in python.items():
            assert ready.holds(values[id_], at, zone) is decision.result
            asked = ready.ask(values[id_], at, zone)
            assert asked == (decision.result, decision.reasons)

        found = matches(*compile_sql(condition, at=at, zone=zone, store_id=STORE))
        assert len(found) == len(set(found))
        assert set(found) == expected, (condition.canonical(), values)
        some = compile_sql(condition, at=at, zone=zone, store_id=STORE, only=ids[:2])
        assert set(matches(*some)) == expected & set(ids[:2])

        # the values found by SQL are the values Python knows, so both give the same words
        many = evaluate_many(condition, ids, at=at, zone=zone, store_id=STORE)
        assert many == python


def test_a_foreign_store_is_never_seen() -> None:
    stranger = Probe(uuid.uuid4(), city="Tea", rows=[Visit("/tea", 100, "EUR", TURNS[0])])
    store_probes([stranger], OTHER_STORE)
    at, zone = TURNS[-1], ZONES[0]
    everyone = parse({"all": []}, "probe", facts=FACTS)
    assert matches(*compile_sql(everyone, at=at, zone=zone, store_id=STORE)) == []
    assert find_values(everyone, [stranger.id], at=at, zone=zone, store_id=STORE) == {}
