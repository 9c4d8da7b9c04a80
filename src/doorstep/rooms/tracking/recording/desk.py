"""What every step of recording needs to know: who records, when, in which store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from doorstep.kernel.actors import Actor
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo


@dataclass(frozen=True, slots=True)
class Desk:
    """One recording. ``closed``: days on which the store neither ships nor expects deliveries."""

    store: StoreInfo
    closed: frozenset[date]
    by: Actor
    at: datetime


def open_desk(*, by: Actor, at: datetime) -> Desk:
    """Read the store and its closed days (two queries)."""
    closed = frozenset(orders.get_order_settings().closed_dates)
    return Desk(store=stores.get_store(), closed=closed, by=by, at=at)


@lru_cache(maxsize=512)
def zone_named(name: str) -> ZoneInfo:
    """Return a zone by its name in the tz database."""
    return ZoneInfo(name)
