"""What the order page says of returns: those there are, and whether more may come back."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from doorstep.portal.orders.reading import Reading
from doorstep.portal.returns.words import STATES
from doorstep.rooms.orders.contracts import OrderState
from doorstep.rooms.returns import api as returns


def return_card(reading: Reading, token: str) -> dict[str, Any] | None:
    """Return what the card shows; None for an order of which nothing went out or will.

    Gifts' recipients ask for their returns themselves: the buyer's page does not show those.
    """
    order = reading.order
    if order.state == OrderState.CANCELED:
        return None
    words, href = "", ""
    if _can_have_arrived(reading):
        words = returns.why_nothing(
            order.id, at=reading.at, locale=reading.language, store=reading.store
        )
        href = "" if words else reverse("portal:return_ask", args=[token])
    return {
        "open": [
            {
                "number": one.number,
                "words": STATES[one.state],
                "href": reverse("portal:return", args=[token, one.number]),
            }
            for one in (returns.list_marks(order.id) if reading.beside.returns else ())
            if not one.for_recipient
        ],
        "words": words,
        "href": href,
        "policy": reverse("portal:returns_policy", args=[reading.store.slug]),
        "withdraw": reverse("portal:withdraw", args=[reading.store.slug]),
    }


def _can_have_arrived(reading: Reading) -> bool:
    """Tell whether it is worth asking the policy: what is still here can't be sent back."""
    order = reading.order
    if order.state not in (OrderState.READY, OrderState.ON_HOLD) or reading.parcels:
        return True
    return any(line.shipped_quantity or not line.requires_shipping for line in order.lines)
