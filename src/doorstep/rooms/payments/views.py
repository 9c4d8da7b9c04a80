"""From rows to the frozen values that cross the wall."""

from __future__ import annotations

from doorstep.rooms.payments.contracts import (
    Capture,
    ChargeState,
    ChargeView,
    LinkState,
    LinkView,
    RefundState,
    RefundView,
)
from doorstep.rooms.payments.links import pay_page_url
from doorstep.rooms.payments.models import Charge, PaymentLink, Refund
from doorstep.rooms.stores.contracts import StoreInfo


def charge_view(row: Charge) -> ChargeView:
    """Return what others see of a charge."""
    return ChargeView(
        id=row.id,
        subject=row.subject,
        cause=row.cause,
        provider=row.provider,
        external_id=row.external_id,
        method_label=row.method_label,
        currency=row.currency,
        amount_minor=row.amount_minor,
        captured_minor=row.captured_minor,
        refunded_minor=row.refunded_minor,
        state=ChargeState(row.state),
        charged_at=row.charged_at,
        hold_ends_at=row.hold_ends_at,
        words=row.words,
    )


def refund_view(row: Refund) -> RefundView:
    """Return what others see of a refund."""
    return RefundView(
        id=row.id,
        charge_id=row.charge_id,
        subject=row.subject,
        cause=row.cause,
        provider=row.provider,
        currency=row.currency,
        amount_minor=row.amount_minor,
        state=RefundState(row.state),
        external_id=row.external_id,
        words=row.words,
        requested_at=row.requested_at,
        settled_at=row.settled_at,
        details=row.details,
    )


def link_view(row: PaymentLink, store: StoreInfo) -> LinkView:
    """Return what others see of a request to pay."""
    return LinkView(
        id=row.id,
        subject=row.subject,
        cause=row.cause,
        provider=row.provider,
        currency=row.currency,
        amount_minor=row.amount_minor,
        capture=Capture(row.capture),
        words=row.words,
        state=LinkState(row.state),
        url=row.url,
        charge_id=row.charge_id,
        expires_at=row.expires_at,
        page_url=pay_page_url(store, row.id),
    )
