"""What happens to changes of orders. Keyed by the customer (by the order for guests)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("changes.change_requested")
@dataclass(frozen=True, slots=True)
class ChangeRequested:
    """Somebody asked for a change; ``state`` is what it waits for."""

    change_id: UUID
    order_id: UUID
    customer_id: UUID | None
    kind: str
    acts: list[str]
    state: str


@event("changes.payment_needed")
@dataclass(frozen=True, slots=True)
class ChangePaymentNeeded:
    """A change costs more: it counts when this is paid, and is undone after ``expires_at``."""

    change_id: UUID
    order_id: UUID
    customer_id: UUID | None
    currency: str
    amount_minor: int
    expires_at: datetime


@event("changes.change_applied")
@dataclass(frozen=True, slots=True)
class ChangeApplied:
    """A change was carried out, here and in the shop. Plus: it cost more, minus: less."""

    change_id: UUID
    order_id: UUID
    customer_id: UUID | None
    kind: str
    acts: list[str]
    currency: str
    difference_minor: int


@event("changes.change_ended")
@dataclass(frozen=True, slots=True)
class ChangeEnded:
    """A change will not be: declined, expired, failed or withdrawn. What it had done is undone."""

    change_id: UUID
    order_id: UUID
    customer_id: UUID | None
    kind: str
    state: str
    words: str


@event("changes.delay_notice_sent")
@dataclass(frozen=True, slots=True)
class DelayNoticeSent:
    """A shopper was told that the order ships later, with consent or cancellation to choose."""

    notice_id: UUID
    order_id: UUID
    customer_id: UUID | None
    nth: int
    new_date: date | None
    respond_by: datetime
    silence: str


@event("changes.delay_notice_answered")
@dataclass(frozen=True, slots=True)
class DelayNoticeAnswered:
    """What became of a delay notice: consented, silent, canceled or moot."""

    notice_id: UUID
    order_id: UUID
    customer_id: UUID | None
    state: str
