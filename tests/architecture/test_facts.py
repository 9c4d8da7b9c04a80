"""Every registered fact works against the real tables, in every way it can be asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from dev.generate_docs import load
from doorstep.kernel.conditions.api import (
    Fact,
    FactType,
    compile_sql,
    evaluate_many,
    parse,
    registry,
)
from doorstep.kernel.conditions.operators import OPERATORS

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
STORE = UUID("01939c00-0000-7000-8000-000000000001")
SAMPLES: dict[FactType, Any] = {
    FactType.TEXT: "x",
    FactType.SET: "x",
    FactType.NUMBER: "1.5",
    FactType.COUNT: 1,
    FactType.MONEY: {"amount_minor": 1, "currency": "EUR"},
    FactType.BOOL: True,
    FactType.DATE: "2026-11-20",
    FactType.DATETIME: "2026-11-20",
}


def questions(fact: Fact) -> list[dict[str, Any]]:
    """Return one comparison per operator, with a sample for whatever it needs."""
    sample = fact.choices[0] if fact.choices else SAMPLES[fact.type]
    given = {p.name: p.choices[0] if p.choices else SAMPLES[p.type] for p in fact.params}
    asked = []
    for operator in OPERATORS[fact.type].values():
        value = {
            "none": None,
            "one": sample,
            "many": [sample],
            "range": [sample, sample],
            "span": {"days": 1},
        }[operator.operand]
        node = {"fact": fact.name, "op": operator.name}
        node |= {} if value is None else {"value": value}
        node |= {"with": given} if given else {}
        node |= {"within": {"last": {"days": 30}}} if fact.windowed else {}
        asked.append(node)
    return asked


@pytest.mark.django_db
def test_every_fact_can_be_asked_by_every_operator() -> None:
    load()
    facts = [fact for subject in registry.subjects() for fact in registry.facts_of(subject.name)]
    assert facts
    for fact in facts:
        condition = parse({"any": questions(fact)}, fact.subject)
        assert evaluate_many(condition, [STORE], at=AT, zone=BERLIN, store_id=STORE) == {}
        if fact.sql is not None:
            statement = compile_sql(condition, at=AT, zone=BERLIN, store_id=STORE)
            with connection.cursor() as cursor:
                cursor.execute(*statement)
                assert cursor.fetchall() == []
