"""A person ends what a return waits for: repairs, parcels that never came, money held back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict
from doorstep.rooms.returns.actions.inspect_return import dispose
from doorstep.rooms.returns.contracts import (
    Disposition,
    NewThingKind,
    NewThingState,
    RefundTrigger,
    ReturnState,
    ReturnView,
)
from doorstep.rooms.returns.events import RepairSentBack
from doorstep.rooms.returns.flow.closing import close_if_done
from doorstep.rooms.returns.flow.opening import load_settings, open_return
from doorstep.rooms.returns.flow.settling import settle_due
from doorstep.rooms.returns.flow.swapping import things_of
from doorstep.rooms.returns.flow.waiting import expire, watch_scanned
from doorstep.rooms.returns.models import ReturnAuthorization, ReturnLine
from doorstep.rooms.returns.reading.details import get_return
from doorstep.rooms.returns.rules.states import check_is_approved
from doorstep.rooms.returns.rules.terms import terms_json
from doorstep.rooms.stores import api as stores


def _unsettled(*, return_id: UUID, **_others: object) -> tuple[str, int]:
    """Return what settling at once would move at most; roles may have limits."""
    row = ReturnAuthorization.objects.filter(id=return_id).first()
    if row is None:
        return stores.get_store().currency, 0
    lines = ReturnLine.objects.filter(authorization=return_id)
    left = sum(x.value_minor * (x.claimed - x.settled) // x.quantity for x in lines)
    return row.currency, max(left, 0)


@action(
    "returns.refund_now",
    permission="returns.change",
    summary="Settle a return at once",
    amount=_unsettled,
)
def refund_now(*, return_id: UUID, reason: str = "", by: Actor, at: datetime) -> ReturnView:
    """Settle what is not settled yet without waiting for parcel or inspection.

    What was refused stays refused. Pieces that come afterwards are received and disposed of.

    :raises ReturnNotThere: the return is not approved.
    :raises Conflict: nothing is left to settle.
    """
    opened = open_return(return_id, by=by, at=at)
    check_is_approved(opened.row.number, opened.row.state)
    waiting = [line for line in opened.lines if line.settled < line.claimed]
    if not waiting:
        raise Conflict("Everything of this return is settled already.")
    for line in waiting:
        line.terms = terms_json(opened.terms[line.id]) | {"trigger": RefundTrigger.APPROVAL.value}
        line.save(update_fields=["terms"])
    opened.__dict__.pop("terms", None)  # read again: the trigger is another
    opened.row.note = reason.strip()[:2000] or opened.row.note
    settle_due(opened, is_asked=True)
    close_if_done(opened)
    opened.save()
    audit.note(subject=f"order:{opened.row.order_id}", changes={"settled": [None, reason]})
    return get_return(return_id, at=at)


@action(
    "returns.resolve_missing",
    permission="returns.change",
    summary="Decide about a returned parcel that never came",
)
def resolve_missing(
    *,
    return_id: UUID,
    outcome: Literal["wait", "refund", "end"],
    reason: str = "",
    by: Actor,
    at: datetime,
) -> ReturnView:
    """Wait longer, pay all the same, or end it: the parcel was scanned and did not arrive.

    :raises ReturnNotThere: the return is not approved.
    :raises Conflict: something of it arrived.
    """
    if outcome == "refund":
        if _unsettled(return_id=return_id)[1]:  # else it was paid when the carrier scanned it
            refund_now(return_id=return_id, reason=reason, by=by, at=at)
        return _stop_waiting(return_id, by=by, at=at)
    opened = open_return(return_id, by=by, at=at)
    check_is_approved(opened.row.number, opened.row.state)
    if opened.row.received_at is not None:
        raise Conflict("Something of this return arrived: receive the rest, or mark it as final.")
    opened.row.note = reason.strip()[:2000] or opened.row.note
    opened.row.missing_at = None
    if outcome == "wait":
        watch_scanned(opened, load_settings())
    else:
        expire(opened)
    opened.save()
    audit.note(subject=f"order:{opened.row.order_id}", changes={"missing": [None, outcome]})
    return get_return(return_id, at=at)


def _stop_waiting(return_id: UUID, *, by: Actor, at: datetime) -> ReturnView:
    """Take what never came as lost: nothing more is expected."""
    opened = open_return(return_id, by=by, at=at)
    row = opened.row
    if row.state == ReturnState.APPROVED and row.complete_at is None:
        row.complete_at = at
        row.inspected_at = row.inspected_at or at
        row.missing_at, row.watch_at = None, None
        close_if_done(opened)
        opened.save()
    return get_return(return_id, at=at)


@action(
    "returns.send_repair_back",
    permission="returns.receive",
    summary="Send a mended thing back to its owner",
)
def send_repair_back(
    *, return_id: UUID, tracking_number: str = "", note: str = "", by: Actor, at: datetime
) -> ReturnView:
    """Note that what was mended is on its way to its owner.

    :raises Conflict: nothing of this return is being repaired.
    """
    opened = open_return(return_id, by=by, at=at)
    things = [
        one
        for one in things_of(opened)
        if one.kind == NewThingKind.REPAIR and one.state == NewThingState.IN_REPAIR
    ]
    if not things:
        raise Conflict("Nothing of this return is being repaired.")
    for one in things:
        one.state, one.changed_at = NewThingState.SENT_BACK.value, at
        one.save(update_fields=["state", "changed_at"])
    mended = {one.line_id for one in things}
    left = [x for x in opened.pieces if x.line_id in mended and x.is_accepted and not x.disposition]
    dispose(opened, [(one, Disposition.BACK_TO_SHOPPER, None) for one in left])
    opened.row.note = note.strip()[:2000] or opened.row.note
    number = tracking_number.strip()[:100]
    opened.facts.append(RepairSentBack(*opened.head, tracking_number=number))
    close_if_done(opened)
    opened.save()
    audit.note(subject=f"order:{opened.row.order_id}", changes={"repair": ["in_repair", number]})
    return get_return(return_id, at=at)
