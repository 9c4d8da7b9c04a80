"""How returns are handled in a store, and what sends them to a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.conditions.api import InvalidCondition, parse
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.returns.contracts import PartInfo, ReturnSettings, ReviewRuleInfo
from doorstep.rooms.returns.flow.reviewing import SUBJECT
from doorstep.rooms.returns.models import ReplacementPart, ReturnRules, ReviewRule


@action(
    "returns.change_settings", permission="returns.policy", summary="Change how returns are handled"
)
def change_settings(*, settings: ReturnSettings, by: Actor, at: datetime) -> ReturnSettings:
    """Set days, the address of returns and what stands beside it.

    :raises Invalid: a figure that makes no sense; ``field`` says which.
    """
    spans = {"valid_days": (1, 365), "remind_days": (0, 60), "missing_days": (1, 120)}
    for field, (low, high) in spans.items():
        if not low <= getattr(settings, field) <= high:
            raise Invalid(f"Give {low} to {high} days.", field=field)
    if settings.standard_shipping_minor is not None and settings.standard_shipping_minor < 0:
        raise Invalid("Enter an amount of 0 or more.", field="standard_shipping_minor")
    for field in ("address", "instructions"):
        if len(getattr(settings, field)) > 2000:
            raise Invalid("Keep it below 2000 characters.", field=field)
    ReturnRules.objects.update_or_create(
        store_id=current_store_id(),
        defaults={
            "valid_days": settings.valid_days,
            "remind_days": settings.remind_days,
            "missing_days": settings.missing_days,
            "address": settings.address.strip(),
            "instructions": settings.instructions.strip(),
            "standard_shipping_minor": settings.standard_shipping_minor,
            "changed_at": at,
            "changed_by": by.key,
        },
    )
    audit.note(subject="returns", changes={"valid_days": [None, settings.valid_days]})
    return settings


@action(
    "returns.save_review_rule",
    permission="returns.policy",
    summary="Say which returns a person looks at",
)
def save_review_rule(
    *,
    name: str,
    condition: dict[str, Any],
    words: str,
    is_active: bool = True,
    rule_id: UUID | None = None,
    by: Actor,
    at: datetime,
) -> ReviewRuleInfo:
    """Keep a condition over the customer that sends a return to a person.

    :param words: the reason, as the team reads it.
    :raises Invalid: no name or words, or the condition is none.
    :raises NotFound: no such rule.
    :raises Conflict: the name is taken.
    """
    if not name.strip() or not words.strip():
        raise Invalid("Give it a name and a reason.", field="name")
    try:
        canonical = parse(condition, SUBJECT).to_json()
    except InvalidCondition as error:
        raise Invalid(str(error), field="condition") from None
    row = ReviewRule(store_id=current_store_id())
    if rule_id is not None:
        found = ReviewRule.objects.filter(id=rule_id).first()
        if found is None:
            raise NotFound("There is no such rule.")
        row = found
    row.name, row.words = name.strip()[:100], words.strip()[:300]
    row.condition, row.is_active = canonical, is_active
    row.changed_at, row.changed_by = at, by.key
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict(f"A rule is called “{row.name}” already.", field="name") from None
    audit.note(subject="returns", changes={"review_rule": [None, row.name]})
    return review_rule_info(row)


@action("returns.delete_review_rule", permission="returns.policy", summary="Delete a review rule")
def delete_review_rule(*, rule_id: UUID, by: Actor, at: datetime) -> None:
    """Delete a rule; returns that wait for a person go on waiting.

    :raises NotFound: no such rule.
    """
    if not ReviewRule.objects.filter(id=rule_id).delete()[0]:
        raise NotFound("There is no such rule.")
    audit.note(subject="returns", changes={"review_rule": [str(rule_id), None]})


def list_review_rules() -> list[ReviewRuleInfo]:
    """List the store's rules by name."""
    return [review_rule_info(row) for row in ReviewRule.objects.order_by("name")]


def review_rule_info(row: ReviewRule) -> ReviewRuleInfo:
    """Return a rule as others see it."""
    condition: Mapping[str, Any] = row.condition
    return ReviewRuleInfo(row.id, row.name, condition, row.words, row.is_active)


@action("returns.save_part", permission="returns.policy", summary="Add a replacement part")
def save_part(
    *,
    product_id: UUID,
    variant_id: UUID,
    name: str,
    note: str = "",
    by: Actor,
    at: datetime,
) -> PartInfo:
    """Say that a variant is a part of a product; the same again changes its words.

    :raises NotFound: no such product or variant.
    :raises Invalid: no name, or a product that is its own part.
    """
    if not name.strip():
        raise Invalid("Give the part a name.", field="name")
    variant = catalog.get_variants([variant_id]).get(variant_id)
    if variant is None or product_id not in catalog.get_products([product_id]):
        raise NotFound("There is no such product.")
    if variant.product_id == product_id:
        raise Invalid("A product is no part of itself.", field="variant_id")
    row, _ = ReplacementPart.objects.update_or_create(
        store_id=current_store_id(),
        product_id=product_id,
        variant_id=variant_id,
        defaults={
            "name": name.strip()[:100],
            "note": note.strip()[:500],
            "changed_at": at,
            "changed_by": by.key,
        },
    )
    audit.note(subject=f"product:{product_id}", changes={"part": [None, row.name]})
    return PartInfo(row.id, product_id, variant_id, row.name, row.note)


@action("returns.delete_part", permission="returns.policy", summary="Remove a replacement part")
def delete_part(*, part_id: UUID, by: Actor, at: datetime) -> None:
    """Take a part off its product; those that were sent stay sent. :raises NotFound: no such part."""
    if not ReplacementPart.objects.filter(id=part_id).delete()[0]:
        raise NotFound("There is no such part.")
    audit.note(subject="returns", changes={"part": [str(part_id), None]})


def list_parts(product_ids: list[UUID] | None = None) -> list[PartInfo]:
    """List replacement parts, of some products where given, by name."""
    rows = ReplacementPart.objects.order_by("name", "id")
    if product_ids is not None:
        rows = rows.filter(product__in=product_ids)
    return [PartInfo(r.id, r.product_id, r.variant_id, r.name, r.note) for r in rows]
