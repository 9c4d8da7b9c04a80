"""Whose pieces are gone when a shelf holds fewer than were reserved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Held:
    """An active reservation on one shelf."""

    id: UUID
    quantity: int
    reserved_at: datetime


def displace(held: Sequence[Held], short: int) -> dict[UUID, int]:
    """Return reservation → pieces it loses, so that ``short`` pieces are given up together.

    The newest lose first: who ordered earlier keeps what was promised.
    """
    lost: dict[UUID, int] = {}
    for one in sorted(held, key=lambda each: (each.reserved_at, each.id), reverse=True):
        if short <= 0:
            break
        lost[one.id] = min(one.quantity, short)
        short -= lost[one.id]
    return lost
