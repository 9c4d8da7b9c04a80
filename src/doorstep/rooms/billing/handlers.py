"""What the books do when money moved somewhere else, or an order's rows changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import publish
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.billing.books import Draft, book, open_book
from doorstep.rooms.billing.contracts import OWN_CHANNEL, Account
from doorstep.rooms.billing.events import PaymentNotReceived, PaymentReceived, RefundSettled
from doorstep.rooms.billing.models import Book, PendingRefund
from doorstep.rooms.billing.paying import order_of, tell_paid
from doorstep.rooms.billing.platform_news import follow_platform
from doorstep.rooms.billing.rules.sale import Leg
from doorstep.rooms.billing.sold_cards import settle_sold_cards
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import IncomingRefund, IncomingRefundLine
from doorstep.rooms.orders.events import (
    OrderCanceled,
    OrderPlaced,
    OrderRefunded,
    OrderUpdated,
)
from doorstep.rooms.payments.events import (
    ChargeCaptured,
    ChargeDisputed,
    ChargeSucceeded,
    LinkEnded,
    RefundFailed,
    RefundNoticed,
    RefundSucceeded,
)

_MONEY = frozenset(
    {
        "lines",
        "charges",
        "discounts",
        "financial_status",
        "paid_minor",
        "total_minor",
        "tax_minor",
        "shipping_minor",
        "discount_minor",
        "subtotal_minor",
        "adjustment_minor",
        "canceled_at",
        "refunds",
    }
)


@handles(OrderUpdated, name="billing.follow_updates")
def follow_updates(batch: Sequence[Recorded]) -> None:
    """Bring open books in line with what the platform changed."""
    asked = {one.event.order_id: one.at for one in batch if _MONEY & set(one.event.changed)}
    _follow(asked, "billing.follow_updates")


@handles(OrderCanceled, name="billing.follow_cancellations")
def follow_cancellations(batch: Sequence[Recorded]) -> None:
    """Let a canceled order cost nothing any more."""
    _follow({one.event.order_id: one.at for one in batch}, "billing.follow_cancellations")


@handles(OrderRefunded, name="billing.follow_refunds")
def follow_refunds(batch: Sequence[Recorded]) -> None:
    """Book what the platform gave back by itself; what we asked it for is booked already."""
    _follow({one.event.order_id: one.at for one in batch}, "billing.follow_refunds")


def _follow(asked: dict[UUID, datetime], name: str) -> None:
    """Only open books follow: the others are read from the order's rows."""
    by = Actor.system(name)
    opened = Book.objects.filter(order_id__in=asked).values_list("order_id", flat=True)
    for order_id in sorted(opened):
        ledger = open_book(order_id, by=by, at=asked[order_id])
        follow_platform(ledger, by=by, at=asked[order_id])


@handles(
    OrderPlaced,
    OrderUpdated,
    OrderCanceled,
    OrderRefunded,
    PaymentReceived,
    name="billing.settle_sold_cards",
)
def settle_cards(batch: Sequence[Recorded]) -> None:
    """Issue the gift cards of orders that are paid, stop those that were given back."""
    asked = {
        one.event.order_id
        for one in batch
        if not isinstance(one.event, OrderUpdated) or _OF_CARDS & set(one.event.changed)
    }
    if asked:
        by = Actor.system("billing.settle_sold_cards")
        settle_sold_cards(asked, by=by, at=max(one.at for one in batch))


_OF_CARDS = frozenset({"financial_status", "paid_minor", "lines", "canceled_at", "customer_id"})


@handles(ChargeSucceeded, name="billing.book_charges")
def book_charges(batch: Sequence[Recorded]) -> None:
    """Book money that came in; a hold is nothing until it is taken."""
    for one in batch:
        if one.event.is_captured:
            _book_paid(one.event, one.at, "billing.book_charges")


@handles(ChargeCaptured, name="billing.book_captures")
def book_captures(batch: Sequence[Recorded]) -> None:
    """Book what was taken of a hold."""
    for one in batch:
        _book_paid(one.event, one.at, "billing.book_captures")


def _book_paid(event: ChargeSucceeded | ChargeCaptured, at: datetime, name: str) -> None:
    order_id = order_of(event.subject)
    if order_id is None:
        return
    by = Actor.system(name)
    ledger = open_book(order_id, by=by, at=at)
    booked = f"charge:{event.charge_id}"
    if ledger.find(booked) is not None:
        return
    amount = event.amount_minor
    legs = (Leg(Account.PAID, amount), Leg(Account.RECEIVABLE, -amount))
    data = {"charge_id": str(event.charge_id), "cause": event.cause, "amount_minor": amount}
    book(ledger, Draft("payment", booked, legs, "Paid by link", data), by=by, at=at)
    tell_paid(ledger, event.cause, amount, by=by, at=at)


@handles(LinkEnded, name="billing.tell_unpaid")
def tell_unpaid(batch: Sequence[Recorded]) -> None:
    """Say that a request to pay ended unpaid."""
    for one in batch:
        order_id = order_of(one.event.subject)
        if order_id is None:
            continue
        [customer_id] = orders.get_customers_of([order_id]).values()
        fact = PaymentNotReceived(order_id, customer_id, one.event.cause, one.event.state)
        publish(
            fact,
            key=customer_id or order_id,
            at=one.at,
            by=Actor.system("billing.tell_unpaid"),
            subject=one.event.subject,
        )


@handles(ChargeDisputed, name="billing.book_disputes")
def book_disputes(batch: Sequence[Recorded]) -> None:
    """Book what the shopper's bank took back, or gave back to us."""
    by = Actor.system("billing.book_disputes")
    for one in batch:
        order_id = order_of(one.event.subject)
        if order_id is None:
            continue
        ledger = open_book(order_id, by=by, at=one.at)
        cause = f"dispute:{one.event.charge_id}:{'won' if one.event.is_won else 'open'}"
        if ledger.find(cause) is not None:
            continue
        amount = one.event.amount_minor * (1 if one.event.is_won else -1)
        legs = (Leg(Account.DISPUTED, amount), Leg(Account.RECEIVABLE, -amount))
        words = "The bank gave it back" if one.event.is_won else "Taken back by the shopper's bank"
        data = {"charge_id": str(one.event.charge_id)}
        book(ledger, Draft("dispute", cause, legs, words, data), by=by, at=one.at)


@handles(RefundSucceeded, name="billing.book_refunds")
def book_refunds(batch: Sequence[Recorded]) -> None:
    """Book refunds that arrived, and let the order know them as its platform would tell."""
    for one in batch:
        _settle(one.event, one.at, is_refused=False)


@handles(RefundFailed, name="billing.book_failed_refunds")
def book_failed_refunds(batch: Sequence[Recorded]) -> None:
    """Book that a refund was refused: the shopper is still owed."""
    for one in batch:
        _settle(one.event, one.at, is_refused=True)


@handles(RefundNoticed, name="billing.book_noticed_refunds")
def book_noticed_refunds(batch: Sequence[Recorded]) -> None:
    """Book what was refunded at the payment provider without us."""
    by = Actor.system("billing.book_noticed_refunds")
    for one in batch:
        order_id = order_of(one.event.subject)
        if order_id is None:
            continue
        ledger = open_book(order_id, by=by, at=one.at)
        cause = f"platform-refund:{one.event.external_id}"
        if ledger.find(cause) is not None:
            continue  # the shop itself told us of it
        # What went back as store credit before, say, can't go back out of the books once more:
        # they never hold less than nothing, and ``data`` keeps what really left.
        amount = min(one.event.amount_minor, max(ledger.standing.held, 0))
        legs = (Leg(Account.ALLOWANCE, amount), Leg(Account.PAID, -amount)) if amount else ()
        data = {
            "refund_id": str(one.event.refund_id),
            "external_id": one.event.external_id,
            "amount_minor": one.event.amount_minor,
        }
        words = "Refunded at the payment provider"
        if amount < one.event.amount_minor:
            words = "Refunded at the payment provider, beyond what was left of this order"
        book(ledger, Draft("platform_refund", cause, legs, words, data), by=by, at=one.at)


def _settle(event: RefundSucceeded | RefundFailed, at: datetime, *, is_refused: bool) -> None:
    order_id = order_of(event.subject)
    pending = PendingRefund.objects.filter(refund_id=event.refund_id).first()
    if order_id is None or pending is None:
        return
    by = Actor.system("billing.book_refunds")
    ledger = open_book(order_id, by=by, at=at)
    done, failed = f"refund:{event.refund_id}:done", f"refund:{event.refund_id}:failed"
    if ledger.find(failed if is_refused else done) is not None:
        return
    amount = pending.amount_minor
    # A vendor may say yes and later no: then the money is owed again.
    was_done = ledger.find(done) is not None
    if is_refused:
        back_from = Account.PAID if was_done else Account.REFUND_DUE
        legs = (Leg(back_from, amount), Leg(Account.RECEIVABLE, -amount))
        words = f"Refused: {event.words}" if isinstance(event, RefundFailed) else "Refused"
        book(ledger, Draft("refund_failed", failed, legs, words), by=by, at=at)
        if was_done:  # the order's page does not go on saying that it was refunded
            orders.deny_refund(
                order_id=order_id, reason=_own_reason(event.refund_id), words=words, by=by, at=at
            )
    else:
        assert isinstance(event, RefundSucceeded)
        legs = (Leg(Account.REFUND_DUE, amount), Leg(Account.PAID, -amount))
        data = {"refund_id": str(event.refund_id), "external_id": event.external_id}
        book(ledger, Draft("refund_done", done, legs, "Refunded", data), by=by, at=at)
        _tell_order(ledger.order, pending, event, by=by, at=at)
    PendingRefund.objects.filter(id=pending.id).update(settled_at=at)
    fact = RefundSettled(
        order_id=order_id,
        customer_id=ledger.order.summary.customer_id,
        refund_id=event.refund_id,
        cause=pending.cause,
        currency=event.currency,
        amount_minor=amount,
        is_refused=is_refused,
        words=event.words if isinstance(event, RefundFailed) else "",
    )
    publish(fact, key=ledger.key, at=at, by=by, subject=ledger.subject)


def _tell_order(
    order: Any, pending: PendingRefund, event: RefundSucceeded, *, by: Actor, at: datetime
) -> None:
    """Keep the refund with the order under the vendor's name, so that the platform's own word
    about it, before or after, is the same refund. Stock is not touched: returns look after it."""
    incoming = IncomingRefund(
        external_id=event.external_id or f"{OWN_CHANNEL}:{event.refund_id}",
        order_external_id=order.external_id,
        currency=event.currency,
        amount_minor=event.amount_minor,
        refunded_at=at,
        lines=tuple(
            IncomingRefundLine(
                line["line_external_id"], line["quantity"], line["amount_minor"], line["tax_minor"]
            )
            for line in pending.lines
            if line["quantity"]
        ),
        reason=_own_reason(event.refund_id),
    )
    orders.record_refunds([incoming], sales_channel=order.summary.sales_channel, by=by, at=at)


def _own_reason(refund_id: UUID) -> str:
    """Return what a refund of ours is recorded with; platforms repeat it in its note."""
    return f"{OWN_CHANNEL}:{refund_id}"
