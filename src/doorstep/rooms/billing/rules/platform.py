"""Money a shop platform gave back by itself, as entries. Pure."""

from __future__ import annotations

from doorstep.rooms.billing.contracts import Account
from doorstep.rooms.billing.rules.sale import Leg, line_legs, merged
from doorstep.rooms.billing.rules.shares import Figures, split_amount
from doorstep.rooms.billing.rules.standing import Standing
from doorstep.rooms.orders.contracts import OrderDetail, RefundLineView, RefundView


def refund_legs(refund: RefundView, standing: Standing, order: OrderDetail) -> list[Leg]:
    """Return what a platform's refund books: its lines, then its money.

    Lines go back with the amounts the platform names, as far as they are left of the line. What
    the money is beyond its lines settles what is owed already (an edit or a cancellation before),
    is shipping as far as that is left, and goodwill after; what it is less was kept. Of an order
    that is not paid the lines only make it cheaper. Where the platform says what the order became
    cheaper by beyond its lines, that counts, and the difference to the money is owed. So the
    payload's own total is always what went back.
    """
    owed = max(-standing.outstanding, 0)
    legs: list[Leg] = []
    from_lines = 0
    for line in refund.lines:
        stand = standing.lines.get(line.line_id)
        if stand is None:
            continue
        total = line.amount_minor + (0 if order.taxes_included else line.tax_minor)
        fresh = line.quantity - _taken_off_here(line, refund, order)
        if fresh < line.quantity:
            total = total * fresh // line.quantity
        amount = min(total, stand.left.total)
        pieces = min(fresh, stand.pieces_left)
        if amount < 0 or (not amount and not pieces):
            continue
        figures = _figures(amount, line.tax_minor, stand.left)
        legs += line_legs(line.line_id, figures, pieces, sign=1)
        from_lines += amount
    paid_out = min(refund.amount_minor, max(standing.held, 0))
    rest = _beyond(refund, standing, paid_out, from_lines, owed)
    net_left, tax_left = standing.shipping_left
    shipping = min(max(rest, 0), net_left + tax_left)
    tax = tax_left * shipping // (net_left + tax_left) if shipping else 0
    duties = 0
    if refund.beyond_minor is not None:
        duties = min(max(rest - shipping, 0), max(-standing.by_part[Account.DUTY, "duty"], 0))
    legs += [
        Leg(Account.SHIPPING, shipping - tax, "shipping"),
        Leg(Account.TAX, tax, "shipping"),
        Leg(Account.DUTY, duties, "duty"),
        Leg(Account.ALLOWANCE, max(rest - shipping - duties, 0)),
        Leg(Account.RETURN_FEE, min(rest, 0)),
        Leg(Account.PAID, -paid_out),
    ]
    balance = sum(leg.amount_minor for leg in legs)
    return merged([*legs, Leg(Account.RECEIVABLE, -balance)])


def _taken_off_here(line: RefundLineView, refund: RefundView, order: OrderDetail) -> int:
    """Return how many pieces of a refund without money an edit here took off the order already.

    The first ones that the platform tells are ours: it was told of our edit, and writes it so.
    """
    if refund.amount_minor:
        return 0
    ours = next((one.taken_off for one in order.lines if one.id == line.line_id), 0)
    before = sum(
        other.quantity
        for one in order.refunds
        if not one.amount_minor and (one.refunded_at, one.id) < (refund.refunded_at, refund.id)
        for other in one.lines
        if other.line_id == line.line_id
    )
    return min(max(ours - before, 0), line.quantity)


def _beyond(
    refund: RefundView, standing: Standing, paid_out: int, from_lines: int, owed: int
) -> int:
    """Return what the order becomes cheaper by beyond its lines; minus: what is kept."""
    if refund.beyond_minor is not None and paid_out == refund.amount_minor:
        # Never more kept than was given: the platform's lines may be larger than what was left.
        return max(refund.beyond_minor, -from_lines)
    rest = paid_out - from_lines
    if not paid_out and standing.outstanding > 0:
        return 0  # nothing was paid: the lines only make the order cheaper
    return rest - min(rest, owed) if rest > 0 else rest


def _figures(amount: int, tax: int, left: Figures) -> Figures:
    """Split with the platform's own tax where it fits what is left, else by our shares."""
    ours = split_amount(amount, left)
    if not 0 <= tax <= min(left.tax, amount):
        return ours
    goods = amount - tax + ours.discount
    return Figures(goods, ours.discount, tax) if goods <= left.goods else ours
