"""A person (or the shopper) decides about a return: yes, no, never mind, or more time."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.returns.contracts import ReturnKind, ReturnState, ReturnView
from doorstep.rooms.returns.events import ReturnCanceled, ReturnDeclined
from doorstep.rooms.returns.flow.approving import approve
from doorstep.rooms.returns.flow.labels import request_label, void_label
from doorstep.rooms.returns.flow.opening import (
    OpenReturn,
    load_settings,
    open_return,
    watch_from,
)
from doorstep.rooms.returns.flow.swapping import release_things, things_of
from doorstep.rooms.returns.reading.details import get_return
from doorstep.rooms.returns.rules.states import check_can_become, check_is_approved

MAX_NOTE = 2000


@action("returns.approve_return", permission="returns.change", summary="Approve a return")
def approve_return(*, return_id: UUID, note: str = "", by: Actor, at: datetime) -> ReturnView:
    """Let a return come back.

    :raises NotFound: there is none.
    :raises ReturnNotThere: it was decided about already.
    """
    opened = open_return(return_id, by=by, at=at)
    check_can_become(opened.row.number, opened.row.state, ReturnState.APPROVED)
    opened.row.note = _note(note) or opened.row.note
    approve(opened)
    opened.save()
    return get_return(return_id, at=at)


@action("returns.decline_return", permission="returns.change", summary="Decline a return")
def decline_return(*, return_id: UUID, reason: str, by: Actor, at: datetime) -> ReturnView:
    """Say no, with a reason that the shopper reads; what was kept for it goes back to the shelf.

    :raises Invalid: no reason, or a withdrawal: the law leaves no choice there.
    :raises ReturnNotThere: it was decided about already.
    """
    if not reason.strip():
        raise Invalid("Say why: the shopper reads it.", field="reason")
    opened = open_return(return_id, by=by, at=at)
    check_can_become(opened.row.number, opened.row.state, ReturnState.DECLINED)
    opened.row.note = _note(reason)
    end_unpaid(opened, ReturnState.DECLINED)
    opened.facts.append(ReturnDeclined(*opened.head))
    opened.save()
    return get_return(return_id, at=at)


@action("returns.cancel_return", permission="returns.change", summary="Call a return off")
def cancel_return(*, return_id: UUID, reason: str = "", by: Actor, at: datetime) -> ReturnView:
    """Call a return off before anything of it came back or was paid.

    :raises Conflict: something came back or was paid already.
    :raises ReturnNotThere: it is over.
    """
    opened = open_return(return_id, by=by, at=at)
    check_can_become(opened.row.number, opened.row.state, ReturnState.CANCELED)
    if opened.pieces or any(line.settled for line in opened.lines):
        raise Conflict("Something of this return came back or was paid already.")
    if any(one.order_id is not None for one in things_of(opened)):
        raise Conflict("What goes out instead is ordered already. Cancel that order first.")
    opened.row.note = _note(reason)
    end_unpaid(opened, ReturnState.CANCELED)
    opened.facts.append(ReturnCanceled(*opened.head, by_shopper=by.kind == "shopper"))
    opened.save()
    return get_return(return_id, at=at)


@action("returns.extend_return", permission="returns.change", summary="Give a return more time")
def extend_return(*, return_id: UUID, days: int, by: Actor, at: datetime) -> ReturnView:
    """Let an approved or expired return come back for so many more days, from now.

    :raises Invalid: not 1 to 365 days.
    :raises ReturnNotThere: it is neither.
    """
    if not 1 <= days <= 365:
        raise Invalid("Give 1 to 365 more days.", field="days")
    opened = open_return(return_id, by=by, at=at)
    row = opened.row
    if row.state == ReturnState.EXPIRED:
        revive(opened)
    check_is_approved(row.number, row.state)
    if row.is_kept:
        raise Conflict("Nothing of this return has to come back.")
    request_label(opened)  # that of an expired return was given back
    before, row.expires_at = row.expires_at, at + timedelta(days=days)
    row.reminded_at = row.missing_at = None
    row.watch_at = watch_from(row.expires_at, load_settings(), at)
    changes = {"expires_at": [str(before), str(row.expires_at)]}
    audit.note(subject=f"order:{row.order_id}", changes=changes)
    opened.save()
    return get_return(return_id, at=at)


def end_unpaid(opened: OpenReturn, state: ReturnState) -> None:
    """End a return of which nothing was paid: pieces, shelves and label are free again."""
    things = [one for one in things_of(opened) if one.order_id is None]
    if things:
        release_things(opened, things)
    for line in opened.lines:
        line.claimed = line.settled
        line.save(update_fields=["claimed"])
    void_label(opened)
    opened.become(state)


def revive(opened: OpenReturn) -> None:
    """Take an expired return up again: its parcel came after all.

    :raises MoreThanBought: the pieces are in another return meanwhile (by the database).
    """
    opened.become(ReturnState.APPROVED)
    for line in opened.lines:
        line.claimed = max(line.quantity, line.settled)
        line.save(update_fields=["claimed"])


def is_withdrawal(opened: OpenReturn) -> bool:
    """Tell whether the law, not the policy, is behind a return."""
    return opened.row.kind == ReturnKind.WITHDRAWAL


def _note(text: str) -> str:
    if len(text) > MAX_NOTE:
        raise Invalid(f"Keep it below {MAX_NOTE} characters.", field="reason")
    return text.replace("\x00", "").strip()
