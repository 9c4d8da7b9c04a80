"""Frozen values that cross the wall of the changes room: what is asked, what may be asked, what
became of it. Money in integer minor units of the order's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from doorstep.rooms.orders.contracts import AddressView, LinesQuote


class ChangeKind(StrEnum):
    """What a change is about. Lines are changed together, the others alone."""

    ADDRESS = "address"
    LINES = "lines"
    CANCEL = "cancel"
    DELAY = "delay"


class ChangeAct(StrEnum):
    """What a rule is about: each act has its own window, cutoff and way of approval."""

    ADDRESS = "address"
    SWAP = "swap"
    QUANTITY = "quantity"
    ADD = "add"
    REMOVE = "remove"
    CANCEL = "cancel"
    DELAY = "delay"


class ChangeState(StrEnum):
    """Where a change stands; what may become what: ``rules/states.py``."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_PAYMENT = "awaiting_payment"
    TELLING_PLATFORM = "telling_platform"
    APPLIED = "applied"
    DECLINED = "declined"
    EXPIRED = "expired"  # not paid in time: undone
    FAILED = "failed"  # the platform said no: undone
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class LineWish:
    """How many pieces of a line are wanted in all; 0 takes it off."""

    line_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Swap:
    """All pieces of a line come as another variant of the same product."""

    line_id: UUID
    variant_id: UUID


@dataclass(frozen=True, slots=True)
class Addition:
    """Something more."""

    variant_id: UUID
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class ChangeAsk:
    """What somebody wants of an order. Only what belongs to the kind is looked at."""

    kind: ChangeKind
    address: AddressView | None = None
    lines: tuple[LineWish, ...] = ()
    swaps: tuple[Swap, ...] = ()
    additions: tuple[Addition, ...] = ()
    until: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """Whether an act can be asked for now, and why not.

    :param code: why not: ``""`` (it can), ``not_offered``, ``window``, ``packed``, ``shipped``,
        ``canceled``, ``over``, ``open_change``, ``platform``.
    :param words: one sentence; ``trace`` the whole reasoning, line by line.
    :param until: when the window closes, None: no clock, or closed.
    """

    act: ChangeAct
    is_allowed: bool
    needs_approval: bool
    code: str
    words: str
    trace: tuple[str, ...]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class VariantChoice:
    """What a line can become, or what can be added: with its price and how many can be had.

    :param free: pieces, None: not counted.
    """

    variant_id: UUID
    title: str
    variant_title: str
    image_url: str
    price_minor: int
    free: int | None


@dataclass(frozen=True, slots=True)
class LineOptions:
    """A line as its shopper may change it.

    :param swaps: other variants of the product whose price is known and that are in stock.
    :param most: the most pieces that can be had of it.
    """

    line_id: UUID
    title: str
    variant_title: str
    image_url: str
    quantity: int
    total_minor: int
    swaps: tuple[VariantChoice, ...]
    most: int


@dataclass(frozen=True, slots=True)
class ChangeOffer:
    """What can be chosen for an order: how each line can be changed, and what can be added."""

    lines: tuple[LineOptions, ...]
    additions: tuple[VariantChoice, ...]


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """All that can be asked for of an order now.

    :param open_change: the change that is under way.
    """

    order_id: UUID
    acts: Mapping[ChangeAct, Option]
    is_packed: bool
    open_change: ChangeView | None
    max_delay_days: int

    @property
    def is_any(self) -> bool:
        """Tell whether anything can be asked for."""
        return any(option.is_allowed for option in self.acts.values())


@dataclass(frozen=True, slots=True)
class ChangeQuote:
    """What a change comes to, before anything happens.

    :param pay_minor: to be paid before it counts; ``back_minor`` goes back to the shopper.
    """

    order_id: UUID
    kind: ChangeKind
    acts: tuple[ChangeAct, ...]
    currency: str
    lines: LinesQuote | None
    before_minor: int
    total_minor: int
    pay_minor: int
    back_minor: int
    needs_approval: bool


@dataclass(frozen=True, slots=True)
class PlatformTaskView:
    """What the shop platform has to be told about a change, and how far that is."""

    id: UUID
    change_id: UUID
    order_id: UUID
    order_number: str
    power: str
    state: str  # due, telling, done, refused, parked, discarded
    attempts: int
    next_at: datetime | None
    words: str
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change of an order.

    :param why: how the rules came out when it was asked for, by act, line by line.
    :param pay_url: where the shopper pays, "" when nothing is to be paid (or not yet known).
    """

    id: UUID
    order_id: UUID
    order_number: str
    customer_id: UUID | None
    kind: ChangeKind
    acts: tuple[ChangeAct, ...]
    state: ChangeState
    ask: ChangeAsk
    currency: str
    difference_minor: int
    summary: tuple[str, ...]
    why: Mapping[str, tuple[str, ...]]
    policy_version: int
    requested_at: datetime
    requested_by: str
    requested_by_label: str
    decided_at: datetime | None
    decided_by_label: str
    expires_at: datetime | None
    ended_at: datetime | None
    words: str
    pay_url: str = ""
    task: PlatformTaskView | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it is still under way."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some changes, newest first, and where the next ones begin ("" at the end)."""

    items: tuple[ChangeView, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class ActRule:
    """When an act may be asked for, and whether somebody decides about it.

    :param condition: a condition over an order, as JSON (``kernel.conditions``).
    :param mode: ``auto`` or ``approval``.
    """

    is_offered: bool = True
    condition: Mapping[str, Any] = field(default_factory=dict)
    mode: str = "auto"


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """How changes are treated in this store. Every version stays: changes name theirs.

    :param pay_within_hours: how long stock is kept for a change that is not paid.
    :param countries: where else an order may go: ``same`` country only, ``zone`` (the same tax and
        customs zone), ``any``.
    :param max_delay_days: how far a shopper can put an order off.
    :param us_delay_notices: send notices with consent or cancellation where a promise to ship
        slips (16 CFR 435), to orders that go to the United States.
    """

    version: int
    rules: Mapping[ChangeAct, ActRule]
    pay_within_hours: int = 24
    countries: str = "zone"
    max_delay_days: int = 60
    us_delay_notices: bool = True
    changed_at: datetime | None = None
    changed_by_label: str = ""


class NoticeState(StrEnum):
    """What became of a delay notice."""

    OPEN = "open"
    CONSENTED = "consented"
    SILENT = "silent"  # no answer, and the law takes that for consent
    CANCELED = "canceled"  # by the shopper, or because the law says so
    MOOT = "moot"  # it left, or was canceled otherwise


@dataclass(frozen=True, slots=True)
class DelayNotice:
    """One notice that an order ships later than was said (16 CFR 435.2(b)).

    :param silence: ``consent`` or ``cancel``: what no answer means.
    :param log: what happened to it, oldest first: (instant, words).
    """

    id: UUID
    order_id: UUID
    order_number: str
    state: NoticeState
    nth: int
    previous_date: date | None
    new_date: date | None
    silence: str
    respond_by: datetime
    sent_at: datetime
    answered_at: datetime | None
    log: tuple[tuple[datetime, str], ...]
