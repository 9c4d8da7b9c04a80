"""What lies on the packing table: boxes, what is in them so far, and what was typed about them.

All of it stands in the page's form, so packing works without a script and across any number of
web processes: each submit brings the table along, and :func:`read_table` lays it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.rooms.fulfillment.contracts import (
    BoxInfo,
    HandlingClass,
    PackedThing,
    PackingInstruction,
    PackingPlan,
    ParcelContents,
)

MOST_BOXES = 20
MAX_GRAMS = 1_000_000
_CLASSES = frozenset(one.value for one in HandlingClass)


@dataclass
class Item:
    """Pieces of one thing in one box: how many belong there, and how many are in."""

    key: str
    thing: PackedThing
    has: int
    put: int = 0

    @property
    def is_in(self) -> bool:
        """All pieces are in."""
        return self.put >= self.has

    @property
    def codes(self) -> tuple[str, ...]:
        """What a scanner may read from it, in small letters."""
        return tuple(one.casefold() for one in (self.thing.barcode, self.thing.sku) if one)


@dataclass
class Box:
    """One box on the table."""

    items: list[Item]
    box_id: str = ""
    weight: str = ""
    service: str = ""
    number: str = ""
    planned_grams: int | None = None
    instructions: tuple[PackingInstruction, ...] = ()
    problem: str = ""
    number_is_of: str = ""  # carriers that the number can be of, in words

    @property
    def weight_grams(self) -> int | None:
        """The typed weight, None when nothing was typed. :raises ValueError: not a weight."""
        text = self.weight.strip()
        if not text:
            return None
        grams = int(text)
        if not 0 < grams <= MAX_GRAMS:
            raise ValueError
        return grams


@dataclass
class Table:
    """All boxes of the shipment that is being packed."""

    boxes: list[Box]
    signature: str = ""  # of what the shipment holds: another one means that it was changed
    stale: bool = field(default=False, compare=False)  # what was sent belongs to another content

    @property
    def pieces(self) -> int:
        """How many pieces belong into the boxes."""
        return sum(item.has for box in self.boxes for item in box.items)

    @property
    def pieces_in(self) -> int:
        """How many of them are in."""
        return sum(item.put for box in self.boxes for item in box.items)

    @property
    def is_full(self) -> bool:
        """Everything is where it belongs."""
        return self.pieces_in >= self.pieces

    @property
    def missing(self) -> list[Item]:
        """What is not in yet."""
        return [item for box in self.boxes for item in box.items if not item.is_in]

    def parcels(self) -> list[ParcelContents]:
        """Return what is in, box by box, as the shipment is packed; empty boxes are left out.

        :raises ValueError: a weight is not a number of grams.
        """
        return [
            ParcelContents(
                contents=_sums((i.thing.order_line_id, i.put) for i in box.items),
                extras=_sums(
                    (i.thing.variant_id, i.put) for i in box.items if i.thing.order_line_id is None
                ),
                box_id=UUID(box.box_id) if box.box_id else None,
                weight_grams=box.weight_grams,
                carrier=box.service.partition("|")[0],
                service_level=box.service.partition("|")[2],
                tracking_number=box.number,
            )
            for box in self.boxes
            if any(item.put for item in box.items)
        ]


def _sums(pairs: Iterable[tuple[UUID | None, int]]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for key, pieces in pairs:
        if key is not None and pieces:
            found[key] = found.get(key, 0) + pieces
    return found


def key_of(thing: PackedThing) -> str:
    """Return how the form names a thing: by its order line, or an extra by its variant."""
    if thing.order_line_id is not None:
        return f"l{thing.order_line_id.hex}"
    return f"x{thing.variant_id.hex if thing.variant_id else ''}"


def lay_table(plan: PackingPlan, service: str) -> Table:
    """Lay the table as the plan proposes, with nothing in the boxes yet.

    :param service: "carrier|level" that the order's shipping method asks for.
    """
    boxes = [
        Box(
            items=[Item(key_of(thing), thing, thing.quantity) for thing in parcel.things],
            box_id=str(parcel.box.id) if parcel.box else "",
            weight=str(parcel.weight_grams or ""),
            planned_grams=parcel.weight_grams,
            service=service,
            instructions=parcel.instructions,
        )
        for parcel in plan.parcels
    ]
    return Table(boxes, _signature(plan))


def _signature(plan: PackingPlan) -> str:
    wanted = _wanted(plan)
    text = ",".join(f"{key}:{pieces}" for key, (_thing, pieces) in sorted(wanted.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _wanted(plan: PackingPlan) -> dict[str, tuple[PackedThing, int]]:
    """Return what the shipment holds: thing and pieces by key."""
    found: dict[str, tuple[PackedThing, int]] = {}
    for parcel in plan.parcels:
        for thing in parcel.things:
            before = found.get(key_of(thing), (thing, 0))[1]
            found[key_of(thing)] = (thing, before + thing.quantity)
    return found


def read_table(
    plan: PackingPlan, sent: Mapping[str, str], service: str, boxes: Sequence[BoxInfo]
) -> Table:
    """Lay the table again as it was sent; as planned (and ``stale``) when that fits no longer."""
    planned = lay_table(plan, service)
    count = _number(sent.get("boxes"), MOST_BOXES)
    wanted = _wanted(plan)
    known = {str(box.id) for box in boxes}
    found: list[Box] = []
    for nth in range(count):
        items = [item for key in wanted if (item := _item(sent, nth, key, wanted[key][0]))]
        if not items:
            continue
        like = planned.boxes[nth] if nth < len(planned.boxes) else None
        box_id = sent.get(f"b{nth}-box", "")
        found.append(
            Box(
                items=items,
                box_id=box_id if box_id in known else "",
                weight=sent.get(f"b{nth}-weight", "")[:20],
                service=sent.get(f"b{nth}-service", "")[:200],
                number=sent.get(f"b{nth}-number", "").strip()[:200],
                planned_grams=like.planned_grams if like else None,
                instructions=_care(plan, items),
            )
        )
    laid = Table(found, planned.signature)
    fits = sent.get("signature") == planned.signature and _totals(laid) == {
        key: pieces for key, (_thing, pieces) in wanted.items()
    }
    if not fits:
        planned.stale = True
        return planned
    return laid


def _totals(table: Table) -> dict[str, int]:
    found: dict[str, int] = {}
    for box in table.boxes:
        for item in box.items:
            found[item.key] = found.get(item.key, 0) + item.has
    return found


def _item(sent: Mapping[str, str], nth: int, key: str, thing: PackedThing) -> Item | None:
    name = f"b{nth}-{key}"
    has = _number(sent.get(f"{name}-has"), 100_000)
    if not has:
        return None
    put = min(_number(sent.get(f"{name}-put"), 100_000), has)
    if sent.get(f"{name}-all"):
        put = has
    elif sent.get(f"{name}-was") and put == has:
        put = 0  # the tick was taken away, and the figure beside it still says "all"
    return Item(key, thing, has, put)


def _number(text: str | None, most: int) -> int:
    # Cut: a number of thousands of digits is read by nobody, Python neither.
    return min(int(text[:9]), most) if text and text.isascii() and text.isdigit() else 0


def name_care(table: Table, plan: PackingPlan) -> None:
    """Say at each box what its things ask for, after they were moved about."""
    for box in table.boxes:
        box.instructions = _care(plan, box.items)


def _care(plan: PackingPlan, items: Sequence[Item]) -> tuple[PackingInstruction, ...]:
    """Return what the things in a box ask for, wherever the plan had put them.

    A handling class counts where a thing of it lies; a rule with what it was planned for.
    """
    keys = {item.key for item in items}
    classes = {one for item in items for one in item.thing.handling_classes}
    return tuple(
        dict.fromkeys(
            instruction
            for parcel in plan.parcels
            if keys & {key_of(thing) for thing in parcel.things}
            for instruction in parcel.instructions
            if instruction.cause not in _CLASSES or instruction.cause in classes
        )
    )


def count_scanned(table: Table, code: str) -> tuple[str, str]:
    """Count one piece of what was scanned.

    :returns: tone and words; ("", "") when no thing here has this code.
    """
    wanted = code.strip().casefold()
    here = [item for box in table.boxes for item in box.items if wanted in item.codes]
    if not here:
        return "", ""
    title = here[0].thing.title
    total = sum(item.has for item in here)
    for item in here:
        if not item.is_in:
            item.put += 1
            done = sum(one.put for one in here)
            return "ok", _("%(title)s: %(done)s of %(total)s") % {
                "title": title,
                "done": done,
                "total": total,
            }
    return "bad", ngettext(
        "Too many! %(title)s is in already. Put this one back.",
        "Too many! All %(total)s of %(title)s are in already. Put this one back.",
        total,
    ) % {"title": title, "total": total}


def take_number(table: Table, number: str) -> int | None:
    """Give a tracking number to the first box without one; returns which, from 1."""
    for nth, box in enumerate(table.boxes, 1):
        if not box.number:
            box.number = number
            return nth
    return None


def move(table: Table, nth: int, key: str, target: int, pieces: int) -> bool:
    """Move pieces of a thing from one box to another (or a new one after the last)."""
    if not (0 <= nth < len(table.boxes) and 0 <= target <= len(table.boxes)) or nth == target:
        return False
    item = next((one for one in table.boxes[nth].items if one.key == key), None)
    if item is None or not 0 < pieces <= item.has or len(table.boxes) >= MOST_BOXES:
        return False
    if target == len(table.boxes):
        table.boxes.append(Box(items=[], service=table.boxes[nth].service))
    goes_in = min(pieces, item.put)
    item.has, item.put = item.has - pieces, item.put - goes_in
    there = next((one for one in table.boxes[target].items if one.key == key), None)
    if there is None:
        table.boxes[target].items.append(Item(key, item.thing, pieces, goes_in))
    else:
        there.has, there.put = there.has + pieces, there.put + goes_in
    for box in table.boxes[nth], table.boxes[target]:
        box.weight = ""  # worked out for other contents
    _tidy(table)
    return True


def join(table: Table) -> None:
    """Put everything into the first box."""
    for nth in range(len(table.boxes) - 1, 0, -1):
        for item in list(table.boxes[nth].items):
            move(table, nth, item.key, 0, item.has)


def _tidy(table: Table) -> None:
    for box in table.boxes:
        box.items = [item for item in box.items if item.has]
    table.boxes = [box for box in table.boxes if box.items]
