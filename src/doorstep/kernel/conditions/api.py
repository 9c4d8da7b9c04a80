"""The front door of conditions: everything rooms use is imported from here."""

from doorstep.kernel.conditions.catalog import catalog
from doorstep.kernel.conditions.compile import CompiledSql, compile_sql
from doorstep.kernel.conditions.evaluate import Decision, Trace, evaluate
from doorstep.kernel.conditions.facts import (
    Fact,
    FactRequest,
    FactType,
    Param,
    Registry,
    Subject,
    Window,
    register_fact,
    register_subject,
    registry,
)
from doorstep.kernel.conditions.parse import InvalidCondition, Problem, parse
from doorstep.kernel.conditions.phrases import say_fact
from doorstep.kernel.conditions.prepared import Prepared, prepare
from doorstep.kernel.conditions.sources import NotCompilable
from doorstep.kernel.conditions.sqlfacts import Aggregate, Column, Membership
from doorstep.kernel.conditions.tree import Condition
from doorstep.kernel.conditions.values import evaluate_many, find_values
from doorstep.kernel.conditions.words import describe

__all__ = [
    "Aggregate",
    "Column",
    "CompiledSql",
    "Condition",
    "Decision",
    "Fact",
    "FactRequest",
    "FactType",
    "InvalidCondition",
    "Membership",
    "NotCompilable",
    "Param",
    "Prepared",
    "Problem",
    "Registry",
    "Subject",
    "Trace",
    "Window",
    "catalog",
    "compile_sql",
    "describe",
    "evaluate",
    "evaluate_many",
    "find_values",
    "parse",
    "prepare",
    "register_fact",
    "register_subject",
    "registry",
    "say_fact",
]
