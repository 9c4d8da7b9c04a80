"""New things: kept from the shelf when they are asked for, ordered when their time has come.

An exchange's new order is paid by what comes back (``billing.transfer``). One that costs more is
ordered at once and waits for the rest; one that goes out before the old thing is back waits for a
hold on the card, or a deposit, of its whole price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import GiveBack, GiveBackLine, PayBack
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import ReservationRequest
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import FinancialStatus
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import Capture
from doorstep.rooms.returns.contracts import (
    DepositState,
    NewThingKind,
    NewThingState,
    Outcome,
)
from doorstep.rooms.returns.events import ExchangeOrdered
from doorstep.rooms.returns.flow.new_orders import NewOrder, Receiver, Wanted, make_order
from doorstep.rooms.returns.flow.opening import OpenReturn
from doorstep.rooms.returns.models import NewThing, ReturnAuthorization, ReturnLine

KIND_OF = {
    Outcome.EXCHANGE.value: NewThingKind.EXCHANGE,
    Outcome.EXCHANGE_ANY.value: NewThingKind.EXCHANGE,
    Outcome.REPLACEMENT.value: NewThingKind.REPLACEMENT,
    Outcome.REPLACEMENT_PART.value: NewThingKind.PART,
    Outcome.REPAIR.value: NewThingKind.REPAIR,
}
WAITING = [NewThingState.RESERVED.value, NewThingState.AWAITING_DEPOSIT.value]


class SoldOut(Conflict):
    """What was chosen instead is not there any more."""

    code = "sold_out"


@dataclass(frozen=True, slots=True)
class Moved:
    """What an exchange used of the money that came back."""

    moved_minor: int
    bonus_minor: int
    order_id: UUID | None = None


def cause_of(line_id: UUID) -> str:
    """Name a return's line as the cause of a reservation."""
    return f"return_line:{line_id}"


def reserve_things(
    row: ReturnAuthorization, things: Sequence[NewThing], channel: str, *, by: Actor, at: datetime
) -> None:
    """Keep the new things from the shelf, all of them or none.

    :raises SoldOut: one is not there in the quantity asked for.
    """
    wanted = [one for one in things if one.kind != NewThingKind.REPAIR]
    if not wanted:
        return
    found = inventory.reserve(
        [
            ReservationRequest(
                cause=cause_of(one.line_id),
                variant_id=one.variant_id,
                quantity=one.quantity,
                sales_channel=channel,
                subject=f"order:{row.order_id}",
            )
            for one in wanted
        ],
        at=at,
        by=by,
    )
    for one, result in zip(wanted, found, strict=True):
        if result.missing_quantity:
            left = result.reserved_quantity
            some = f"only {left} left" if left else "sold out"
            raise SoldOut(
                f"“{one.title}” is {some}. Choose something else, or a refund.",
                field="exchange_variant_id",
            )


def release_things(opened: OpenReturn, things: Sequence[NewThing]) -> None:
    """Give back to the shelf what was kept: these things will not go out."""
    inventory.release([cause_of(one.line_id) for one in things], at=opened.at, by=opened.by)
    for one in things:
        one.state, one.changed_at = NewThingState.CANCELED.value, opened.at
        one.save(update_fields=["state", "changed_at"])


def things_of(opened: OpenReturn) -> list[NewThing]:
    """Return the return's new things in the order of its lines."""
    return list(NewThing.objects.filter(authorization=opened.row.id).order_by("line__position"))


def send_free(opened: OpenReturn, due: Sequence[tuple[ReturnLine, int]]) -> None:
    """Order replacements and parts, at no price; what is to be repaired goes to the bench."""
    things = {one.line_id: one for one in things_of(opened)}
    going = []
    for line, pieces in due:
        thing = things.get(line.id)
        if thing is None or thing.state not in WAITING:
            continue
        if thing.kind == NewThingKind.REPAIR:
            _set(thing, NewThingState.IN_REPAIR, opened.at)
            continue
        _scale(thing, line, pieces)
        going.append(thing)
    if going:
        _order(opened, going, discount_minor=0, status=FinancialStatus.PAID, suffix="S")


def send_exchange(
    opened: OpenReturn,
    due: Sequence[tuple[ReturnLine, int]],
    *,
    credit_minor: int,
    bonus_minor: int,
    cause: str,
) -> Moved:
    """Order what was chosen instead and pay for it with what came back.

    :returns: what of ``credit_minor`` was used; the bonus is a discount, at most the price.
    """
    things = {one.line_id: one for one in things_of(opened)}
    ordered = [things[line.id] for line, _ in due if things[line.id].order_id is not None]
    going = [things[line.id] for line, _ in due if things[line.id].order_id is None]
    for line, pieces in due:
        if things[line.id] in going:
            _scale(things[line.id], line, pieces)
    moved = _pay_instant(opened, ordered, credit_minor, cause)
    if not going:
        return Moved(moved, 0)
    price = sum(one.unit_price_minor * one.quantity for one in going)
    bonus = min(bonus_minor, price)
    left = credit_minor - moved
    is_paid = price - bonus <= left
    status = FinancialStatus.PAID if is_paid else FinancialStatus.PENDING
    order = _order(opened, going, discount_minor=bonus, status=status, suffix="E")
    amount = min(left, order.total_minor)
    if amount:
        billing.transfer(
            from_order_id=opened.row.order_id,
            to_order_id=order.id,
            amount_minor=amount,
            cause=f"{cause}:move",
            by=opened.payer,
            at=opened.at,
        )
    if not is_paid:
        _ask_for_rest(opened, going, order, cause)
    return Moved(moved + amount, bonus, order.id)


def _ask_for_rest(
    opened: OpenReturn, things: Sequence[NewThing], order: NewOrder, cause: str
) -> None:
    """Ask for what the new thing costs more; it stays here until that is paid.

    Where nobody takes payments (any more) the order waits all the same: a person asks for them.
    """
    if payments.can_take_payments():
        link = billing.request_payment(
            order_id=order.id,
            cause=f"{cause}:difference",
            words=f"What your exchange {opened.row.number} costs more",
            by=opened.payer,
            at=opened.at,
        )
        for one in things:
            one.pay_url = link.page_url
    for one in things:
        _set(one, NewThingState.AWAITING_PAYMENT, opened.at)


def start_instant(opened: OpenReturn, lines: Sequence[ReturnLine]) -> None:
    """Order an exchange before the old thing is back, secured by a hold or a deposit.

    The order waits for its payment like any other: nothing leaves before the money is held.
    """
    things = {one.line_id: one for one in things_of(opened)}
    going = [things[line.id] for line in lines if line.id in things]
    price = sum(one.unit_price_minor * one.quantity for one in going)
    if not going:
        return
    if not price:
        _order(opened, going, discount_minor=0, status=FinancialStatus.PAID, suffix="E")
        return
    order = _order(opened, going, discount_minor=0, status=FinancialStatus.PENDING, suffix="E")
    can_hold = payments.can_take_payments(is_hold=True)
    link = billing.request_payment(
        order_id=order.id,
        cause=f"return:{opened.row.id}{billing.DEPOSIT}",
        words=(
            f"A hold until your return {opened.row.number} is back"
            if can_hold
            else f"A deposit until your return {opened.row.number} is back"
        ),
        capture=Capture.LATER if can_hold else Capture.NOW,
        by=opened.payer,
        at=opened.at,
    )
    for one in going:
        one.deposit, one.pay_url = DepositState.REQUESTED.value, link.page_url
        one.deposit_minor = one.unit_price_minor * one.quantity
        _set(one, NewThingState.AWAITING_DEPOSIT, opened.at)


def _pay_instant(
    opened: OpenReturn, things: Sequence[NewThing], credit_minor: int, cause: str
) -> int:
    """Pay instant exchanges with what came back, and let go of what secured them."""
    used = 0
    for nth, order_id in enumerate(dict.fromkeys(one.order_id for one in things), start=1):
        assert order_id is not None
        mine = [one for one in things if one.order_id == order_id]
        price = sum(one.unit_price_minor * one.quantity for one in mine)
        amount = min(price, credit_minor - used)
        if amount > 0:
            billing.transfer(
                from_order_id=opened.row.order_id,
                to_order_id=order_id,
                amount_minor=amount,
                cause=f"{cause}:move:{nth}",
                by=opened.payer,
                at=opened.at,
            )
            used += amount
        _release_deposit(opened, mine, order_id, price - amount, f"{cause}:deposit:{nth}")
    return used


def _release_deposit(
    opened: OpenReturn, things: Sequence[NewThing], order_id: UUID, owed_minor: int, cause: str
) -> None:
    """Let a hold go, or take of it what the new thing costs more; pay a deposit back."""
    charge_id = next((one.charge_id for one in things if one.charge_id), None)
    if charge_id is not None:
        if owed_minor > 0:
            payments.capture_charge(
                charge_id=charge_id, amount_minor=owed_minor, by=opened.payer, at=opened.at
            )
        else:
            payments.void_charge(charge_id=charge_id, by=opened.payer, at=opened.at)
    else:
        billing.settle(
            order_id=order_id,
            cause=cause,
            how=PayBack.SOURCE,
            words=f"Deposit of {opened.row.number}",
            by=opened.payer,
            at=opened.at,
        )
    for one in things:
        if one.deposit:
            one.deposit = DepositState.RELEASED.value
        one.changed_at = opened.at
        one.save(update_fields=["deposit", "changed_at"])


def capture_deposits(opened: OpenReturn) -> None:
    """Take what secured an instant exchange: the old thing did not come back."""
    held = [one for one in things_of(opened) if one.deposit == DepositState.HELD]
    for charge_id in dict.fromkeys(one.charge_id for one in held):
        mine = [one for one in held if one.charge_id == charge_id]
        if charge_id is not None:
            amount = sum(one.deposit_minor for one in mine)
            payments.capture_charge(
                charge_id=charge_id, amount_minor=amount, by=opened.payer, at=opened.at
            )
        for one in mine:
            one.deposit, one.changed_at = DepositState.CAPTURED.value, opened.at
            one.save(update_fields=["deposit", "changed_at"])


def mark_paid(order_id: UUID, *, by: Actor, at: datetime) -> None:
    """Let an order made here go out: it is paid, or secured."""
    first = (
        NewThing.objects.select_related("authorization")
        .filter(order=order_id)
        .order_by("id")
        .first()
    )
    if first is None:
        return
    order = orders.get_order(order_id)
    if order.summary.financial_status == FinancialStatus.PAID:
        return
    base = orders.get_order(first.authorization.order_id)
    wanted = [
        Wanted(
            line.external_id,
            line.variant_id,
            line.title,
            line.quantity,
            line.unit_price_minor,
            exact_tax_minor=line.tax_minor,
        )
        for line in order.lines
        if not line.is_removed
    ]
    receiver = _receiver(first.authorization)
    make_order(
        base=base,
        external_id=order.external_id,
        number=order.summary.number,
        wanted=wanted,
        discount_minor=order.totals.discount_minor,
        receiver=receiver,
        note=order.note,
        by=by,
        at=at,
    )
    NewThing.objects.filter(
        order=order_id, state__in=[*WAITING, NewThingState.AWAITING_PAYMENT]
    ).update(state=NewThingState.ORDERED.value, changed_at=at)


def _order(
    opened: OpenReturn,
    things: Sequence[NewThing],
    *,
    discount_minor: int,
    status: FinancialStatus,
    suffix: str,
) -> NewOrder:
    """Turn reservations into an order of their own, in one transaction: nobody gets in between."""
    base = orders.get_order(opened.row.order_id)
    count = (
        NewThing.objects.filter(authorization=opened.row.id, order__isnull=False)
        .values("order")
        .distinct()
        .count()
    )
    # Asking for none gives back under the locks of all its shelves, which stay ours.
    inventory.reserve(
        [
            ReservationRequest(cause_of(one.line_id), one.variant_id, 0, opened.order.sales_channel)
            for one in things
        ],
        at=opened.at,
        by=opened.by,
    )
    order = make_order(
        base=base,
        external_id=f"return:{opened.row.id}:{count + 1}",
        number=f"{opened.order.number}-{suffix}{count + 1}",
        wanted=[_wanted(opened, one) for one in things],
        discount_minor=discount_minor,
        status=status,
        receiver=_receiver(opened.row),
        note=f"{things[0].kind.capitalize()} for return {opened.row.number}",
        by=opened.by,
        at=opened.at,
    )
    for one in things:
        one.order_id = order.id
        _set(one, NewThingState.ORDERED, opened.at)
    opened.facts.append(ExchangeOrdered(*opened.head, kind=things[0].kind, new_order_id=order.id))
    return order


def _wanted(opened: OpenReturn, thing: NewThing) -> Wanted:
    """Return the new order's line, with the tax of what comes back in its price."""
    gross = thing.unit_price_minor * thing.quantity
    line = next(one for one in opened.lines if one.id == thing.line_id)
    tax = 0
    if gross:
        quote = billing.get_money(opened.row.order_id)
        sold = next(one for one in quote.lines if one.line_id == line.order_line_id)
        tax = gross * sold.tax_minor // sold.total_minor if sold.total_minor else 0
    return Wanted(
        f"return_line:{line.id}",
        thing.variant_id,
        thing.title,
        thing.quantity,
        thing.unit_price_minor,
        tax,
    )


def _receiver(row: ReturnAuthorization) -> Receiver | None:
    if not row.for_recipient:
        return None
    return Receiver(row.recipient_name, row.recipient_email, row.locale)


def recipient_of(opened: OpenReturn) -> UUID:
    """Return the customer behind a gift's recipient, known or new."""
    row = opened.row
    (found,) = customers.resolve_customers(
        [
            PersonClaim(
                email=row.recipient_email,
                name=row.recipient_name,
                locale=row.locale,
                channel="doorstep",
                seen_at=opened.at,
            )
        ],
        at=opened.at,
    )
    return found


def _scale(thing: NewThing, line: ReturnLine, pieces: int) -> None:
    """Send no more than came back: of two to exchange one was refused, so one goes out."""
    if pieces < line.quantity:
        thing.quantity = max(1, thing.quantity * pieces // line.quantity)
        thing.save(update_fields=["quantity"])


def _set(thing: NewThing, state: NewThingState, at: datetime) -> None:
    thing.state, thing.changed_at = state.value, at
    thing.save()


def price_of_pieces(order_id: UUID, line_id: UUID, quantity: int) -> int:
    """Return what was paid for pieces of a line, tax in."""
    quote = billing.quote_give_back(order_id, GiveBack((GiveBackLine(line_id, quantity),)))
    return quote.lines[0].total_minor
