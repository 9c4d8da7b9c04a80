"""What this room keeps about a person, for a copy of their data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel.actions import approvals
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.api import exports
from doorstep.rooms.customers.contracts import Person
from doorstep.rooms.orders.contracts import AskedApproval, OrderDetail
from doorstep.rooms.orders.reading.details import get_orders
from doorstep.rooms.orders.reading.to_ship import list_order_ids_of


@exports("orders")
def export_orders(customer_id: UUID, at: datetime) -> list[OrderDetail]:
    """Return a person's orders, oldest first."""
    del at
    found = get_orders(list_order_ids_of([customer_id])).values()
    return sorted(found, key=lambda one: (one.summary.placed_at, one.summary.id))


@exports("approvals")
def export_approvals(customer_id: UUID, at: datetime) -> list[AskedApproval]:
    """Return what somebody of the team asked to do about a person, above their limit."""
    del at
    return [
        AskedApproval(
            one.action, one.payload, one.currency, one.amount_minor, one.state, one.asked_at,
            one.words,
        )
        for one in approvals.list_naming(_names(customers.person_of([customer_id])))
    ]  # fmt: skip


@customers.forgets("approvals")
def forget_approvals(person: Person, at: datetime) -> None:
    """Take a person's name, address and words out of what the team asked to do about them."""
    del at
    approvals.erase_naming(_names(person))


def _names(person: Person) -> set[str]:
    ids = [*person.customer_ids, *list_order_ids_of(person.customer_ids)]
    return {str(one) for one in ids} | {*person.emails, *person.phones}
