"""How many a condition holds for, while somebody is still writing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from doorstep.kernel.conditions.api import CompiledSql
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import MatchCount, MemberInfo
from doorstep.rooms.audiences.keeping.matching import LIVING, matching, store_zone
from doorstep.rooms.audiences.reading.members import tell_members
from doorstep.rooms.audiences.rules.asking import read_condition

MAX_MS = 2_000
_SAMPLE = 4_000
_PAGES = 400  # of the table, at random: what the sample's people are taken from


class TooSlow(Exception):
    """The statement took longer than somebody who is typing waits."""


def count_matching(condition: dict[str, Any], *, at: datetime, max_ms: int = MAX_MS) -> MatchCount:
    """Count the customers a condition holds for as of ``at``.

    What takes longer than ``max_ms`` is estimated from people picked at random, and says so.

    :raises InvalidCondition: with everything that is wrong with the condition.
    """
    asked, zone = read_condition(condition), store_zone()
    everybody = _everybody()
    try:
        with _at_most(max_ms):
            count = _count(matching(asked, at=at, zone=zone))
        return MatchCount(count, everybody)
    except TooSlow:
        some = _some_people(everybody)
        found = _count(matching(asked, at=at, zone=zone, only=some)) if some else 0
        return MatchCount(round(found / max(1, len(some)) * everybody), everybody, True)


def sample_matching(
    condition: dict[str, Any], *, at: datetime, limit: int = 5, max_ms: int = MAX_MS
) -> tuple[MemberInfo, ...]:
    """Return some people a condition holds for as of ``at``, each with the reasons.

    Any, not the newest: sorting everybody would take too long. Nobody when it takes too long.

    :raises InvalidCondition: with everything that is wrong with the condition.
    """
    asked = read_condition(condition)
    found = matching(asked, at=at, zone=store_zone())
    try:
        with _at_most(max_ms), connection.cursor() as cursor:
            cursor.execute(f"{found.sql} LIMIT %s", [*found.params, limit])
            ids = [row[0] for row in cursor.fetchall()]
    except TooSlow:
        return ()
    return tell_members(asked, dict.fromkeys(ids, at), at=at)


def _count(found: CompiledSql) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({found.sql}) AS found", found.params)  # noqa: S608
        return int(cursor.fetchone()[0])


def _everybody() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM customers_customer s WHERE s.store_id = %s AND {LIVING}",  # noqa: S608
            [current_store_id()],
        )
        return int(cursor.fetchone()[0])


def _some_people(everybody: int) -> list[UUID]:
    """Pick people at random: whole pages of the table, as reading every row is what took long."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.id FROM customers_customer s TABLESAMPLE SYSTEM (
                least(100, 100.0 * %s / greatest(1, (
                    SELECT relpages FROM pg_class WHERE oid = 'customers_customer'::regclass)))
            ) WHERE s.store_id = %s AND {LIVING} LIMIT %s
            """,  # noqa: S608 (a constant)
            [_PAGES, current_store_id(), _SAMPLE],
        )
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def _at_most(milliseconds: int) -> Iterator[None]:
    """Run a block's statements for so long at most. :raises TooSlow:"""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            [before] = cursor.fetchone()
            cursor.execute(f"SET LOCAL statement_timeout = {int(milliseconds)}")
            yield
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != "57014":
            raise
        raise TooSlow from error
