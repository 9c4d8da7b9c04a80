"""Published versions as the engine needs them: read once per process, as they never change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.actors import Actor
from doorstep.rooms.journeys.rules.definition import Definition
from doorstep.rooms.journeys.rules.reading import InvalidDefinition, read_published

_KEPT = 2_000
_cache: OrderedDict[UUID, Definition | None] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class OpenVersion:
    """A version somebody may be inside of, of a journey that is live."""

    id: UUID
    store_id: UUID
    journey_id: UUID
    is_live: bool  # people enter this one
    definition: Definition

    @property
    def actor(self) -> Actor:
        """Return who acts when the journey does something."""
        return Actor.system(f"journey:{self.journey_id}")


_OPEN = """
    SELECT v.id, v.store_id, v.journey_id, j.live_id = v.id
    FROM journeys_journeyversion v JOIN journeys_journey j ON j.id = v.journey_id
    WHERE v.is_open AND j.status = 'live' AND (%(store)s::uuid IS NULL OR v.store_id = %(store)s)
    ORDER BY v.id
"""


def open_versions(store_id: UUID | None = None) -> list[OpenVersion]:
    """List the versions of live journeys that may hold people, of one store or of all.

    One query, two when a version was not met before.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"store": store_id})
        rows = cursor.fetchall()
    known = definitions([row[0] for row in rows])
    return [
        OpenVersion(version_id, of, journey_id, is_live, definition)
        for version_id, of, journey_id, is_live in rows
        if (definition := known[version_id]) is not None
    ]


def definitions(version_ids: Sequence[UUID]) -> dict[UUID, Definition | None]:
    """Return versions' definitions; None for one that can't be read at all."""
    with _lock:
        found = {i: _cache[i] for i in version_ids if i in _cache}
    missing = [i for i in version_ids if i not in found]
    if missing:
        for version_id, document in _documents(missing):
            found[version_id] = _read(document)
        with _lock:
            for version_id in missing:
                _cache[version_id] = found[version_id]
            while len(_cache) > _KEPT:
                _cache.popitem(last=False)
    return found


def _documents(version_ids: Sequence[UUID]) -> list[tuple[UUID, Any]]:
    from doorstep.rooms.journeys.models import JourneyVersion

    rows = JourneyVersion.all_stores.filter(id__in=version_ids)
    return list(rows.values_list("id", "definition"))


def _read(document: Any) -> Definition | None:
    try:
        return read_published(document)
    except InvalidDefinition:
        return None
