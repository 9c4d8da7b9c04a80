"""Rows of returns as contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.orders.contracts import LineView, OrderSummary
from doorstep.rooms.returns.contracts import (
    DepositState,
    Disposition,
    LabelPayer,
    LabelState,
    LabelView,
    MethodKind,
    Mismatch,
    NewThingKind,
    NewThingState,
    NewThingView,
    Outcome,
    PhotoView,
    PieceCondition,
    PieceOrigin,
    PieceView,
    Postage,
    RefundTrigger,
    ReturnKind,
    ReturnLineView,
    ReturnState,
    ReturnSummary,
    ScanView,
    SettlementView,
    StepView,
)
from doorstep.rooms.returns.links import label_url, photo_url
from doorstep.rooms.returns.models import (
    NewThing,
    ReturnAuthorization,
    ReturnedPiece,
    ReturnLabel,
    ReturnLine,
    ReturnPhoto,
    ReturnScan,
    ReturnSettlement,
)
from doorstep.rooms.returns.rules.terms import terms_of
from doorstep.rooms.stores.contracts import StoreInfo

# A bank shows a refund within ten days of it, mostly sooner; what shoppers are told is the latest.
BANK_DAYS = 10


def summary_view(
    row: ReturnAuthorization,
    order: OrderSummary,
    lines: Sequence[ReturnLine],
    received: int,
) -> ReturnSummary:
    """Return a return as a list shows it."""
    return ReturnSummary(
        id=row.id,
        number=row.number,
        order_id=row.order_id,
        order_number=order.number,
        customer_id=None if row.for_recipient else order.customer_id,
        shopper_name=row.recipient_name if row.for_recipient else order.shopper_name,
        kind=ReturnKind(row.kind),
        state=ReturnState(row.state),
        method=MethodKind(row.method),
        outcomes=tuple(dict.fromkeys(Outcome(line.outcome) for line in lines)),
        pieces=row.pieces,
        received=received,
        currency=row.currency,
        value_minor=row.value_minor,
        review_reasons=tuple(row.review_reasons),
        requested_at=row.requested_at,
        approved_at=row.approved_at,
        expires_at=row.expires_at,
        first_scan_at=row.scanned_at,
        received_at=row.received_at,
        inspected_at=row.inspected_at,
        settled_at=row.settled_at,
        closed_at=row.ended_at if row.state == ReturnState.CLOSED else None,
        needs=needs_of(row),
    )


def needs_of(row: ReturnAuthorization) -> str:
    """Return what somebody of the team has to do next; "" nothing."""
    if row.state == ReturnState.REQUESTED:
        return "review"
    if row.state != ReturnState.APPROVED:
        return ""
    if row.received_at is not None and row.inspected_at is None:
        return "inspect"
    if row.received_at is not None:
        return "dispose" if row.settled_at is not None else "settle"
    return "find" if row.missing_at is not None else ""


def line_view(
    line: ReturnLine,
    order_line: LineView,
    pieces: Sequence[ReturnedPiece],
    photos: Sequence[PhotoView],
    variants: Mapping[UUID, VariantInfo],
    reason_words: str,
) -> ReturnLineView:
    """Return a line with what became of its pieces."""
    mine = [one for one in pieces if one.line_id == line.id]
    variant = variants.get(order_line.variant_id) if order_line.variant_id else None
    new = variants.get(line.exchange_variant_id) if line.exchange_variant_id else None
    return ReturnLineView(
        id=line.id,
        order_line_id=line.order_line_id,
        title=order_line.title,
        variant_title=order_line.variant_title,
        options=order_line.options,
        sku=order_line.sku,
        barcode=variant.barcode if variant else "",
        image_url=order_line.image_url or (variant.image_url if variant else ""),
        variant_id=order_line.variant_id,
        quantity=line.quantity,
        reason_code=line.reason_code,
        reason_words=reason_words,
        note=line.note,
        outcome=Outcome(line.outcome),
        is_kept=line.is_kept,
        received=len(mine),
        accepted=sum(one.is_accepted is True for one in mine),
        refused=sum(one.is_accepted is False for one in mine),
        settled=line.settled,
        exchange_variant_id=line.exchange_variant_id,
        exchange_quantity=line.exchange_quantity,
        exchange_words=" · ".join(filter(None, [new.product_title, new.title])) if new else "",
        terms=terms_of(line.terms),
        photos=tuple(photos),
    )


def photo_view(row: ReturnPhoto, *, at: datetime) -> PhotoView:
    """Return a picture with a link to it."""
    return PhotoView(
        row.id,
        row.order_line_id,
        row.width,
        row.height,
        row.size_bytes,
        row.uploaded_at,
        photo_url(row.store_id, row.id, at=at),
    )


def piece_view(row: ReturnedPiece) -> PieceView:
    """Return one piece."""
    return PieceView(
        id=row.id,
        line_id=row.line_id,
        variant_id=row.variant_id,
        title=row.title,
        code=row.code,
        origin=PieceOrigin(row.origin),
        received_at=row.received_at,
        received_by=row.received_by,
        condition=PieceCondition(row.condition) if row.condition else None,
        is_accepted=row.is_accepted,
        mismatch=Mismatch(row.mismatch),
        note=row.note,
        inspected_at=row.inspected_at,
        disposition=Disposition(row.disposition) if row.disposition else None,
        location_id=row.location_id,
        disposed_at=row.disposed_at,
    )


_GIVEN_BACK = {LabelState.VOIDED.value, LabelState.FAILED.value}


def label_view(row: ReturnLabel, store: StoreInfo, *, at: datetime) -> LabelView:
    """Return the way back with the link to its page."""
    return LabelView(
        id=row.id,
        state=LabelState(row.state),
        method=MethodKind(row.method),
        provider=row.provider,
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        code=row.code,
        url=label_url(store, row.id, at=at) if row.state == LabelState.READY else "",
        words=row.words,
        cost_minor=row.cost_minor,
        requested_at=row.requested_at,
        ready_at=row.settled_at if row.state == LabelState.READY else None,
        document_type=row.content_type,
        code_type=row.code_type,
        postage=Postage(row.postage),
        given_back_at=row.settled_at if row.state in _GIVEN_BACK else None,
    )


def scan_view(row: ReturnScan) -> ScanView:
    """Return one step of the way back."""
    return ScanView(row.status, row.words, row.place, row.source, row.occurred_at)


def settlement_view(row: ReturnSettlement) -> SettlementView:
    """Return money that moved."""
    return SettlementView(
        row.cause,
        row.how,
        row.amount_minor,
        row.fee_minor,
        row.bonus_minor,
        row.refund_minor,
        row.credit_minor,
        row.state,
        row.words,
        row.booked_at,
    )


def new_thing_view(row: NewThing, numbers: Mapping[UUID, str]) -> NewThingView:
    """Return what goes out instead."""
    return NewThingView(
        id=row.id,
        kind=NewThingKind(row.kind),
        state=NewThingState(row.state),
        line_id=row.line_id,
        variant_id=row.variant_id,
        title=row.title,
        quantity=row.quantity,
        price_minor=row.unit_price_minor * row.quantity,
        order_id=row.order_id,
        order_number=numbers.get(row.order_id, "") if row.order_id else "",
        deposit=DepositState(row.deposit),
        deposit_minor=row.deposit_minor,
        pay_url=row.pay_url,
    )


def payer_of(row: ReturnAuthorization) -> LabelPayer:
    """Return who pays the way back."""
    return LabelPayer(row.label_payer)


def trigger_of(row: ReturnAuthorization) -> RefundTrigger:
    """Return what has to happen before money goes back."""
    return RefundTrigger(row.trigger)


def steps_of(
    row: ReturnAuthorization, settlements: Sequence[ReturnSettlement]
) -> tuple[StepView, ...]:
    """Return a return's steps for its shopper: what is done, where it stands, what comes."""
    steps = [StepView("requested", "done", row.requested_at)]
    ended = ReturnState(row.state)
    if ended in (ReturnState.DECLINED, ReturnState.CANCELED):
        return (*steps, StepView(ended.value, "problem", row.ended_at))
    marks: list[tuple[str, datetime | None]] = [("approved", row.approved_at)]
    if not row.is_kept:
        marks += [
            ("sent", row.scanned_at or row.received_at),
            ("received", row.received_at),
            ("inspected", row.inspected_at),
        ]
    marks.append(("refunded", min((one.booked_at for one in settlements), default=None)))
    is_current_set = False
    for name, moment in marks:
        if moment is not None:
            steps.append(StepView(name, "done", moment))
            continue
        state = "upcoming" if is_current_set else "current"
        is_current_set = True
        until = row.expires_at.date() if name == "sent" and row.expires_at else None
        steps.append(StepView(name, state, None, until))
    if ended is ReturnState.EXPIRED:
        return (
            *(one for one in steps if one.state == "done"),
            StepView("expired", "problem", row.ended_at),
        )
    return tuple(steps)


def expected_by(settlements: Sequence[ReturnSettlement]) -> date | None:
    """Return when money should be at the shopper's bank; None when none is on its way."""
    booked = [one.booked_at for one in settlements if one.refund_minor and one.state == "booked"]
    return max(booked).date() + timedelta(days=BANK_DAYS) if booked else None
