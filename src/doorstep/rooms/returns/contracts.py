"""Frozen values that cross the wall of the returns room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
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


class RefusalCode(StrEnum):
    """Why a line may not come back; a closed list, each with words in every language."""

    CANCELED = "canceled"
    GIFT_CARD = "gift_card"
    ALREADY_RETURNED = "already_returned"
    NOT_DELIVERED = "not_delivered"
    FINAL_SALE = "final_sale"
    NOT_OFFERED = "not_offered"
    WINDOW_OVER = "window_over"
    NO_WARRANTY = "no_warranty"
    WARRANTY_OVER = "warranty_over"


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
    :param allowed_reasons: codes of reasons for which it may come back although in general it may
        not: damaged, after the window. Ask again with one of them for its terms.
    """

    line_id: UUID
    quantity: int
    is_allowed: bool
    terms: Terms | None
    reason: str
    reason_code: str  # a RefusalCode; "" when it may
    policy_version_id: UUID | None
    trace: tuple[RuleTrace, ...] = ()
    allowed_reasons: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class PolicySection:
    """A heading of the policy's text with the sentences below it.

    :param rule_id: the rule it was written from, where it is an exception.
    """

    heading: str
    lines: tuple[str, ...]
    rule_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The policy in words, written from its own rules.

    :param summary: a few sentences without the exceptions, for slips and mails.
    """

    language: str
    title: str
    sections: tuple[PolicySection, ...]
    summary: str
    version_id: UUID
    version_number: int

    @property
    def plain(self) -> str:
        """The whole text without any markup."""
        parts = ["\n".join((one.heading, *one.lines)) for one in self.sections]
        return "\n\n".join((self.title, *parts))


# --- the flow: what became of a return -----------------------------------------------------------


class PieceOrigin(StrEnum):
    """How a piece that came back relates to what was announced."""

    EXPECTED = "expected"
    EXTRA = "extra"  # of a line of the return, beyond what was announced
    UNEXPECTED = "unexpected"  # something else: of no line of the return


class PieceCondition(StrEnum):
    """What the inspection found."""

    AS_NEW = "as_new"
    OPENED = "opened"
    WORN = "worn"  # used: the sign of wardrobing
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    INCOMPLETE = "incomplete"


class Mismatch(StrEnum):
    """What does not fit the announcement; "" when all does."""

    NONE = ""
    WRONG_ITEM = "wrong_item"
    NOT_OURS = "not_ours"
    USED = "used"
    DAMAGED_BY_SHOPPER = "damaged_by_shopper"
    MISSING_PARTS = "missing_parts"
    EMPTY_BOX = "empty_box"


class LabelState(StrEnum):
    """Where a way back stands."""

    REQUESTED = "requested"  # the provider is asked after the commit
    READY = "ready"
    FAILED = "failed"  # refused; ``words`` say why, a person gives the shopper another way
    VOIDED = "voided"


class Postage(StrEnum):
    """What became of the price of a label that was given back; "" where nothing was asked back."""

    NONE = ""
    ASKED = "asked"  # accepted by the provider; the carrier decides later
    BACK = "back"
    KEPT = "kept"  # the carrier says that it was used, or that it is too old
    UNANSWERED = "unanswered"  # so long that nobody asks any more


class NewThingKind(StrEnum):
    """Why something goes out to the shopper."""

    EXCHANGE = "exchange"
    REPLACEMENT = "replacement"
    PART = "part"
    REPAIR = "repair"  # the very piece, mended


class NewThingState(StrEnum):
    """Where what goes out to the shopper stands."""

    RESERVED = "reserved"  # kept from the shelf, waits for the return
    AWAITING_DEPOSIT = "awaiting_deposit"  # instant: a hold or a deposit secures it first
    AWAITING_PAYMENT = "awaiting_payment"  # ordered; it costs more and is paid before it ships
    ORDERED = "ordered"
    IN_REPAIR = "in_repair"
    SENT_BACK = "sent_back"
    CANCELED = "canceled"


class DepositState(StrEnum):
    """What secures an instant exchange."""

    NONE = ""
    REQUESTED = "requested"
    HELD = "held"
    CAPTURED = "captured"  # the old thing never came back
    RELEASED = "released"


class MakeGoodRemedy(StrEnum):
    """How a lost or late parcel is made good."""

    RESHIP = "reship"
    REFUND = "refund"
    CREDIT = "credit"


class MakeGoodState(StrEnum):
    """Where a make-good stands."""

    PROPOSED = "proposed"  # above the amount or the budget: a person decides
    MADE = "made"
    DECLINED = "declined"


class WithdrawalState(StrEnum):
    """Where a withdrawal stands; it is in force from the moment it was sent in any case."""

    UNMATCHED = "unmatched"  # a person looks for the order
    MATCHED = "matched"  # it has its return
    DISMISSED = "dismissed"  # a person found that there is no such contract; with words


@dataclass(frozen=True, slots=True)
class VariantChoice:
    """Something that a line can be exchanged for.

    :param available: pieces that can be promised now; None: not counted, always there.
    :param price_minor: of one, None where no price is known (then the line's own counts).
    """

    variant_id: UUID
    product_title: str
    title: str
    sku: str
    options: tuple[tuple[str, str], ...]
    image_url: str
    available: int | None
    price_minor: int | None
    difference_minor: int = 0  # plus: costs more than what comes back


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A replacement part of a product: itself a variant of the catalog, with its own stock."""

    id: UUID
    product_id: UUID
    variant_id: UUID
    name: str
    note: str
    available: int | None = None


@dataclass(frozen=True, slots=True)
class LineOption:
    """One line of an order as the form of a return offers it."""

    line_id: UUID
    title: str
    variant_title: str
    options: tuple[tuple[str, str], ...]
    sku: str
    image_url: str
    ordered: int
    eligibility: Eligibility
    reasons: tuple[ReasonView, ...]
    variants: tuple[VariantChoice, ...]  # of the same product, for EXCHANGE
    parts: tuple[PartInfo, ...]


@dataclass(frozen=True, slots=True)
class ReturnOptions:
    """What of an order may come back, and how.

    :param words: why nothing may, "" when something may.
    :param methods: those that every line that may come back offers.
    """

    order_id: UUID
    order_number: str
    kind: ReturnKind
    currency: str
    is_gift: bool
    lines: tuple[LineOption, ...]
    methods: tuple[MethodKind, ...]
    words: str


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A picture that was checked, re-encoded and freed of its metadata. ``url`` is signed."""

    id: UUID
    line_id: UUID | None
    width: int
    height: int
    size_bytes: int
    uploaded_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class PictureFile:
    """The bytes of a picture, always a JPEG of ours."""

    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class LabelView:
    """How the parcel comes back.

    :param code: what the QR code and the barcode say; a counter's scanner reads it.
    :param url: the signed page with label, code and instructions.
    :param cost_minor: what the way back costs the store, None when nobody said.
    :param document_type: of the carrier's own label (PDF or PNG), "" when our page is all.
    :param code_type: of the carrier's own picture of a code, "" when it has none.
    :param postage: what became of its price once it was given back.
    :param given_back_at: when nobody needed it any more, or it could not be made.
    """

    id: UUID
    state: LabelState
    method: MethodKind
    provider: str
    carrier: str
    tracking_number: str
    code: str
    url: str
    words: str
    cost_minor: int | None
    requested_at: datetime
    ready_at: datetime | None
    document_type: str = ""
    code_type: str = ""
    postage: Postage = Postage.NONE
    given_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A carrier's label, or its picture of a code. ``content_type``: PDF, PNG or JPEG."""

    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ScanView:
    """A step of a parcel on its way back."""

    status: str  # tracking.contracts.TrackingStatus
    words: str
    place: str
    source: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class PieceView:
    """One piece that came back."""

    id: UUID
    line_id: UUID | None  # the return's line, None for what belongs to none
    variant_id: UUID | None
    title: str
    code: str  # what was scanned or typed
    origin: PieceOrigin
    received_at: datetime
    received_by: str
    condition: PieceCondition | None
    is_accepted: bool | None  # None: not inspected yet
    mismatch: Mismatch
    note: str
    inspected_at: datetime | None
    disposition: Disposition | None
    location_id: UUID | None
    disposed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReturnLineView:
    """One line of a return. ``received``, ``accepted`` and ``refused`` count its pieces."""

    id: UUID
    order_line_id: UUID
    title: str
    variant_title: str
    options: tuple[tuple[str, str], ...]
    sku: str
    barcode: str
    image_url: str
    variant_id: UUID | None
    quantity: int
    reason_code: str
    reason_words: str
    note: str
    outcome: Outcome
    is_kept: bool  # need not come back
    received: int
    accepted: int
    refused: int
    settled: int
    exchange_variant_id: UUID | None
    exchange_quantity: int
    exchange_words: str
    terms: Terms
    photos: tuple[PhotoView, ...]


@dataclass(frozen=True, slots=True)
class SettlementView:
    """Money that a return moved, once per cause."""

    cause: str
    how: str  # billing.contracts.PayBack, "exchange", "gift_card", "deposit"
    amount_minor: int
    fee_minor: int
    bonus_minor: int
    refund_minor: int
    credit_minor: int
    state: str  # booked, settled, refused
    words: str
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class NewThingView:
    """Something that goes out to the shopper because of a return."""

    id: UUID
    kind: NewThingKind
    state: NewThingState
    line_id: UUID
    variant_id: UUID | None
    title: str
    quantity: int
    price_minor: int  # of all pieces; 0 for replacements, parts and repairs
    order_id: UUID | None
    order_number: str
    deposit: DepositState
    deposit_minor: int
    pay_url: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a return as its shopper sees it: done, current, upcoming or problem."""

    name: str  # requested, approved, sent, received, inspected, refunded, exchanged, closed
    state: str
    at: datetime | None = None
    until_date: date | None = None


@dataclass(frozen=True, slots=True)
class ReturnMark:
    """A return by its number, and whether a gift's recipient asked for it."""

    number: str  # "R-1042"
    state: ReturnState
    for_recipient: bool


@dataclass(frozen=True, slots=True)
class ReturnSummary:
    """A return as a list shows it."""

    id: UUID
    number: str  # "R-1042"
    order_id: UUID
    order_number: str
    customer_id: UUID | None
    shopper_name: str
    kind: ReturnKind
    state: ReturnState
    method: MethodKind
    outcomes: tuple[Outcome, ...]
    pieces: int
    received: int
    currency: str
    value_minor: int  # what was paid for the pieces
    review_reasons: tuple[str, ...]  # why a person has to look, in words
    requested_at: datetime
    approved_at: datetime | None
    expires_at: datetime | None
    first_scan_at: datetime | None
    received_at: datetime | None
    inspected_at: datetime | None
    settled_at: datetime | None
    closed_at: datetime | None
    needs: str  # what is to be done next: review, inspect, dispose, settle, find; "" nothing


@dataclass(frozen=True, slots=True)
class ReturnView:
    """One return with all that belongs to it."""

    summary: ReturnSummary
    lines: tuple[ReturnLineView, ...]
    pieces: tuple[PieceView, ...]
    label: LabelView | None
    scans: tuple[ScanView, ...]
    settlements: tuple[SettlementView, ...]
    new_things: tuple[NewThingView, ...]
    steps: tuple[StepView, ...]
    trigger: RefundTrigger
    label_payer: LabelPayer
    label_fee_minor: int
    for_recipient: bool
    recipient_name: str
    policy_version_id: UUID | None
    note: str  # of the decision: why it was declined, canceled …
    decided_by: str
    locale: str
    expected_by: date | None  # when money should be at the shopper's bank
    is_test: bool
    former_labels: tuple[LabelView, ...] = ()  # given back or never made, the last first


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """What a list of returns is narrowed to; empty means all.

    :param needs: review, sent, inspect, dispose, settle, find (never came), as ``ReturnSummary``.
    :param search: number, order number, name, SKU, tracking number.
    """

    state: str = ""
    kind: str = ""
    needs: str = ""
    customer_id: UUID | None = None
    order_id: UUID | None = None
    search: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReturnPage:
    """Some returns, newest first, and where the next ones begin ("" at the end)."""

    items: tuple[ReturnSummary, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class ReturnCounts:
    """How many returns wait for what."""

    all: int
    review: int
    on_way: int
    inspect: int
    dispose: int
    settle: int
    find: int  # said to be on its way, and never came
    withdrawals: int  # that no order was found for
    make_goods: int  # that a person has to decide about
    labels: int = 0  # that could not be made


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """What a scanner or a person says lies in the parcel.

    :param code: barcode, SKU or line id; a line's SKU counts to that line.
    """

    code: str
    quantity: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the inspection says about one piece."""

    piece_id: UUID
    condition: PieceCondition
    is_accepted: bool
    mismatch: Mismatch = Mismatch.NONE
    note: str = ""
    disposition: Disposition | None = None
    location_id: UUID | None = None  # for RESTOCK; None: the location it was received at


@dataclass(frozen=True, slots=True)
class WithdrawalReceipt:
    """The answer to a withdrawal: the same whether or not there is such an order."""

    id: UUID
    number: str  # "W-17"
    received_at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawalView:
    """A withdrawal as it was sent: evidence, never changed."""

    id: UUID
    number: str
    name: str
    order_number: str
    contact: str
    text: str
    received_at: datetime
    state: WithdrawalState
    order_id: UUID | None
    return_id: UUID | None
    refund_by: date  # 14 days
    note: str


@dataclass(frozen=True, slots=True)
class MakeGoodRule:
    """What is done for a parcel in trouble, before its shopper writes.

    :param trouble: late, stalled or lost.
    :param percent: of what was paid for the parcel's pieces (100 for all of it).
    :param after_days: how long after the trouble began.
    :param auto_below_minor: up to this value nobody is asked (store currency).
    :param budget_minor: per calendar month (store's zone); beyond it a person decides.
    """

    trouble: str
    remedy: MakeGoodRemedy
    percent: int = 100
    after_days: int = 0
    auto_below_minor: int = 5000
    budget_minor: int = 50000
    is_active: bool = False


@dataclass(frozen=True, slots=True)
class MakeGoodView:
    """What was done, or is proposed, for one parcel."""

    id: UUID
    order_id: UUID
    order_number: str
    tracker_id: UUID | None
    trouble: str
    remedy: MakeGoodRemedy
    state: MakeGoodState
    currency: str
    amount_minor: int
    new_order_id: UUID | None
    words: str
    proposed_at: datetime
    decided_at: datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class ReviewRuleInfo:
    """A condition over the customer that sends a return to a person, with the reason."""

    id: UUID
    name: str
    condition: Mapping[str, Any]
    words: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class ReturnSettings:
    """How returns are handled in this store.

    :param valid_days: how long an approved return may take to come back.
    :param remind_days: so long before its end the shopper is reminded.
    :param missing_days: so long after the carrier's first scan a parcel counts as missing.
    :param address: where returns go, line by line; "" the store's own postal address.
    :param instructions: beside the address on the label, in the store's language.
    :param standard_shipping_minor: what standard delivery costs (store currency): a withdrawal
        gives back no dearer way than that (directive 2011/83/EU, art. 13 (2)). None: all of it.
    """

    valid_days: int = 30
    remind_days: int = 5
    missing_days: int = 14
    address: str = ""
    instructions: str = ""
    standard_shipping_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a reason was given for a product, and of how many pieces sold."""

    product_id: UUID | None
    product_title: str
    reason_code: str
    fault: str
    damage: str
    pieces: int
    value_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class ProductAdvice:
    """What returns tell the next buyer of a product; shares are 0 to 1 of pieces sold.

    :param words: "Runs small: 14 % came back as too small."; empty below 20 pieces sold.
    """

    product_id: UUID
    sold: int
    returned: int
    too_small: float
    too_large: float
    damaged: float
    not_as_described: float
    words: str
