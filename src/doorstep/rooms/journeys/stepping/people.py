"""Somebody whose step is due, while a set is worked off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


@dataclass(slots=True)
class Person:
    """An enrollment the engine holds.

    :param visit: steps passed so far; counts on while the set is worked off.
    :param timezone: the customer's own, "" where they never told.
    """

    id: UUID
    customer_id: UUID
    order_id: UUID | None
    visit: int
    entered_at: datetime
    waiting_for: str
    is_woken: bool
    failures: int
    data: Mapping[str, Any]
    timezone: str = ""
    sales_channel: str = ""  # of the order: marketplaces have rules of their own


class Result(NamedTuple):
    """What became of one person at one step.

    :param outcome: as counted and shown: ``"queued"``, ``"yes"``, ``"arm:A"``, ``"timed_out"`` …
    :param next: where they go on; None is the end.
    """

    outcome: str
    next: str | None
    words: str = ""
    message_id: UUID | None = None


class Arrival(NamedTuple):
    """How somebody stands at a wait they just came to."""

    due_at: datetime | None
    waiting_for: str = ""
    is_woken: bool = False
