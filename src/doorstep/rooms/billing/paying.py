"""Money that comes in for an order after the checkout, and money that moves between orders."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.events.publish import publish
from doorstep.rooms.billing.books import Draft, Ledger, book, open_book, sync_sale
from doorstep.rooms.billing.contracts import Account
from doorstep.rooms.billing.events import PaymentReceived
from doorstep.rooms.billing.rules.sale import Leg
from doorstep.rooms.orders import api as orders
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import Capture, LinkState, LinkView
from doorstep.rooms.wallet import api as wallet

DEPOSIT = ":deposit"
"""How the cause of a link ends that takes money as a security, not for what an order costs."""


class NothingToPay(Conflict):
    """Nothing is outstanding on the order."""

    code = "nothing_to_pay"


class TwoCurrencies(Conflict):
    """Money can't move between orders of two currencies."""

    code = "two_currencies"


def sync(order_id: UUID, *, cause: str, words: str, by: Actor, at: datetime) -> int:
    """Book what changed in the order's rows; return the change of what is outstanding.

    Joins the caller's transaction. Plus: the shopper owes more, minus: is owed.

    :raises NotFound: there is no such order in this store.
    """
    ledger = open_book(order_id, by=by, at=at)
    return sync_sale(ledger, cause=cause, words=words, by=by, at=at)


def request_payment(
    *,
    order_id: UUID,
    cause: str,
    words: str,
    amount_minor: int | None = None,
    expires_at: datetime | None = None,
    capture: Capture = Capture.NOW,
    by: Actor,
    at: datetime,
) -> LinkView:
    """Ask the shopper to pay: all that is outstanding, or an amount (a hold, a deposit).

    Joins the caller's transaction, once per cause. ``PaymentReceived`` or ``PaymentNotReceived``
    says how it ended.

    :raises NothingToPay: no amount was given and nothing is outstanding.
    """
    with transaction.atomic():
        ledger = open_book(order_id, by=by, at=at)
        amount = ledger.standing.outstanding if amount_minor is None else amount_minor
        if amount <= 0:
            raise NothingToPay("Nothing is left to pay on this order.")
        return payments.request_link(
            subject=ledger.subject,
            cause=cause,
            key=ledger.key,
            currency=ledger.order.summary.currency,
            amount_minor=amount,
            capture=capture,
            words=words,
            email=ledger.order.summary.email,
            expires_at=expires_at,
            by=by,
            at=at,
        )


def is_asking(link: LinkView) -> bool:
    """Tell whether a link can still be paid for what an order costs; a hold or deposit can't."""
    return (
        link.state in (LinkState.REQUESTED, LinkState.OPEN)
        and link.capture is Capture.NOW
        and not link.cause.endswith(DEPOSIT)
    )


def pay_with_credit(
    *, order_id: UUID, amount_minor: int | None = None, cause: str, by: Actor, at: datetime
) -> int:
    """Pay an order with its customer's store credit; return what was paid, once per cause.

    :param amount_minor: None: all that is outstanding.
    :raises NothingToPay: nothing is outstanding, or less than that.
    :raises Conflict: there is not so much store credit.
    """
    with transaction.atomic():
        ledger = open_book(order_id, by=by, at=at)
        if (before := ledger.find(cause)) is not None:
            return int(before.data["amount_minor"])
        amount = _payable(ledger, amount_minor)
        customer_id = ledger.order.summary.customer_id
        if customer_id is None:
            raise Conflict("Nobody can be told whose store credit this order could be paid with.")
        wallet.spend_credit(
            customer_id=customer_id,
            currency=ledger.order.summary.currency,
            amount_minor=amount,
            cause=f"{ledger.subject}:{cause}",
            words=f"Order {ledger.order.summary.number}",
            by=by,
            at=at,
        )
        _book_spent(ledger, cause, amount, "Store credit", by=by, at=at)
        return amount


def pay_with_gift_card(
    *,
    order_id: UUID,
    code: str,
    amount_minor: int | None = None,
    cause: str,
    by: Actor,
    at: datetime,
) -> int:
    """Pay an order with a gift card; return what was paid, once per cause.

    :raises NothingToPay: nothing is outstanding, or less than that.
    :raises NotFound: no such card.
    :raises Conflict: there is not so much on it.
    """
    with transaction.atomic():
        ledger = open_book(order_id, by=by, at=at)
        if (before := ledger.find(cause)) is not None:
            return int(before.data["amount_minor"])
        amount = _payable(ledger, amount_minor)
        card = wallet.spend_gift_card(
            code=code,
            currency=ledger.order.summary.currency,
            amount_minor=amount,
            cause=f"{ledger.subject}:{cause}",
            words=f"Order {ledger.order.summary.number}",
            by=by,
            at=at,
        )
        _book_spent(ledger, cause, amount, f"Gift card ending in {card.last4}", by=by, at=at)
        return amount


def transfer(
    *,
    from_order_id: UUID,
    to_order_id: UUID,
    amount_minor: int,
    cause: str,
    by: Actor,
    at: datetime,
) -> None:
    """Let what one order's shopper is owed pay for another order: an exchange. Once per cause.

    Joins the caller's transaction.

    :raises Invalid: the amount is not above 0.
    :raises TwoCurrencies: the orders are of two currencies.
    :raises NothingToPay: less is owed on the first order.
    """
    if amount_minor <= 0:
        raise Invalid("An amount is above 0.", field="amount_minor")
    with transaction.atomic():
        # Books are locked in the order of their orders' ids: two exchanges never wait in a circle.
        opened = {
            order_id: open_book(order_id, by=by, at=at)
            for order_id in sorted((from_order_id, to_order_id))
        }
        source, target = opened[from_order_id], opened[to_order_id]
        if source.find(cause) is not None:
            return
        if source.order.summary.currency != target.order.summary.currency:
            raise TwoCurrencies("These orders are of two currencies.")
        if -source.standing.outstanding < amount_minor:
            raise NothingToPay("Less than that is owed to the shopper on this order.")
        for ledger, sign, other in ((source, 1, target), (target, -1, source)):
            number = other.order.summary.number
            words = f"Moved to order {number}" if sign > 0 else f"Moved here from order {number}"
            legs = (
                Leg(Account.RECEIVABLE, sign * amount_minor),
                Leg(Account.TRANSFER, -sign * amount_minor),
            )
            data = {"order_id": str(other.order.summary.id), "amount_minor": amount_minor}
            book(ledger, Draft("transfer", cause, legs, words, data), by=by, at=at)
        tell_paid(target, cause, amount_minor, by=by, at=at)


def _payable(ledger: Ledger, amount_minor: int | None) -> int:
    outstanding = ledger.standing.outstanding
    amount = outstanding if amount_minor is None else amount_minor
    if amount <= 0 or amount > outstanding:
        raise NothingToPay("So much is not left to pay on this order.")
    return amount


def _book_spent(
    ledger: Ledger, cause: str, amount: int, words: str, *, by: Actor, at: datetime
) -> None:
    legs = (Leg(Account.CREDIT, amount), Leg(Account.RECEIVABLE, -amount))
    draft = Draft("credit_spent", cause, legs, words, {"amount_minor": amount})
    book(ledger, draft, by=by, at=at)
    tell_paid(ledger, cause, amount, by=by, at=at)


def tell_paid(ledger: Ledger, cause: str, amount: int, *, by: Actor, at: datetime) -> None:
    """Say that something came in for an order; its entries are booked."""
    fact = PaymentReceived(
        order_id=ledger.order.summary.id,
        customer_id=ledger.order.summary.customer_id,
        cause=cause,
        currency=ledger.order.summary.currency,
        amount_minor=amount,
        outstanding_minor=ledger.standing.outstanding,
    )
    publish(fact, key=ledger.key, at=at, by=by, subject=ledger.subject)


def order_of(subject: str) -> UUID | None:
    """Return the order a payment is about; None: about something else, or not of this store."""
    kind, _, name = subject.partition(":")
    if kind != "order":
        return None
    order_id = UUID(name)
    return order_id if orders.get_order_marks([order_id]) else None
