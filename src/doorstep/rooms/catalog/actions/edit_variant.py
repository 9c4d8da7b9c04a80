"""Change a variant by hand, and start counting its stock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.rooms.catalog.actions.resolve_variants import clean, size
from doorstep.rooms.catalog.contracts import SizeMm, VariantInfo
from doorstep.rooms.catalog.events import VariantUntracked
from doorstep.rooms.catalog.models import Variant
from doorstep.rooms.catalog.queries import get_variant

_LONGEST_DAYS = 3650


@action(
    "catalog.edit_variant",
    permission="inventory.adjust",
    summary="Change a variant's sku, weight, size, barcode, production time or whether its stock is counted",
)
def edit_variant(
    *,
    variant_id: UUID,
    sku: str | None = None,
    weight_grams: int | None = None,
    is_tracked: bool | None = None,
    is_active: bool | None = None,
    production_days: tuple[int, int] | None = None,
    made_to_order: bool | None = None,
    barcode: str | None = None,
    size_mm: SizeMm | None = None,
    clear_size: bool = False,
    by: Actor,
    at: datetime,
) -> VariantInfo:
    """Change what is given; ``None`` leaves a field.

    :param production_days: fewest and most days until a made-to-order piece is ready.
    :param made_to_order: ``False`` takes the production days away.
    :param size_mm: length, width and height as it is packed.
    :param clear_size: the size is not known any more.
    :raises NotFound: there is no such variant in this store.
    :raises Invalid: days the wrong way round, or a weight below 0.
    :raises Conflict: the sku is another variant's.
    """
    row = Variant.objects.select_for_update().filter(id=variant_id).first()
    if row is None:
        raise NotFound("There is no such variant.")
    if weight_grams is not None and not 0 <= weight_grams <= 2_000_000_000:
        raise Invalid("A weight is a number of grams from 0.", field="weight_grams")
    wanted: dict[str, Any] = {
        "sku": clean(sku) if sku is not None else None,
        "weight_grams": weight_grams,
        "barcode": clean(barcode, 80) if barcode is not None else None,
        "is_tracked": is_tracked,
        "is_active": is_active,
    }
    wanted = {field: value for field, value in wanted.items() if value is not None}
    wanted |= _days(production_days, made_to_order) | _size(size_mm, clear_size)
    changed = {f: [getattr(row, f), v] for f, v in wanted.items() if getattr(row, f) != v}
    for field, (_, value) in changed.items():
        setattr(row, field, value)
    row.updated_at = at
    try:
        with transaction.atomic():
            row.save(update_fields=[*changed, "updated_at"])
    except IntegrityError:
        raise Conflict("Another variant has this sku.", field="sku") from None
    if changed.get("is_tracked") == [True, False]:
        subject = f"variant:{variant_id}"
        publish(VariantUntracked(variant_id), key=variant_id, at=at, by=by, subject=subject)
    audit.note(subject=f"variant:{variant_id}", changes=changed)
    return get_variant(variant_id)


def _size(sides: SizeMm | None, clear: bool) -> dict[str, Any]:
    names = ("length_mm", "width_mm", "height_mm")
    if clear:
        return dict.fromkeys(names)
    if sides is None:
        return {}
    if size(sides) is None:
        raise Invalid(
            "Give length, width and height, each from 1 to 100,000 millimeters.", field="size_mm"
        )
    return dict(zip(names, sides, strict=True))


def _days(days: tuple[int, int] | None, made_to_order: bool | None) -> dict[str, Any]:
    if made_to_order is False:
        return {"production_days_min": None, "production_days_max": None}
    if days is None:
        if made_to_order:
            raise Invalid("Say how many days it takes.", field="production_days")
        return {}
    low, high = days
    if not 0 <= low <= high <= _LONGEST_DAYS:
        raise Invalid("Give the fewest days first, then the most.", field="production_days")
    return {"production_days_min": low, "production_days_max": high}


def track_variants(variant_ids: Iterable[UUID], *, at: datetime) -> None:
    """Start counting the stock of variants (the inventory room, at their first count)."""
    wanted = sorted(set(variant_ids))
    rows = Variant.objects.select_for_update(no_key=True).filter(id__in=wanted, is_tracked=False)
    untracked = list(rows.order_by("id").values_list("id", flat=True))
    if untracked:
        Variant.objects.filter(id__in=untracked).update(is_tracked=True, updated_at=at)
