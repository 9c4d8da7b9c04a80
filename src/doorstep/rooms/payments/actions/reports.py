"""What vendors report by themselves.

Reports come late, twice and out of order. Each says how something is now; where it may not go from
where it stands, it changes nothing. What is about a payment that was not made through this store's
requests or charges is not ours and is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.payments import outcomes
from doorstep.rooms.payments.contracts import (
    ChargeState,
    DisputeReported,
    HoldEnded,
    HoldTaken,
    LinkPageClosed,
    LinkPaid,
    LinkState,
    MethodNamed,
    RefundReported,
    RefundState,
    RefundView,
    Report,
)
from doorstep.rooms.payments.events import ChargeDisputed, RefundNoticed
from doorstep.rooms.payments.models import Charge, PaymentLink, Refund
from doorstep.rooms.payments.ports import PaidLink
from doorstep.rooms.payments.views import refund_view


def record_reports(reports: Sequence[Report], *, provider: str, by: Actor, at: datetime) -> int:
    """Record reports in the order given; return how many were about something of ours.

    Joins the caller's transaction. Reports of money come one by one (a webhook each), so each is
    taken by itself.

    :raises Conflict: a report that can't be true of what it names (another currency).
    """
    with transaction.atomic():
        return sum(_record(one, provider, by, at) for one in reports)


def _record(report: Report, provider: str, by: Actor, at: datetime) -> bool:
    match report:
        case LinkPaid():
            return _link_paid(report, provider, by, at)
        case LinkPageClosed():
            return _page_closed(report, provider)
        case RefundReported():
            return _refund(report, provider, by, at)
        case MethodNamed(payment_id, method_label):
            return bool(
                Charge.objects.filter(provider=provider, external_id=payment_id).update(
                    method_label=method_label
                )
            )
        case _:
            charge = _charge(report.payment_id, provider)
            if charge is None:
                return False
            match report:
                case HoldTaken():
                    _hold_taken(charge, report, by, at)
                case HoldEnded():
                    outcomes.hold_ended(charge, words=report.words, by=by, at=at)
                case DisputeReported():
                    _dispute(charge, report, by, at)
            return True


def _charge(payment_id: str, provider: str) -> Charge | None:
    """Hold the charge of a payment; where several share it, the oldest."""
    rows = Charge.objects.select_for_update().filter(provider=provider, external_id=payment_id)
    return rows.order_by("id").first() if payment_id else None


def _link_paid(report: LinkPaid, provider: str, by: Actor, at: datetime) -> bool:
    link = (
        PaymentLink.objects.select_for_update().filter(id=report.link_id, provider=provider).first()
    )
    if link is None:
        return False
    if report.currency != link.currency:
        raise Conflict(
            f"The payment is in {report.currency}, but {link.currency} was asked for. Look at it "
            "at the payment provider: nothing was recorded."
        )
    paid = PaidLink(
        report.payment_id, report.currency, report.amount_minor, report.is_captured,
        report.method_label, report.paid_at,
    )  # fmt: skip
    charge = outcomes.link_was_paid(link, paid, by=by, at=at)
    if report.is_captured and charge.state == ChargeState.AUTHORIZED:
        outcomes.hold_was_taken(charge, report.amount_minor, by=by, at=at)
    return True


def _page_closed(report: LinkPageClosed, provider: str) -> bool:
    """Note that the vendor's page is over: the shopper's next look makes another."""
    rows = PaymentLink.objects.filter(
        id=report.link_id, provider=provider, external_id=report.external_id, state=LinkState.OPEN
    )
    return bool(rows.update(page_expires_at=Least("page_expires_at", "requested_at")))


def _hold_taken(charge: Charge, report: HoldTaken, by: Actor, at: datetime) -> None:
    outcomes.hold_was_taken(charge, min(report.amount_minor, charge.amount_minor), by=by, at=at)


def _refund(report: RefundReported, provider: str, by: Actor, at: datetime) -> bool:
    charge = _charge(report.payment_id, provider)
    if charge is None:
        return False
    if report.state == RefundState.FAILED and _find_refund(report, charge) is None:
        return True  # nothing moved, and nobody here had asked
    _settle_reported(report, charge, provider, by, at)
    return True


def _settle_reported(
    report: RefundReported, charge: Charge, provider: str, by: Actor, at: datetime
) -> Refund:
    if report.currency != charge.currency:
        raise Conflict(
            f"The refund is in {report.currency}, the payment in {charge.currency}: nothing was "
            "recorded."
        )
    refund = _find_refund(report, charge) or _notice(report, charge, provider, by, at)
    if report.state == RefundState.SUCCEEDED:
        outcomes.refund_went_through(
            refund, external_id=report.external_id, words=report.words, by=by, at=at
        )
    elif report.state == RefundState.FAILED:
        outcomes.refund_came_to_nothing(
            charge, refund, words=report.words, by=by, at=at, external_id=report.external_id
        )
    elif not refund.external_id:
        refund.external_id = report.external_id
        refund.save(update_fields=["external_id"])
    return refund


def _find_refund(report: RefundReported, charge: Charge) -> Refund | None:
    rows = Refund.objects.select_for_update().filter(charge=charge)
    if report.refund_id is not None:
        found = rows.filter(id=report.refund_id).first()
        if found is not None:
            return found
    return rows.filter(external_id=report.external_id).first() if report.external_id else None


def _notice(
    report: RefundReported, charge: Charge, provider: str, by: Actor, at: datetime
) -> Refund:
    """Record a refund that was made at the vendor without us.

    Where refunds of ours are still on their way and there is not enough left for both, the vendor
    has paid this one, so the others will be refused: it is counted as far as the charge goes.
    """
    amount = min(report.amount_minor, charge.captured_minor - charge.refunded_minor)
    if amount <= 0:
        raise Conflict(
            "More was refunded at the payment provider than is left of the payment, because other "
            "refunds of it are on their way. It is recorded once one of them has failed: try it "
            "again then.",
            code="refunds_cross",
        )
    Charge.objects.filter(id=charge.id).update(refunded_minor=F("refunded_minor") + amount)
    refund = Refund.objects.create(
        store_id=current_store_id(),
        charge=charge,
        subject=charge.subject,
        cause=f"{provider}:{report.external_id}",
        key=charge.key,
        provider=provider,
        currency=charge.currency,
        amount_minor=amount,
        reason="",
        state=RefundState.SUCCEEDED,
        external_id=report.external_id,
        words=report.words or "Made at the payment provider.",
        is_noticed=True,
        requested_at=report.at,
        requested_by=by.key,
        settled_at=at,
        settled_by=by.key,
    )
    event = RefundNoticed(
        refund.id, charge.id, charge.subject, refund.cause, provider, refund.external_id,
        charge.currency, amount,
    )  # fmt: skip
    publish(event, key=charge.key, at=at, by=by, subject=charge.subject)
    return refund


def note_platform_refund(
    *,
    charge_id: UUID,
    external_id: str,
    amount_minor: int,
    currency: str,
    refund_id: UUID | None = None,
    refunded_at: datetime,
    by: Actor,
    at: datetime,
) -> RefundView:
    """Record a refund that a shop platform reports for a charge, once per external id.

    One of ours (the id that the platform gave it, or ``refund_id`` from the note we left with it)
    is settled by it and not doubled; any other lowers what is left of the charge and is told as
    ``RefundNoticed``.

    :raises NotFound: no such charge.
    :raises Conflict: another currency, or more than is left.
    """
    with transaction.atomic():
        charge = Charge.objects.select_for_update().filter(id=charge_id).first()
        if charge is None:
            raise NotFound("There is no such payment.")
        report = RefundReported(
            refund_id, external_id, charge.external_id, currency, amount_minor,
            RefundState.SUCCEEDED, "", refunded_at,
        )  # fmt: skip
        return refund_view(_settle_reported(report, charge, charge.provider, by, at))


def _dispute(charge: Charge, report: DisputeReported, by: Actor, at: datetime) -> None:
    """Block refunds while the bank holds the money; a dispute that is won frees them again."""
    if report.is_won is None:
        if charge.state != ChargeState.CAPTURED:
            return
        charge.state = ChargeState.DISPUTED
    elif report.is_won:
        if charge.state != ChargeState.DISPUTED:
            return
        charge.state = ChargeState.CAPTURED
    else:
        charge.words = report.words
        charge.save(update_fields=["words"])
        return
    charge.words = report.words
    charge.save(update_fields=["state", "words"])
    event = ChargeDisputed(
        charge.id, charge.subject, charge.cause, report.currency, report.amount_minor,
        bool(report.is_won),
    )  # fmt: skip
    publish(event, key=charge.key, at=at, by=by, subject=charge.subject)
