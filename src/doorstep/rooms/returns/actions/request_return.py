"""A shopper (or somebody for them) wants to send something back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import GiveBack, GiveBackLine
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderToShip
from doorstep.rooms.payments import api as payments
from doorstep.rooms.returns.contracts import (
    LabelPayer,
    MethodKind,
    NewThingKind,
    NewThingState,
    Outcome,
    ReturnKind,
    ReturnRequest,
    ReturnState,
    ReturnView,
)
from doorstep.rooms.returns.events import ReturnRequested
from doorstep.rooms.returns.flow.approving import approve
from doorstep.rooms.returns.flow.asking import (
    CheckedLine,
    check_key,
    check_request,
    check_totals,
)
from doorstep.rooms.returns.flow.numbering import next_number
from doorstep.rooms.returns.flow.opening import OpenReturn
from doorstep.rooms.returns.flow.prices import Given, exchange_price, list_prices
from doorstep.rooms.returns.flow.reviewing import review_reasons
from doorstep.rooms.returns.flow.swapping import KIND_OF, reserve_things
from doorstep.rooms.returns.flow.withdrawing import too_late_words
from doorstep.rooms.returns.models import (
    NewThing,
    ReturnAuthorization,
    ReturnLine,
    ReturnPhoto,
)
from doorstep.rooms.returns.reading.details import get_return
from doorstep.rooms.returns.rules.search import search_text
from doorstep.rooms.returns.rules.terms import strictest, terms_json


class NoPrice(Conflict):
    """Nobody knows what the chosen thing costs in the order's currency."""

    code = "no_price"


class MoreThanBought(Conflict):
    """Another return took the pieces meanwhile; the database refused."""

    code = "more_than_bought"


@action("returns.request_return", permission="returns.change", summary="Ask to send something back")
def request_return(*, request: ReturnRequest, by: Actor, at: datetime) -> ReturnView:
    """Ask for a return; approved at once where the policy says so and nothing speaks against it.

    The same key for the same order answers with the return that it made the first time.

    :raises NotFound: there is no such order in this store.
    :raises Invalid: the wish makes no sense; ``field`` says where ("lines.0.quantity").
    :raises NotReturnable: the policy refuses a line, in its words.
    :raises SoldOut: what should go out instead is not there.
    """
    return get_return(ask(request, by=by, at=at), at=at)


def ask(request: ReturnRequest, *, by: Actor, at: datetime) -> UUID:
    """Do what :func:`request_return` does and return the id; joins the caller's transaction."""
    check_key(request.key)
    order = orders.get_orders_to_ship([request.order_id], lock=True).get(request.order_id)
    if order is None:
        raise NotFound("There is no such order.")
    known = ReturnAuthorization.objects.filter(order=order.id, key=request.key).first()
    if known is not None:
        return known.id
    checked = check_request(request, order, at=at)
    check_totals(checked)
    reasons = _reasons_to_look(request, order, checked, at=at)
    opened = _create(request, order, checked, reasons, by=by, at=at)
    _keep_photos(checked, opened.lines)
    _reserve(opened, checked)
    opened.facts.append(
        ReturnRequested(
            *opened.head,
            kind=opened.row.kind,
            pieces=opened.row.pieces,
            lines=[(line.order_line_id, line.quantity) for line in opened.lines],
            needs_review=bool(reasons),
            is_test=opened.row.is_test,
        )
    )
    if not reasons:
        approve(opened)
    opened.save()
    audit.note(subject=f"order:{order.id}", changes={"return": [None, opened.row.number]})
    return opened.row.id


def _reasons_to_look(
    request: ReturnRequest, order: OrderToShip, checked: Sequence[CheckedLine], *, at: datetime
) -> list[str]:
    """Return why a person has to decide, in words; empty: approved at once."""
    if request.kind is ReturnKind.WITHDRAWAL:
        sent = str(request.details.get("received_at") or "")
        late = too_late_words(order.id, at=datetime.fromisoformat(sent) if sent else at)
        return [late] if late else []
    found = ["The policy asks for a look."] if not all(x.terms.is_auto for x in checked) else []
    if not request.for_recipient:
        found += review_reasons(order.customer_id, at=at)
    return found


def _create(
    request: ReturnRequest,
    order: OrderToShip,
    checked: Sequence[CheckedLine],
    reasons: list[str],
    *,
    by: Actor,
    at: datetime,
) -> OpenReturn:
    values = _values(order.id, checked)
    detail = orders.get_order(order.id)
    coming = [one for one in checked if not one.terms.keep_item]
    fees = [one.terms for one in coming if one.terms.label_payer is LabelPayer.SHOPPER]
    number = next_number("R")
    row = ReturnAuthorization.objects.create(
        store_id=current_store_id(),
        order_id=order.id,
        number=number,
        kind=request.kind.value,
        state=ReturnState.REQUESTED.value,
        method=(request.method if coming else MethodKind.KEEP).value,
        key=request.key,
        policy_version_id=checked[0].eligibility.policy_version_id,
        trigger=strictest([one.terms.trigger for one in checked]).value,
        label_payer=(LabelPayer.SHOPPER if fees else LabelPayer.STORE).value,
        label_fee_minor=max((one.label_fee_minor for one in fees), default=0),
        currency=detail.summary.currency,
        value_minor=sum(values),
        pieces=sum(one.asked.quantity for one in checked),
        is_kept=not coming,
        for_recipient=request.for_recipient,
        recipient_email=request.recipient_email.strip()[:254] if request.for_recipient else "",
        recipient_name=request.recipient_name.strip()[:200] if request.for_recipient else "",
        locale=str(request.details.get("locale", "") or detail.locale)[:35],
        review_reasons=reasons,
        details={k: v for k, v in request.details.items() if k in ("rest",)},
        search_text=search_text(
            number,
            order.number,
            request.recipient_name or order.shopper_name,
            [one.line.sku for one in checked],
        ),
        is_test=order.is_test,
        requested_at=at,
        requested_by=by.key,
    )
    lines = [
        _line(row, nth, one, value)
        for nth, (one, value) in enumerate(zip(checked, values, strict=True), start=1)
    ]
    try:
        with transaction.atomic():
            ReturnLine.objects.bulk_create(lines)
    except IntegrityError as error:
        if "return_line_bought" not in str(error) and "more comes back" not in str(error):
            raise
        raise MoreThanBought(
            "These pieces are in another return already. Look at your returns of this order.",
            field="lines",
        ) from error
    return OpenReturn(row, order, lines, by, at)


def _line(row: ReturnAuthorization, nth: int, one: CheckedLine, value: int) -> ReturnLine:
    return ReturnLine(
        store_id=row.store_id,
        authorization=row,
        order_line_id=one.line.id,
        position=nth,
        quantity=one.asked.quantity,
        claimed=one.asked.quantity,
        reason_code=one.reason.code,
        fault=one.reason.fault,
        damage=one.reason.damage,
        note=one.asked.note.strip(),
        outcome=one.asked.outcome.value,
        terms=terms_json(one.terms),
        is_kept=one.terms.keep_item,
        value_minor=value,
        exchange_variant_id=one.exchange_variant_id,
        exchange_quantity=one.exchange_quantity if one.exchange_variant_id else 0,
    )


def _values(order_id: UUID, checked: Sequence[CheckedLine]) -> list[int]:
    """Return what was paid for each line's pieces, tax in, as billing would give it back.

    :raises MoreThanIsLeft: money for these pieces went back another way already.
    """
    pieces: dict[UUID, int] = {}
    for one in checked:
        pieces[one.line.id] = pieces.get(one.line.id, 0) + one.asked.quantity
    ask = GiveBack(tuple(GiveBackLine(line_id, n) for line_id, n in pieces.items()))
    totals = {one.line_id: one.total_minor for one in billing.quote_give_back(order_id, ask).lines}
    return [totals[o.line.id] * o.asked.quantity // pieces[o.line.id] for o in checked]


def _keep_photos(checked: Sequence[CheckedLine], lines: Sequence[ReturnLine]) -> None:
    """Hang the pictures on their lines."""
    photos = []
    for one, line in zip(checked, lines, strict=True):
        for photo in one.photos:
            photo.line = line
            photos.append(photo)
    if photos:
        ReturnPhoto.objects.bulk_update(photos, ["line"])


def _reserve(opened: OpenReturn, checked: Sequence[CheckedLine]) -> None:
    """Write what goes out instead and keep it from the shelf."""
    wanted = [
        (one, line)
        for one, line in zip(checked, opened.lines, strict=True)
        if one.asked.outcome.value in KIND_OF
    ]
    if not wanted:
        return
    ids = {v for one, _ in wanted for v in (one.exchange_variant_id, one.line.variant_id) if v}
    variants = catalog.get_variants(ids)
    prices = list_prices(ids, channel=opened.order.sales_channel, currency=opened.row.currency)
    things = []
    for one, line in wanted:
        kind = KIND_OF[one.asked.outcome.value]
        is_thing = kind is not NewThingKind.REPAIR
        variant = variants.get(one.exchange_variant_id) if one.exchange_variant_id else None
        things.append(
            NewThing(
                id=new_id(),
                store_id=opened.row.store_id,
                authorization=opened.row,
                line=line,
                kind=kind.value,
                state=NewThingState.RESERVED.value,
                variant_id=one.exchange_variant_id,
                title=variant.product_title if variant and is_thing else one.line.title,
                quantity=one.exchange_quantity or one.asked.quantity,
                unit_price_minor=_price(one, line, prices) if kind is NewThingKind.EXCHANGE else 0,
                created_at=opened.at,
                changed_at=opened.at,
            )
        )
    NewThing.objects.bulk_create(things)
    reserve_things(opened.row, things, opened.order.sales_channel, by=opened.by, at=opened.at)


def _price(one: CheckedLine, line: ReturnLine, prices: Mapping[UUID, int]) -> int:
    assert one.exchange_variant_id is not None
    given = Given(line.value_minor // line.quantity, one.line.variant_id)
    price = exchange_price(
        given,
        one.exchange_variant_id,
        prices,
        is_variant=one.asked.outcome is Outcome.EXCHANGE,
    )
    if price is None:
        raise NoPrice(
            "We can't tell what this costs. Choose something else, or store credit.",
            field="exchange_variant_id",
        )
    more = price * one.exchange_quantity - line.value_minor
    if more > 0 and not payments.can_take_payments():
        raise NoPrice(
            "This costs more than what you send back, and we can't take payments here yet. "
            "Choose something else, or store credit.",
            field="exchange_variant_id",
        )
    return price
