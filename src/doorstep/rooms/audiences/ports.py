"""What rooms above tell this one: who goes by a segment, so that it is not put away under them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from uuid import UUID

from doorstep.rooms.audiences.contracts import SegmentUse

FindUses = Callable[[Collection[UUID]], Mapping[UUID, Sequence[SegmentUse]]]
_finders: dict[str, FindUses] = {}


def bind_segment_uses(name: str, find: FindUses) -> None:
    """Let a room above say what goes by segments.

    :param find: takes segments of the current store, answers with what uses each now; a constant
        number of queries, as lists of segments ask it too.
    """
    _finders[name] = find


def bound_segment_uses() -> list[FindUses]:
    """Return what was bound, in the order of its names."""
    return [_finders[name] for name in sorted(_finders)]
