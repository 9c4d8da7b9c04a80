"""The first thing on an order's page: when it arrives, or what keeps it, in plain words.

Only what is known now is said. A date is called an estimate, a late order late, and each sentence
that asks for something says who acts. Several parcels: the answer is about the one that matters
most; the cards tell of each.
"""

from __future__ import annotations

from doorstep.portal.orders.conditions import tell_parcel
from doorstep.portal.orders.order_states import SHOPPER_MENDS, tell_order
from doorstep.portal.orders.parcels import TROUBLE, Parcel
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.telling import Answer
from doorstep.rooms.orders.contracts import OrderState


def answer(reading: Reading) -> Answer:
    """Say when, or what keeps the order."""
    parcel = foremost(reading)
    return tell_parcel(parcel, reading) if parcel else tell_order(reading)


def foremost(reading: Reading) -> Parcel | None:
    """Return the parcel the page's answer is about, None where it is about the order itself.

    What the shopper must mend on the order comes before any parcel, and what is still to be sent
    before what has arrived.
    """
    order = reading.order
    if not reading.parcels:
        return None
    first = min(reading.parcels, key=lambda parcel: (parcel.rank, parcel.number))
    if order.state == OrderState.HISTORY:
        return first if first.is_open else None
    if order.state == OrderState.CANCELED:
        return first if first.shipped_at else None
    if order.state == OrderState.ON_HOLD and SHOPPER_MENDS & set(order.hold_reasons):
        return None
    if reading.waiting and first.condition not in TROUBLE:
        return first if first.is_open else None
    return first
