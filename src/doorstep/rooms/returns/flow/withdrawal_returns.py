"""The return that a withdrawal makes: everything of the order that is not back yet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.returns.actions.request_return import ask
from doorstep.rooms.returns.contracts import (
    AskedLine,
    MethodKind,
    Outcome,
    ReturnKind,
    ReturnRequest,
)
from doorstep.rooms.returns.flow.asking import WITHDRAWN
from doorstep.rooms.returns.flow.withdrawing import withdrawal_eligibility


def make_return(
    withdrawal_id: UUID, order_id: UUID, received_at: datetime, *, by: Actor, at: datetime
) -> UUID | None:
    """Make the return of a withdrawal, once; None when nothing is left to come back.

    :param received_at: when it was sent: its 14 days are judged by that moment.
    """
    decided = withdrawal_eligibility(order_id, at=received_at)
    lines = tuple(
        AskedLine(line_id, one.quantity, WITHDRAWN, Outcome.REFUND)
        for line_id, one in decided.items()
        if one.is_allowed
    )
    if not lines:
        return None
    request = ReturnRequest(
        order_id=order_id,
        lines=lines,
        method=MethodKind.OWN_LABEL,
        key=f"withdrawal:{withdrawal_id}",
        kind=ReturnKind.WITHDRAWAL,
        details={"received_at": received_at.isoformat()},
    )
    return ask(request, by=by, at=at)
