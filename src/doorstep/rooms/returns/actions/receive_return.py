"""Opening a parcel: what lies in it, piece by piece. Receiving is not accepting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.returns.actions.decide_return import revive
from doorstep.rooms.returns.contracts import (
    PieceOrigin,
    ReceivedItem,
    ReturnState,
    ReturnView,
)
from doorstep.rooms.returns.events import ReturnReceived
from doorstep.rooms.returns.flow.closing import close_if_done
from doorstep.rooms.returns.flow.opening import OpenReturn, open_return
from doorstep.rooms.returns.flow.settling import settle_due
from doorstep.rooms.returns.models import Reception, ReturnedPiece, ReturnLine
from doorstep.rooms.returns.reading.details import get_return
from doorstep.rooms.returns.rules.states import check_is_approved
from doorstep.rooms.returns.rules.unpacking import Announced, Scanned, sort_pieces

MAX_PIECES = 500


@action(
    "returns.record_reception",
    permission="returns.receive",
    summary="Record what lies in a returned parcel",
)
def record_reception(
    *,
    return_id: UUID,
    items: list[ReceivedItem],
    key: str,
    location_id: UUID | None = None,
    note: str = "",
    is_final: bool = False,
    by: Actor,
    at: datetime,
) -> ReturnView:
    """Record the pieces of one opened parcel, by barcode, SKU or line.

    More of a line than was announced is kept apart as extra, what belongs to no line as unexpected:
    nothing is lost, and nothing counts before somebody looked at it. An expired return whose parcel
    comes after all lives again.

    :param key: of the scanner's form; the same key again records nothing.
    :param is_final: nothing more is expected, although something is missing.
    :raises NotFound: there is no such return.
    :raises Invalid: nothing scanned and not final, too many pieces, an unknown location.
    :raises ReturnNotThere: the return was not approved.
    """
    _check(items, key, is_final)
    opened = open_return(return_id, by=by, at=at)
    if Reception.objects.filter(authorization=opened.row.id, key=key).exists():
        return get_return(return_id, at=at)
    if opened.row.state == ReturnState.EXPIRED:
        revive(opened)
    check_is_approved(opened.row.number, opened.row.state)
    reception = Reception.objects.create(
        store_id=opened.row.store_id,
        authorization=opened.row,
        key=key,
        location_id=_location(location_id),
        note=note.replace("\x00", "").strip()[:2000],
        is_final=is_final,
        received_at=at,
        received_by=by.key,
    )
    pieces = _pieces(opened, reception, items)
    ReturnedPiece.objects.bulk_create(pieces)
    opened.pieces.extend(pieces)
    _note_arrival(opened, is_final=is_final)
    opened.facts.append(
        ReturnReceived(
            *opened.head,
            pieces=len(pieces),
            extra=sum(one.origin == PieceOrigin.EXTRA for one in pieces),
            unexpected=sum(one.origin == PieceOrigin.UNEXPECTED for one in pieces),
            is_complete=opened.row.complete_at is not None,
            is_test=opened.row.is_test,
        )
    )
    settle_due(opened)
    close_if_done(opened)
    opened.save()
    audit.note(subject=f"order:{opened.row.order_id}", changes={"received": [None, len(pieces)]})
    return get_return(return_id, at=at)


def _check(items: Sequence[ReceivedItem], key: str, is_final: bool) -> None:
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Invalid("Give a key of 1 to 200 characters.", field="key")
    if not items and not is_final:
        raise Invalid("Scan at least one piece.", field="items")
    if not all(one.code.strip() and one.code.isprintable() for one in items):
        raise Invalid("A line has no code. Scan it again.", field="items")
    if any(one.quantity < 1 for one in items):
        raise Invalid("A number of pieces is 1 or more.", field="items")
    if sum(one.quantity for one in items) > MAX_PIECES:
        raise Invalid(f"Record at most {MAX_PIECES} pieces at once.", field="items")


def _location(location_id: UUID | None) -> UUID | None:
    known = [one.id for one in inventory.list_locations() if one.is_active]
    if location_id is None:
        return known[0] if known else None
    if location_id not in known:
        raise Invalid("There is no such location.", field="location_id")
    return location_id


def _pieces(
    opened: OpenReturn, reception: Reception, items: Sequence[ReceivedItem]
) -> list[ReturnedPiece]:
    """Sort what was scanned to the return's lines, piece by piece."""
    variants = _variants(opened)
    scanned, found = _recognize(items)
    announced = [_announced(opened, line, variants) for line in opened.lines]
    by_id = {line.id: line for line in opened.lines}
    titles = {line.id: line.title for line in opened.order.lines}
    start = max((one.position for one in opened.pieces), default=0)
    pieces = []
    for nth, one in enumerate(sort_pieces(announced, scanned), start=start + 1):
        line = by_id.get(one.line_id) if one.line_id else None
        variant = found.get(one.code)
        title = titles[line.order_line_id] if line else ""
        pieces.append(
            ReturnedPiece(
                store_id=opened.row.store_id,
                authorization=opened.row,
                reception=reception,
                line=line,
                variant_id=_variant_of(opened, line) or (variant.id if variant else None),
                position=nth,
                title=title or (variant.product_title if variant else one.code),
                code=one.code[:200],
                origin=one.origin.value,
                note=one.note.replace("\x00", "")[:500],
                received_at=opened.at,
                received_by=opened.by.key,
            )
        )
    return pieces


def _variants(opened: OpenReturn) -> dict[UUID, VariantInfo]:
    ids = [line.variant_id for line in opened.order.lines if line.variant_id]
    return dict(catalog.get_variants(ids))


def _variant_of(opened: OpenReturn, line: ReturnLine | None) -> UUID | None:
    if line is None:
        return None
    return next(x.variant_id for x in opened.order.lines if x.id == line.order_line_id)


def _recognize(
    items: Sequence[ReceivedItem],
) -> tuple[list[Scanned], dict[str, VariantInfo]]:
    """Return every piece scanned, and the things of the catalog behind their codes."""
    codes = {one.code.strip() for one in items}
    ids = catalog.find_variants_by_barcode(codes) | catalog.find_variants_by_sku(codes)
    infos = catalog.get_variants(ids.values())
    known = {code: infos[ids[code]] for code in ids if ids[code] in infos}
    pieces = [
        Scanned(one.code.strip(), one.note, known[code].id if code in known else None)
        for one in items
        for code in [one.code.strip()]
        for _ in range(one.quantity)
    ]
    return pieces, known


def _announced(
    opened: OpenReturn, line: ReturnLine, variants: dict[UUID, VariantInfo]
) -> Announced:
    order_line = next(one for one in opened.order.lines if one.id == line.order_line_id)
    variant = variants.get(order_line.variant_id) if order_line.variant_id else None
    codes = {str(line.id), str(order_line.id), order_line.sku, variant.barcode if variant else ""}
    return Announced(
        line.id,
        max(line.quantity - opened.progress(line).received, 0),
        order_line.variant_id,
        frozenset(code for code in codes if code),
    )


def _note_arrival(opened: OpenReturn, *, is_final: bool) -> None:
    """Set how far it has come: the first piece, the last, and what is to be looked at."""
    row, at = opened.row, opened.at
    if opened.pieces:
        row.received_at = row.received_at or at
        row.inspected_at = None if any(x.inspected_at is None for x in opened.pieces) else at
    row.missing_at = None
    coming = [line for line in opened.lines if not line.is_kept]
    if is_final or all(opened.progress(line).received >= line.quantity for line in coming):
        row.complete_at = row.complete_at or at
        row.watch_at = None
        if not opened.pieces:
            row.inspected_at = at
