"""Which of two versions of an order is the later one."""

from __future__ import annotations

from datetime import datetime

from doorstep.rooms.orders.contracts import FinancialStatus as F

_RANK = {
    F.PENDING: 0,
    F.AUTHORIZED: 1,
    F.PARTIALLY_PAID: 2,
    F.PAID: 3,
    F.VOIDED: 4,
    F.PARTIALLY_REFUNDED: 5,
    F.REFUNDED: 6,
}

Version = tuple[datetime, tuple[int, bool, bool]]


def version(
    version_at: datetime, financial_status: str, *, is_fulfilled: bool, is_canceled: bool
) -> Version:
    """Return what versions are compared by; the larger one wins, equal ones are the same.

    Platforms tell the time of a change to the second, and an order is often created and paid
    within one. Among versions of the same instant the one further along counts, so that it does
    not matter in which order they arrive.
    """
    return version_at, (_RANK[F(financial_status)], is_fulfilled, is_canceled)
