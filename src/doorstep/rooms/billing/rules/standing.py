"""Where an order's money stands: derived from entries, never stored. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from doorstep.rooms.billing.contracts import OBLIGATIONS, Account
from doorstep.rooms.billing.rules.sale import Leg, line_legs, merged
from doorstep.rooms.billing.rules.shares import Figures

# Money we hold for the order: what came in less what went back or was given as credit.
HELD = frozenset(
    {Account.PAID, Account.REFUND_DUE, Account.CREDIT, Account.BONUS, Account.TRANSFER}
)


@dataclass
class LineStanding:
    """What a line was sold for, and what of that was taken back."""

    sold: Figures = field(default_factory=Figures)
    back: Figures = field(default_factory=Figures)
    quantity: int = 0
    back_quantity: int = 0

    @property
    def left(self) -> Figures:
        """What can still go back."""
        return self.sold - self.back

    @property
    def pieces_left(self) -> int:
        """How many pieces can still be taken back."""
        return self.quantity - self.back_quantity


@dataclass
class Standing:
    """All of an order's money. Plus is a debit."""

    by_account: dict[Account, int] = field(default_factory=lambda: defaultdict(int))
    by_part: dict[tuple[Account, str], int] = field(default_factory=lambda: defaultdict(int))
    lines: dict[UUID, LineStanding] = field(default_factory=dict)

    def add(self, kind: str, legs: Iterable[Leg]) -> None:
        """Take a booking's entries in."""
        for leg in legs:
            self.by_account[leg.account] += leg.amount_minor
            self.by_part[leg.account, leg.part] += leg.amount_minor
            if leg.line_id is not None:
                self._add_to_line(kind, leg, leg.line_id)

    def _add_to_line(self, kind: str, leg: Leg, line_id: UUID) -> None:
        line = self.lines.setdefault(line_id, LineStanding())
        amount = leg.amount_minor
        # A line's entries are minus when it is sold.
        change = {
            Account.GOODS: Figures(goods=-amount),
            Account.DISCOUNT: Figures(discount=amount),
            Account.TAX: Figures(tax=-amount),
        }[leg.account]
        if kind == "sale":
            line.sold += change
            line.quantity += leg.quantity
        else:
            line.back -= change
            line.back_quantity -= leg.quantity

    @property
    def outstanding(self) -> int:
        """Plus: the shopper owes, minus: is owed."""
        return self.by_account[Account.RECEIVABLE]

    @property
    def total(self) -> int:
        """What the order costs now."""
        return -sum(
            amount
            for account, amount in self.by_account.items()
            if account in OBLIGATIONS and account is not Account.BONUS
        )

    @property
    def held(self) -> int:
        """What could still be paid out: nothing of what the shopper's bank took back."""
        return sum(self.by_account[one] for one in HELD) + min(self.by_account[Account.DISPUTED], 0)

    @property
    def shipping_left(self) -> tuple[int, int]:
        """Shipping that can still go back: net and tax."""
        return (
            max(-self.by_part[Account.SHIPPING, "shipping"], 0),
            max(-self.by_part[Account.TAX, "shipping"], 0),
        )


def cancel_legs(standing: Standing) -> list[Leg]:
    """Return what makes an order cost nothing any more; fees kept before stay kept."""
    legs: list[Leg] = []
    for line_id, line in standing.lines.items():
        legs += line_legs(line_id, line.left, line.pieces_left, sign=1)
    legs += [
        Leg(account, -amount, part)
        for (account, part), amount in standing.by_part.items()
        if account in _CANCELED and part != "line"
    ]
    return merged([*legs, Leg(Account.RECEIVABLE, -sum(leg.amount_minor for leg in legs))])


_CANCELED = OBLIGATIONS - {Account.BONUS, Account.RETURN_FEE}
