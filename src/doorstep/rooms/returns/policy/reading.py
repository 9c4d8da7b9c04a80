"""Reading the policy's versions, rules and extensions for whoever edits them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.models.policy import (
    HolidayExtension,
    PolicyRule,
    PolicyVersion,
    WarrantyPolicy,
)
from doorstep.rooms.returns.policy.effects import Effects
from doorstep.rooms.returns.policy.matching import Matcher
from doorstep.rooms.returns.policy.reasons import read_reasons
from doorstep.rooms.returns.policy.shapes import (
    ExtensionInfo,
    RuleInfo,
    VersionDetail,
    VersionInfo,
    WarrantyInfo,
)
from doorstep.rooms.returns.policy.text.writing import Writing, effect_lines
from doorstep.rooms.returns.policy.versions import current_version, live_versions
from doorstep.rooms.stores import api as stores


def version_info(row: PolicyVersion) -> VersionInfo:
    """Turn a stored version into what crosses the wall."""
    return VersionInfo(
        row.id,
        row.number,
        row.note,
        row.covers_past,
        row.is_default,
        row.created_at,
        row.created_by,
        row.updated_at,
        row.live_from,
        row.published_by,
    )


def list_versions(*, at: datetime) -> tuple[VersionInfo, ...]:
    """List all versions, the draft first, then the latest; publishes the default if need be."""
    live_versions(at)
    return tuple(version_info(row) for row in PolicyVersion.objects.order_by("-number"))


def get_version(version_id: UUID) -> VersionDetail:
    """Return a whole version, switched-off rules too.

    :raises NotFound: there is no such version in this store.
    """
    row = PolicyVersion.objects.filter(id=version_id).first()
    if row is None:
        raise NotFound("There is no such version of the policy.")
    rules = PolicyRule.objects.filter(version=row).order_by("position")
    warranties = WarrantyPolicy.objects.filter(version=row).order_by("position")
    writing = _english()
    base = Effects.model_validate(row.base)
    return VersionDetail(
        version_info(row),
        base,
        tuple(effect_lines(base, writing, is_base=True)),
        tuple(_rule(one, writing) for one in rules),
        tuple(_warranty(one) for one in warranties),
    )


def get_live_version(*, at: datetime) -> VersionDetail:
    """Return the version that counts for an order placed now."""
    return get_version(current_version(at).id)


def find_draft() -> VersionInfo | None:
    """Return the draft, None while nobody works on one."""
    row = PolicyVersion.objects.filter(published_at__isnull=True).first()
    return version_info(row) if row else None


def _english() -> Writing:
    store = stores.get_store(current_store_id())
    reasons = {reason.code: reason.words for reason in read_reasons().all()}
    return Writing(store, "en", reasons)


def _rule(row: PolicyRule, writing: Writing) -> RuleInfo:
    effects = Effects.model_validate(row.effects)
    return RuleInfo(
        row.id,
        row.name,
        row.position,
        row.is_active,
        row.condition,
        Matcher.of(row.condition).words,
        effects,
        tuple(effect_lines(effects, writing)),
    )


def _warranty(row: WarrantyPolicy) -> WarrantyInfo:
    return WarrantyInfo(
        row.id,
        row.name,
        row.position,
        row.is_active,
        row.condition,
        Matcher.of(row.condition).words,
        row.months,
        tuple(row.resolutions),
        row.is_auto,
        row.needs_photos,
    )


def list_extensions() -> tuple[ExtensionInfo, ...]:
    """List holiday extensions, the latest first."""
    rows = HolidayExtension.objects.order_by("-orders_from", "-id")
    return tuple(
        ExtensionInfo(
            row.id,
            row.name,
            row.words,
            row.orders_from,
            row.orders_to,
            row.until_date,
            row.withdrawn_at,
        )
        for row in rows
    )
