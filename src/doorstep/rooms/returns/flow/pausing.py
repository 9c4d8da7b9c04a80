"""Sell nothing to a customer whose return is under way."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import PauseReason, PauseRequest
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.contracts import ReturnState
from doorstep.rooms.returns.models import ReturnAuthorization

# A pause must end some day, should nobody ever settle the return.
LONGEST = timedelta(days=30)


def sync_pauses(return_ids: Collection[UUID], *, by: Actor, at: datetime) -> None:
    """Put or lift the pauses of some returns, as they stand now (in sets).

    A request that waits, and an approved return that is not settled yet. What a gift's recipient
    sends back pauses nobody: the buyer would wonder.
    """
    rows = list(ReturnAuthorization.objects.filter(id__in=return_ids, for_recipient=False))
    pending = [row for row in rows if _is_pending(row)]
    calm = [_cause(row.id) for row in rows if not _is_pending(row)]
    messaging.lift_pauses(calm, by=by, at=at)
    people = orders.get_customers_of({row.order_id for row in pending})
    marks = orders.get_order_marks({row.order_id for row in pending})
    requests = []
    for row in pending:
        customer_id = people.get(row.order_id)
        if customer_id is not None:
            requests.append(
                PauseRequest(
                    customer_id=customer_id,
                    cause=_cause(row.id),
                    reason=PauseReason.PENDING_RETURN,
                    until=(row.expires_at or row.requested_at) + LONGEST,
                    subject=f"order:{row.order_id}",
                    about=f"return {row.number} of order {marks[row.order_id].number}",
                )
            )
    messaging.put_pauses(requests, by=by, at=at)


def _is_pending(row: ReturnAuthorization) -> bool:
    is_open = row.state in (ReturnState.REQUESTED, ReturnState.APPROVED)
    return is_open and row.settled_at is None


def _cause(return_id: UUID) -> str:
    return f"return:{return_id}"
