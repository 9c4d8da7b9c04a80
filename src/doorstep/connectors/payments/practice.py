"""A provider that moves no money: what the demo shop pays and refunds with.

It answers at once, without any network. Its payment page is a page of our own, where whoever
tries things out says how the payment ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from doorstep.rooms.payments.ports import (
    LinkAsk,
    MovedMoney,
    OpenedLink,
    Power,
    RefundAsk,
)
from doorstep.rooms.stores import api as stores

NAME = "practice"
_LASTS = timedelta(days=1)  # as with Stripe, so that pages are made anew in the demo too


@dataclass(frozen=True, slots=True)
class PracticeProvider:
    """Says yes to everything, in demo shops only."""

    name: str = NAME
    label: str = "Practice payments"
    powers: frozenset[Power] = frozenset(Power)

    def is_ready(self) -> bool:
        """Tell whether this is a demo shop: a real one must never take play money."""
        return stores.get_store().is_demo

    def check_amount(self, currency: str, amount_minor: int) -> None:
        """Take any amount."""

    def refund(self, ask: RefundAsk) -> MovedMoney:
        """Pretend that it went back."""
        return MovedMoney(f"practice_re_{ask.refund_id.hex}")

    def open_link(self, ask: LinkAsk) -> OpenedLink:
        """Lead to our own practice page below the request's."""
        page = ask.return_url.partition("?")[0] + "/practice"
        return OpenedLink(f"practice_{ask.link_id.hex}_{ask.nth}", page, ask.asked_at + _LASTS)

    def look_at_link(self, link_id: UUID, external_id: str) -> OpenedLink:
        """Know nothing more: the practice page records a payment itself."""
        return OpenedLink(external_id, "", None)

    def close_link(self, link_id: UUID, external_id: str) -> MovedMoney:
        """Close it."""
        return MovedMoney(external_id)

    def capture(
        self, charge_id: UUID, external_id: str, amount_minor: int, currency: str
    ) -> MovedMoney:
        """Pretend that it was taken."""
        return MovedMoney(external_id)

    def void(self, charge_id: UUID, external_id: str) -> MovedMoney:
        """Pretend that it was let go."""
        return MovedMoney(external_id)


PRACTICE = PracticeProvider()
