"""Looking at what came, and saying what becomes of it: for each piece by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.returns.contracts import (
    Disposition,
    Finding,
    Outcome,
    PieceOrigin,
    ReturnView,
)
from doorstep.rooms.returns.events import PiecesDisposed, ReturnInspected
from doorstep.rooms.returns.flow.closing import close_if_done
from doorstep.rooms.returns.flow.opening import OpenReturn, open_return
from doorstep.rooms.returns.flow.settling import settle_due
from doorstep.rooms.returns.models import ReturnedPiece
from doorstep.rooms.returns.reading.details import get_return
from doorstep.rooms.returns.rules.states import check_is_approved

MAX_NOTE = 2000


@action("returns.inspect_return", permission="returns.receive", summary="Inspect returned pieces")
def inspect_return(
    *, return_id: UUID, findings: list[Finding], by: Actor, at: datetime
) -> ReturnView:
    """Say of pieces what state they are in and whether they count; money follows from it.

    :raises NotFound: no such return, or a piece of another one.
    :raises Invalid: what belongs to no line can't be accepted; a refused piece needs a reason.
    :raises Conflict: a piece was inspected already, or more would be accepted than was bought.
    """
    opened = open_return(return_id, by=by, at=at)
    check_is_approved(opened.row.number, opened.row.state)
    pieces = {one.id: one for one in opened.pieces}
    for nth, finding in enumerate(findings):
        _inspect(pieces, finding, f"findings.{nth}", by, at)
    _check_extras(opened)
    named = {one.piece_id for one in findings}
    ReturnedPiece.objects.bulk_update(
        [pieces[one] for one in named],
        ["condition", "is_accepted", "mismatch", "note", "inspected_at", "inspected_by"],
    )
    _release_refused(opened)
    if opened.pieces and all(one.inspected_at for one in opened.pieces):
        opened.row.inspected_at = at
        opened.facts.append(
            ReturnInspected(
                *opened.head,
                accepted=sum(one.is_accepted is True for one in opened.pieces),
                refused=sum(one.is_accepted is False for one in opened.pieces),
            )
        )
    decided = [
        (pieces[one.piece_id], one.disposition, one.location_id)
        for one in findings
        if one.disposition is not None
    ]
    dispose(opened, decided)
    settle_due(opened)
    close_if_done(opened)
    opened.save()
    audit.note(subject=f"order:{opened.row.order_id}", changes={"inspected": [None, len(findings)]})
    return get_return(return_id, at=at)


@action(
    "returns.set_disposition",
    permission="returns.receive",
    summary="Say what becomes of a returned piece",
)
def set_disposition(
    *,
    return_id: UUID,
    piece_ids: list[UUID],
    disposition: Disposition,
    location_id: UUID | None = None,
    by: Actor,
    at: datetime,
) -> ReturnView:
    """Put pieces back on a shelf, mend, give away, throw away or send them back; once each.

    :raises NotFound: no such return, or a piece of another one.
    :raises Conflict: a piece was not inspected, or is disposed of otherwise already.
    """
    opened = open_return(return_id, by=by, at=at)
    pieces = {one.id: one for one in opened.pieces}
    if set(piece_ids) - pieces.keys():
        raise NotFound("There is no such piece in this return.")
    dispose(opened, [(pieces[one], disposition, location_id) for one in dict.fromkeys(piece_ids)])
    close_if_done(opened)
    opened.save()
    return get_return(return_id, at=at)


def _inspect(
    pieces: dict[UUID, ReturnedPiece], finding: Finding, field: str, by: Actor, at: datetime
) -> None:
    piece = pieces.get(finding.piece_id)
    if piece is None:
        raise NotFound("There is no such piece in this return.")
    if piece.inspected_at is not None:
        same = (piece.condition, piece.is_accepted) == (finding.condition, finding.is_accepted)
        if same:
            return
        raise Conflict(f"“{piece.title}” was inspected already.", field=field)
    if finding.is_accepted and piece.origin == PieceOrigin.UNEXPECTED:
        raise Invalid(
            f"“{piece.title}” belongs to no line of this return: it can't be accepted for one.",
            field=f"{field}.is_accepted",
        )
    has_words = finding.mismatch or finding.note.strip() or piece.origin != PieceOrigin.EXPECTED
    if not finding.is_accepted and not has_words:
        raise Invalid("Say why it is refused: the shopper reads it.", field=f"{field}.mismatch")
    piece.condition, piece.is_accepted = finding.condition.value, finding.is_accepted
    piece.mismatch = finding.mismatch.value
    piece.note = finding.note.replace("\x00", "").strip()[:MAX_NOTE] or piece.note
    piece.inspected_at, piece.inspected_by = at, by.key


def _check_extras(opened: OpenReturn) -> None:
    """Refuse to accept more of a line than was bought and is not in another return.

    :raises Conflict: with how many there can be.
    """
    from doorstep.rooms.returns.models import ReturnLine

    accepted: dict[UUID, int] = defaultdict(int)
    own: dict[UUID, int] = defaultdict(int)
    for line in opened.lines:
        accepted[line.order_line_id] += max(opened.progress(line).accepted, line.settled)
        own[line.order_line_id] += line.claimed
    taken = {
        one.order_line_id: one.claimed
        for one in ReturnLine.objects.filter(order_line__in=accepted).exclude(
            authorization=opened.row.id
        )
    }
    for order_line in opened.order.lines:
        room = order_line.ordered - taken.get(order_line.id, 0)
        if accepted[order_line.id] > room:
            raise Conflict(
                f"Of “{order_line.title}” only {room} can be accepted: more were not bought, or "
                "are in another return."
            )


def _release_refused(opened: OpenReturn) -> None:
    """Give up the claim on pieces that were refused: they go back to the shopper."""
    for line in opened.lines:
        progress = opened.progress(line)
        claimed = max(line.quantity - progress.refused, progress.accepted, line.settled)
        if claimed != line.claimed:
            line.claimed = claimed
            line.save(update_fields=["claimed"])


def dispose(
    opened: OpenReturn,
    decided: Sequence[tuple[ReturnedPiece, Disposition, UUID | None]],
) -> None:
    """Write what becomes of pieces; what is put back goes to its shelf, one movement a piece."""
    done: list[tuple[UUID, str]] = []
    back: list[inventory.PieceBack] = []
    mended = {line.id for line in opened.lines if line.outcome == Outcome.REPAIR}
    for piece, disposition, location_id in decided:
        if piece.disposition == disposition:
            continue  # said twice
        if piece.disposition:
            raise Conflict(f"“{piece.title}” is disposed of already.")
        if piece.inspected_at is None:
            raise Conflict(f"Inspect “{piece.title}” first.")
        if piece.line_id in mended and disposition is not Disposition.BACK_TO_SHOPPER:
            raise Conflict(
                f"“{piece.title}” came to be repaired: it goes back to its owner, mended or not."
            )
        piece.disposition = disposition.value
        piece.disposed_at, piece.disposed_by = opened.at, opened.by.key
        if disposition is Disposition.RESTOCK:
            piece.location_id = _shelf(piece, location_id)
            back.append(_back(piece, opened.row.number))
        piece.save()
        done.append((piece.id, disposition.value))
    inventory.put_back(back, at=opened.at, by=opened.by)
    if done:
        opened.facts.append(PiecesDisposed(*opened.head, pieces=done))


def _shelf(piece: ReturnedPiece, location_id: UUID | None) -> UUID:
    """Return where a piece goes. :raises Conflict: nothing the catalog knows."""
    if piece.variant_id is None:
        raise Conflict(f"“{piece.title}” is nothing the catalog knows: it has no shelf.")
    place = location_id or piece.reception.location_id
    if place is None:
        raise Invalid("Say where it goes: there is no location yet.", field="location_id")
    return place


def _back(piece: ReturnedPiece, note: str) -> inventory.PieceBack:
    assert piece.variant_id is not None
    assert piece.location_id is not None
    return inventory.PieceBack(
        piece.variant_id, piece.location_id, f"return_piece:{piece.id}", note
    )
