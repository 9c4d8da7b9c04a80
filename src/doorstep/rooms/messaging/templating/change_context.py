"""Messages about a change of an order that its shopper asked for."""

from __future__ import annotations

from typing import Annotated, TypedDict

from doorstep.rooms.messaging.templating.context import MoneyValue, OrderMessageContext

CHANGE_KINDS = ("change_applied", "change_payment", "change_ended")


class ChangeContext(TypedDict):
    """The change, and what it does to the money."""

    kind: Annotated[str, "What it is about: address, lines, cancel or delay"]
    state: Annotated[
        str, "How it ended: applied, awaiting_payment, declined, expired, failed or withdrawn"
    ]
    refund: Annotated[MoneyValue | None, "What goes back to the shopper; none when nothing does"]
    amount: Annotated[MoneyValue | None, "What has to be paid for it; none when nothing has"]
    pay_url: Annotated[str, "Where it is paid; empty when nothing has to be"]
    pay_by: Annotated[str, "Until when it can be paid; empty when nothing has to be"]
    words: Annotated[str, "What the team wrote to it; may be empty"]


class ChangeMessageContext(OrderMessageContext):
    """``change_applied``, ``change_payment`` and ``change_ended``."""

    change: ChangeContext
