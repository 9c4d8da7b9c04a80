"""Where money that goes back goes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.rooms.billing.contracts import BackTo
from doorstep.rooms.payments.contracts import ChargeView


@dataclass(frozen=True, slots=True)
class Spend:
    """Stored value that paid for the order, as far as it did not go back yet."""

    cause: str
    label: str
    left_minor: int
    at: datetime


def spread(
    amount_minor: int, charges: Sequence[ChargeView], spends: Sequence[Spend]
) -> list[BackTo]:
    """Spread an amount over what the order was paid with, the newest payment first.

    Newest first, so that what was charged extra for a change goes back to where it came from, and
    the first payment last. What no source can take is left out: the caller compares the sum.
    """
    ways: list[tuple[datetime, str, int, UUID | None, str]] = [
        (
            one.charged_at,
            one.method_label or one.provider,
            one.refundable_minor,
            one.id,
            one.provider,
        )
        for one in charges
    ]
    ways += [(one.at, one.label, one.left_minor, None, one.cause) for one in spends]
    found = []
    for _at, label, left, charge_id, provider in sorted(ways, key=lambda way: way[0], reverse=True):
        part = min(left, amount_minor)
        if part > 0:
            found.append(BackTo(label, part, charge_id, provider))
            amount_minor -= part
    return found
