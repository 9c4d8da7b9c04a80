"""What the wallet room does when something happened."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.customers.events import CustomerErased, CustomersMerged, CustomersUnmerged
from doorstep.rooms.wallet import following


@handles(
    CustomersMerged,
    CustomersUnmerged,
    CustomerErased,
    name="wallet.follow_customers",
    start="beginning",
)
def follow_customers(batch: Sequence[Recorded]) -> None:
    """Move credit and cards along when customers are merged, back when that is undone; erase."""
    by = Actor.system("wallet.follow_customers")
    for one in batch:  # single acts of people, seldom many at once
        match one.event:
            case CustomersMerged():
                following.merge(one.event, by=by, at=one.at)
            case CustomersUnmerged():
                following.unmerge(one.event, by=by, at=one.at)
            case CustomerErased():
                following.erase(one.event.customer_ids)
