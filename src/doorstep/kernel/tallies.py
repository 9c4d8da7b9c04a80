"""Numbers that rooms offer as SQL, so that a page which needs many of them asks once.

Every page of the console says how much needs a person, and that comes from eight rooms: each states
its own count, and whoever shows the sum puts them into one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.tenancy import current_store_id


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of something the current store has.

    :param sql: a SELECT of one number over an index; ``%(store)s`` is the store's id, ``%(at)s`` the
        present moment, others as the tally says. A literal percent sign is written ``%%``.
    """

    sql: str


def read_tallies(
    tallies: Sequence[Tally], *, at: datetime | None = None, **about: UUID | None
) -> list[int]:
    """Return the numbers in the order of ``tallies``, with one query; none for none.

    :param at: the present moment, for those that look at it.
    :param about: what the numbers are about, by the names that the tallies use.
    """
    if not tallies:
        return []
    statement = "SELECT " + ", ".join(f"({one.sql})" for one in tallies)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"store": current_store_id(), "at": at, **about})
        return [int(number) for number in cursor.fetchone()]


def read_tally(tally: Tally, *, at: datetime | None = None) -> int:
    """Return one number."""
    [number] = read_tallies([tally], at=at)
    return number
