"""The team's decision about a change, and taking one back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.rooms.billing import api as billing
from doorstep.rooms.changes.contracts import ChangeAct, ChangeKind, ChangeState, ChangeView
from doorstep.rooms.changes.deciding import HARD, ChangeNotAllowed, judge
from doorstep.rooms.changes.flow.carrying import start, undo
from doorstep.rooms.changes.models import OrderChange
from doorstep.rooms.changes.queries import get_change
from doorstep.rooms.changes.settings import get_settings
from doorstep.rooms.orders import api as orders

MAX_WORDS = 1_000


def lock_change(change_id: UUID) -> OrderChange:
    """Return a change with its order's row and its own locked.

    :raises NotFound: there is none in this store.
    """
    order_id = OrderChange.objects.filter(id=change_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound("There is no such change.")
    orders.get_orders_to_ship([order_id], lock=True)
    return OrderChange.objects.select_for_update().get(id=change_id)


def _goes_back(*, change_id: UUID, **_others: object) -> tuple[str, int]:
    """Say how much approving a change would pay back at most, for the limits of roles.

    :raises NotFound: there is no such change.
    """
    change = OrderChange.objects.filter(id=change_id).first()
    if change is None:
        raise NotFound("There is no such change.")
    money = billing.get_money(change.order_id)
    paid = max(money.total_minor - money.outstanding_minor, 0)
    if change.kind == ChangeKind.CANCEL:
        return money.currency, paid
    owed = -(money.outstanding_minor + change.difference_minor)
    return money.currency, min(paid, max(owed, 0)) if change.kind == ChangeKind.LINES else 0


@action(
    "changes.approve_change",
    permission="changes.decide",
    summary="Approve a change",
    amount=_goes_back,
)
def approve_change(*, change_id: UUID, by: Actor, at: datetime) -> ChangeView:
    """Let a change that waits for a decision be carried out.

    :raises NotFound: there is no such change.
    :raises Conflict: it does not wait for a decision (any more), the order is packed or over, or
        what it needs is not in stock.
    """
    change = lock_change(change_id)
    _check_waits(change)
    order = orders.get_order_head(change.order_id)
    judged = judge(order, get_settings(), is_under_way=False, at=at)
    hard = [
        judged.options[act]
        for act in map(ChangeAct, change.acts)
        if judged.options[act].code in HARD
    ]
    if hard:
        raise ChangeNotAllowed(hard)
    _decided(change, by, at)
    start(change, by=by, at=at)
    change.save()
    audit.note(subject=f"order:{change.order_id}", changes={"change": ["asked", "approved"]})
    return get_change(change_id)


@action("changes.decline_change", permission="changes.decide", summary="Decline a change")
def decline_change(*, change_id: UUID, words: str = "", by: Actor, at: datetime) -> ChangeView:
    """Refuse a change that waits for a decision; its shopper is told, with the words.

    :raises NotFound: there is no such change.
    :raises Conflict: it does not wait for a decision (any more).
    """
    words = words.strip()
    if len(words) > MAX_WORDS or "\x00" in words:
        raise Invalid(f"At most {MAX_WORDS} characters of plain text.", field="words")
    change = lock_change(change_id)
    _check_waits(change)
    _decided(change, by, at)
    undo(change, ChangeState.DECLINED, words, by=by, at=at)
    change.save()
    audit.note(subject=f"order:{change.order_id}", changes={"change": ["asked", "declined"]})
    return get_change(change_id)


@action("changes.withdraw_change", permission="orders.change", summary="Take a change back")
def withdraw_change(*, change_id: UUID, by: Actor, at: datetime) -> ChangeView:
    """Take back a change that waits for a decision or its payment; what it did is undone.

    :raises NotFound: there is no such change.
    :raises Conflict: it is being carried out in the shop, or over.
    """
    change = lock_change(change_id)
    undo(change, ChangeState.WITHDRAWN, "", by=by, at=at)
    change.save()
    audit.note(subject=f"order:{change.order_id}", changes={"change": ["asked", "withdrawn"]})
    return get_change(change_id)


def _check_waits(change: OrderChange) -> None:
    if change.state != ChangeState.AWAITING_APPROVAL:
        raise Conflict("This change does not wait for a decision (any more).")


def _decided(change: OrderChange, by: Actor, at: datetime) -> None:
    change.decided_at, change.decided_by, change.decided_by_label = at, by.key, by.label
