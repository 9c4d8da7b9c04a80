"""When a return is over: everything that came is dealt with and everything owed is settled."""

from __future__ import annotations

from doorstep.rooms.returns.contracts import (
    NewThingState,
    Outcome,
    RefundTrigger,
    ReturnState,
)
from doorstep.rooms.returns.events import ReturnClosed
from doorstep.rooms.returns.flow.opening import OpenReturn
from doorstep.rooms.returns.flow.swapping import WAITING, release_things, things_of

# The shopper has the thing still, or again: it may come back another time.
STAYS = {Outcome.REPLACEMENT_PART.value, Outcome.REPAIR.value}


def close_if_done(opened: OpenReturn) -> None:
    """Close an approved return with which nothing is left to do."""
    if opened.row.state != ReturnState.APPROVED or not _is_done(opened):
        return
    things = things_of(opened)
    left = [one for one in things if one.state in WAITING and one.order_id is None]
    if left:
        release_things(opened, left)  # refused pieces: nothing goes out for them
    for line in opened.lines:
        line.claimed = 0 if line.outcome in STAYS else line.settled
        line.save(update_fields=["claimed"])
    opened.become(ReturnState.CLOSED)
    if opened.row.settled_at is None:
        opened.row.settled_at = opened.at
    opened.facts.append(
        ReturnClosed(*opened.head, kind=opened.row.kind, is_test=opened.row.is_test)
    )


def _is_done(opened: OpenReturn) -> bool:
    row = opened.row
    if not row.is_kept and not _has_come(opened):
        return False
    if any(one.inspected_at is None or one.disposed_at is None for one in opened.pieces):
        return False
    if any(line.settled < _owed(opened, line.id) for line in opened.lines):
        return False
    open_things = {NewThingState.AWAITING_PAYMENT, NewThingState.IN_REPAIR}
    return not any(one.state in open_things for one in things_of(opened))


def _has_come(opened: OpenReturn) -> bool:
    """Tell whether nothing more is expected of what has to come back."""
    return opened.row.complete_at is not None


def _owed(opened: OpenReturn, line_id: object) -> int:
    """Return how many pieces of a line have to be settled: those accepted, and what is kept."""
    line = next(one for one in opened.lines if one.id == line_id)
    progress = opened.progress(line)
    if line.is_kept or opened.terms[line.id].trigger is RefundTrigger.APPROVAL:
        return max(line.quantity - progress.refused, 0)
    return progress.accepted
