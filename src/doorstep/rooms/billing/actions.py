"""What people and keys can do with an order's money."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.billing import giving, paying
from doorstep.rooms.billing.contracts import GiveBack, GiveBackLine, GivenBack, PayBack
from doorstep.rooms.billing.reading import get_money, quote_give_back
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import LinkView


def _amount(
    *,
    order_id: UUID,
    lines: list[GiveBackLine] | None = None,
    shipping_minor: int | None = 0,
    amount_minor: int = 0,
    fee_minor: int = 0,
    bonus_minor: int = 0,
    **_others: object,
) -> tuple[str, int]:
    """Say how much a give-back would move, for the limits of roles."""
    ask = GiveBack(tuple(lines or ()), shipping_minor, amount_minor, fee_minor)
    quote = quote_give_back(order_id, ask)
    return quote.currency, quote.total_minor + bonus_minor


def _owed(*, order_id: UUID, **_others: object) -> tuple[str, int]:
    money = get_money(order_id)
    return money.currency, max(-money.outstanding_minor, 0)


@action(
    "billing.refund",
    permission="money.move",
    summary="Refund pieces, shipping or an amount",
    amount=_amount,
)
def refund(
    *,
    order_id: UUID,
    key: str,
    lines: list[GiveBackLine] | None = None,
    shipping_minor: int | None = 0,
    amount_minor: int = 0,
    fee_minor: int = 0,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> GivenBack:
    """Give money back to what the order was paid with, the newest payment first.

    :param key: of the form or the caller; the same key refunds once.
    :param amount_minor: goodwill, beyond lines and shipping.
    :raises NotFound: no such order, or a line of another one.
    :raises Invalid: nothing to refund, or an amount that makes no sense.
    :raises MoreThanIsLeft: more than is left.
    :raises NotPayableBack: no payment is left that could be refunded.
    """
    ask = GiveBack(tuple(lines or ()), shipping_minor, amount_minor, fee_minor, reason)
    given = giving.give_back(
        order_id=order_id,
        ask=_something(ask),
        how=PayBack.SOURCE,
        cause=f"refund:{_key(key)}",
        details={"note": reason},
        by=by,
        at=at,
    )
    _note(order_id, given)
    return given


@action(
    "billing.credit",
    permission="money.move",
    summary="Give store credit for an order",
    amount=_amount,
)
def credit(
    *,
    order_id: UUID,
    key: str,
    lines: list[GiveBackLine] | None = None,
    shipping_minor: int | None = 0,
    amount_minor: int = 0,
    fee_minor: int = 0,
    bonus_minor: int = 0,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> GivenBack:
    """Give back as store credit, with a bonus on top if wished.

    :raises NotFound: no such order, or a line of another one.
    :raises Invalid: nothing to give, or an amount that makes no sense.
    :raises MoreThanIsLeft: more than is left.
    :raises NobodyToCredit: the order has no customer.
    """
    ask = GiveBack(tuple(lines or ()), shipping_minor, amount_minor, fee_minor, reason)
    given = giving.give_back(
        order_id=order_id,
        ask=_something(ask),
        how=PayBack.STORE_CREDIT,
        cause=f"credit:{_key(key)}",
        bonus_minor=bonus_minor,
        by=by,
        at=at,
    )
    _note(order_id, given)
    return given


@action(
    "billing.settle",
    permission="money.move",
    summary="Pay out what is owed on an order",
    amount=_owed,
)
def settle(
    *, order_id: UUID, key: str, how: PayBack = PayBack.SOURCE, by: Actor, at: datetime
) -> GivenBack:
    """Pay out what the shopper is owed, after a refund that was refused, say.

    :raises Conflict: nothing is owed.
    :raises NotPayableBack: no payment is left that could be refunded.
    """
    given = giving.settle(
        order_id=order_id, cause=f"settle:{_key(key)}", how=how, words="Paid out", by=by, at=at
    )
    if given is None:
        raise Conflict("Nothing is owed to the shopper on this order.")
    _note(order_id, given)
    return given


@action("billing.request_payment", permission="money.move", summary="Ask for what is outstanding")
def request_payment(
    *, order_id: UUID, key: str, words: str = "", by: Actor, at: datetime
) -> LinkView:
    """Make a payment link for all that is outstanding on an order.

    :raises NothingToPay: nothing is.
    :raises Conflict: another link over it is out already, a change's say: paid twice is paid back
        twice.
    """
    cause = f"ask:{_key(key)}"
    subject = f"order:{order_id}"
    links = payments.list_links([subject]).get(subject, [])
    if any(paying.is_asking(link) and link.cause != cause for link in links):
        raise Conflict(
            "A payment link is out for this order already. Send that one again, or wait until it"
            " is paid or over."
        )
    link = paying.request_payment(
        order_id=order_id,
        cause=cause,
        words=words or "What is left to pay",
        by=by,
        at=at,
    )
    audit.note(subject=f"order:{order_id}", changes={"payment_asked": [None, link.amount_minor]})
    return link


def _key(key: str) -> str:
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Invalid("Give a key of 1 to 200 characters.", field="key")
    return key


def _something(ask: GiveBack) -> GiveBack:
    if not ask.lines and ask.shipping_minor == 0 and not ask.allowance_minor:
        raise Invalid("Choose pieces, shipping or an amount.", field="amount_minor")
    return ask


def _note(order_id: UUID, given: GivenBack) -> None:
    audit.note(
        subject=f"order:{order_id}",
        changes={
            "given_back": [
                None,
                {
                    "total_minor": given.quote.total_minor,
                    "refund_minor": given.refund_minor,
                    "credit_minor": given.credit_minor,
                },
            ]
        },
    )
