"""Bringing books in line with what a shop platform did by itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.billing.books import Draft, Ledger, book, sync_sale
from doorstep.rooms.billing.contracts import OWN_CHANNEL, Account
from doorstep.rooms.billing.models import Booking, PendingRefund
from doorstep.rooms.billing.ports import provider_of
from doorstep.rooms.billing.reading import charges_of
from doorstep.rooms.billing.rules.platform import refund_legs
from doorstep.rooms.billing.rules.sale import PAID_IN_FULL, Leg, difference
from doorstep.rooms.orders.contracts import FinancialStatus, RefundView
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import ChargeView


def follow_platform(ledger: Ledger, *, by: Actor, at: datetime) -> None:
    """Book what changed in an order's rows: refunds, lines, a payment, a cancellation."""
    for refund in ledger.order.refunds:
        _book_refund(ledger, refund, by=by, at=at)
    sync_sale(ledger, cause=f"rows:{at.isoformat()}", words="Changed in the shop", by=by, at=at)
    _book_payment(ledger, by=by, at=at)


def _book_refund(ledger: Ledger, refund: RefundView, *, by: Actor, at: datetime) -> None:
    cause = f"platform-refund:{refund.external_id}"
    if refund.currency != ledger.order.summary.currency:
        return
    if (booked := ledger.find(cause)) is not None:
        _add_lines(ledger, refund, booked, cause, by=by, at=at)
        return
    if any(one.data.get("external_id") == refund.external_id for one in ledger.bookings):
        return  # ours, and settled
    ours = _asked_here(ledger, refund)
    if ours is None:
        legs = refund_legs(refund, ledger.standing, ledger.order)
        if not legs:
            return
        words = refund.reason or "Refunded in the shop"
        data = {"refund_id": str(refund.id), "external_id": refund.external_id}
        book(ledger, Draft("platform_refund", cause, tuple(legs), words, data), by=by, at=at)
    _note(ledger, refund, ours, by=by, at=at)


def _add_lines(
    ledger: Ledger, refund: RefundView, booked: Booking, cause: str, *, by: Actor, at: datetime
) -> None:
    """Book a refund anew that was booked by its amount, now that its lines are told.

    The first booking is taken back whole: the same money, of these lines now.
    """
    again = f"{cause}:lines"
    legs = ledger.legs[booked.id]
    if not refund.lines or any(leg.line_id for leg in legs) or ledger.find(again) is not None:
        return
    back = Draft(
        "platform_refund", f"{cause}:short", tuple(difference([], legs)), "Its lines are told now"
    )
    book(ledger, back, by=by, at=at)
    fresh = tuple(refund_legs(refund, ledger.standing, ledger.order))
    draft = Draft("platform_refund", again, fresh, booked.words, dict(booked.data))
    book(ledger, draft, by=by, at=at)


def _note(
    ledger: Ledger, refund: RefundView, ours: UUID | None, *, by: Actor, at: datetime
) -> None:
    """Let the payments room know: a refund of ours is settled by the platform's word, although the
    answer to our own call may be lost; another one lowers what can still go back."""
    charge = _first_charge(ledger)
    if charge is None or not refund.amount_minor:
        return
    amount = refund.amount_minor if ours else min(refund.amount_minor, charge.refundable_minor)
    if amount:
        payments.note_platform_refund(
            charge_id=charge.id,
            external_id=refund.external_id,
            amount_minor=amount,
            currency=refund.currency,
            refund_id=ours,
            refunded_at=refund.refunded_at,
            by=by,
            at=at,
        )


def _asked_here(ledger: Ledger, refund: RefundView) -> UUID | None:
    """Return which refund of ours a platform reports: its note names it, whichever of the
    platform's webhook and the answer to our call came first."""
    assert ledger.book_id is not None  # only open books follow
    pending = PendingRefund.objects.filter(book_id=ledger.book_id)
    names = pending.values_list("refund_id", flat=True)
    return next((name for name in names if str(name) in refund.reason), None)


def _first_charge(ledger: Ledger) -> ChargeView | None:
    found = charges_of(ledger)
    return next((o for o in found if o.cause.partition("@")[0] == "paid:platform"), None)


def _book_payment(ledger: Ledger, *, by: Actor, at: datetime) -> None:
    """Book what was paid in the shop since: it says paid, and something is still outstanding.

    While we wait for a payment ourselves (an edit's link), the shop says that the order is paid in
    part, so what it calls paid was paid there.
    """
    order = ledger.order
    outstanding = _came_in(ledger)
    if outstanding <= 0 or not _may_pay(ledger):
        return
    number = sum(one.kind == "payment" for one in ledger.bookings)
    cause = "paid:platform" if ledger.find("paid:platform") is None else f"paid:platform:{number}"
    legs = (Leg(Account.PAID, outstanding), Leg(Account.RECEIVABLE, -outstanding))
    book(ledger, Draft("payment", cause, legs, "Paid in the shop"), by=by, at=at)
    payments.record_charge(
        subject=ledger.subject,
        cause=cause,
        key=ledger.key,
        provider=provider_of(order.connection_id),
        external_id=order.external_id,
        currency=order.summary.currency,
        amount_minor=outstanding,
        method_label=order.payment_method,
        charged_at=at,
        by=by,
        at=at,
    )


def _came_in(ledger: Ledger) -> int:
    """Return what came in at the shop and is not booked; never more than is outstanding."""
    status = FinancialStatus(ledger.order.summary.financial_status)
    outstanding, told = ledger.standing.outstanding, ledger.order.paid_minor
    if status in PAID_IN_FULL:
        return outstanding
    if status is not FinancialStatus.PARTIALLY_PAID or told is None:
        return 0
    booked = sum(
        leg.amount_minor
        for one in ledger.bookings
        if one.kind in ("payment", "credit_spent")
        for leg in ledger.legs.get(one.id, ())
        if leg.account in (Account.PAID, Account.CREDIT)
    )
    return min(outstanding, told - booked)


def _may_pay(ledger: Ledger) -> bool:
    if ledger.order.summary.sales_channel == OWN_CHANNEL:
        return False
    return ledger.find("paid:platform") is None or ledger.order.connection_id is not None
