"""What can be done to the way a store packs: boxes, handling classes, rules, papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.conditions.api import InvalidCondition, parse
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.fulfillment.contracts import BoxInfo, HandlingClass
from doorstep.rooms.fulfillment.models.packing import (
    Box,
    HandlingProfile,
    PackingRule,
    PackingSettings,
    VariantHandling,
)
from doorstep.rooms.fulfillment.packing.effects import MAX_WORDS, Effects, read_effects
from doorstep.rooms.fulfillment.packing.reading import box_info, get_packing_options, rule_info
from doorstep.rooms.fulfillment.packing.shapes import PackingOptions, PackingRuleInfo
from doorstep.rooms.fulfillment.rules.handling import Handling

MAX_SIDE_MM = 100_000
MAX_GRAMS = 2_000_000_000
MAX_RULES = 100
_CLASSES = {one.value for one in HandlingClass}


def _line(text: str, field: str, *, longest: int = MAX_WORDS, needed: bool = False) -> str:
    found = text.replace("\x00", "").strip()
    if needed and not found:
        raise Invalid("Give it a name.", field=field)
    if len(found) > longest:
        raise Invalid(f"Keep it under {longest} characters.", field=field)
    return found


def _between(value: int, low: int, high: int, field: str) -> int:
    if not low <= value <= high:
        raise Invalid(f"Give a whole number from {low:,} to {high:,}.", field=field)
    return value


@action("fulfillment.save_box", permission="settings.edit", summary="Add or change a box")
def save_box(
    *,
    box_id: UUID | None = None,
    name: str,
    length_mm: int,
    width_mm: int,
    height_mm: int,
    max_weight_grams: int,
    tare_grams: int = 0,
    is_premium: bool = False,
    is_active: bool = True,
    by: Actor,
    at: datetime,
) -> BoxInfo:
    """Add a box, or change the one named; sides are its inside.

    :raises Invalid: a side or weight that can't be.
    :raises NotFound: there is no such box in this store.
    :raises Conflict: another box has the name.
    """
    values: dict[str, Any] = {
        "name": _line(name, "name", longest=120, needed=True),
        "length_mm": _between(length_mm, 1, MAX_SIDE_MM, "length_mm"),
        "width_mm": _between(width_mm, 1, MAX_SIDE_MM, "width_mm"),
        "height_mm": _between(height_mm, 1, MAX_SIDE_MM, "height_mm"),
        "max_weight_grams": _between(max_weight_grams, 1, MAX_GRAMS, "max_weight_grams"),
        "tare_grams": _between(tare_grams, 0, MAX_GRAMS, "tare_grams"),
        "is_premium": is_premium,
        "is_active": is_active,
    }
    row = Box(store_id=current_store_id(), created_at=at)
    if box_id is not None:
        row = _found(Box.objects.select_for_update().filter(id=box_id).first(), "box")
    changes = {name: [getattr(row, name), value] for name, value in values.items()}
    for field, value in values.items():
        setattr(row, field, value)
    _save(row, "Another box has this name.")
    audit.note(subject=f"box:{row.id}", changes=_changed(changes))
    return box_info(row)


def _found(row: Any, what: str) -> Any:
    if row is None:
        raise NotFound(f"There is no such {what}.")
    return row


def _changed(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: pair for name, pair in changes.items() if pair[0] != pair[1]}


def _save(row: Any, taken: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "_name" not in str(error):
            raise
        raise Conflict(taken, field="name") from None


@action(
    "fulfillment.change_handling",
    permission="settings.edit",
    summary="Change what a handling class asks of the packer",
)
def change_handling(*, handling: Handling, by: Actor, at: datetime) -> Handling:
    """Write the store's own instructions for one class.

    :raises Invalid: unknown class, a text too long, more than 50 cold packs.
    """
    name = str(handling.handling_class)
    if name not in _CLASSES:
        raise Invalid("There is no such handling class.", field="handling_class")
    values: dict[str, Any] = {
        "container": _line(handling.container, "container"),
        "infill": _line(handling.infill, "infill"),
        "cold_packs": _between(handling.cold_packs, 0, 50, "cold_packs"),
        "is_insured": handling.is_insured,
        "carrier_note": _line(handling.carrier_note, "carrier_note"),
        "words": _line(handling.words, "words"),
    }
    HandlingProfile.objects.update_or_create(
        store_id=current_store_id(), handling_class=name, defaults=values
    )
    audit.note(subject=f"handling:{name}", changes={k: [None, v] for k, v in values.items()})
    return Handling(handling_class=name, **values)


@action(
    "fulfillment.set_variant_handling",
    permission="inventory.adjust",
    summary="Say which handling classes a variant has",
)
def set_variant_handling(
    *, variant_id: UUID, handling_classes: Sequence[str], by: Actor, at: datetime
) -> tuple[str, ...]:
    """Replace the classes a variant always has.

    :raises NotFound: there is no such variant in this store.
    :raises Invalid: unknown class.
    """
    wanted = {str(one) for one in handling_classes}
    if wanted - _CLASSES:
        raise Invalid("There is no such handling class.", field="handling_classes")
    catalog.get_variant(variant_id)
    rows = VariantHandling.objects.filter(variant_id=variant_id)
    before = sorted(rows.values_list("handling_class", flat=True))
    rows.exclude(handling_class__in=wanted).delete()
    VariantHandling.objects.bulk_create(
        [
            VariantHandling(store_id=current_store_id(), variant_id=variant_id, handling_class=one)
            for one in sorted(wanted)
        ],
        ignore_conflicts=True,
    )
    audit.note(
        subject=f"variant:{variant_id}", changes={"handling_classes": [before, sorted(wanted)]}
    )
    return tuple(sorted(wanted))


@action(
    "fulfillment.save_packing_rule", permission="settings.edit", summary="Change a packing rule"
)
def save_packing_rule(
    *,
    rule_id: UUID | None = None,
    name: str,
    scope: str,
    condition: Any,
    effects: Any,
    is_active: bool = True,
    by: Actor,
    at: datetime,
) -> PackingRuleInfo:
    """Add a rule at the end, or change the one named.

    :param condition: a document of kernel conditions about the subject ``scope``.
    :param effects: in the shape of ``packing.effects.Effects``.
    :raises Invalid: a condition or effect that makes no sense, a variant that is not the store's.
    :raises Conflict: another rule has the name, or there are 100 already.
    """
    if scope not in ("order", "line"):
        raise Invalid("A rule looks at orders or at lines.", field="scope")
    try:
        parsed = parse(condition, scope)
    except InvalidCondition as error:
        raise Invalid(str(error), field="condition") from None
    checked = read_effects(effects)
    _check_variants(checked)
    row = PackingRule(store_id=current_store_id(), created_at=at)
    if rule_id is not None:
        row = _found(PackingRule.objects.select_for_update().filter(id=rule_id).first(), "rule")
    else:
        last = PackingRule.objects.aggregate(last=Max("position"))["last"]
        row.position = 1 if last is None else last + 1
        if PackingRule.objects.count() >= MAX_RULES:
            raise Conflict(f"There are {MAX_RULES} rules already: delete or join some.")
    row.name, row.scope = _line(name, "name", longest=120, needed=True), scope
    row.condition, row.effects = parsed.to_json(), checked.model_dump(mode="json")
    row.is_active, row.updated_at = is_active, at
    _save(row, "Another rule has this name.")
    audit.note(subject=f"packing_rule:{row.id}", changes={"condition": [None, row.condition]})
    return rule_info(row)


def _check_variants(effects: Effects) -> None:
    named = [*effects.samples, *([effects.bonus] if effects.bonus else [])]
    known = catalog.get_variants(named)
    if any(variant_id not in known for variant_id in named):
        field = "bonus" if effects.bonus not in (None, *known) else "samples"
        raise Invalid("This item is not in the catalog (any more).", field=field)


@action(
    "fulfillment.delete_packing_rule", permission="settings.edit", summary="Delete a packing rule"
)
def delete_packing_rule(*, rule_id: UUID, by: Actor, at: datetime) -> None:
    """Delete a rule; what it decided before stays. :raises NotFound: there is none."""
    if not PackingRule.objects.filter(id=rule_id).delete()[0]:
        raise NotFound("There is no such packing rule.")
    audit.note(subject=f"packing_rule:{rule_id}")


@action(
    "fulfillment.move_packing_rule",
    permission="settings.edit",
    summary="Apply a packing rule earlier or later",
)
def move_packing_rule(*, rule_id: UUID, is_earlier: bool, by: Actor, at: datetime) -> None:
    """Let a rule and its neighbor change places. :raises NotFound: there is no such rule."""
    rows = list(PackingRule.objects.select_for_update().order_by("position", "id"))
    places = [row.id for row in rows]
    if rule_id not in places:
        raise NotFound("There is no such packing rule.")
    here = places.index(rule_id)
    there = max(here - 1, 0) if is_earlier else min(here + 1, len(rows) - 1)
    rows[here], rows[there] = rows[there], rows[here]
    for place, row in enumerate(rows, 1):
        row.position = place
    PackingRule.objects.bulk_update(rows, ["position"])
    audit.note(subject=f"packing_rule:{rule_id}")


@action(
    "fulfillment.change_packing_options",
    permission="settings.edit",
    summary="Change how the store packs and what its papers say",
)
def change_packing_options(*, options: PackingOptions, by: Actor, at: datetime) -> PackingOptions:
    """Write the store's settings for packing.

    :raises Invalid: an invoice without tax id, an unknown paper, an amount below 0.
    """
    values = asdict(options)
    values["return_policy"] = _line(options.return_policy, "return_policy", longest=2_000)
    values["tax_id"] = _line(options.tax_id, "tax_id", longest=80)
    if options.is_invoice and not values["tax_id"]:
        raise Invalid("An invoice needs your tax id: write it here.", field="tax_id")
    if options.paper not in ("a4", "us-letter"):
        raise Invalid("Papers are A4 or US Letter.", field="paper")
    if options.premium_from_minor is not None and not 0 <= options.premium_from_minor < 2**53:
        raise Invalid("Give an amount from 0.", field="premium_from_minor")
    before = asdict(get_packing_options())
    PackingSettings.objects.update_or_create(store_id=current_store_id(), defaults=values)
    audit.note(
        subject=f"store:{current_store_id()}",
        changes=_changed({name: [before[name], value] for name, value in values.items()}),
    )
    return get_packing_options()
