"""What the order page says of returns: those there are, and whether more may come back."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from doorstep.portal.orders.reading import Reading
from doorstep.portal.returns.words import STATES
from doorstep.rooms.orders.contracts import OrderState
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.contracts import ReturnState


def return_card(reading: Reading, token: str) -> dict[str, Any] | None:
    """Return what the card shows; None for an order of which nothing went out or will.

    Gifts' recipients ask for their returns themselves: the buyer's page does not show those.
    """
    order = reading.order
    if order.state == OrderState.CANCELED:
        return None
    found = returns.list_returns_of([order.id], at=reading.at).get(order.id, [])
    options = returns.options(order.id, at=reading.at, locale=reading.language)
    return {
        "open": [
            {
                "number": one.summary.number,
                "words": STATES[ReturnState(one.summary.state)],
                "href": reverse("portal:return", args=[token, one.summary.number]),
            }
            for one in found
            if not one.for_recipient
        ],
        "words": options.words,
        "href": "" if options.words else reverse("portal:return_ask", args=[token]),
        "withdraw": reverse("portal:withdraw", args=[reading.store.slug]),
    }
