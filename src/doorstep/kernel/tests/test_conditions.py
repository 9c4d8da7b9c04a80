"""What conditions mean, how they read, and how they refuse what is wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from doorstep.kernel.conditions.api import (
    Aggregate,
    Column,
    Fact,
    FactRequest,
    FactType,
    InvalidCondition,
    NotCompilable,
    Registry,
    Subject,
    catalog,
    compile_sql,
    describe,
    evaluate,
    parse,
)
from doorstep.kernel.conditions.folding import LOWER, UPPER, fold
from doorstep.kernel.conditions.moments import Span, day_start, shift_day, shift_instant
from doorstep.kernel.conditions.settled import Window, settle_window
from doorstep.kernel.conditions.tree import WindowSpec
from doorstep.kernel.money import Money
from doorstep.kernel.tests.probe import STORE, facts

FACTS = facts()
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
OVER_100 = {"fact": "probe.total", "op": "gt", "value": {"amount": "100.00", "currency": "EUR"}}


def read(tree: Any) -> Any:
    return parse(tree, "probe", facts=FACTS)


def decide(tree: Any, at: datetime = AT, zone: ZoneInfo = BERLIN, **values: Any) -> Any:
    """Evaluate with values by the fact's short name."""
    known = {f"probe.{name}": value for name, value in values.items()}
    return evaluate(read(tree), known, at=at, zone=zone)


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "values", "words"),
    [
        (
            OVER_100,
            {"total": Money(4200, "EUR")},
            "the total is 42.00 EUR, which is at most 100.00 EUR",
        ),
        (
            OVER_100,
            {"total": Money(20000, "EUR")},
            "the total is 200.00 EUR, which is more than 100.00 EUR",
        ),
        (
            OVER_100,
            {"total": Money(20000, "USD")},
            "the total is 200.00 USD, which can’t be compared with 100.00 EUR",
        ),
        (OVER_100, {"total": None}, "the total is not known"),
        (
            {"fact": "probe.city", "op": "eq", "value": "Berlin"},
            {"city": "Köln"},
            "the city is “Köln”, not “Berlin”",
        ),
        (
            {"fact": "probe.tags", "op": "contains_any", "value": ["vip", "tea"]},
            {"tags": ["plants"]},
            "the tags do not include “tea” or “vip”, but “plants”",
        ),
        (
            {"fact": "probe.placed", "op": "within_last", "value": {"days": 3}},
            {"placed": datetime(2026, 11, 1, 23, 30, tzinfo=UTC)},
            "was placed on 2 November 2026 at 00:30, which is not within the last 3 days",
        ),
        ({"fact": "probe.city", "op": "is_not_set"}, {"city": ""}, "the city is not known"),
        ({"fact": "probe.gift", "op": "eq", "value": True}, {"gift": False}, "is not a gift"),
    ],
)
def test_a_trace_reads_as_plain_words(tree: Any, values: Any, words: str) -> None:
    assert decide(tree, **values).explain()[2:] == words


def test_the_reasons_are_what_settled_it() -> None:
    tree = {"all": [OVER_100, {"any": [{"fact": "probe.visits", "op": "gte", "value": 2}]}]}
    decision = decide(tree, total=Money(4200, "EUR"), visits=5)
    assert not decision
    assert decision.reasons == ("the total is 42.00 EUR, which is at most 100.00 EUR",)
    assert decision.explain().splitlines() == [
        "✗ all of",
        "  ✗ the total is 42.00 EUR, which is at most 100.00 EUR",
        "  ✓ any of",
        "    ✓ has come 5 times, which is at least 2",
    ]


def test_a_refusal_by_none_names_what_held() -> None:
    tree = {"none": [OVER_100, {"fact": "probe.visits", "op": "gte", "value": 2}]}
    decision = decide(tree, total=Money(4200, "EUR"), visits=5)
    assert decision.reasons == ("has come 5 times, which is at least 2",)


def test_a_condition_can_be_described_without_values() -> None:
    views = {"fact": "probe.views_of", "op": "gte", "value": 2, "with": {"page": "tea"}}
    tree = {"all": [OVER_100, {"none": [views | {"within": {"last": {"days": 90}}}]}]}
    assert describe(read(tree).root) == (
        "the total is more than 100.00 EUR and has opened “tea” fewer than 2 times in the last 90 days"
    )


# --- meaning -------------------------------------------------------------------------------------


def test_a_comparison_with_the_unknown_is_false_whichever_way() -> None:
    for op in ("eq", "ne"):
        assert not decide({"fact": "probe.city", "op": op, "value": "Berlin"}, city=None)
    assert decide({"none": [{"fact": "probe.city", "op": "eq", "value": "x"}]}, city=None)
    assert decide({"fact": "probe.city", "op": "is_not_set"}, city=None)


def test_no_condition_holds_for_everyone() -> None:
    assert decide({"all": []})


def test_a_day_is_the_stores_day() -> None:
    late = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)  # 00:30 on the 20th in Berlin
    on_20th = {"fact": "probe.placed", "op": "eq", "value": "2026-11-20"}
    assert decide(on_20th, placed=late)
    assert not decide(on_20th, zone=ZoneInfo("America/New_York"), placed=late)
    today = {"fact": "probe.placed", "op": "gte", "value": {"from_today": {"days": 0}}}
    assert decide(today, placed=late)


def test_days_follow_the_clock_changes() -> None:
    assert day_start(date(2026, 10, 26), BERLIN) - day_start(date(2026, 10, 25), BERLIN) == (
        datetime(2026, 1, 2, 1) - datetime(2026, 1, 1)
    )
    # midnight of 15 October 2017 did not exist in São Paulo: the day began at 01:00
    began = day_start(date(2017, 10, 15), ZoneInfo("America/Sao_Paulo"))
    assert began == datetime(2017, 10, 15, 3, tzinfo=UTC)
    # 30 days before a 10:00 in winter time is a 10:00 in summer time
    ten = datetime(2026, 11, 20, 10, tzinfo=BERLIN)
    assert shift_instant(ten, Span(-30, "days"), BERLIN).astimezone(BERLIN).hour == 10
    assert shift_day(date(2028, 2, 29), Span(1, "years")) == date(2029, 2, 28)


def test_a_window_includes_its_first_and_its_last_day() -> None:
    window = settle_window(WindowSpec(None, date(2026, 3, 1), date(2026, 3, 31)), AT, BERLIN)
    first, last = datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert window.start is not None
    assert window.start < first
    assert window.end < last
    assert (first - window.start).microseconds == (last - window.end).microseconds == 1
    assert settle_window(None, AT, BERLIN) == Window(None, AT)
    ahead = settle_window(WindowSpec(None, None, date(2027, 1, 1)), AT, BERLIN)
    assert ahead.end == AT  # what has not happened yet never counts


def test_a_value_of_the_wrong_type_is_refused() -> None:
    heavy = {"fact": "probe.weight", "op": "gt", "value": 1}
    for wrong in (1.5, "2", True, Decimal("NaN")):
        with pytest.raises(TypeError):
            decide(heavy, weight=wrong)
    with pytest.raises(TypeError):
        decide({"fact": "probe.placed", "op": "is_set"}, placed=datetime(2026, 1, 1))
    with pytest.raises(KeyError):
        decide(heavy)


def test_folding_is_one_to_one_and_settles_at_once() -> None:
    assert len(UPPER) == len(LOWER) == len(set(UPPER))
    assert fold("ÄTHER Ω Ж É Ế") == "äther ω ж é ế"
    assert fold(LOWER) == LOWER


# --- SQL -----------------------------------------------------------------------------------------


def test_nothing_a_person_typed_is_part_of_the_statement() -> None:
    nasty = "'; DROP TABLE probe; -- %s {s}"
    tree = {
        "any": [
            {"fact": "probe.city", "op": "contains", "value": nasty, "ignore_case": True},
            {"fact": "probe.pages", "op": "contains", "value": nasty},
            {"fact": "probe.views_of", "op": "gt", "value": 0, "with": {"page": nasty}},
        ]
    }
    sql, params = compile_sql(read(tree), at=AT, zone=BERLIN, store_id=STORE)
    assert "DROP" not in sql
    assert sql.count("%s") == len(params)


def test_facts_over_the_same_rows_are_one_scan() -> None:
    views = {"fact": "probe.page_views", "op": "gte", "value": 1}
    tree = {"all": [views, views | {"within": {"last": {"days": 7}}}]}
    sql, _ = compile_sql(read(tree), at=AT, zone=BERLIN, store_id=STORE)
    assert sql.count("probe_visit") == 1
    assert sql.count("FILTER") == 2


def test_texts_are_ordered_by_code_point() -> None:
    tree = {"fact": "probe.city", "op": "between", "value": ["A", "b"]}
    sql, _ = compile_sql(read(tree), at=AT, zone=BERLIN, store_id=STORE)
    assert sql.count('COLLATE "C"') == 2


def test_a_fact_without_sql_says_so() -> None:
    registry = Registry()
    registry.register_subject(Subject("probe", "probe", "probe"))

    def resolve(request: FactRequest) -> dict[Any, Any]:
        return dict.fromkeys(request.ids, 1)

    registry.register_fact(
        Fact(
            name="probe.mood",
            subject="probe",
            type=FactType.COUNT,
            label="mood",
            description="A mood.",
            resolve=resolve,
        )
    )
    condition = parse({"fact": "probe.mood", "op": "gt", "value": 1}, "probe", facts=registry)
    with pytest.raises(NotCompilable, match=r"probe\.mood"):
        compile_sql(condition, at=AT, zone=BERLIN, store_id=STORE)
    assert catalog(facts=registry)[0]["facts"][0]["in_segments"] is False


# --- refusals ------------------------------------------------------------------------------------

CITY = {"fact": "probe.city", "op": "eq", "value": "Berlin"}


@pytest.mark.parametrize(
    ("tree", "path", "words"),
    [
        (None, "$", "group"),
        ([], "$", "group"),
        ({}, "$.fact", "no fact"),
        ({"all": {}}, "$.all", "list"),
        ({"any": []}, "$.any", "empty"),
        ({"all": [{"all": []}]}, "$.all[0].all", "empty"),
        ({"all": [CITY], "any": [CITY]}, "$", "one key"),
        ({"all": [CITY, CITY | {"fact": "probe.gone"}]}, "$.all[1].fact", "probe.gone"),
        (CITY | {"op": "over"}, "$.op", "compared by eq"),
        (CITY | {"op": ["eq"]}, "$.op", "compared by"),
        (CITY | {"value": ""}, "$.value", "is_not_set"),
        (CITY | {"value": "a\x00b"}, "$.value", "cannot be stored"),
        (CITY | {"value": "\ud800"}, "$.value", "cannot be stored"),
        (CITY | {"value": "x" * 1001}, "$.value", "1000"),
        (CITY | {"vale": 1}, "$.vale", "unknown"),
        (CITY | {"op": "in", "value": []}, "$.value", "list of 1"),
        (CITY | {"op": "in", "value": ["a", 1]}, "$.value[1]", "text"),
        (CITY | {"op": "is_set"}, "$.value", "no value"),
        (CITY | {"within": {"last": {"days": 1}}}, "$.within", "not counted over time"),
        (CITY | {"with": {"page": "x"}}, "$.with", "needs nothing"),
        (CITY | {"op": "gt", "ignore_case": True}, "$.ignore_case", "case"),
        ({"fact": "probe.city", "op": "eq"}, "$.value", "compare"),
        ({"fact": "probe.visits", "op": "gt", "value": 1.5}, "$.value", "whole number"),
        ({"fact": "probe.visits", "op": "gt", "value": True}, "$.value", "whole number"),
        ({"fact": "probe.weight", "op": "gt", "value": "1e999999"}, "$.value", "too large"),
        ({"fact": "probe.weight", "op": "gt", "value": float("nan")}, "$.value", "finite"),
        ({"fact": "probe.weight", "op": "between", "value": [2, 1]}, "$.value", "swap"),
        ({"fact": "probe.total", "op": "gt", "value": 5}, "$.value", "currency"),
        (
            {"fact": "probe.total", "op": "gt", "value": {"amount": "1.001", "currency": "EUR"}},
            "$.value",
            "more decimals",
        ),
        (
            {"fact": "probe.total", "op": "gt", "value": {"amount_minor": 1, "currency": "XXQ"}},
            "$.value",
            "currency code",
        ),
        ({"fact": "probe.born", "op": "eq", "value": "2026-02-30"}, "$.value", "no day"),
        ({"fact": "probe.born", "op": "within_last", "value": {"hours": 1}}, "$.value", "units"),
        ({"fact": "probe.placed", "op": "lt", "value": "2026-01-01T00:00"}, "$.value", "offset"),
        ({"fact": "probe.placed", "op": "within_last", "value": {"days": 0}}, "$.value", "between"),
        ({"fact": "probe.kind", "op": "eq", "value": "blue"}, "$.value", "new, old, odd"),
        ({"fact": "probe.views_of", "op": "gt", "value": 1}, "$.with", "page"),
        (
            {"fact": "probe.page_views", "op": "gt", "value": 1, "within": {"days": 3}},
            "$.within",
            "last",
        ),
        ({"version": 2, "subject": "probe", "where": CITY}, "$.version", "version 1"),
        ({"subject": "order", "where": CITY}, "$.subject", "probe"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tree: Any, path: str, words: str) -> None:
    with pytest.raises(InvalidCondition) as caught:
        read(tree)
    assert path in [problem.path for problem in caught.value.problems]
    assert words in str(caught.value)
    assert caught.value.status == 422


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InvalidCondition) as caught:
        read({"all": [CITY | {"value": ""}, CITY, CITY | {"op": "no"}]})
    assert [p.path for p in caught.value.problems] == ["$.all[0].value", "$.all[2].op"]


def test_depth_and_size_are_limited() -> None:
    deep: Any = CITY
    for _ in range(50_000):
        deep = {"all": [deep]}
    with pytest.raises(InvalidCondition, match="8 levels"):
        read(deep)
    with pytest.raises(InvalidCondition, match="at most 200"):
        read({"all": [CITY] * 5_000})
    with pytest.raises(InvalidCondition, match="1000 values"):
        read(CITY | {"op": "in", "value": ["x"] * 1001})


def test_equal_conditions_have_one_canonical_form() -> None:
    one = read({"fact": "probe.weight", "op": "in", "value": [2, "1.50", "2.0"]})
    two = read({"op": "in", "fact": "probe.weight", "value": ["1.5", 2.0]})
    assert one.canonical() == two.canonical()
    assert one.fingerprint == two.fingerprint
    assert read(one.to_json()).to_json() == one.to_json()


def test_a_fact_that_makes_no_sense_is_refused_at_start() -> None:
    def fact(**changes: Any) -> Fact:
        plain = {"name": "probe.x", "subject": "probe", "type": FactType.TEXT, "label": "x"}
        return Fact(**(plain | {"description": "", "sql": Column("{s}.x")} | changes))

    with pytest.raises(ValueError, match="currency"):
        fact(type=FactType.MONEY)
    with pytest.raises(ValueError, match="choices"):
        fact(type=FactType.ENUM)
    with pytest.raises(ValueError, match="sql or resolve"):
        fact(sql=None)
    with pytest.raises(ValueError, match="moment"):
        fact(windowed=True)
    with pytest.raises(ValueError, match=r"order\.total"):
        fact(name="X")
    with pytest.raises(ValueError, match="aggregate"):
        Aggregate("sum(x) / 2 -- %", "t", "k", "s")
    registry = Registry()
    registry.register_subject(Subject("probe", "probe", "probe"))
    registry.register_fact(fact())
    registry.register_fact(fact())
    with pytest.raises(ValueError, match="two facts"):
        registry.register_fact(fact(label="y"))


def test_ids_of_subjects_may_be_asked_for() -> None:
    _, params = compile_sql(read(CITY), at=AT, zone=BERLIN, store_id=STORE, only=[uuid4()])
    assert len(params) == 3
