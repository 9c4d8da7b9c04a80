"""What this room keeps about a person, for a copy of their data."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from uuid import UUID

from doorstep.rooms.changes.contracts import ChangeView, DelayNotice
from doorstep.rooms.changes.notices import list_notices_of
from doorstep.rooms.changes.queries import list_changes_of
from doorstep.rooms.customers.api import exports
from doorstep.rooms.orders import api as orders


@exports("order_changes")
def export_changes(customer_id: UUID, at: datetime) -> list[ChangeView]:
    """Return what a person changed about their orders."""
    del at
    found = list_changes_of(orders.list_order_ids_of([customer_id]))
    return list(chain.from_iterable(found.values()))


@exports("delay_notices")
def export_notices(customer_id: UUID, at: datetime) -> list[DelayNotice]:
    """Return the notices of later shipping, with all that happened to each."""
    del at
    return list_notices_of(orders.list_order_ids_of([customer_id]))
