"""Which pieces go into which box: pure, no database.

First-fit decreasing by volume: the largest piece first, into the first open parcel with room,
else into a new one; at the end every parcel shrinks to the smallest box that still holds it.
"Has room" is settled by really placing the pieces: the free space of a box is kept as cuboids, a
piece goes into the tightest one in any of its six positions, and what is left around it is cut
into three cuboids (a guillotine cut). So what is proposed can be packed; a person may do better.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import NamedTuple

from doorstep.rooms.fulfillment.contracts import BoxInfo, HandlingClass, Size

# Room for infill: of a box with several pieces, so much of its volume may be filled.
FILL_PERCENT = 85
# Above it pieces are no longer placed one by one, only measured by volume.
MOST_PLACED = 400
# What may share a parcel with its like only.
APART = frozenset({HandlingClass.LIVE_ANIMALS.value, HandlingClass.HAZARDOUS.value})


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece to be packed; ``key`` tells the caller what it is a piece of."""

    key: int
    size: Size | None = None
    weight_grams: int | None = None
    classes: frozenset[str] = frozenset()

    @property
    def sides(self) -> Cuboid | None:
        """The three sides, longest first."""
        if self.size is None:
            return None
        sides = (self.size.length_mm, self.size.width_mm, self.size.height_mm)
        return Cuboid(*sorted(sides, reverse=True))


class Cuboid(NamedTuple):
    """Three sides in millimeters."""

    a: int
    b: int
    c: int

    @property
    def volume(self) -> int:
        return self.a * self.b * self.c


@dataclass(frozen=True, slots=True)
class Parcel:
    """Pieces that share a box. ``box`` None: no box holds them, they go as they are."""

    box: BoxInfo | None
    pieces: tuple[Piece, ...]

    @property
    def weight_grams(self) -> int | None:
        """Contents and box together; None where a piece's weight is not known."""
        known = [piece.weight_grams for piece in self.pieces if piece.weight_grams is not None]
        if len(known) < len(self.pieces):
            return None
        return sum(known) + (self.box.tare_grams if self.box else 0)


def inside(box: BoxInfo) -> Cuboid:
    """Return the inner sides of a box, longest first."""
    size = box.size
    return Cuboid(*sorted((size.length_mm, size.width_mm, size.height_mm), reverse=True))


@dataclass
class Room:
    """What is left of one box while it is being filled."""

    box: BoxInfo
    free: list[Cuboid]
    weight_left: int
    volume_left: int
    pieces: list[Piece] = field(default_factory=list)

    @classmethod
    def of(cls, box: BoxInfo) -> Room:
        sides = inside(box)
        return cls(box, [sides], box.max_weight_grams, sides.volume * FILL_PERCENT // 100)

    def add(self, piece: Piece) -> bool:
        """Put a piece in if there is room for it; tell whether there was."""
        sides, weight = piece.sides, piece.weight_grams or 0
        if weight > self.weight_left:
            return False
        if sides is not None:
            # One piece alone may fill its box; a second one needs infill around it.
            if self.pieces and sides.volume > self.volume_left:
                return False
            if len(self.pieces) < MOST_PLACED and not self._place(sides):
                return False
            self.volume_left -= sides.volume
        self.weight_left -= weight
        self.pieces.append(piece)
        return True

    def _place(self, sides: Cuboid) -> bool:
        for space in sorted(self.free, key=lambda one: one.volume):
            for x, y, z in sorted(set(permutations(sides))):
                if x <= space.a and y <= space.b and z <= space.c:
                    self.free.remove(space)
                    rest = (
                        Cuboid(space.a - x, space.b, space.c),
                        Cuboid(x, space.b - y, space.c),
                        Cuboid(x, y, space.c - z),
                    )
                    self.free += [one for one in rest if one.volume]
                    return True
        return False


def can_hold(box: BoxInfo, pieces: Iterable[Piece]) -> bool:
    """Tell whether all pieces go into one box together."""
    room = Room.of(box)
    return all(room.add(piece) for piece in by_volume(pieces))


def by_volume(pieces: Iterable[Piece]) -> list[Piece]:
    """Order pieces by volume, largest first; those without a size come last, heaviest first."""

    def rank(piece: Piece) -> tuple[int, int]:
        sides = piece.sides
        return (-sides.volume if sides else 0, -(piece.weight_grams or 0))

    return sorted(pieces, key=rank)


def pack(
    pieces: Sequence[Piece], boxes: Sequence[BoxInfo], *, prefers_premium: bool = False
) -> list[Parcel]:
    """Propose parcels: every piece in exactly one, none above its box's size or weight.

    What is oversize goes alone; live animals and what is hazardous go with their like only.
    Pieces of unknown size are placed by weight, of unknown weight by size.

    :param prefers_premium: use the premium boxes where they hold a piece; else they are left
        alone unless nothing else holds it.
    """
    active = [box for box in boxes if box.is_active]
    parcels: list[Parcel] = []
    groups: dict[frozenset[str], list[Piece]] = {}
    for piece in by_volume(pieces):
        if HandlingClass.OVERSIZE.value in piece.classes:
            parcels += _pack_group([piece], active, prefers_premium)
        else:
            groups.setdefault(piece.classes & APART, []).append(piece)
    for group in groups.values():
        parcels += _pack_group(group, active, prefers_premium)
    return parcels


def _pack_group(
    pieces: Sequence[Piece], boxes: Sequence[BoxInfo], prefers_premium: bool
) -> list[Parcel]:
    rooms: list[Room] = []
    loose: list[Parcel] = []
    for piece in pieces:
        if any(room.add(piece) for room in rooms):
            continue
        box = _roomiest(piece, boxes, prefers_premium)
        if box is None:
            loose.append(Parcel(None, (piece,)))
            continue
        room = Room.of(box)
        room.add(piece)
        rooms.append(room)
    return [_shrink(room, boxes) for room in rooms] + loose


def _roomiest(piece: Piece, boxes: Sequence[BoxInfo], prefers_premium: bool) -> BoxInfo | None:
    """Return the largest box that holds a piece, of the wanted kind where one does."""
    holding = [box for box in boxes if can_hold(box, [piece])]
    wanted = [box for box in holding if box.is_premium == prefers_premium] or holding
    return max(wanted, key=lambda box: (inside(box).volume, box.max_weight_grams), default=None)


def _shrink(room: Room, boxes: Sequence[BoxInfo]) -> Parcel:
    alike = [box for box in boxes if box.is_premium == room.box.is_premium]
    smaller = [box for box in alike if inside(box).volume < inside(room.box).volume]
    for box in sorted(smaller, key=lambda box: (inside(box).volume, box.max_weight_grams)):
        if can_hold(box, room.pieces):
            return Parcel(box, tuple(room.pieces))
    return Parcel(room.box, tuple(room.pieces))
