"""Orders' money as others see it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.rooms.billing.books import Ledger, read_ledgers, subject_of
from doorstep.rooms.billing.contracts import (
    Account,
    BackTo,
    BookingView,
    EntryView,
    GiveBack,
    GiveBackQuote,
    LineMoney,
    OrderMoney,
)
from doorstep.rooms.billing.rules.quoting import Reckoning, reckon
from doorstep.rooms.billing.rules.sources import Spend, spread
from doorstep.rooms.orders.contracts import OrderDetail
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import ChargeView


def get_money(order_id: UUID, *, order: OrderDetail | None = None) -> OrderMoney:
    """Return an order's money with every booking that explains it.

    :param order: where it was read already.
    :raises NotFound: there is no such order in this store.
    """
    found = read_ledgers([order_id], known=order)
    if order_id not in found:
        raise NotFound("There is no such order.")
    return _money(found[order_id])


def get_moneys(order_ids: Sequence[UUID]) -> dict[UUID, OrderMoney]:
    """Return the same for several; the number of queries does not grow with them."""
    return {order_id: _money(ledger) for order_id, ledger in read_ledgers(order_ids).items()}


def quote_give_back(
    order_id: UUID, ask: GiveBack, *, order: OrderDetail | None = None
) -> GiveBackQuote:
    """Work out to the cent what giving back comes to; nothing moves.

    :param order: where it was read already.
    :raises NotFound: there is no such order, or a line is not of it.
    :raises Invalid: an amount that makes no sense.
    :raises MoreThanIsLeft: more than is left of it.
    """
    ledgers = read_ledgers([order_id], known=order)
    if order_id not in ledgers:
        raise NotFound("There is no such order.")
    return quote_of(ledgers[order_id], ask)


def quote_of(ledger: Ledger, ask: GiveBack) -> GiveBackQuote:
    """Return the quote of an ask against books that were read already."""
    found = reckon(ask, ledger.standing, ledger.titles, ledger.order.summary.currency)
    return quote_view(ledger, found)


def quote_view(ledger: Ledger, found: Reckoning) -> GiveBackQuote:
    """Say a reckoning with where its money would go."""
    summary = ledger.order.summary
    sources: list[BackTo] = []
    if found.payable:
        sources = spread(found.payable, charges_of(ledger), spends_of(ledger))
    if ledger.book_id is None and found.payable:
        # Not opened yet: what was paid in the shop goes back there.
        sources = [BackTo(ledger.order.payment_method or "The checkout", found.payable, None, "")]
    return GiveBackQuote(
        order_id=summary.id,
        currency=summary.currency,
        lines=found.lines,
        shipping_minor=found.shipping,
        shipping_tax_minor=found.shipping_tax,
        allowance_minor=found.allowance,
        fee_minor=found.fee,
        total_minor=found.total,
        payable_minor=found.payable,
        sources=tuple(sources),
        words=found.words,
    )


def charges_of(ledger: Ledger) -> list[ChargeView]:
    """Return the order's charges, newest first."""
    subject = subject_of(ledger.order.summary.id)
    return payments.list_charges([subject]).get(subject, [])


def spends_of(ledger: Ledger) -> list[Spend]:
    """Return what was paid with stored value, less what of that went back; newest first."""
    back: dict[str, int] = {}
    for one in ledger.bookings:
        if one.kind == "credit" and (spend := one.data.get("spend")):
            back[spend] = back.get(spend, 0) + int(one.data["amount_minor"])
    spends = [
        Spend(
            one.cause,
            one.words,
            sum(leg.amount_minor for leg in ledger.legs[one.id] if leg.account is Account.CREDIT)
            - back.get(one.cause, 0),
            one.booked_at,
        )
        for one in ledger.bookings
        if one.kind == "credit_spent"
    ]
    return sorted((one for one in spends if one.left_minor > 0), key=lambda one: one.at)[::-1]


def _money(ledger: Ledger) -> OrderMoney:
    summary, standing = ledger.order.summary, ledger.standing
    by = standing.by_account
    went_back = sum(
        -leg.amount_minor
        for one in ledger.bookings
        # A yes that became a no came back: its booking takes off what the yes had sent.
        if one.kind in ("refund_done", "platform_refund", "refund_failed")
        for leg in ledger.legs.get(one.id, ())
        if leg.account is Account.PAID
    )
    issued = sum(
        -leg.amount_minor
        for one in ledger.bookings
        if one.kind == "credit" and not one.data.get("spend")
        for leg in ledger.legs.get(one.id, ())
        if leg.account is Account.CREDIT
    )
    return OrderMoney(
        order_id=summary.id,
        customer_id=summary.customer_id,
        currency=summary.currency,
        by_account={account: by[account] for account in Account},
        lines=tuple(_line_money(ledger, line.id) for line in ledger.order.lines),
        shipping_left_minor=sum(standing.shipping_left),
        total_minor=standing.total,
        paid_minor=by[Account.PAID] + went_back + by[Account.DISPUTED],
        refunded_minor=went_back,
        pending_minor=-by[Account.REFUND_DUE],
        credited_minor=issued,
        by_credit_minor=by[Account.CREDIT] + issued,
        outstanding_minor=standing.outstanding,
        refundable_minor=max(0, min(standing.total, standing.held)),
        bookings=tuple(_booking_view(ledger, nth) for nth in range(len(ledger.bookings))),
    )


def _line_money(ledger: Ledger, line_id: UUID) -> LineMoney:
    line = ledger.standing.lines.get(line_id)
    title = ledger.titles[line_id]
    if line is None:
        return LineMoney(line_id, title, 0, 0, 0, 0, 0, 0, 0, 0)
    return LineMoney(
        line_id=line_id,
        title=title,
        quantity=line.quantity,
        goods_minor=line.sold.goods,
        discount_minor=line.sold.discount,
        tax_minor=line.sold.tax,
        total_minor=line.sold.total,
        back_quantity=line.back_quantity,
        back_minor=line.back.total,
        left_minor=line.left.total,
    )


def _booking_view(ledger: Ledger, nth: int) -> BookingView:
    one = ledger.bookings[nth]
    return BookingView(
        id=one.id,
        kind=one.kind,
        cause=one.cause,
        words=one.words,
        booked_at=one.booked_at,
        booked_by=one.booked_by,
        entries=tuple(
            EntryView(leg.account, leg.part, leg.line_id, leg.quantity, leg.amount_minor)
            for leg in ledger.legs.get(one.id, ())
        ),
    )
