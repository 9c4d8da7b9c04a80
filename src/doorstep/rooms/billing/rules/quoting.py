"""What giving back comes to, to the cent and in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.money import format_money
from doorstep.rooms.billing.contracts import Account, GiveBack, GiveBackLine, LineShare
from doorstep.rooms.billing.rules.sale import Leg, line_legs, merged
from doorstep.rooms.billing.rules.shares import Figures, share_of, split_amount, without_tax
from doorstep.rooms.billing.rules.standing import Standing


class MoreThanIsLeft(Conflict):
    """More would go back than is left of a line, of the shipping or of the order."""

    code = "more_than_is_left"


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A give-back worked out: figures for people, entries for the books.

    ``payable`` is what can be paid out of ``total``; the rest makes an unpaid order cheaper.
    """

    lines: tuple[LineShare, ...]
    shipping: int
    shipping_tax: int
    allowance: int
    fee: int
    total: int
    payable: int
    legs: tuple[Leg, ...]
    words: tuple[str, ...]


def reckon(
    ask: GiveBack, standing: Standing, titles: Mapping[UUID, str], currency: str
) -> Reckoning:
    """Work out what an ask comes to.

    :raises NotFound: a line is not of this order.
    :raises Invalid: an amount or quantity that makes no sense; ``field`` says which.
    :raises MoreThanIsLeft: more pieces or money than are left.
    """
    _check(ask)
    shares = [_line(one, standing, titles, currency) for one in _once(ask.lines)]
    shipping, shipping_tax = _shipping(ask, standing, currency)
    goods = sum(one.total_minor for one in shares)
    before_fee = goods + shipping + shipping_tax + ask.allowance_minor
    if ask.fee_minor > before_fee:
        raise Invalid(
            "The fee is more than what goes back. Make it smaller, or refuse the return.",
            field="fee_minor",
        )
    allowance = ask.allowance_minor - _goodwill_before(ask, before_fee - ask.fee_minor, standing)
    total = before_fee - ask.allowance_minor + allowance - ask.fee_minor
    left = standing.total
    if total > left:
        raise MoreThanIsLeft(
            f"Only {_say(left, currency)} of this order is left to give back.",
            field="allowance_minor" if ask.allowance_minor else "lines",
        )
    payable = max(0, min(total, total - standing.outstanding, standing.held))
    return Reckoning(
        lines=tuple(shares),
        shipping=shipping,
        shipping_tax=shipping_tax,
        allowance=allowance,
        fee=ask.fee_minor,
        total=total,
        payable=payable,
        legs=tuple(_legs(shares, shipping, shipping_tax, allowance, ask.fee_minor, total)),
        words=tuple(
            _words(
                shares, shipping + shipping_tax, allowance, ask.fee_minor, total, payable, currency
            )
        ),
    )


def _goodwill_before(ask: GiveBack, wanted: int, standing: Standing) -> int:
    """Return how much of what goes back was let off as goodwill before.

    Who got 5 off and then sends everything back gets what is left, not a refusal.
    """
    excess = wanted - standing.total
    if excess <= 0 or ask.allowance_minor or not ask.lines:
        return 0
    return min(excess, max(standing.by_account[Account.ALLOWANCE], 0))


def _check(ask: GiveBack) -> None:
    if ask.allowance_minor < 0:
        raise Invalid("An amount is 0 or more.", field="allowance_minor")
    if ask.fee_minor < 0:
        raise Invalid("A fee is 0 or more.", field="fee_minor")
    if ask.shipping_minor is not None and ask.shipping_minor < 0:
        raise Invalid("An amount is 0 or more.", field="shipping_minor")
    for one in ask.lines:
        if one.quantity < 0 or (one.amount_minor is not None and one.amount_minor < 0):
            raise Invalid("Pieces and amounts are 0 or more.", field="lines")
        if not one.quantity and one.amount_minor is None:
            raise Invalid("Say how many pieces, or how much money.", field="lines")


def _once(lines: tuple[GiveBackLine, ...]) -> tuple[GiveBackLine, ...]:
    if len({one.line_id for one in lines}) < len(lines):
        raise Invalid("Name each line once.", field="lines")
    return lines


def _line(
    one: GiveBackLine, standing: Standing, titles: Mapping[UUID, str], currency: str
) -> LineShare:
    line = standing.lines.get(one.line_id)
    if line is None:
        raise NotFound("This order has no such line.")
    title = titles.get(one.line_id, "")
    if one.quantity > line.pieces_left:
        raise MoreThanIsLeft(
            f"Of “{title}” only {line.pieces_left} can still go back, not {one.quantity}.",
            field="lines",
        )
    left = line.left
    if one.amount_minor is None:
        figures = share_of(left, one.quantity, line.pieces_left)
    elif one.amount_minor > left.total:
        raise MoreThanIsLeft(
            f"Of “{title}” only {_say(left.total, currency)} is left to give back.", field="lines"
        )
    else:
        figures = split_amount(one.amount_minor, left)
    return LineShare(
        one.line_id,
        title,
        one.quantity,
        figures.goods,
        figures.discount,
        figures.tax,
        figures.total,
    )


def _shipping(ask: GiveBack, standing: Standing, currency: str) -> tuple[int, int]:
    net_left, tax_left = standing.shipping_left
    left = net_left + tax_left
    amount = left if ask.shipping_minor is None else ask.shipping_minor
    if amount > left:
        raise MoreThanIsLeft(
            f"Only {_say(left, currency)} of the shipping is left to give back.",
            field="shipping_minor",
        )
    tax = without_tax(amount, tax_left, left)
    return amount - tax, tax


def _legs(
    shares: list[LineShare],
    shipping: int,
    shipping_tax: int,
    allowance: int,
    fee: int,
    total: int,
) -> list[Leg]:
    legs: list[Leg] = []
    for one in shares:
        figures = Figures(one.goods_minor, one.discount_minor, one.tax_minor)
        legs += line_legs(one.line_id, figures, one.quantity, sign=1)
    legs += [
        Leg(Account.SHIPPING, shipping, "shipping"),
        Leg(Account.TAX, shipping_tax, "shipping"),
        Leg(Account.ALLOWANCE, allowance),
        Leg(Account.RETURN_FEE, -fee),
        Leg(Account.RECEIVABLE, -total),
    ]
    return merged(legs)


def _words(
    shares: list[LineShare],
    shipping: int,
    allowance: int,
    fee: int,
    total: int,
    payable: int,
    currency: str,
) -> list[str]:
    words = []
    for one in shares:
        parts = [f"price {_say(one.goods_minor, currency)}"]
        if one.discount_minor:
            parts.append(f"less its discount of {_say(one.discount_minor, currency)}")
        if one.tax_minor:
            parts.append(f"with tax of {_say(one.tax_minor, currency)}")
        pieces = f"{one.quantity} × " if one.quantity else "Part of "
        words.append(f"{pieces}{one.title}: {', '.join(parts)}: {_say(one.total_minor, currency)}.")
    if shipping:
        words.append(f"Shipping: {_say(shipping, currency)}.")
    if allowance > 0:
        words.append(f"Goodwill: {_say(allowance, currency)}.")
    elif allowance < 0:
        words.append(f"Less goodwill given before: {_say(-allowance, currency)}.")
    if fee:
        words.append(f"Kept as a fee: {_say(fee, currency)}.")
    words.append(f"Together: {_say(total, currency)}.")
    if payable < total:
        words.append(
            f"{_say(payable, currency)} of it was paid and can be paid back; "
            "the rest was never paid."
        )
    return words


def _say(amount_minor: int, currency: str) -> str:
    return format_money(amount_minor, currency, "en")
