"""What payments do to changes: paid in time, not paid, paid too late."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import DomainError
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.billing import api as billing
from doorstep.rooms.changes.actions.decide import lock_change
from doorstep.rooms.changes.contracts import ChangeState
from doorstep.rooms.changes.flow.carrying import go_on, settle, undo
from doorstep.rooms.changes.models import OrderChange
from doorstep.rooms.changes.rules.states import OPEN

BATCH = 50
PREFIX = "change:"
_BY = Actor.system("changes.paying")


def change_of(cause: str) -> UUID | None:
    """Return the change a payment was asked for, None: it is about something else."""
    kind, _, rest = cause.partition(":")
    try:
        return UUID(rest.partition(":")[0]) if kind == "change" else None
    except ValueError:
        return None


def payment_came(change_id: UUID, *, at: datetime) -> None:
    """Let a paid change go on; money for one that is over goes back at once."""
    with transaction.atomic():
        change = lock_change(change_id)
        if change.state == ChangeState.AWAITING_PAYMENT:
            if billing.get_money(change.order_id).outstanding_minor > 0:
                return  # a part of it
            try:
                with transaction.atomic():
                    go_on(change, by=_BY, at=at)
                    change.save()
            except DomainError as error:
                change.refresh_from_db()
                undo(change, ChangeState.FAILED, str(error), by=_BY, at=at)
        elif ChangeState(change.state) not in OPEN:
            # Paid when it was undone already: the order costs what it did before, so it is owed.
            settle_late(change, at=at)
        change.save()


def settle_late(change: OrderChange, *, at: datetime) -> None:
    """Send back what came in for a change that is over. Once: its cause is of its own."""
    if change.state != ChangeState.APPLIED:
        settle(change, "Paid after the change had been undone", by=_BY, at=at, part="late")


def payment_failed(change_id: UUID, state: str, *, at: datetime) -> None:
    """End a change whose request to pay ended unpaid."""
    with transaction.atomic():
        change = lock_change(change_id)
        if change.state != ChangeState.AWAITING_PAYMENT:
            return
        if state == "failed":
            undo(change, ChangeState.FAILED, "The payment could not be made.", by=_BY, at=at)
        else:
            undo(change, ChangeState.EXPIRED, "It was not paid in time.", by=_BY, at=at)
        change.save()


def expire_due(at: datetime) -> int:
    """Undo one set of changes, of any store, that were not paid in time; returns how many."""
    due: dict[UUID, list[UUID]] = defaultdict(list)
    rows = OrderChange.all_stores.filter(
        state=ChangeState.AWAITING_PAYMENT.value, expires_at__lte=at
    )
    for store_id, change_id in rows.order_by("expires_at").values_list("store_id", "id")[:BATCH]:
        due[store_id].append(change_id)
    done = 0
    for store_id, change_ids in due.items():
        with store_scope(store_id):
            for change_id in change_ids:
                payment_failed(change_id, "expired", at=at)
                done += 1
    return done
