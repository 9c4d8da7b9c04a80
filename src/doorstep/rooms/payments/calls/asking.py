"""Write down what a vendor is to be asked; the transaction of the cause carries it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.payments.contracts import CallKind, CallState
from doorstep.rooms.payments.models import Call


def ask(kind: CallKind, row_id: UUID, *, at: datetime, due_at: datetime | None = None) -> None:
    """Have a vendor asked after the commit; what is being asked already stays as it is."""
    call = Call(
        store_id=current_store_id(), kind=kind, row_id=row_id, due_at=due_at or at, made_at=at
    )
    Call.objects.bulk_create([call], ignore_conflicts=True)


def finish(row_id: UUID, kinds: Collection[CallKind], *, at: datetime) -> None:
    """Ask no more about this: the answer came another way."""
    Call.objects.filter(row_id=row_id, kind__in=kinds).exclude(state=CallState.DONE).update(
        state=CallState.DONE, due_at=None, done_at=at
    )
