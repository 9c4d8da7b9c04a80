"""Whom a condition describes among some customers or orders: one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.conditions.api import Condition, compile_sql
from doorstep.kernel.tenancy import current_store_id


def matching(
    condition: Condition, ids: Sequence[UUID], *, at: datetime, zone: ZoneInfo
) -> set[UUID]:
    """Return which of these subjects (customers, or orders) a condition holds for.

    :raises NotCompilable: one of its facts can be asked about one subject at a time only.
    """
    if not ids:
        return set()
    compiled = compile_sql(condition, at=at, zone=zone, store_id=current_store_id(), only=ids)
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return {row[0] for row in cursor.fetchall()}
