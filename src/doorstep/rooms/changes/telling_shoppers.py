"""Messages about changes: carried out, to be paid, not to be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.changes.contracts import ChangeKind, ChangeState, ChangeView
from doorstep.rooms.changes.queries import list_by_ids
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contexts import ChangeContext, instant, money
from doorstep.rooms.orders import api as orders

APPLIED = "change_applied"
PAYMENT = "change_payment"
ENDED = "change_ended"


def tell(change_ids: Collection[UUID], kind: str, *, by: Actor, at: datetime) -> None:
    """Ask for the messages about changes that shoppers asked for, in one set.

    What the team changed is the team's to tell. A cancellation has the message of its own that
    every canceled order brings. Once each, whatever happens twice.
    """
    changes = [one for one in list_by_ids(change_ids) if _is_told(one, kind)]
    if not changes:
        return
    composer = orders.message_composer([one.order_id for one in changes], at=at)
    messaging.request_messages(
        [
            composer.request(
                kind, one.order_id, f"change:{one.id}:{kind}", change=_context(one, kind)
            )
            for one in changes
            if one.order_id in composer
        ],
        by=by,
        at=at,
    )


def _is_told(change: ChangeView, kind: str) -> bool:
    if kind == PAYMENT:
        return change.state is ChangeState.AWAITING_PAYMENT
    if kind == APPLIED:
        return change.kind is not ChangeKind.CANCEL and change.state is ChangeState.APPLIED
    by_shopper = change.requested_by.startswith("shopper:")
    return by_shopper and change.state is not ChangeState.WITHDRAWN


def _context(change: ChangeView, kind: str) -> ChangeContext:
    difference, currency = change.difference_minor, change.currency
    is_paid = kind == APPLIED and difference < 0
    return {
        "kind": str(change.kind),
        "state": str(change.state),
        "refund": money(-difference, currency) if is_paid else None,
        "amount": money(difference, currency) if kind == PAYMENT else None,
        "pay_url": change.pay_url,
        "pay_by": instant(change.expires_at) if kind == PAYMENT else "",
        "words": change.words if change.state is ChangeState.DECLINED else "",
    }
