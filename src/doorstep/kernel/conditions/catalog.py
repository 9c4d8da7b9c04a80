"""What can be asked, as data: for the editor, the API and the generated documentation."""

from __future__ import annotations

from typing import Any

from doorstep.kernel.conditions.facts import Fact, FactType, Registry, registry
from doorstep.kernel.conditions.operators import CASE_OPERATORS, OPERATORS


def catalog(*, facts: Registry = registry) -> list[dict[str, Any]]:
    """List subjects, their facts and each fact's comparisons, JSON-able and in stable order."""
    return [
        {
            "subject": subject.name,
            "label": subject.label,
            "facts": [describe_fact(fact) for fact in facts.facts_of(subject.name)],
        }
        for subject in facts.subjects()
    ]


def describe_fact(fact: Fact) -> dict[str, Any]:
    """Return one fact with everything an editor needs to offer it."""
    return {
        "name": fact.name,
        "type": str(fact.type),
        "label": fact.label,
        "description": fact.description,
        "choices": list(fact.choices),
        "windowed": fact.windowed,
        "in_segments": fact.sql is not None,
        "params": [
            {
                "name": param.name,
                "type": str(param.type),
                "label": param.label,
                "choices": list(param.choices),
            }
            for param in fact.params
        ],
        "operators": [
            {
                "name": operator.name,
                "label": operator.words,
                "operand": operator.operand,
                "ignore_case": fact.type is FactType.TEXT and operator.name in CASE_OPERATORS,
            }
            for operator in OPERATORS[fact.type].values()
        ],
    }
