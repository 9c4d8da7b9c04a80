"""Which version of the policy counts: for an order, at a moment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from uuid import UUID

from django.db import connection

from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.contracts import Outcome
from doorstep.rooms.returns.models.policy import (
    PolicyRule,
    PolicyVersion,
    WarrantyPolicy,
)
from doorstep.rooms.returns.policy.defaults import publish_default
from doorstep.rooms.returns.policy.effects import Effects, merge
from doorstep.rooms.returns.policy.matching import Matcher
from doorstep.rooms.returns.policy.windows import Extension

_REMEMBERED = 10_000  # combinations of rules


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a version, ready to be asked."""

    id: UUID
    name: str
    matcher: Matcher
    effects: Effects


@dataclass(frozen=True, slots=True)
class Warranty:
    """One warranty of a version, ready to be asked."""

    id: UUID
    name: str
    matcher: Matcher
    months: int
    resolutions: tuple[Outcome, ...]
    is_auto: bool
    needs_photos: int


@dataclass(frozen=True)
class Policy:
    """A whole version, its rules in order; those that are switched off are left out."""

    version_id: UUID
    number: int
    base: Effects
    rules: tuple[Rule, ...]
    warranties: tuple[Warranty, ...]

    @cached_property
    def asks_history(self) -> bool:
        """Whether any rule looks at what the customer did before."""
        return any(matcher.asks_history for matcher in self._matchers)

    @cached_property
    def asks_reason(self) -> bool:
        """Whether any rule looks at the reason the shopper gives."""
        return any(rule.matcher.asks_reason for rule in self.rules)

    @cached_property
    def fact_names(self) -> tuple[str, ...]:
        """The facts its conditions look at, each once."""
        return tuple(dict.fromkeys(name for one in self._matchers for name in one.names))

    def effects_of(self, holding: tuple[int, ...]) -> Effects:
        """Return the merged effects of the rules at these places; see ``effects.merge``.

        Few combinations of rules hold together, and the same is put together once.
        """
        found = self._merged.get(holding)
        if found is None:
            if len(self._merged) >= _REMEMBERED:
                self._merged.clear()
            found = merge(self.base, [self.rules[nth].effects for nth in holding])
            self._merged[holding] = found
        return found

    @cached_property
    def _merged(self) -> dict[tuple[int, ...], Effects]:
        return {}

    @property
    def _matchers(self) -> list[Matcher]:
        rules = [rule.matcher for rule in self.rules]
        return rules + [warranty.matcher for warranty in self.warranties]


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """A published version as the choice between versions needs it."""

    id: UUID
    live_from: datetime
    covers_past: bool


# One round trip for what every answer needs.
_LIVE = """
    SELECT id, live_from, covers_past, number, '', NULL::date, NULL::date, NULL::date, '', NULL
    FROM returns_policyversion WHERE store_id = %s AND live_from IS NOT NULL
    UNION ALL
    SELECT id, NULL, false, 0, name, orders_from, orders_to, until_date, words::text, withdrawn_at
    FROM returns_holidayextension WHERE store_id = %s
"""


def live_versions(at: datetime) -> list[LiveVersion]:
    """List the published versions, the latest first; publish the default where there is none."""
    return live_policy(at)[0]


def extensions() -> tuple[Extension, ...]:
    """Return the store's holiday extensions, withdrawn ones too: they hold for older orders."""
    return _read_live()[1]


def live_policy(at: datetime) -> tuple[list[LiveVersion], tuple[Extension, ...]]:
    """Return the published versions, the latest first, and the holiday extensions; one query.

    Publishes the default where the store has no version yet.
    """
    found = _read_live()
    if not found[0]:
        publish_default(at=at)
        found = _read_live()
    return found


def _read_live() -> tuple[list[LiveVersion], tuple[Extension, ...]]:
    store_id = current_store_id()
    versions, extended = [], []
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [store_id, store_id])
        for row_id, live_from, covers_past, number, name, *days, words, withdrawn in cursor:
            if live_from is not None:
                versions.append((live_from, number, LiveVersion(row_id, live_from, covers_past)))
            else:
                first, last, until = days
                extended.append(Extension(name, first, last, until, json.loads(words), withdrawn))
    versions.sort(key=lambda found: found[:2], reverse=True)
    extended.sort(key=lambda found: (found.orders_from, found.name))
    return [version for _, _, version in versions], tuple(extended)


def version_for(
    versions: Sequence[LiveVersion], *, placed_at: datetime, at: datetime
) -> LiveVersion:
    """Return the version that counts for an order placed then, asked about at ``at``.

    The newest that is live and either was so when the order was placed or covers earlier orders.
    Orders older than every version fall under the first.

    :param versions: the latest first, at least one.
    """
    live = counting(versions, at)
    for version in live:
        if version.covers_past or version.live_from <= placed_at:
            return version
    return live[-1]


def counting(versions: Sequence[LiveVersion], at: datetime) -> list[LiveVersion]:
    """Return the versions that count for some order asked about at ``at``; at least one.

    None that is older than one which covers earlier orders, too.

    :param versions: the latest first, at least one.
    """
    found = []
    for version in versions:
        if version.live_from <= at:
            found.append(version)
            if version.covers_past:
                break
    return found or [versions[-1]]


def current_version(at: datetime) -> LiveVersion:
    """Return the version that counts for an order placed at ``at``: what the public page shows."""
    return version_for(live_versions(at), placed_at=at, at=at)


def load_live(version_id: UUID) -> Policy:
    """Return a published version; it never changes, so it is read once per process."""
    return _load_live(current_store_id(), version_id)


@lru_cache(maxsize=256)
def _load_live(store_id: UUID, version_id: UUID) -> Policy:
    return load_policy(version_id)


def load_policy(version_id: UUID) -> Policy:
    """Read any version of this store, a draft as it is now.

    :raises NotFound: there is no such version in this store.
    """
    version = PolicyVersion.objects.filter(id=version_id).first()
    if version is None:
        raise NotFound("There is no such version of the policy.")
    rules = PolicyRule.objects.filter(version_id=version_id, is_active=True).order_by("position")
    warranties = WarrantyPolicy.objects.filter(version_id=version_id, is_active=True)
    return Policy(
        version.id,
        version.number,
        Effects.model_validate(version.base),
        tuple(read_rule(row) for row in rules),
        tuple(read_warranty(row) for row in warranties.order_by("position")),
    )


def read_rule(row: PolicyRule) -> Rule:
    """Make a stored rule ready."""
    effects = Effects.model_validate(row.effects)
    return Rule(row.id, row.name, Matcher.of(row.condition), effects)


def read_warranty(row: WarrantyPolicy) -> Warranty:
    """Make a stored warranty ready."""
    return Warranty(
        row.id,
        row.name,
        Matcher.of(row.condition),
        row.months,
        tuple(Outcome(name) for name in row.resolutions),
        row.is_auto,
        row.needs_photos,
    )
