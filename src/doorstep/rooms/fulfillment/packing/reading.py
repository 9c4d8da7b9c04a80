"""Reading how a store packs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db.models import Count

from doorstep.kernel.conditions.api import Condition, InvalidCondition, describe, parse
from doorstep.kernel.errors import NotFound
from doorstep.rooms.fulfillment.contracts import BoxInfo, Size
from doorstep.rooms.fulfillment.models.packing import (
    Box,
    HandlingProfile,
    PackingRule,
    PackingSettings,
    SampleGiven,
    VariantHandling,
)
from doorstep.rooms.fulfillment.packing.effects import Effects
from doorstep.rooms.fulfillment.packing.shapes import (
    GivenSample,
    PackingOptions,
    PackingRuleInfo,
)
from doorstep.rooms.fulfillment.rules.handling import STARTING, Handling


def box_info(row: Box) -> BoxInfo:
    """Return a box."""
    return BoxInfo(
        id=row.id,
        name=row.name,
        size=Size(row.length_mm, row.width_mm, row.height_mm),
        max_weight_grams=row.max_weight_grams,
        tare_grams=row.tare_grams,
        is_premium=row.is_premium,
        is_active=row.is_active,
    )


def list_boxes() -> list[BoxInfo]:
    """List the store's boxes, those in use first, by name."""
    return [box_info(row) for row in Box.objects.order_by("-is_active", "name")]


def get_handling() -> dict[str, Handling]:
    """Return the store's instructions for each handling class; where it has none, ours."""
    own = {
        row.handling_class: Handling(
            handling_class=row.handling_class,
            container=row.container,
            infill=row.infill,
            cold_packs=row.cold_packs,
            is_insured=row.is_insured,
            carrier_note=row.carrier_note,
            words=row.words,
        )
        for row in HandlingProfile.objects.all()
    }
    return {**STARTING, **own}


def get_variant_handling(variant_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return the classes variants always have, in one query; none are left out."""
    found: dict[UUID, list[str]] = defaultdict(list)
    if variant_ids:
        rows = VariantHandling.objects.filter(variant_id__in=set(variant_ids))
        for variant_id, one in rows.order_by("handling_class").values_list(
            "variant_id", "handling_class"
        ):
            found[variant_id].append(one)
    return {variant_id: tuple(classes) for variant_id, classes in found.items()}


def get_packing_options() -> PackingOptions:
    """Return how the store packs; the defaults where it never said."""
    row = PackingSettings.objects.first()
    if row is None:
        return PackingOptions()
    return PackingOptions(
        premium_from_minor=row.premium_from_minor,
        return_policy=row.return_policy,
        is_invoice=row.is_invoice,
        tax_id=row.tax_id,
        paper=row.paper,
    )


def rule_info(row: PackingRule) -> PackingRuleInfo:
    """Return a rule; one whose facts are gone says so instead of failing."""
    when, problem = "", ""
    try:
        when = describe(parse(row.condition, row.scope).root)
    except InvalidCondition as error:
        problem = str(error)
    return PackingRuleInfo(
        id=row.id,
        name=row.name,
        is_active=row.is_active,
        scope=row.scope,
        condition=row.condition,
        when=when,
        effects=Effects.model_validate(row.effects),
        problem=problem,
    )


def list_packing_rules() -> list[PackingRuleInfo]:
    """List the rules in the order in which they are applied."""
    return [rule_info(row) for row in PackingRule.objects.order_by("position", "id")]


def get_packing_rule(rule_id: UUID) -> PackingRuleInfo:
    """Return a rule. :raises NotFound: there is none in this store."""
    row = PackingRule.objects.filter(id=rule_id).first()
    if row is None:
        raise NotFound("There is no such packing rule.")
    return rule_info(row)


def active_rules() -> list[tuple[PackingRuleInfo, Condition]]:
    """Return the rules in force with their conditions; those that can't be decided are left out."""
    found = []
    for row in PackingRule.objects.filter(is_active=True).order_by("position", "id"):
        info = rule_info(row)
        if not info.problem:
            found.append((info, parse(row.condition, row.scope)))
    return found


def list_samples_given() -> list[GivenSample]:
    """List the samples that went out, with the number of people, most first."""
    rows = SampleGiven.objects.values("variant_id").annotate(people=Count("id"))
    return [GivenSample(row["variant_id"], row["people"]) for row in rows.order_by("-people")]
