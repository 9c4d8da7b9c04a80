"""Paying for what came back: what is due, how it goes back, once per cause.

One settlement pays the pieces that are due at that moment, so a return whose parcels come one
after the other is paid part by part. Billing works the amounts out and keeps the books.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import GiveBack, GiveBackLine, PayBack
from doorstep.rooms.returns.contracts import (
    LabelPayer,
    MethodKind,
    Outcome,
    ReturnKind,
    ReturnState,
)
from doorstep.rooms.returns.events import ReturnRefunded
from doorstep.rooms.returns.flow import swapping
from doorstep.rooms.returns.flow.opening import OpenReturn, load_settings
from doorstep.rooms.returns.models import ReturnLine, ReturnSettlement
from doorstep.rooms.returns.rules.amounts import Back, bonus_of, fee_of
from doorstep.rooms.returns.rules.due import due_pieces
from doorstep.rooms.returns.rules.terms import offer_of

MONEY = {Outcome.REFUND.value: PayBack.SOURCE, Outcome.STORE_CREDIT.value: PayBack.STORE_CREDIT}
SWAPS = {Outcome.EXCHANGE.value, Outcome.EXCHANGE_ANY.value}
FREE = {Outcome.REPLACEMENT.value, Outcome.REPLACEMENT_PART.value, Outcome.REPAIR.value}
# The shopper pays a way back only where the store bought one.
PAID_WAYS = {MethodKind.LABEL.value, MethodKind.QR_DROP_OFF.value, MethodKind.PICK_UP.value}


@dataclass(frozen=True, slots=True)
class Due:
    """Pieces of a line that are to be settled now."""

    line: ReturnLine
    pieces: int


def settle_due(opened: OpenReturn, *, is_asked: bool = False) -> None:
    """Settle what the triggers say is due. The same call again finds nothing.

    Who scans and inspects is not held up by a payment that can't be refunded (a chargeback): then
    the return says why and waits for a person.

    :param is_asked: a person wants the money to move now, and is told why it can't.
    :raises NotPayableBack: ``is_asked``, and no payment is left that could be refunded.
    """
    if opened.row.state != ReturnState.APPROVED:
        return
    due = _still_payable(
        opened, [Due(line, pieces) for line in opened.lines if (pieces := _due(opened, line))]
    )
    by_outcome: dict[str, list[Due]] = defaultdict(list)
    for one in due:
        by_outcome[one.line.outcome].append(one)
    for outcome, how in MONEY.items():
        if found := by_outcome.get(outcome):
            try:
                with transaction.atomic():
                    _give_back(opened, found, how)
            except (billing.NotPayableBack, billing.NobodyToCredit) as error:
                if is_asked:
                    raise
                opened.row.note = error.message
    if swaps := [one for outcome in SWAPS for one in by_outcome.get(outcome, ())]:
        _exchange(opened, swaps)
    if free := [one for outcome in FREE for one in by_outcome.get(outcome, ())]:
        swapping.send_free(opened, [(one.line, one.pieces) for one in free])
        for one in free:
            _mark(one)
    _mark_settled(opened)


def _still_payable(opened: OpenReturn, due: list[Due]) -> list[Due]:
    """Leave out pieces whose money went back another way meanwhile: they are settled by that."""
    if all(one.line.outcome in FREE for one in due):
        return due
    money = billing.get_money(opened.row.order_id)
    left = {one.line_id: one.quantity - one.back_quantity for one in money.lines}
    found = []
    for one in due:
        if one.line.outcome in FREE:
            found.append(one)
            continue
        line_id = one.line.order_line_id
        pieces = min(one.pieces, max(left.get(line_id, 0), 0))
        left[line_id] = left.get(line_id, 0) - pieces
        if pieces < one.pieces:
            _mark(Due(one.line, one.pieces - pieces))
        if pieces:
            found.append(Due(one.line, pieces))
    return found


def _due(opened: OpenReturn, line: ReturnLine) -> int:
    pieces = due_pieces(
        opened.progress(line),
        opened.terms[line.id].trigger,
        is_scanned=opened.row.scanned_at is not None,
    )
    waits = line.outcome not in MONEY and not _is_whole(opened, line, pieces)
    return 0 if waits else pieces


def _is_whole(opened: OpenReturn, line: ReturnLine, pieces: int) -> bool:
    """Tell whether a new thing can go out for a line: all of it is there, or no more will come."""
    if line.settled:
        return False  # it has its new thing
    return pieces >= line.quantity or (
        opened.row.complete_at is not None and opened.row.inspected_at is not None
    )


def _give_back(opened: OpenReturn, due: list[Due], how: PayBack) -> None:
    """Pay pieces back to their source, or as store credit."""
    backs = _backs(opened, due)
    fee = fee_of(backs, label_fee_minor=_label_fee(opened))
    bonus = bonus_of(backs, fee_minor=fee) if how is PayBack.STORE_CREDIT else 0
    nth, cause = _next_cause(opened)
    if opened.row.for_recipient and how is PayBack.SOURCE:
        how = PayBack.STORE_CREDIT  # the buyer's card would tell the buyer
    given = billing.give_back(
        order_id=opened.row.order_id,
        ask=_ask(opened, due, fee, shipping=_shipping(opened)),
        how=how,
        cause=cause,
        bonus_minor=bonus,
        details=_details(opened, due),
        by=opened.payer,
        at=opened.at,
        **_credit_to(opened, how),
    )
    for one in due:
        _mark(one)
    _record(
        opened,
        ReturnSettlement(
            cause=cause,
            nth=nth,
            how=how.value,
            # Store credit is there at once; a refund is when the bank says so.
            state="booked" if given.refund_ids else "settled",
            amount_minor=given.quote.payable_minor,
            fee_minor=fee,
            bonus_minor=bonus,
            refund_minor=given.refund_minor,
            credit_minor=given.credit_minor,
            booking_id=given.booking_id,
            refund_ids=[str(one) for one in given.refund_ids],
            words=" ".join(given.quote.words),
            settled_at=None if given.refund_ids else opened.at,
        ),
        due,
    )


def _exchange(opened: OpenReturn, due: list[Due]) -> None:
    """Let what comes back pay for what goes out instead."""
    backs = _backs(opened, due)
    fee = fee_of(backs, label_fee_minor=_label_fee(opened))
    bonus = bonus_of(backs, fee_minor=fee)
    nth, cause = _next_cause(opened)
    given = billing.give_back(
        order_id=opened.row.order_id,
        ask=_ask(opened, due, fee, shipping=0),
        how=PayBack.NONE,
        cause=cause,
        details=_details(opened, due),
        by=opened.payer,
        at=opened.at,
    )
    credit = given.quote.payable_minor
    moved = swapping.send_exchange(
        opened,
        [(one.line, one.pieces) for one in due],
        credit_minor=credit,
        bonus_minor=bonus,
        cause=cause,
    )
    for one in due:
        _mark(one)
    rest = None
    if credit > moved.moved_minor:
        how = PayBack(opened.row.details.get("rest", PayBack.SOURCE.value))
        if opened.row.for_recipient:
            how = PayBack.STORE_CREDIT
        rest = billing.settle(
            order_id=opened.row.order_id,
            cause=f"{cause}:rest",
            how=how,
            words=f"Left over from the exchange of {opened.row.number}",
            by=opened.payer,
            at=opened.at,
            **_credit_to(opened, how),
        )
    refunds = rest.refund_ids if rest else ()
    _record(
        opened,
        ReturnSettlement(
            cause=cause,
            nth=nth,
            how="exchange",
            state="booked" if refunds else "settled",
            amount_minor=credit,
            fee_minor=fee,
            bonus_minor=moved.bonus_minor,
            refund_minor=rest.refund_minor if rest else 0,
            credit_minor=rest.credit_minor if rest else 0,
            booking_id=given.booking_id,
            refund_ids=[str(one) for one in refunds],
            words=" ".join(given.quote.words),
            settled_at=None if refunds else opened.at,
        ),
        due,
    )


def _backs(opened: OpenReturn, due: list[Due]) -> list[Back]:
    """Return what goes back for each line, with its offer; equals what billing will book."""
    quote = billing.quote_give_back(opened.row.order_id, GiveBack(_lines(due)))
    totals = {one.line_id: one.total_minor for one in quote.lines}
    shares: dict[UUID, int] = defaultdict(int)
    pieces: dict[UUID, int] = defaultdict(int)
    for one in due:
        pieces[one.line.order_line_id] += one.pieces
    backs = []
    for one in due:
        line_id = one.line.order_line_id
        # Two lines of the return may be of one order line: the last one takes what is left.
        share = totals[line_id] * one.pieces // pieces[line_id]
        shares[line_id] += share
        backs.append(Back(share, one.pieces, offer_of(opened.terms[one.line.id], one.line.outcome)))
    return backs


def _lines(due: list[Due]) -> tuple[GiveBackLine, ...]:
    pieces: dict[UUID, int] = defaultdict(int)
    for one in due:
        pieces[one.line.order_line_id] += one.pieces
    return tuple(GiveBackLine(line_id, quantity) for line_id, quantity in pieces.items())


def _ask(opened: OpenReturn, due: list[Due], fee: int, *, shipping: int | None) -> GiveBack:
    return GiveBack(
        lines=_lines(due),
        shipping_minor=shipping,
        fee_minor=fee,
        words=f"Return {opened.row.number}",
    )


def _details(opened: OpenReturn, due: list[Due]) -> dict[str, Any]:
    return {"note": f"Return {opened.row.number}", "restock": []}


def _credit_to(opened: OpenReturn, how: PayBack) -> dict[str, Any]:
    """Name who gets store credit where that is not the buyer."""
    if opened.row.for_recipient and how is PayBack.STORE_CREDIT:
        return {"credit_to": swapping.recipient_of(opened)}
    return {}


def _label_fee(opened: OpenReturn) -> int:
    """Return what the label costs the shopper, once per return."""
    row = opened.row
    is_due = row.label_payer == LabelPayer.SHOPPER and row.method in PAID_WAYS
    return row.label_fee_minor if is_due and not _count(opened) else 0


def _shipping(opened: OpenReturn) -> int | None:
    """Return what goes back of the shipping: of a withdrawal all, at most the standard way's.

    Once, with the first pieces; only where the whole order is withdrawn from.
    """
    if opened.row.kind != ReturnKind.WITHDRAWAL or _count(opened) or not _is_all(opened):
        return 0
    standard = load_settings().standard_shipping_minor
    left = billing.get_money(opened.row.order_id).shipping_left_minor
    return left if standard is None else min(left, standard)


def _is_all(opened: OpenReturn) -> bool:
    claimed: dict[UUID, int] = defaultdict(int)
    for line in opened.lines:
        claimed[line.order_line_id] += line.claimed
    return all(claimed[line.id] >= line.ordered for line in opened.order.lines)


def _count(opened: OpenReturn) -> int:
    return ReturnSettlement.objects.filter(authorization=opened.row.id).count()


def _next_cause(opened: OpenReturn) -> tuple[int, str]:
    """Return the number and the cause of the next settlement; the return's row is locked."""
    nth = _count(opened) + 1
    return nth, f"return:{opened.row.id}:{nth}"


def _mark(one: Due) -> None:
    """Count pieces as settled; extra ones that were accepted are claimed by it."""
    one.line.settled += one.pieces
    one.line.claimed = max(one.line.claimed, one.line.settled)
    one.line.save(update_fields=["settled", "claimed"])


def _record(opened: OpenReturn, settlement: ReturnSettlement, due: list[Due]) -> None:
    settlement.store_id = opened.row.store_id
    settlement.authorization = opened.row
    settlement.pieces = [[str(one.line.id), one.pieces] for one in due]
    settlement.booked_at, settlement.booked_by = opened.at, opened.by.key
    settlement.save()
    opened.facts.append(
        ReturnRefunded(
            *opened.head,
            cause=settlement.cause,
            how=settlement.how,
            currency=opened.row.currency,
            amount_minor=settlement.amount_minor,
            fee_minor=settlement.fee_minor,
            bonus_minor=settlement.bonus_minor,
            lines=[(one.line.order_line_id, one.pieces) for one in due],
            is_test=opened.row.is_test,
        )
    )


def _mark_settled(opened: OpenReturn) -> None:
    """Note that nothing more is owed, once every line is settled or refused."""
    open_lines = [line for line in opened.lines if line.settled < line.claimed]
    is_over = opened.row.complete_at is not None and opened.row.inspected_at is not None
    has_settled = any(line.settled for line in opened.lines)
    if not open_lines and opened.row.settled_at is None and (has_settled or is_over):
        opened.row.settled_at = opened.at
