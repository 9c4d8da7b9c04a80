"""What there is of an order in other rooms: one look, so that its page asks only for what is there.

Most orders have no return, no notice, no credit, and until they leave no parcel.
"""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.kernel.tallies import read_tallies
from doorstep.rooms.changes import api as changes
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.orders.contracts import ShopperOrder
from doorstep.rooms.returns import api as returns
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.wallet import api as wallet


@dataclass(frozen=True, slots=True)
class Beside:
    """How much there is; where nobody looked, there may be something."""

    parcels: int = 1
    trackers: int = 1
    notices: int = 1
    returns: int = 1
    credit: int = 1


EVERYTHING = Beside()


def look_beside(order: ShopperOrder) -> Beside:
    """Look what other rooms have of an order, with one query."""
    tallies = (
        fulfillment.SENT_OF_ORDER,
        tracking.TRACKED_OF_ORDER,
        changes.NOTICES_OF_ORDER,
        returns.RETURNS_OF_ORDER,
        wallet.CREDIT_OF_CUSTOMER,
    )
    return Beside(*read_tallies(tallies, order=order.id, customer=order.customer_id))
