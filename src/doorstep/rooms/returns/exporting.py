"""What this room keeps about a person, for a copy of their data."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from uuid import UUID

from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.api import exports
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.contracts import MakeGoodView, ReturnView, WithdrawalView
from doorstep.rooms.returns.reading.claims import (
    find_withdrawals_by_contact,
    list_make_goods_of,
    list_withdrawals_of,
    withdrawal_view,
)
from doorstep.rooms.returns.reading.details import list_returns_of


@exports("returns")
def export_returns(customer_id: UUID, at: datetime) -> list[ReturnView]:
    """Return what a person sent back; what a gift's recipient did is not the buyer's to read."""
    found = list_returns_of(orders.list_order_ids_of([customer_id]), at=at)
    return [one for one in chain.from_iterable(found.values()) if not one.for_recipient]


@exports("withdrawals")
def export_withdrawals(customer_id: UUID, at: datetime) -> list[WithdrawalView]:
    """Return a person's withdrawals, word for word; also those whose order nobody found."""
    del at
    found = list_withdrawals_of(orders.list_order_ids_of([customer_id]))
    known = {one.id for one in found}
    by_contact = find_withdrawals_by_contact(customers.person_of([customer_id]))
    return [*found, *(withdrawal_view(row) for row in by_contact if row.id not in known)]


@exports("make_goods")
def export_make_goods(customer_id: UUID, at: datetime) -> list[MakeGoodView]:
    """Return how a person's lost and late parcels were made good."""
    del at
    return list_make_goods_of(orders.list_order_ids_of([customer_id]))
