"""The clocks of returns: a reminder, the end of an authorization, a parcel that never comes.

Each approved return carries the instant at which it is looked at next; the sweep over all stores
reads the index of what is due and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.returns.contracts import DepositState, ReturnSettings, ReturnState
from doorstep.rooms.returns.events import ReturnExpired, ReturnExpiring, ReturnMissing
from doorstep.rooms.returns.flow.labels import void_label
from doorstep.rooms.returns.flow.opening import OpenReturn, load_settings, open_return
from doorstep.rooms.returns.flow.swapping import capture_deposits, release_things, things_of
from doorstep.rooms.returns.models import ReturnAuthorization

BATCH = 200
BY = Actor.system("returns.clock")


def look_at_due(at: datetime) -> int:
    """Look at one set of returns that are due, of any store; returns how many.

    Each in a transaction of its own, the order's row first: the lock order of everybody else.
    """
    due = list(
        ReturnAuthorization.all_stores.filter(watch_at__lte=at)
        .order_by("watch_at", "id")
        .values_list("store_id", "id")[:BATCH]
    )
    by_store: dict[UUID, list[UUID]] = defaultdict(list)
    for store_id, return_id in due:
        by_store[store_id].append(return_id)
    for store_id, ids in by_store.items():
        with store_scope(store_id):
            settings = load_settings()
            for return_id in ids:
                with transaction.atomic():
                    opened = open_return(return_id, by=BY, at=at)
                    if opened.row.watch_at is not None and opened.row.watch_at <= at:
                        _look(opened, settings)
                        opened.save()
    return len(due)


def watch_scanned(opened: OpenReturn, settings: ReturnSettings) -> None:
    """Wait for a parcel that is on its way: it is neither reminded of nor ended meanwhile."""
    if opened.row.received_at is None:
        opened.row.watch_at = opened.at + timedelta(days=settings.missing_days)


def _look(opened: OpenReturn, settings: ReturnSettings) -> None:
    row, at = opened.row, opened.at
    if row.state != ReturnState.APPROVED or row.complete_at is not None:
        row.watch_at = None
    elif row.received_at is not None:
        row.watch_at = None  # part of it is here: a person says whether more is awaited
    elif row.scanned_at is not None:
        _miss(opened)
    elif row.expires_at is not None and at >= row.expires_at:
        expire(opened)
    elif row.expires_at is not None:
        row.watch_at = row.expires_at
        if row.reminded_at is None:
            row.reminded_at = at
            opened.facts.append(ReturnExpiring(*opened.head, expires_at=row.expires_at))


def _miss(opened: OpenReturn) -> None:
    """Note that a parcel was scanned and never came: the shopper is asked, a person decides."""
    row = opened.row
    row.watch_at = None
    if row.missing_at is None:
        row.missing_at = opened.at
        opened.facts.append(ReturnMissing(*opened.head))


def expire(opened: OpenReturn) -> None:
    """End an authorization that nobody used; what secured an instant exchange is taken."""
    things = things_of(opened)
    capture_deposits(opened)
    waiting = [one for one in things if one.order_id is None]
    if waiting:
        release_things(opened, waiting)
    for line in opened.lines:
        line.claimed = line.settled
        line.save(update_fields=["claimed"])
    void_label(opened)
    opened.become(ReturnState.EXPIRED)
    opened.facts.append(ReturnExpired(*opened.head))


def is_secured(opened: OpenReturn) -> bool:
    """Tell whether something went out before the old thing was back."""
    return any(one.deposit == DepositState.HELD for one in things_of(opened))
