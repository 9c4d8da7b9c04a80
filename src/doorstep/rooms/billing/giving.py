"""Giving back: what an order is made cheaper by, and where the money goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.events.publish import publish
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.billing.books import Draft, Ledger, book, open_book, sync_sale
from doorstep.rooms.billing.contracts import (
    Account,
    BackTo,
    GiveBack,
    GiveBackQuote,
    GivenBack,
    LineShare,
    PayBack,
)
from doorstep.rooms.billing.events import MoneyGivenBack
from doorstep.rooms.billing.models import Booking, PendingRefund
from doorstep.rooms.billing.reading import charges_of, quote_of, quote_view, spends_of
from doorstep.rooms.billing.rules.quoting import reckon
from doorstep.rooms.billing.rules.sale import Leg
from doorstep.rooms.billing.rules.sources import spread
from doorstep.rooms.payments import api as payments
from doorstep.rooms.wallet import api as wallet


class NobodyToCredit(Conflict):
    """Store credit needs a customer, and the order has none that can be told."""

    code = "nobody_to_credit"


class NotPayableBack(Conflict):
    """What is owed can't go back to where it came from (any more)."""

    code = "not_payable_back"


def give_back(
    *,
    order_id: UUID,
    ask: GiveBack,
    how: PayBack,
    cause: str,
    bonus_minor: int = 0,
    details: Mapping[str, Any] | None = None,
    credit_to: UUID | None = None,
    by: Actor,
    at: datetime,
) -> GivenBack:
    """Make an order cheaper afterwards and pay out what was paid of it, once per cause.

    Joins the caller's transaction. Money to the source is asked for here and moves after the
    commit; ``RefundSettled`` says what became of it. Store credit is there at once.

    :param bonus_minor: on top of store credit.
    :param details: what the shop platform should know: ``{"note": …, "restock": [line ids]}``.
    :param credit_to: whose store credit it becomes where that is not the buyer: a gift's recipient.
    :raises NotFound: no such order, or a line of another one.
    :raises Invalid: an amount that makes no sense.
    :raises MoreThanIsLeft: more pieces or money than are left.
    :raises NobodyToCredit: store credit for an order without a customer.
    :raises NotPayableBack: no payment is left that could be refunded (a chargeback, say).
    """
    _check(cause, bonus_minor, how)
    with transaction.atomic():
        ledger = open_book(order_id, by=by, at=at)
        repeated = ledger.find(cause)
        if repeated is not None:
            return _given_before(ledger, repeated)
        sync_sale(ledger, cause=f"rows:{cause}", words="Changed before", by=by, at=at)
        found = reckon(ask, ledger.standing, ledger.titles, ledger.order.summary.currency)
        quote = quote_view(ledger, found)
        draft = Draft("give_back", cause, found.legs, ask.words, _data(quote, how))
        booking_id = book(ledger, draft, by=by, at=at)
        more = {**(details or {}), "credit_to": credit_to}
        given = _pay(ledger, quote, how, cause, bonus_minor, more, booking_id, by=by, at=at)
        _publish(ledger, cause, given, by=by, at=at)
        return given


def settle(
    *,
    order_id: UUID,
    cause: str,
    how: PayBack = PayBack.SOURCE,
    words: str = "",
    bonus_minor: int = 0,
    credit_to: UUID | None = None,
    by: Actor,
    at: datetime,
) -> GivenBack | None:
    """Pay out what is owed to the shopper; None when nothing is.

    Joins the caller's transaction, once per cause.

    :raises NobodyToCredit: store credit for an order without a customer.
    :raises NotPayableBack: no payment is left that could be refunded.
    """
    _check(cause, bonus_minor, how)
    with transaction.atomic():
        ledger = open_book(order_id, by=by, at=at)
        repeated = ledger.find(cause) or ledger.find(f"{cause}:1")
        if repeated is not None:
            return _given_before(ledger, repeated)
        owed = min(-ledger.standing.outstanding, ledger.standing.held)
        if owed <= 0:
            return None
        quote = replace(
            quote_of(ledger, GiveBack()),
            payable_minor=owed,
            sources=tuple(spread(owed, charges_of(ledger), spends_of(ledger))),
            words=(words,) if words else (),
        )
        more = {"note": words, "credit_to": credit_to}
        given = _pay(ledger, quote, how, cause, bonus_minor, more, None, by=by, at=at)
        _publish(ledger, cause, given, by=by, at=at)
        return given


def _check(cause: str, bonus_minor: int, how: PayBack) -> None:
    if not cause:
        raise ValueError("a give-back needs a cause")
    if bonus_minor < 0 or (bonus_minor and how is not PayBack.STORE_CREDIT):
        raise Invalid("A bonus goes on top of store credit only.", field="bonus_minor")


def _pay(
    ledger: Ledger,
    quote: GiveBackQuote,
    how: PayBack,
    cause: str,
    bonus_minor: int,
    details: Mapping[str, Any],
    booking_id: UUID | None,
    *,
    by: Actor,
    at: datetime,
) -> GivenBack:
    amount = quote.payable_minor
    given = GivenBack(booking_id or ledger.bookings[-1].id, quote, how, (), 0, 0)
    if not amount or how is PayBack.NONE:
        return given
    if how is PayBack.STORE_CREDIT:
        owner = details.get("credit_to") or ledger.order.summary.customer_id
        credit = _credit(ledger, amount, bonus_minor, cause, quote, owner, by=by, at=at)
        return replace(given, credit_minor=credit)
    sources = quote.sources  # of these books, which are locked
    if sum(one.amount_minor for one in sources) < amount:
        raise NotPayableBack(
            "The payment this order was made with can't be refunded (any more). "
            "Give store credit instead, or pay it back by hand."
        )
    refund_ids = []
    refunded = credited = 0
    for nth, source in enumerate(sources, start=1):
        name = f"{cause}:{nth}"
        if source.charge_id is None:
            _give_value_back(ledger, source, name, by=by, at=at)
            credited += source.amount_minor
        else:
            refund_ids.append(_refund(ledger, source, name, cause, quote, details, by=by, at=at))
            refunded += source.amount_minor
    return replace(
        given, refund_ids=tuple(refund_ids), refund_minor=refunded, credit_minor=credited
    )


def _credit(
    ledger: Ledger,
    amount: int,
    bonus: int,
    cause: str,
    quote: GiveBackQuote,
    customer_id: UUID | None,
    *,
    by: Actor,
    at: datetime,
) -> int:
    if customer_id is None:
        raise NobodyToCredit(
            "Nobody can be told to whom this store credit would belong. Refund the payment instead."
        )
    legs = (
        Leg(Account.RECEIVABLE, amount),
        Leg(Account.BONUS, bonus),
        Leg(Account.CREDIT, -amount - bonus),
    )
    draft = Draft(
        "credit",
        f"{cause}:1",
        tuple(leg for leg in legs if leg.amount_minor),
        "Given as store credit",
        {"amount_minor": amount, "bonus_minor": bonus},
    )
    book(ledger, draft, by=by, at=at)
    wallet.give_credit(
        customer_id=customer_id,
        currency=quote.currency,
        amount_minor=amount + bonus,
        cause=f"{ledger.subject}:{cause}",
        words=ledger.order.summary.number,
        by=by,
        at=at,
    )
    return amount + bonus


def _give_value_back(ledger: Ledger, source: BackTo, name: str, *, by: Actor, at: datetime) -> None:
    spend = source.provider  # the cause of the spending
    legs = (
        Leg(Account.RECEIVABLE, source.amount_minor),
        Leg(Account.CREDIT, -source.amount_minor),
    )
    data = {"spend": spend, "amount_minor": source.amount_minor}
    book(ledger, Draft("credit", name, legs, f"Back to {source.label}", data), by=by, at=at)
    wallet.give_back_spend(
        cause=f"{ledger.subject}:{spend}",
        amount_minor=source.amount_minor,
        give_back_cause=f"{ledger.subject}:{name}",
        by=by,
        at=at,
    )


def _refund(
    ledger: Ledger,
    source: BackTo,
    name: str,
    cause: str,
    quote: GiveBackQuote,
    details: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
) -> UUID:
    assert source.charge_id is not None
    legs = (
        Leg(Account.RECEIVABLE, source.amount_minor),
        Leg(Account.REFUND_DUE, -source.amount_minor),
    )
    lines = _platform_lines(ledger, quote, details)
    refund = payments.request_refund(
        charge_id=source.charge_id,
        amount_minor=source.amount_minor,
        cause=name,
        key=ledger.key,
        reason=str(details.get("note", "")),
        details={
            "order_external_id": ledger.order.external_id,
            "connection_id": str(ledger.order.connection_id or ""),
            "lines": lines,
            "shipping_minor": quote.shipping_minor + quote.shipping_tax_minor,
            "note": str(details.get("note", "")),
        },
        by=by,
        at=at,
    )
    data = {"refund_id": str(refund.id), "amount_minor": source.amount_minor}
    book(ledger, Draft("refund", name, legs, f"On its way to {source.label}", data), by=by, at=at)
    assert ledger.book_id is not None  # opened by who gives back
    PendingRefund.objects.create(
        store_id=current_store_id(),
        book_id=ledger.book_id,
        refund_id=refund.id,
        cause=cause,
        amount_minor=source.amount_minor,
        lines=lines,
    )
    return refund.id


def _platform_lines(
    ledger: Ledger, quote: GiveBackQuote, details: Mapping[str, Any]
) -> list[dict[str, Any]]:
    names = {line.id: line.external_id for line in ledger.order.lines}
    restocked = {str(line_id) for line_id in details.get("restock", ())}
    taxed_in = ledger.order.taxes_included
    return [
        {
            "line_external_id": names[one.line_id],
            "quantity": one.quantity,
            "amount_minor": one.total_minor - (0 if taxed_in else one.tax_minor),
            "tax_minor": one.tax_minor,
            "restock": str(one.line_id) in restocked,
        }
        for one in quote.lines
    ]


def _data(quote: GiveBackQuote, how: PayBack) -> dict[str, Any]:
    plain = asdict(quote)
    return {"how": how.value, "quote": plain}


def _given_before(ledger: Ledger, booking: Booking) -> GivenBack:
    """Return what a cause booked when it came first."""
    cause = booking.cause.removesuffix(":1") if booking.kind != "give_back" else booking.cause
    paid = [one for one in ledger.bookings if one.cause.rpartition(":")[0] == cause]
    refunds = [one for one in paid if one.kind == "refund"]
    credits = [one for one in paid if one.kind == "credit"]
    stored = booking.data.get("quote")
    quote = quote_from(stored) if stored else quote_of(ledger, GiveBack())
    return GivenBack(
        booking_id=booking.id,
        quote=quote,
        how=PayBack(booking.data.get("how", PayBack.SOURCE)),
        refund_ids=tuple(UUID(one.data["refund_id"]) for one in refunds),
        refund_minor=sum(int(one.data["amount_minor"]) for one in refunds),
        credit_minor=sum(
            int(one.data["amount_minor"]) + int(one.data.get("bonus_minor", 0)) for one in credits
        ),
        is_repeat=True,
    )


def quote_from(stored: Mapping[str, Any]) -> GiveBackQuote:
    """Return a quote as a booking keeps it."""
    return GiveBackQuote(
        **{
            **stored,
            "order_id": UUID(str(stored["order_id"])),
            "lines": tuple(
                LineShare(**{**one, "line_id": UUID(str(one["line_id"]))})
                for one in stored["lines"]
            ),
            "sources": tuple(
                BackTo(
                    **{
                        **one,
                        "charge_id": UUID(str(one["charge_id"])) if one["charge_id"] else None,
                    }
                )
                for one in stored["sources"]
            ),
            "words": tuple(stored["words"]),
        }
    )


def _publish(ledger: Ledger, cause: str, given: GivenBack, *, by: Actor, at: datetime) -> None:
    fact = MoneyGivenBack(
        order_id=ledger.order.summary.id,
        customer_id=ledger.order.summary.customer_id,
        cause=cause,
        currency=given.quote.currency,
        total_minor=given.quote.total_minor,
        refund_minor=given.refund_minor,
        credit_minor=given.credit_minor,
        how=given.how.value,
        lines=[(one.line_id, one.quantity, one.total_minor) for one in given.quote.lines],
    )
    publish(fact, key=ledger.key, at=at, by=by, subject=ledger.subject)
