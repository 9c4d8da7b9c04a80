"""How a fact is found in SQL: a column, an aggregate over other rows, or a membership.

The texts are code, written by rooms, never input. They may use ``{s}`` (the subject's row),
``{at}``, ``{zone}``, ``{store}`` and the fact's own parameters by name; each of those becomes a
bound parameter, so nothing a person typed is ever part of the statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_AGGREGATE_CALL = re.compile(r"[a-z_]+\(.*\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """A value on the subject's own row, or one that ``joins`` reach without multiplying rows.

    :param joins: ``LEFT JOIN … ON …`` each; equal texts are joined once. Name the alias after
        the table, as facts of one condition share the statement.
    """

    expression: str
    joins: tuple[str, ...] = ()
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One value per subject over many other rows.

    :param value: exactly one aggregate call, ``count(*)`` or ``sum(o.total_minor)``: facts over
        the same rows are computed in one scan with ``FILTER``.
    :param source: what follows FROM, with aliases: ``orders_order o``.
    :param key: the column that holds the subject's id.
    :param store: the column that holds the store's id.
    :param moment: when a row happened; rows after ``at`` do not count, which is what lets a
        condition be replayed over the past.
    """

    value: str
    source: str
    key: str
    store: str
    where: str = ""
    moment: str = ""
    currency: str = ""

    def __post_init__(self) -> None:
        if not _AGGREGATE_CALL.fullmatch(self.value):
            raise ValueError(f"{self.value!r} is not one aggregate call")
        _check_plain(self.key, self.store, self.moment)


@dataclass(frozen=True, slots=True)
class Membership:
    """A set of texts per subject, one row of ``source`` for each element."""

    element: str
    source: str
    key: str
    store: str
    where: str = ""
    moment: str = ""

    def __post_init__(self) -> None:
        _check_plain(self.element, self.key, self.store, self.moment)


def _check_plain(*texts: str) -> None:
    """Refuse what would be taken for a placeholder where none are replaced."""
    for text in texts:
        if "%" in text or "{" in text:
            raise ValueError(f"{text!r} must be a plain column or expression")


SqlFact = Column | Aggregate | Membership
