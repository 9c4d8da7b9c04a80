"""A segment's condition as SQL over the people who are still themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.api import CompiledSql, Condition, compile_sql
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.stores import api as stores

# Who was merged into another or erased belongs nowhere.
LIVING = "s.merged_into_id IS NULL AND s.erased_at IS NULL"


def store_zone() -> ZoneInfo:
    """Return the zone whose days count in the current store."""
    return ZoneInfo(stores.get_store().timezone)


def matching(
    condition: Condition,
    *,
    at: datetime,
    zone: ZoneInfo,
    only: Sequence[UUID] | None = None,
) -> CompiledSql:
    """Write ``SELECT id`` of the current store's customers a condition holds for.

    :param only: look at these customers only.
    """
    return compile_sql(
        condition, at=at, zone=zone, store_id=current_store_id(), only=only, also=LIVING
    )
