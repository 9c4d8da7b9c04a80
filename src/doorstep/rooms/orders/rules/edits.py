"""What edits make of an order's lines and sums. Pure: the quote and the edit are the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.orders.contracts import LineEdit, NewLine
from doorstep.rooms.orders.rules.amounts import LineFigures, added, resize, swapped

MAX_PIECES = 9_999


@dataclass(frozen=True, slots=True)
class EditableLine:
    """A line as edits see it.

    :param sold: its money as the platform sold it; ``now`` as it stands, None: it is removed.
    :param back: pieces that went back to the shelf with refunds: they stay counted in the line.
    """

    id: UUID
    title: str
    sold: LineFigures
    now: LineFigures | None
    back: int
    shipped: int

    @property
    def pieces(self) -> int:
        """How many the shopper gets in all."""
        return max(self.now.quantity - self.back, 0) if self.now else 0


@dataclass(frozen=True, slots=True)
class LinesPlan:
    """What the lines become: line → figures (None: it goes), and the new ones in their order."""

    changed: Mapping[UUID, LineFigures | None]
    new: Sequence[tuple[NewLine, LineFigures]]
    subtotal_minor: int  # changes of the order's sums
    discount_minor: int
    tax_minor: int

    @property
    def is_nothing(self) -> bool:
        """Tell whether nothing changes."""
        return not self.changed and not self.new

    def total_minor(self, taxes_included: bool) -> int:
        """Return the change of the order's total."""
        total = self.subtotal_minor - self.discount_minor
        return total if taxes_included else total + self.tax_minor


def plan_lines(
    lines: Sequence[EditableLine], edits: Sequence[LineEdit], new: Sequence[NewLine]
) -> LinesPlan:
    """Work out edits. :raises Invalid, Conflict: what can't be done, in words for the shopper."""
    known = {line.id: line for line in lines}
    changed = _resized(known, edits)
    before = [line.now for line in lines if line.now]
    fresh = [(one, _new_figures(one, known, changed, before)) for one in new]
    deltas = [(known[line_id].now, figures) for line_id, figures in changed.items()] + [
        (None, figures) for _, figures in fresh
    ]
    discount = sum(_of(b, "discount_minor", a) for b, a in deltas)
    return LinesPlan(
        changed,
        fresh,
        sum(_of(b, "total_minor", a) for b, a in deltas) + discount,
        discount,
        sum(_of(b, "tax_minor", a) for b, a in deltas),
    )


def _of(before: LineFigures | None, name: str, after: LineFigures | None) -> int:
    return (getattr(after, name) if after else 0) - (getattr(before, name) if before else 0)


def _resized(
    known: Mapping[UUID, EditableLine], edits: Sequence[LineEdit]
) -> dict[UUID, LineFigures | None]:
    changed: dict[UUID, LineFigures | None] = {}
    for edit in edits:
        line = known.get(edit.line_id)
        if line is None:
            raise Invalid("This line is not in the order.", field="lines")
        if edit.line_id in changed:
            raise Invalid(f"“{line.title}” is named twice.", field="lines")
        if not 0 <= edit.quantity <= MAX_PIECES:
            raise Invalid(f"Between 0 and {MAX_PIECES} pieces.", field="lines")
        if edit.quantity < line.shipped:
            raise Conflict(f"{line.shipped} of “{line.title}” have left already.")
        pieces = edit.quantity + line.back
        after = resize(line.sold, pieces) if pieces else None
        if after != line.now:
            changed[line.id] = after
    return changed


def _new_figures(
    one: NewLine,
    known: Mapping[UUID, EditableLine],
    changed: Mapping[UUID, LineFigures | None],
    before: Sequence[LineFigures],
) -> LineFigures:
    if not 1 <= one.quantity <= MAX_PIECES or one.unit_price_minor < 0:
        raise Invalid(f"Between 1 and {MAX_PIECES} pieces.", field="add")
    if one.instead_of is None:
        return added(one.unit_price_minor, one.quantity, before)
    line = known.get(one.instead_of)
    if line is None or line.now is None or one.instead_of not in changed:
        raise Invalid("What is to be swapped is not in the order.", field="swap")
    after = changed[one.instead_of]
    if line.now.quantity - (after.quantity if after else 0) != one.quantity:
        raise Invalid("As many come as go.", field="swap")
    return swapped(line.now, after, one.unit_price_minor)
