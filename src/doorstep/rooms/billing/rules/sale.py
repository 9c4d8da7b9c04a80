"""What an order costs, as entries: read from the order itself, never from memory. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from doorstep.rooms.billing.contracts import Account
from doorstep.rooms.billing.rules.shares import Figures
from doorstep.rooms.orders.contracts import ChargeKind, FinancialStatus, LineView, OrderDetail

_CHARGES = {
    ChargeKind.SHIPPING: Account.SHIPPING,
    ChargeKind.FEE: Account.FEE,
    ChargeKind.TIP: Account.TIP,
    ChargeKind.DUTY: Account.DUTY,
}
# The platform says that all of it was paid, whatever went back since.
PAID_IN_FULL = frozenset(
    {
        FinancialStatus.PAID,
        FinancialStatus.PARTIALLY_REFUNDED,
        FinancialStatus.REFUNDED,
    }
)


@dataclass(frozen=True, slots=True)
class Leg:
    """One entry that is to be written."""

    account: Account
    amount_minor: int
    part: str = "order"
    line_id: UUID | None = None
    quantity: int = 0


Key = tuple[Account, str, UUID | None]


def line_figures(line: LineView, *, taxes_included: bool) -> Figures:
    """Return what a line costs; nothing once it was removed.

    The goods' price is what makes the figures come to the line's own total: platforms divide sums
    by pieces and lose fractions of a cent in the unit price.
    """
    if line.is_removed:
        return Figures()
    net = line.total_minor - line.tax_minor if taxes_included else line.total_minor
    return Figures(net + line.discount_minor, line.discount_minor, line.tax_minor)


def sale_legs(order: OrderDetail) -> list[Leg]:
    """Return what the order's rows say that it costs; the receivable balances it.

    What the order's own total has beyond lines and charges (and the tax that its parts do not
    name) stands in ADJUSTMENT: shown, never hidden.
    """
    legs: list[Leg] = []
    for line in order.lines:
        figures = line_figures(line, taxes_included=order.taxes_included)
        legs += line_legs(line.id, figures, 0 if line.is_removed else line.quantity, sign=-1)
    for charge in order.charges:
        account = _CHARGES[ChargeKind(charge.kind)]
        net = charge.amount_minor - (charge.tax_minor if order.taxes_included else 0)
        legs.append(Leg(account, -net, charge.kind))
        legs.append(Leg(Account.TAX, -charge.tax_minor, charge.kind))
    beyond = order.totals.total_minor + sum(leg.amount_minor for leg in legs)
    legs.append(Leg(Account.ADJUSTMENT, -beyond))
    legs.append(Leg(Account.RECEIVABLE, order.totals.total_minor))
    return merged(legs)


def line_legs(line_id: UUID, figures: Figures, quantity: int, *, sign: int) -> list[Leg]:
    """Return the entries of a line: ``sign`` -1 sells, +1 takes back."""
    return [
        Leg(Account.GOODS, sign * figures.goods, "line", line_id, -sign * quantity),
        Leg(Account.DISCOUNT, -sign * figures.discount, "line", line_id),
        Leg(Account.TAX, sign * figures.tax, "line", line_id),
    ]


def merged(legs: Iterable[Leg]) -> list[Leg]:
    """Sum entries of one place up; what comes to nothing is left out."""
    amounts: dict[Key, list[int]] = {}
    for leg in legs:
        place = amounts.setdefault((leg.account, leg.part, leg.line_id), [0, 0])
        place[0] += leg.amount_minor
        place[1] += leg.quantity
    return [
        Leg(account, amount, part, line_id, quantity)
        for (account, part, line_id), (amount, quantity) in amounts.items()
        if amount or quantity
    ]


def difference(wanted: Iterable[Leg], booked: Iterable[Leg]) -> list[Leg]:
    """Return the entries that bring what is booked to what is wanted."""
    return merged(
        [
            *wanted,
            *(
                Leg(leg.account, -leg.amount_minor, leg.part, leg.line_id, -leg.quantity)
                for leg in booked
            ),
        ]
    )


def kept_above_back(legs: list[Leg], standing: Mapping[UUID, tuple[int, int]]) -> list[Leg]:
    """Keep a line from being sold less than was taken back of it already.

    A platform may lower a line's quantity after it gave money back for it. What would go below is
    put to ADJUSTMENT instead, so that the order's total still follows the platform.

    :param standing: line → (pieces, amount) that it stands at now, taken back subtracted.
    """
    kept: list[Leg] = []
    changes: dict[UUID, list[Leg]] = {}
    for leg in legs:
        if leg.line_id is None:
            kept.append(leg)
        else:
            changes.setdefault(leg.line_id, []).append(leg)
    for line_id, of_line in changes.items():
        pieces, amount = standing.get(line_id, (0, 0))
        fewer = pieces + sum(leg.quantity for leg in of_line)
        # Entries of a line are minus when sold: its amount now is what it stands at less these.
        left = amount - sum(leg.amount_minor for leg in of_line)
        if fewer >= 0 and left >= 0:
            kept += of_line
            continue
        change = sum(leg.amount_minor for leg in of_line)
        kept.append(Leg(Account.ADJUSTMENT, change))
    return merged(kept)
