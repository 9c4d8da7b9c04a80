"""Take stock over from a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory.actions.count_stock import set_stock
from doorstep.rooms.inventory.contracts import (
    LineError,
    MovementReason,
    StockCount,
    StockImportResult,
)
from doorstep.rooms.inventory.models import Location
from doorstep.rooms.inventory.rules.stock_files import StockLine, read_stock_file


@action("inventory.import_stock", permission="inventory.adjust", summary="Set stock from a file")
def import_stock(*, text: str, by: Actor, at: datetime) -> StockImportResult:
    """Set the numbers a CSV file names (columns sku, location, on_hand).

    Good lines count although others are wrong; each wrong one is told with its line and field.
    Without a location (no such column, or an empty cell) the first location by priority is
    meant. The same file again changes nothing.

    :raises Invalid: the file as a whole can't be read.
    """
    lines, errors = read_stock_file(text)
    counts, unknown = _find(lines)
    changed = set_stock(counts, reason=MovementReason.IMPORTED, at=at, by=by)
    errors = sorted([*errors, *unknown], key=lambda error: error.line)
    result = StockImportResult(
        len(lines) + len(errors) - len(unknown), changed, len(counts) - changed, tuple(errors)
    )
    audit.note(subject="stock", changes={"lines": [None, result.lines], "changed": [None, changed]})
    return result


def _find(lines: Sequence[StockLine]) -> tuple[list[StockCount], list[LineError]]:
    """Find each line's variant and location; a shelf named twice counts once."""
    skus = catalog.find_variants_by_sku(line.sku for line in lines)
    rows = Location.objects.order_by("priority", "id").values_list("name", "id")
    locations: dict[str, UUID] = {}
    for name, location_id in rows:
        locations.setdefault("", location_id)
        locations.setdefault(name.casefold(), location_id)
    counts: dict[tuple[UUID, UUID], StockCount] = {}
    errors: list[LineError] = []
    for line in lines:
        variant = skus.get(line.sku)
        location = locations.get(line.location.casefold())
        if variant is None:
            errors.append(LineError(line.line, "sku", f"No variant has the sku “{line.sku}”."))
        elif location is None:
            named = f"There is no location “{line.location}”." if line.location else ""
            errors.append(LineError(line.line, "location", named or "There is no location yet."))
        elif (variant, location) in counts:
            errors.append(LineError(line.line, "sku", "This shelf stood in the file already."))
        else:
            counts[variant, location] = StockCount(variant, location, line.on_hand)
    return list(counts.values()), errors
