"""Frozen values that cross the wall of the returns room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID


class Outcome(StrEnum):
    """What the shopper gets for a line."""

    REFUND = "refund"
    EXCHANGE = "exchange"  # another variant of the same product
    EXCHANGE_ANY = "exchange_any"  # anything else, perhaps with bonus credit
    STORE_CREDIT = "store_credit"
    REPLACEMENT = "replacement"  # the same again
    REPLACEMENT_PART = "replacement_part"
    REPAIR = "repair"


class MethodKind(StrEnum):
    """How a thing comes back."""

    QR_DROP_OFF = "qr_drop_off"  # shown at a counter, nothing printed
    LABEL = "label"  # printed by the shopper
    OWN_LABEL = "own_label"  # the shopper posts it and gives the tracking number
    IN_STORE = "in_store"
    PICK_UP = "pick_up"
    KEEP = "keep"  # does not come back


class LabelPayer(StrEnum):
    """Who pays the way back."""

    STORE = "store"
    SHOPPER = "shopper"  # taken off what goes back


class RefundTrigger(StrEnum):
    """What must have happened before money goes back."""

    APPROVAL = "approval"  # at once
    CARRIER_SCAN = "carrier_scan"
    RECEPTION = "reception"
    INSPECTION = "inspection"


class ReturnState(StrEnum):
    """Where a return stands; what came back, was inspected and paid are facts of their own."""

    REQUESTED = "requested"  # a person has to look at it
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"  # approved, but nothing came back in time
    CLOSED = "closed"  # everything is settled


class ReturnKind(StrEnum):
    """Why there is a return at all."""

    VOLUNTARY = "voluntary"  # by the store's policy
    WITHDRAWAL = "withdrawal"  # the legal right (EU), apart from the policy
    WARRANTY = "warranty"  # a claim
    MAKE_GOOD = "make_good"  # a lost or late parcel: nothing comes back


class Disposition(StrEnum):
    """What becomes of a piece that came back."""

    RESTOCK = "restock"
    REFURBISH = "refurbish"
    DONATE = "donate"
    SCRAP = "scrap"
    BACK_TO_SHOPPER = "back_to_shopper"


@dataclass(frozen=True, slots=True)
class OutcomeOffer:
    """One outcome that a line may have, and on what terms.

    :param fee_percent: restocking, of what goes back for the line (0 to 100).
    :param fee_minor: restocking per piece, in the order's currency.
    :param bonus_percent: on top, for store credit and EXCHANGE_ANY.
    """

    outcome: Outcome
    fee_percent: int = 0
    fee_minor: int = 0
    bonus_percent: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What the policy says about one line that may come back.

    :param until_date: the last day (store's zone), None: without end.
    :param offers: refund first where it is offered; never empty.
    :param methods: what the shopper may choose from.
    :param keep_item: the thing need not come back.
    :param instant_exchange: the new thing goes out before the old one is back.
    :param trigger: what must happen before money goes back.
    :param is_auto: approved without a person.
    :param needs_photos: how many pictures are asked for.
    """

    until_date: date | None
    offers: tuple[OutcomeOffer, ...]
    methods: tuple[MethodKind, ...]
    label_payer: LabelPayer = LabelPayer.STORE
    label_fee_minor: int = 0
    trigger: RefundTrigger = RefundTrigger.INSPECTION
    is_auto: bool = True
    needs_photos: int = 0
    keep_item: bool = False
    instant_exchange: bool = False


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """How one rule of the policy decided about a line, in plain words."""

    rule: str
    matched: bool
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether pieces of one line may come back.

    :param quantity: how many at most (ordered, less what is back or on its way).
    :param reason: why not, for the shopper, with the date where there is one; "" when it may.
    :param policy_version_id: the version that decided; it stays with the return.
    :param trace: every rule that was looked at.
    """

    line_id: UUID
    quantity: int
    is_allowed: bool
    terms: Terms | None
    reason: str
    reason_code: str  # window_over, final_sale, not_delivered, already_returned, …
    policy_version_id: UUID | None
    trace: tuple[RuleTrace, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason a shopper may give, with those below it ("Too small" below "Size")."""

    code: str
    words: Mapping[str, str]  # language → words
    fault: str  # shopper, merchant, carrier: who caused it
    damage: str = ""  # how it broke, for damage patterns
    asks_photo: bool = False
    children: tuple[ReasonView, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One line as a shopper sends it back.

    :param exchange_variant_id: for EXCHANGE, EXCHANGE_ANY and REPLACEMENT_PART.
    """

    line_id: UUID
    quantity: int
    reason_code: str
    outcome: Outcome
    note: str = ""
    exchange_variant_id: UUID | None = None
    exchange_quantity: int = 0
    photo_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """A whole return as it is asked for.

    :param key: of the form, so that sending it twice makes one return.
    :param for_recipient: a gift's recipient asks: the buyer is told nothing, what is owed becomes
        store credit or a gift card of the recipient.
    """

    order_id: UUID
    lines: tuple[AskedLine, ...]
    method: MethodKind
    key: str
    kind: ReturnKind = ReturnKind.VOLUNTARY
    for_recipient: bool = False
    recipient_email: str = ""
    recipient_name: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutcomeAmount:
    """What one outcome of a choice of lines comes to, side by side on the shopper's page."""

    outcome: Outcome
    currency: str
    total_minor: int  # net: fee taken off, bonus added
    fee_minor: int
    bonus_minor: int
    words: tuple[str, ...]
    expected_by: date | None  # at the shopper's bank, or usable
