"""Asking a vendor again by hand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import NotFound
from doorstep.rooms.payments.contracts import CallState
from doorstep.rooms.payments.models import Call


@action(
    "payments.retry_call",
    permission="problems.retry",
    summary="Ask a payment provider again",
)
def retry_call(*, call_id: UUID, by: Actor, at: datetime) -> None:
    """Ask now, with the same key: what was done before is not done twice.

    :raises NotFound: there is nothing (any more) to ask.
    """
    found = Call.objects.select_for_update().filter(id=call_id).exclude(state=CallState.DONE)
    call = found.first()
    if call is None:
        raise NotFound("This was settled meanwhile.")
    audit.note(subject=f"payment_call:{call.id}", changes={"state": [call.state, CallState.DUE]})
    Call.objects.filter(id=call.id).update(state=CallState.DUE, due_at=at, attempts=0)
