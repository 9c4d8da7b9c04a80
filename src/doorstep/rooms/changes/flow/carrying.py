"""Carrying a change out, step by step, and taking it back. The caller holds the order's row.

::

    requested ─ awaiting approval ─ awaiting payment ─ telling the platform ─ applied
                     │                    │                    │
                 declined            expired (undone)     failed (undone)

Lines are changed here first (stock is kept, the price is exact); address, cancellation and delay
only when the platform has said yes. While a change is under way its order is on hold, so nobody
packs what may become another thing. Lock order: order, change, books, stock.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict
from doorstep.kernel.events.publish import publish
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.billing import api as billing
from doorstep.rooms.changes import ports
from doorstep.rooms.changes.contracts import ChangeKind, ChangeState
from doorstep.rooms.changes.deciding import POWER_OF
from doorstep.rooms.changes.events import ChangeApplied, ChangeEnded, ChangePaymentNeeded
from doorstep.rooms.changes.models import OrderChange, PlatformTask
from doorstep.rooms.changes.rules.asking import from_json
from doorstep.rooms.changes.rules.states import OPEN, check_can_become
from doorstep.rooms.changes.settings import get_settings
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import LineEdit, NewLine
from doorstep.rooms.payments import api as payments

BY_HAND = "The money could not be sent back automatically: somebody of the team has to pay it back."


class NoWayToPay(Conflict):
    """More would have to be paid, and no payment provider is connected."""

    code = "no_way_to_pay"


def cause_of(change: OrderChange) -> str:
    """Return what everything a change moves is booked under."""
    return f"change:{change.id}"


def move(change: OrderChange, target: ChangeState, at: datetime) -> None:
    """Set a change's state. :raises Conflict: it can't become that any more."""
    check_can_become(change.state, target)
    change.state = target
    if target not in OPEN:
        change.ended_at = at


def start(change: OrderChange, *, by: Actor, at: datetime) -> None:
    """Begin to carry out a change that is allowed (and approved, where that is asked).

    :raises Conflict: not in stock, or no way to pay what it costs more. Nothing moved.
    """
    if change.kind == ChangeKind.LINES:
        _change_lines(change, by=by, at=at)
        if _ask_for_payment(change, by=by, at=at):
            return
    go_on(change, by=by, at=at)


def _change_lines(change: OrderChange, *, by: Actor, at: datetime) -> None:
    # Books open before the rows change: what was paid is read from them.
    billing.ensure_open(change.order_id, by=by, at=at)
    done = orders.apply_lines(
        order_id=change.order_id,
        edits=[LineEdit(UUID(line), pieces) for line, pieces in change.edits],
        new=[new_line(one) for one in change.new_lines],
        cause=cause_of(change),
        by=by,
        at=at,
    )
    change.undo = [[str(edit.line_id), edit.quantity] for edit in done.undo]
    change.difference_minor = done.quote.difference_minor
    billing.sync(
        change.order_id, cause=cause_of(change), words="The order was changed", by=by, at=at
    )


def new_line(data: dict[str, Any]) -> NewLine:
    """Return a new line as a change keeps it."""
    return NewLine(
        UUID(data["variant_id"]),
        data["quantity"],
        data["unit_price_minor"],
        UUID(data["instead_of"]) if data["instead_of"] else None,
    )


def new_line_json(line: NewLine) -> dict[str, Any]:
    """Return a new line as it is kept."""
    found = asdict(line)
    found["variant_id"] = str(line.variant_id)
    found["instead_of"] = str(line.instead_of) if line.instead_of else None
    return found


def to_pay(outstanding_minor: int, difference_minor: int) -> int:
    """Return what has to be paid before a change counts.

    An order that was not paid yet (transfer, cash on delivery) is paid as it was to be paid,
    change included: only who had paid all pays the difference by link.

    :param outstanding_minor: what is left to pay *after* the change.
    """
    was_open = outstanding_minor - difference_minor
    return max(outstanding_minor, 0) if difference_minor > 0 and was_open <= 0 else 0


def _ask_for_payment(change: OrderChange, *, by: Actor, at: datetime) -> bool:
    money = billing.get_money(change.order_id)
    amount = to_pay(money.outstanding_minor, change.difference_minor)
    if not amount:
        return False
    if not payments.can_take_payments():
        raise NoWayToPay(
            "This change costs more, and the shop can't take a payment online here. Please ask"
            " the shop."
        )
    settings = get_settings(change.policy_version)
    change.expires_at = at + timedelta(hours=settings.pay_within_hours)
    billing.request_payment(
        order_id=change.order_id,
        cause=cause_of(change),
        words="Change of your order",
        amount_minor=amount,
        expires_at=change.expires_at,
        by=by,
        at=at,
    )
    move(change, ChangeState.AWAITING_PAYMENT, at)
    _hold(change, "A change waits for its payment.", by=by, at=at)
    publish(
        ChangePaymentNeeded(
            change.id,
            change.order_id,
            _owner(change),
            change.currency,
            amount,
            change.expires_at,
        ),
        key=_owner(change) or change.order_id,
        at=at,
        by=by,
        subject=f"order:{change.order_id}",
    )
    return True


def go_on(change: OrderChange, *, by: Actor, at: datetime) -> None:
    """Tell the platform, or finish where there is none to be told."""
    order = orders.get_order(change.order_id)
    platform = ports.platform_of(order.connection_id)
    if platform is None or order.connection_id is None:
        finish(change, by=by, at=at)
        return
    move(change, ChangeState.TELLING_PLATFORM, at)
    PlatformTask.objects.create(
        store_id=current_store_id(),
        change=change,
        connection_id=order.connection_id,
        power=POWER_OF[ChangeKind(change.kind)],
        state="due",
        next_at=at,
        created_at=at,
    )
    _hold(change, "A change is being carried out in the shop.", by=by, at=at)


def finish(change: OrderChange, *, by: Actor, at: datetime) -> None:
    """Make a change count: what was not done yet is done, what is owed goes back."""
    ask = from_json(change.ask)
    order = orders.get_order(change.order_id)
    match ChangeKind(change.kind):
        case ChangeKind.ADDRESS if ask.address is not None:
            if order.shipping_address != ask.address:
                orders.edit_address(
                    order_id=order.summary.id, address=ask.address, by=_own(), at=at
                )
        case ChangeKind.CANCEL:
            # Platforms and messages know who canceled by this word; why stands in the change.
            is_shoppers = change.requested_by.startswith("shopper:")
            _cancel(change, "customer" if is_shoppers else ask.reason or "other", by=by, at=at)
        case ChangeKind.DELAY if ask.until is not None:
            if ask.until > at.astimezone(orders.get_calendar().zone).date():
                orders.delay(order_id=order.summary.id, until=ask.until, by=by, at=at)
        case ChangeKind.LINES:
            settle(change, "Change of your order", by=by, at=at)
    orders.end_change(order_id=order.summary.id, by=by, at=at)
    move(change, ChangeState.APPLIED, at)
    change.undo = None
    follow(change, by=by, at=at)
    _publish(
        change,
        ChangeApplied(
            change.id,
            change.order_id,
            _owner(change),
            change.kind,
            list(change.acts),
            change.currency,
            change.difference_minor,
        ),
        by=by,
        at=at,
    )


def _own() -> Actor:
    """Return who writes what a shopper asked for and the platform confirmed."""
    return Actor.system("changes")


def _cancel(change: OrderChange, reason: str, *, by: Actor, at: datetime) -> None:
    billing.ensure_open(change.order_id, by=by, at=at)
    before = billing.get_money(change.order_id)
    orders.cancel_here(order_id=change.order_id, reason=reason, by=by, at=at)
    billing.sync(change.order_id, cause=cause_of(change), words="Canceled", by=by, at=at)
    change.difference_minor = -before.total_minor
    settle(change, "Cancellation of your order", by=by, at=at)


def settle(change: OrderChange, words: str, *, by: Actor, at: datetime, part: str = "back") -> None:
    """Send back what the shopper is owed; what can't be sent is said, and stays owed."""
    try:
        billing.settle(
            order_id=change.order_id, cause=f"{cause_of(change)}:{part}", words=words, by=by, at=at
        )
    except (billing.NotPayableBack, billing.NobodyToCredit):
        change.words = f"{change.words} {BY_HAND}".strip()


def undo(change: OrderChange, target: ChangeState, words: str, *, by: Actor, at: datetime) -> None:
    """End a change that will not be: take back what it did, money included."""
    move(change, target, at)
    change.words = words
    if change.undo is not None:
        take_back_lines(change, by=by, at=at)
    if change.expires_at is not None:
        _cancel_link(change, by=by, at=at)
    orders.end_change(order_id=change.order_id, by=by, at=at)
    follow(change, by=by, at=at)
    _publish(
        change,
        ChangeEnded(change.id, change.order_id, _owner(change), change.kind, target, words),
        by=by,
        at=at,
    )


def take_back_lines(change: OrderChange, *, by: Actor, at: datetime) -> None:
    """Bring an order's lines back to where they were, and send back what was paid for more."""
    order = orders.get_order(change.order_id)
    known = {line.id for line in order.lines}
    edits = [
        LineEdit(UUID(line), pieces) for line, pieces in change.undo or () if UUID(line) in known
    ]
    # An order that is over (canceled or sent meanwhile, whatever we did) has nothing to take back.
    if order.summary.state in ("ready", "on_hold") and edits:
        orders.apply_lines(
            order_id=change.order_id,
            edits=edits,
            cause=f"{cause_of(change)}:undo",
            needs_stock=False,
            by=by,
            at=at,
        )
        billing.sync(
            change.order_id,
            cause=f"{cause_of(change)}:undo",
            words="The change was taken back",
            by=by,
            at=at,
        )
    change.undo = None
    settle(change, "Change of your order, taken back", by=by, at=at)


def _cancel_link(change: OrderChange, *, by: Actor, at: datetime) -> None:
    subject = f"order:{change.order_id}"
    for link in payments.list_links([subject]).get(subject, ()):
        if link.cause == cause_of(change) and link.state in ("requested", "open"):
            payments.cancel_link(link_id=link.id, by=by, at=at)


def _hold(change: OrderChange, note: str, *, by: Actor, at: datetime) -> None:
    orders.hold_for_change(order_id=change.order_id, change_id=change.id, note=note, by=by, at=at)
    follow(change, by=by, at=at)


def follow(change: OrderChange, *, by: Actor, at: datetime) -> None:
    """Bring the order's shipments in line at once: a packer sees the order as it is now."""
    fulfillment.follow_orders([change.order_id], by=by, at=at)


def hold_for_decision(change: OrderChange, *, by: Actor, at: datetime) -> None:
    """Keep an order from being packed while somebody decides about its change."""
    _hold(change, "A change waits for a decision of the team.", by=by, at=at)


def _owner(change: OrderChange) -> UUID | None:
    return orders.get_customers_of([change.order_id]).get(change.order_id)


def _publish(change: OrderChange, fact: Any, *, by: Actor, at: datetime) -> None:
    publish(
        fact,
        key=fact.customer_id or change.order_id,
        at=at,
        by=by,
        subject=f"order:{change.order_id}",
    )
