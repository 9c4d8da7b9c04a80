"""What a shopper asks for, checked against the policy at that very moment.

Every refusal says which field of the form it is about and what to do; nothing was kept then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.orders.contracts import LineToShip, OrderToShip
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Eligibility,
    LabelPayer,
    MethodKind,
    Outcome,
    ReasonView,
    RefundTrigger,
    ReturnKind,
    ReturnRequest,
    Terms,
)
from doorstep.rooms.returns.flow.withdrawing import withdrawal_eligibility
from doorstep.rooms.returns.models import ReplacementPart, ReturnPhoto
from doorstep.rooms.returns.policy.deciding import decide
from doorstep.rooms.returns.policy.reasons import leaves_of, read_reasons, reasons_for

MAX_LINES = 100
MAX_NOTE = 2000
MAX_EXCHANGED = 100
WITHDRAWN = "withdrawn"  # the law asks for no reason, so none is asked for


class NotReturnable(Conflict):
    """The policy says no, with the reason."""

    code = "not_returnable"


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line of the wish that may come back, with everything its row needs."""

    asked: AskedLine
    line: LineToShip
    eligibility: Eligibility
    terms: Terms
    reason: ReasonView
    exchange_variant_id: UUID | None
    exchange_quantity: int
    photos: tuple[ReturnPhoto, ...]


def check_request(
    request: ReturnRequest, order: OrderToShip, *, at: datetime
) -> tuple[CheckedLine, ...]:
    """Check a whole wish; the order's row is locked. A constant number of queries.

    :raises Invalid: it makes no sense; ``field`` says where.
    :raises NotReturnable: the policy refuses a line, in its own words.
    """
    _check_form(request, order)
    asked = {one.line_id: one for one in request.lines}
    decided = _decide(request, at=at)
    reasons = reasons_for(list(asked), at=at)
    photos = _photos(request)
    lines = {line.id: line for line in order.lines}
    known_parts = _parts_of(request, lines)
    found = []
    for nth, one in enumerate(request.lines):
        field = f"lines.{nth}"
        line, answer = lines[one.line_id], decided[one.line_id]
        terms = _check_allowed(one, line, answer, field)
        reason = _check_reason(one, reasons.get(one.line_id, ()), request.kind, field)
        _check_outcome(one, line, terms, field)
        variant_id, quantity = _check_exchange(one, line, known_parts, field)
        mine = tuple(photos[photo_id] for photo_id in one.photo_ids)
        _check_photos(mine, max(terms.needs_photos, int(reason.asks_photo)), request, field)
        own = _terms_of_outcome(terms, one.outcome)
        found.append(CheckedLine(one, line, answer, own, reason, variant_id, quantity, mine))
    _check_method(request.method, [one.terms for one in found])
    return tuple(found)


def check_key(key: str) -> None:
    """Raise unless it can name a wish. :raises Invalid: too long, or nothing that is printed."""
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Invalid("Give a key of 1 to 200 characters.", field="key")


def _check_form(request: ReturnRequest, order: OrderToShip) -> None:
    for field in ("recipient_email", "recipient_name"):
        if "\x00" in getattr(request, field):
            raise Invalid("This has a character in it that can't be kept.", field=field)
    if not request.lines:
        raise Invalid("Choose at least one thing to send back.", field="lines")
    if len(request.lines) > MAX_LINES:
        raise Invalid(f"A return has at most {MAX_LINES} lines.", field="lines")
    if request.for_recipient and not order.is_gift:
        raise Invalid("This order is not a gift.", field="for_recipient")
    if request.for_recipient and "@" not in request.recipient_email:
        raise Invalid(
            "Enter your e-mail address: your gift card goes there.", field="recipient_email"
        )
    known = {line.id for line in order.lines}
    for nth, one in enumerate(request.lines):
        if one.line_id not in known:
            raise Invalid("This is not a line of this order.", field=f"lines.{nth}.line_id")
        if one.quantity < 1:
            raise Invalid("Choose at least one piece.", field=f"lines.{nth}.quantity")
        if len(one.note) > MAX_NOTE or "\x00" in one.note:
            raise Invalid(
                f"Keep the note to {MAX_NOTE} characters of plain text.", field=f"lines.{nth}.note"
            )


def _decide(request: ReturnRequest, *, at: datetime) -> dict[UUID, Eligibility]:
    """Ask the policy; a line named twice, for two reasons, is asked about the first of them."""
    if request.kind is ReturnKind.WITHDRAWAL:
        return withdrawal_eligibility(request.order_id, at=at)
    reasons: dict[UUID, str] = {}
    for one in request.lines:
        reasons.setdefault(one.line_id, one.reason_code)
    return decide(
        line_ids=list(reasons), at=at, kind=request.kind, reasons=reasons, with_trace=False
    )


def _check_allowed(asked: AskedLine, line: LineToShip, answer: Eligibility, field: str) -> Terms:
    if not answer.is_allowed or answer.terms is None:
        raise NotReturnable(answer.reason, field=f"{field}.line_id", code=answer.reason_code)
    if asked.quantity > answer.quantity:
        raise Invalid(
            f"Of “{line.title}” at most {answer.quantity} can come back.",
            field=f"{field}.quantity",
        )
    return answer.terms


def check_totals(checked: Sequence[CheckedLine]) -> None:
    """Refuse a line that is named several times with more pieces in all than it has.

    :raises Invalid: more than may come back.
    """
    pieces: dict[UUID, int] = defaultdict(int)
    for nth, one in enumerate(checked):
        pieces[one.line.id] += one.asked.quantity
        if pieces[one.line.id] > one.eligibility.quantity:
            raise Invalid(
                f"Of “{one.line.title}” at most {one.eligibility.quantity} can come back.",
                field=f"lines.{nth}.quantity",
            )


def _check_reason(
    asked: AskedLine, offered: Sequence[ReasonView], kind: ReturnKind, field: str
) -> ReasonView:
    if kind is ReturnKind.WITHDRAWAL:
        return ReasonView(WITHDRAWN, {}, "shopper")
    for view in offered:
        for leaf in leaves_of(view):
            if leaf.code == asked.reason_code:
                return leaf
    raise Invalid("Choose a reason from the list.", field=f"{field}.reason_code")


def _check_outcome(asked: AskedLine, line: LineToShip, terms: Terms, field: str) -> None:
    if asked.outcome not in {offer.outcome for offer in terms.offers}:
        raise Invalid(
            f"This is not offered for “{line.title}”. Choose one of the others.",
            field=f"{field}.outcome",
        )


def _terms_of_outcome(terms: Terms, outcome: Outcome) -> Terms:
    """Return a line's terms once it is known what is wanted.

    A part is sent to whoever has the thing: nothing comes back, so nothing is waited for or paid.
    """
    if outcome is not Outcome.REPLACEMENT_PART or terms.keep_item:
        return terms
    return replace(
        terms,
        keep_item=True,
        methods=(MethodKind.KEEP,),
        trigger=RefundTrigger.APPROVAL,
        label_payer=LabelPayer.STORE,
        label_fee_minor=0,
    )


def _check_exchange(
    asked: AskedLine,
    line: LineToShip,
    parts: Mapping[UUID, set[UUID]],
    field: str,
) -> tuple[UUID | None, int]:
    """Return what goes out instead, and how many. :raises Invalid: it does not fit."""
    wanted, quantity = asked.exchange_variant_id, asked.exchange_quantity or asked.quantity
    where = f"{field}.exchange_variant_id"
    if asked.outcome is Outcome.REPLACEMENT:
        return (line.variant_id, asked.quantity) if line.variant_id else (None, 0)
    if asked.outcome not in (Outcome.EXCHANGE, Outcome.EXCHANGE_ANY, Outcome.REPLACEMENT_PART):
        return None, 0
    if wanted is None:
        raise Invalid("Choose what you would like instead.", field=where)
    variants = catalog.get_variants([wanted, *filter(None, [line.variant_id])])
    variant = variants.get(wanted)
    own = variants.get(line.variant_id) if line.variant_id else None
    if variant is None or not variant.is_active:
        raise Invalid("This is not for sale any more. Choose something else.", field=where)
    if asked.outcome is Outcome.EXCHANGE:
        if own is None or variant.product_id != own.product_id:
            raise Invalid("Choose another size or color of the same product.", field=where)
        if quantity > asked.quantity:
            raise Invalid("You can't get more pieces than you send back.", field=where)
    if asked.outcome is Outcome.REPLACEMENT_PART and (
        own is None or wanted not in parts.get(own.product_id, set())
    ):
        raise Invalid("This part does not belong to the product.", field=where)
    if not 1 <= quantity <= MAX_EXCHANGED:
        raise Invalid(f"Choose 1 to {MAX_EXCHANGED} pieces.", field=f"{field}.exchange_quantity")
    return wanted, quantity


def _parts_of(request: ReturnRequest, lines: Mapping[UUID, LineToShip]) -> dict[UUID, set[UUID]]:
    if not any(one.outcome is Outcome.REPLACEMENT_PART for one in request.lines):
        return {}
    own = {lines[one.line_id].variant_id for one in request.lines}
    products = {v.product_id for v in catalog.get_variants(filter(None, own)).values()}
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = ReplacementPart.objects.filter(product__in=products)
    for product_id, variant_id in rows.values_list("product_id", "variant_id"):
        found[product_id].add(variant_id)
    return found


def _photos(request: ReturnRequest) -> dict[UUID, ReturnPhoto]:
    """Return the pictures named, of this order and of no return yet.

    :raises Invalid: one is not there.
    """
    wanted = [photo_id for one in request.lines for photo_id in one.photo_ids]
    if not wanted:
        return {}
    rows = ReturnPhoto.objects.filter(
        id__in=wanted, order=request.order_id, line__isnull=True
    ).defer("data")
    found = {row.id: row for row in rows}
    if len(set(wanted)) < len(wanted) or set(wanted) - found.keys():
        raise Invalid("A picture got lost. Add it again.", field="lines.0.photo_ids")
    return found


def _check_photos(
    photos: Sequence[ReturnPhoto], needed: int, request: ReturnRequest, field: str
) -> None:
    if request.kind is ReturnKind.WITHDRAWAL or len(photos) >= needed:
        return
    missing = needed - len(photos)
    pictures = "picture" if missing == 1 else "pictures"
    raise Invalid(
        f"Add {missing} more {pictures} that show what is wrong.", field=f"{field}.photo_ids"
    )


def _check_method(method: MethodKind, terms: Sequence[Terms]) -> None:
    """Refuse a way back that a line does not offer; what is kept asks for none.

    :raises Invalid: choose another.
    """
    coming = [one for one in terms if not one.keep_item]
    if not coming:
        return
    if any(method not in one.methods for one in coming):
        raise Invalid("This way of sending back is not offered. Choose another.", field="method")


def reason_known(code: str) -> bool:
    """Tell whether the store has (or had) a reason of this code."""
    return read_reasons().find(code) is not None
