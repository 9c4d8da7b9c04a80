"""Which line of a return a scanned piece belongs to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from doorstep.rooms.returns.contracts import PieceOrigin


@dataclass(frozen=True, slots=True)
class Announced:
    """A line of the return: how many pieces are still awaited, and what names them."""

    line_id: UUID
    awaited: int
    variant_id: UUID | None
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scanned:
    """One piece as it was scanned; ``variant_id``: what the catalog says it is."""

    code: str
    note: str
    variant_id: UUID | None


@dataclass(frozen=True, slots=True)
class Sorted:
    """One piece with its place."""

    code: str
    note: str
    line_id: UUID | None
    origin: PieceOrigin


def sort_pieces(lines: Sequence[Announced], pieces: Sequence[Scanned]) -> list[Sorted]:
    """Give each piece to a line that still awaits one, else to one it is too many of.

    A code that names a line itself counts to that line only; a SKU or barcode to the first line of
    it that awaits one (two lines may be of one thing, for two reasons).
    """
    awaited = {line.line_id: line.awaited for line in lines}
    found = []
    for piece in pieces:
        mine = [line for line in lines if _fits(line, piece)]
        open_line = next((line for line in mine if awaited[line.line_id] > 0), None)
        if open_line is not None:
            awaited[open_line.line_id] -= 1
            found.append(Sorted(piece.code, piece.note, open_line.line_id, PieceOrigin.EXPECTED))
        elif mine:
            found.append(Sorted(piece.code, piece.note, mine[0].line_id, PieceOrigin.EXTRA))
        else:
            found.append(Sorted(piece.code, piece.note, None, PieceOrigin.UNEXPECTED))
    return found


def _fits(line: Announced, piece: Scanned) -> bool:
    if piece.code and piece.code.casefold() in {code.casefold() for code in line.codes}:
        return True
    return line.variant_id is not None and line.variant_id == piece.variant_id
