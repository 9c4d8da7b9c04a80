"""Changing the policy: a draft is begun, edited and published; a published one never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from doorstep.rooms.returns.contracts import Outcome
from doorstep.rooms.returns.models.policy import (
    PolicyReplay,
    PolicyRule,
    PolicyVersion,
    WarrantyPolicy,
)
from doorstep.rooms.returns.policy.effects import read_effects
from doorstep.rooms.returns.policy.reading import version_info
from doorstep.rooms.returns.policy.shapes import VersionInfo
from doorstep.rooms.returns.policy.versions import current_version, live_versions

MAX_RULES = 100
PERMISSION = "returns.policy"


def read_name(text: str, field: str = "name", longest: int = 120) -> str:
    """Check a name people type. :raises Invalid: it is empty or too long."""
    found = text.replace("\x00", "").strip()
    if not found:
        raise Invalid("Give it a name.", field=field)
    if len(found) > longest:
        raise Invalid(f"Keep it under {longest} characters.", field=field)
    return found


def read_condition(document: Any) -> dict[str, Any]:
    """Return the canonical form of a condition. :raises Invalid: it does not work."""
    try:
        return parse(document, "return_line").to_json()
    except InvalidCondition as error:
        raise Invalid(str(error), field="condition") from None


@action("returns.begin_policy", permission=PERMISSION, summary="Begin a draft of the policy")
def begin_policy(*, version_id: UUID | None = None, by: Actor, at: datetime) -> VersionInfo:
    """Copy a version (the live one where none is named) into a draft, or return the draft.

    :raises NotFound: there is no such version.
    :raises Conflict: there is a draft already, and another version is to be copied.
    """
    live_versions(at)
    draft = _draft()
    if draft is not None:
        if version_id is not None:
            raise Conflict("There is a draft already: publish or discard it first.")
        return version_info(draft)
    wanted = version_id or current_version(at).id
    source = PolicyVersion.objects.filter(id=wanted).first()
    if source is None:
        raise NotFound("There is no such version of the policy.")
    return version_info(_copy(source, by, at))


def _draft() -> PolicyVersion | None:
    return PolicyVersion.objects.select_for_update().filter(published_at__isnull=True).first()


def _copy(source: PolicyVersion, by: Actor, at: datetime) -> PolicyVersion:
    last = PolicyVersion.objects.aggregate(last=Max("number"))["last"]
    row = PolicyVersion(
        store_id=source.store_id,
        number=last + 1,
        base=source.base,
        copied_from=source,
        created_at=at,
        created_by=by.key,
        updated_at=at,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict("Somebody else began a draft just now: load the page again.") from None
    models: tuple[type[Any], ...] = (PolicyRule, WarrantyPolicy)
    for model in models:
        copies = list(model.objects.filter(version=source).order_by("position"))
        for one in copies:
            one.pk = None
            one.id = model._meta.get_field("id").get_default()
            one.version = row
            one._state.adding = True
        model.objects.bulk_create(copies)
    audit.note(subject=f"policy:{row.id}", changes={"copied_from": [None, source.number]})
    return row


def _open_draft(at: datetime) -> PolicyVersion:
    """Return the draft, locked, and mark it as changed. :raises Conflict: there is none."""
    draft = _draft()
    if draft is None:
        raise Conflict("There is no draft: begin one first. What is published can’t be changed.")
    draft.updated_at = at
    draft.save(update_fields=["updated_at"])
    return draft


@action("returns.discard_policy", permission=PERMISSION, summary="Discard the policy's draft")
def discard_policy(*, by: Actor, at: datetime) -> None:
    """Delete the draft.

    Replays of it go with it. :raises Conflict: there is none.
    """
    draft = _open_draft(at)
    PolicyReplay.objects.filter(version=draft).delete()
    number = draft.number
    draft.delete()
    audit.note(subject=f"policy:{draft.id}", changes={"discarded": [number, None]})


@action(
    "returns.change_policy_base",
    permission=PERMISSION,
    summary="Change what the policy says in general",
)
def change_policy_base(*, base: Any, by: Actor, at: datetime) -> VersionInfo:
    """Write the base of the draft.

    :param base: all effects, in the shape of ``policy.effects.Effects``.
    :raises Invalid: something is missing or makes no sense.
    :raises Conflict: there is no draft.
    """
    checked = read_effects(base, is_base=True)
    if not checked.offers:
        raise Invalid(
            "Offer at least one outcome, or call everything a final sale.", field="offers"
        )
    draft = _open_draft(at)
    before, draft.base = draft.base, checked.to_json()
    draft.save(update_fields=["base"])
    audit.note(subject=f"policy:{draft.id}", changes={"base": [before, draft.base]})
    return version_info(draft)


@action("returns.save_policy_rule", permission=PERMISSION, summary="Add or change a policy rule")
def save_policy_rule(
    *,
    rule_id: UUID | None = None,
    name: str,
    condition: Any,
    effects: Any,
    is_active: bool = True,
    by: Actor,
    at: datetime,
) -> UUID:
    """Add a rule at the end of the draft, or change one of it; returns the rule's id.

    :raises Invalid: a condition or effects that make no sense.
    :raises NotFound: the draft has no such rule.
    :raises Conflict: there is no draft, the name is taken, or there are 100 rules already.
    """
    values = {
        "name": read_name(name),
        "condition": read_condition(condition),
        "effects": read_effects(effects).to_json(),
        "is_active": is_active,
    }
    return _save(PolicyRule, rule_id, values, at)


def _save(
    model: type[PolicyRule] | type[WarrantyPolicy],
    row_id: UUID | None,
    values: Mapping[str, Any],
    at: datetime,
) -> UUID:
    draft = _open_draft(at)
    rows = model.objects.filter(version=draft)
    row: PolicyRule | WarrantyPolicy | None
    if row_id is None:
        if rows.count() >= MAX_RULES:
            raise Conflict(f"There are {MAX_RULES} already: delete or join some.")
        last = rows.aggregate(last=Max("position"))["last"] or 0
        row = model(store_id=current_store_id(), version=draft, position=last + 1)
    else:
        row = rows.filter(id=row_id).first()
    if row is None:
        raise NotFound("The draft has no such rule (any more).")
    changes = {name: [getattr(row, name), value] for name, value in values.items()}
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "_name" not in str(error):
            raise
        raise Conflict("Another one has this name.", field="name") from None
    changed = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    audit.note(subject=f"policy:{draft.id}", changes=changed)
    return row.id


@action("returns.delete_policy_rule", permission=PERMISSION, summary="Delete a policy rule")
def delete_policy_rule(*, rule_id: UUID, by: Actor, at: datetime) -> None:
    """Take a rule out of the draft. :raises NotFound: it has none of that id."""
    _delete(PolicyRule, rule_id, at)


def _delete(model: type[PolicyRule] | type[WarrantyPolicy], row_id: UUID, at: datetime) -> None:
    draft = _open_draft(at)
    row = model.objects.filter(version=draft, id=row_id).first()
    if row is None:
        raise NotFound("The draft has no such rule (any more).")
    audit.note(subject=f"policy:{draft.id}", changes={"deleted": [row.name, None]})
    row.delete()


@action(
    "returns.move_policy_rule", permission=PERMISSION, summary="Ask a policy rule earlier or later"
)
def move_policy_rule(*, rule_id: UUID, is_earlier: bool, by: Actor, at: datetime) -> None:
    """Let a rule and its neighbor change places. :raises NotFound: the draft has none such."""
    _move(PolicyRule, rule_id, is_earlier, at)


def _move(model: type[Any], row_id: UUID, is_earlier: bool, at: datetime) -> None:
    draft = _open_draft(at)
    rows = list(model.objects.filter(version=draft).order_by("position"))
    places = [row.id for row in rows]
    if row_id not in places:
        raise NotFound("The draft has no such rule (any more).")
    here = places.index(row_id)
    there = max(here - 1, 0) if is_earlier else min(here + 1, len(rows) - 1)
    rows[here], rows[there] = rows[there], rows[here]
    for place, row in enumerate(rows, 1):
        row.position = place
    model.objects.bulk_update(rows, ["position"])
    audit.note(subject=f"policy:{draft.id}", changes={"moved": [here + 1, there + 1]})


@action("returns.save_warranty", permission=PERMISSION, summary="Add or change a warranty")
def save_warranty(
    *,
    warranty_id: UUID | None = None,
    name: str,
    condition: Any,
    months: int,
    resolutions: Sequence[str],
    is_auto: bool = False,
    needs_photos: int = 1,
    is_active: bool = True,
    by: Actor,
    at: datetime,
) -> UUID:
    """Add a warranty to the draft, or change one of it; returns its id.

    :param months: from delivery, 1 to 1200.
    :param resolutions: outcomes, the best for the shopper first.
    :raises Invalid: no resolution, one that is none, months out of range.
    :raises Conflict: there is no draft, or the name is taken.
    """
    wanted = list(dict.fromkeys(resolutions))
    if not wanted or set(wanted) - {one.value for one in Outcome}:
        raise Invalid("Choose at least one thing you offer.", field="resolutions")
    if not 1 <= months <= 1_200:
        raise Invalid("Give a number of months from 1 to 1,200.", field="months")
    if not 0 <= needs_photos <= 10:
        raise Invalid("Ask for 0 to 10 photos.", field="needs_photos")
    values = {
        "name": read_name(name),
        "condition": read_condition(condition),
        "months": months,
        "resolutions": wanted,
        "is_auto": is_auto,
        "needs_photos": needs_photos,
        "is_active": is_active,
    }
    return _save(WarrantyPolicy, warranty_id, values, at)


@action("returns.delete_warranty", permission=PERMISSION, summary="Delete a warranty")
def delete_warranty(*, warranty_id: UUID, by: Actor, at: datetime) -> None:
    """Take a warranty out of the draft. :raises NotFound: it has none of that id."""
    _delete(WarrantyPolicy, warranty_id, at)


@action("returns.move_warranty", permission=PERMISSION, summary="Ask a warranty earlier or later")
def move_warranty(*, warranty_id: UUID, is_earlier: bool, by: Actor, at: datetime) -> None:
    """Let a warranty and its neighbor change places. :raises NotFound: there is none such."""
    _move(WarrantyPolicy, warranty_id, is_earlier, at)


@action("returns.publish_policy", permission=PERMISSION, summary="Publish the policy's draft")
def publish_policy(
    *,
    note: str = "",
    covers_past: bool = False,
    live_from: datetime | None = None,
    by: Actor,
    at: datetime,
) -> VersionInfo:
    """Publish the draft: it counts for orders placed from then on.

    :param covers_past: for orders placed before, too. Promised terms change under shoppers' feet,
        so do it where the new ones are better.
    :param live_from: when it begins to count; now where not given.
    :raises Invalid: the beginning lies in the past.
    :raises Conflict: there is no draft.
    """
    starts = live_from or at
    if starts < at:
        raise Invalid("It can’t have begun already: choose a time to come.", field="live_from")
    draft = _open_draft(at)
    draft.note, draft.covers_past = note.replace("\x00", "").strip()[:500], covers_past
    draft.live_from, draft.published_at, draft.published_by = starts, at, by.key
    draft.save()
    changes = {"live_from": [None, starts.isoformat()], "covers_past": [None, covers_past]}
    audit.note(subject=f"policy:{draft.id}", changes=changes)
    return version_info(draft)


@action(
    "returns.restore_policy",
    permission=PERMISSION,
    summary="Go back to an earlier version of the policy",
)
def restore_policy(
    *, version_id: UUID, covers_past: bool = False, by: Actor, at: datetime
) -> VersionInfo:
    """Publish a copy of an earlier version at once.

    :raises NotFound: there is no such version.
    :raises Conflict: it is the draft, or somebody works on one.
    """
    source = PolicyVersion.objects.filter(id=version_id).first()
    if source is None:
        raise NotFound("There is no such version of the policy.")
    if source.published_at is None:
        raise Conflict("This is the draft: publish it instead.")
    if _draft() is not None:
        raise Conflict("There is a draft: publish or discard it first.")
    row = _copy(source, by, at)
    row.note = f"Back to version {source.number}"
    row.covers_past, row.live_from = covers_past, at
    row.published_at, row.published_by = at, by.key
    row.save()
    return version_info(row)
