"""Money a shop platform gave back by itself, as entries. Pure."""

from __future__ import annotations

from doorstep.rooms.billing.contracts import Account
from doorstep.rooms.billing.rules.sale import Leg, line_legs, merged
from doorstep.rooms.billing.rules.shares import Figures, split_amount
from doorstep.rooms.billing.rules.standing import Standing
from doorstep.rooms.orders.contracts import OrderDetail, RefundView


def refund_legs(refund: RefundView, standing: Standing, order: OrderDetail) -> list[Leg]:
    """Return what a platform's refund books: its lines, then its money.

    Lines go back with the amounts the platform names, as far as they are left of the line. What
    the money is beyond its lines is shipping as far as that is left, and goodwill after; what it
    is less was kept. Of an order that is not paid the lines only make it cheaper. So the payload's
    own total is always what went back.
    """
    legs: list[Leg] = []
    from_lines = 0
    for line in refund.lines:
        stand = standing.lines.get(line.line_id)
        if stand is None:
            continue
        total = line.amount_minor + (0 if order.taxes_included else line.tax_minor)
        amount = min(total, stand.left.total)
        pieces = min(line.quantity, stand.pieces_left)
        if amount < 0 or (not amount and not pieces):
            continue
        figures = _figures(amount, line.tax_minor, stand.left)
        legs += line_legs(line.line_id, figures, pieces, sign=1)
        from_lines += amount
    paid_out = min(refund.amount_minor, max(standing.held, 0))
    rest = paid_out - from_lines
    if not paid_out and standing.outstanding > 0:
        rest = 0  # nothing was paid: the lines only make the order cheaper
    net_left, tax_left = standing.shipping_left
    shipping = min(max(rest, 0), net_left + tax_left)
    tax = tax_left * shipping // (net_left + tax_left) if shipping else 0
    legs += [
        Leg(Account.SHIPPING, shipping - tax, "shipping"),
        Leg(Account.TAX, tax, "shipping"),
        Leg(Account.ALLOWANCE, max(rest - shipping, 0)),
        Leg(Account.RETURN_FEE, min(rest, 0)),
        Leg(Account.PAID, -paid_out),
    ]
    balance = sum(leg.amount_minor for leg in legs)
    return merged([*legs, Leg(Account.RECEIVABLE, -balance)])


def _figures(amount: int, tax: int, left: Figures) -> Figures:
    """Split with the platform's own tax where it fits what is left, else by our shares."""
    ours = split_amount(amount, left)
    if not 0 <= tax <= min(left.tax, amount):
        return ours
    goods = amount - tax + ours.discount
    return Figures(goods, ours.discount, tax) if goods <= left.goods else ours
