"""A store's rules of changes: every version is kept."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.conditions.api import Condition
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.changes.contracts import ActRule, ChangeAct, ChangeSettings
from doorstep.rooms.changes.models import ChangePolicy
from doorstep.rooms.changes.rules.policy import COUNTRIES, DEFAULTS, condition_of, read_rules


def get_settings(version: int | None = None) -> ChangeSettings:
    """Return how changes are treated: the newest version, or the one that is named.

    Version 0 are the rules a store begins with.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ID, {"store": current_store_id(), "version": version})
        found = cursor.fetchone()
    return _read(found[0]) if found else DEFAULTS


_ID = """
    SELECT id FROM changes_changepolicy
    WHERE store_id = %(store)s AND (%(version)s::integer IS NULL OR version = %(version)s::integer)
    ORDER BY version DESC LIMIT 1
"""


@lru_cache(maxsize=1024)
def _read(policy_id: UUID) -> ChangeSettings:
    """Return one version of the store in scope; it never changes, so a process reads it once."""
    row = ChangePolicy.objects.get(id=policy_id)
    return ChangeSettings(
        version=row.version,
        rules={ChangeAct(name): ActRule(**rule) for name, rule in row.rules.items()},
        pay_within_hours=row.pay_within_hours,
        countries=row.countries,
        max_delay_days=row.max_delay_days,
        us_delay_notices=row.us_delay_notices,
        changed_at=row.created_at,
        changed_by_label=row.created_by_label,
    )


def list_settings(limit: int = 20) -> list[ChangeSettings]:
    """List the versions, newest first."""
    versions = ChangePolicy.objects.order_by("-version").values_list("version", flat=True)
    return [get_settings(version) for version in versions[:limit]]


@action(
    "changes.change_settings",
    permission="settings.edit",
    summary="Change what shoppers may change about their orders, and until when",
)
def change_settings(
    *,
    settings: dict[str, Any],
    version: int | None = None,
    by: Actor,
    at: datetime,
) -> ChangeSettings:
    """Write a new version of ``contracts.ChangeSettings``; what is left out stays.

    :param settings: ``rules`` (act → ``is_offered``, ``condition``, ``mode``),
        ``pay_within_hours``, ``countries``, ``max_delay_days``, ``us_delay_notices``.
    :param version: the one that was looked at; somebody else's newer one is not written over.
    :raises Invalid: a setting nobody knows, or a value that makes no sense.
    :raises Conflict: somebody else wrote a newer version meanwhile.
    """
    before = get_settings()
    if version is not None and version != before.version:
        raise Conflict("Somebody else changed these settings meanwhile. Look at them again.")
    wanted = {name: _setting(name, value) for name, value in settings.items() if name != "rules"}
    if "rules" in settings:
        given = settings["rules"]
        if not isinstance(given, dict):
            raise Invalid("Rules are named by their act.", field="rules")
        known = {str(act): asdict(rule) for act, rule in before.rules.items()}
        wanted["rules"] = read_rules({**known, **given})
    after = replace(before, **wanted)
    if after == before:
        return before
    ChangePolicy.objects.create(
        store_id=current_store_id(),
        version=before.version + 1,
        rules={str(act): asdict(rule) for act, rule in after.rules.items()},
        pay_within_hours=after.pay_within_hours,
        countries=after.countries,
        max_delay_days=after.max_delay_days,
        us_delay_notices=after.us_delay_notices,
        created_at=at,
        created_by=by.key,
        created_by_label=by.label,
    )
    audit.note(
        subject=f"store:{current_store_id()}",
        changes={"change rules": [before.version, before.version + 1]},
    )
    return get_settings()


def _setting(name: str, value: Any) -> Any:
    match name, value:
        case ("pay_within_hours", int()) if not isinstance(value, bool) and 1 <= value <= 720:
            return value
        case ("max_delay_days", int()) if not isinstance(value, bool) and 1 <= value <= 365:
            return value
        case ("countries", str()) if value in COUNTRIES:
            return value
        case ("us_delay_notices", bool()):
            return value
        case (("pay_within_hours" | "max_delay_days" | "countries" | "us_delay_notices"), _):
            raise Invalid("That value makes no sense here.", field=name)
    raise Invalid(f"There is no setting “{name[:80]}” of changes.", field=name[:80])


def read_condition(rule: ActRule) -> Condition:
    """Return the condition of a rule, for saying it in words."""
    return condition_of(rule)
