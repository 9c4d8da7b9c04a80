"""The comparisons each type of fact has, with the words a person reads for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from doorstep.kernel.conditions.facts import FactType

Operand = Literal["none", "one", "range", "many", "span"]


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison: what it is compared with, and how it reads when it holds and when not."""

    name: str
    operand: Operand
    words: str
    otherwise: str


def _all(*operators: Operator) -> dict[str, Operator]:
    return {operator.name: operator for operator in operators}


_SET = _all(
    Operator("is_set", "none", "is known", "is not known"),
    Operator("is_not_set", "none", "is not known", "is known"),
)
_SAME = _all(Operator("eq", "one", "is", "is not"), Operator("ne", "one", "is not", "is"))
_LISTED = _all(
    Operator("in", "many", "is one of", "is not one of"),
    Operator("not_in", "many", "is none of", "is one of"),
)
_ORDERED = _all(
    Operator("lt", "one", "is under", "is not under"),
    Operator("lte", "one", "is at most", "is over"),
    Operator("gt", "one", "is over", "is not over"),
    Operator("gte", "one", "is at least", "is under"),
    Operator("between", "range", "is between", "is not between"),
)
_DATED = _all(
    Operator("lt", "one", "is before", "is not before"),
    Operator("lte", "one", "is on or before", "is after"),
    Operator("gt", "one", "is after", "is not after"),
    Operator("gte", "one", "is on or after", "is before"),
    Operator("between", "range", "is between", "is not between"),
    Operator("within_last", "span", "is within the last", "is not within the last"),
    Operator("within_next", "span", "is within the next", "is not within the next"),
)
_WRITTEN = _all(
    Operator("contains", "one", "contains", "does not contain"),
    Operator("starts_with", "one", "starts with", "does not start with"),
    Operator("ends_with", "one", "ends with", "does not end with"),
    Operator("lt", "one", "sorts before", "does not sort before"),
    Operator("lte", "one", "sorts up to", "sorts after"),
    Operator("gt", "one", "sorts after", "does not sort after"),
    Operator("gte", "one", "sorts from", "sorts before"),
    Operator("between", "range", "sorts between", "does not sort between"),
)
_HOLDING = _all(
    Operator("contains", "one", "has", "does not have"),
    Operator("contains_any", "many", "has any of", "has none of"),
    Operator("contains_all", "many", "has all of", "does not have all of"),
    Operator("is_set", "none", "is not empty", "is empty"),
    Operator("is_not_set", "none", "is empty", "is not empty"),
)

OPERATORS: dict[FactType, dict[str, Operator]] = {
    FactType.TEXT: _SAME | _LISTED | _WRITTEN | _SET,
    FactType.ENUM: _SAME | _LISTED | _SET,
    FactType.NUMBER: _SAME | _ORDERED | _LISTED | _SET,
    FactType.COUNT: _SAME | _ORDERED | _LISTED,
    FactType.MONEY: _SAME | _ORDERED | _SET,
    FactType.BOOL: _SAME | _SET,
    FactType.DATE: _SAME | _DATED | _SET,
    FactType.DATETIME: _SAME | _DATED | _SET,
    FactType.SET: _HOLDING,
}

# Where a comparison may be told to take "Tea" and "tea" for the same.
CASE_OPERATORS = frozenset({"eq", "ne", "in", "not_in", "contains", "starts_with", "ends_with"})
