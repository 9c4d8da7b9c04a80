"""A replay from asking to done: a worker goes through the past orders in sets.

Each set commits its sums, its rows and its place together, so a worker that dies loses one set and
counts nothing twice.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.db import connection, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.returns.models.policy import (
    PolicyReplay,
    PolicyRule,
    PolicyVersion,
    ReplayChunk,
)
from doorstep.rooms.returns.policy.effects import Effects
from doorstep.rooms.returns.policy.matching import Matcher
from doorstep.rooms.returns.policy.reasons import read_reasons
from doorstep.rooms.returns.policy.replay.judging import Scene
from doorstep.rooms.returns.policy.replay.sets import COLUMNS, Trial, play
from doorstep.rooms.returns.policy.replay.totals import add
from doorstep.rooms.returns.policy.versions import (
    Policy,
    Rule,
    current_version,
    extensions,
    load_live,
)
from doorstep.rooms.stores import api as stores

log = structlog.get_logger(__name__)

SET = 2_000
LONGEST = timedelta(days=3_660)
_OPEN = ("waiting", "running")
_PAST = "store_id = %s AND placed_at >= %s AND placed_at < %s AND NOT is_test"


@dataclass(frozen=True, slots=True)
class ReplayInfo:
    """A replay as its page shows it; ``totals`` by ``replay.totals``, minor units per currency."""

    id: UUID
    version_id: UUID
    version_number: int
    against_number: int
    since: datetime
    until: datetime
    ask_after_days: int
    label_cost_minor: int
    state: str
    orders_total: int
    orders_done: int
    totals: dict[str, Any]
    problem: str
    created_at: datetime
    created_by: str
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether a worker still has to do with it."""
        return self.state in _OPEN

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return 100 if not self.orders_total else self.orders_done * 100 // self.orders_total


@action("returns.begin_replay", permission="returns.view", summary="Try a policy on past orders")
def begin_replay(
    *,
    version_id: UUID,
    since: datetime,
    until: datetime,
    ask_after_days: int = 14,
    label_cost_minor: int = 0,
    by: Actor,
    at: datetime,
) -> UUID:
    """Ask what a version would have done with the orders of a span; returns the replay's id.

    Compared with the version that is live now. A draft is tried as it is at this moment.

    :param ask_after_days: when lines that nobody returned are asked about, after delivery.
    :param label_cost_minor: of one label, in the store's currency.
    :raises Invalid: a span that is none or too long, an assumption out of range.
    :raises NotFound: there is no such version.
    :raises Conflict: three replays of the store are under way.
    """
    if not since < until or until - since > LONGEST:
        raise Invalid("Choose a span of up to ten years.", field="since")
    if not 0 <= ask_after_days <= 3_650:
        raise Invalid("Give 0 to 3,650 days.", field="ask_after_days")
    if not 0 <= label_cost_minor <= 10**9:
        raise Invalid("Give what one label costs.", field="label_cost_minor")
    version = PolicyVersion.objects.filter(id=version_id).first()
    if version is None:
        raise NotFound("There is no such version of the policy.")
    if PolicyReplay.objects.filter(state__in=_OPEN).count() >= 3:
        raise Conflict("Three replays are under way: wait for one, or cancel it.")
    row = PolicyReplay.objects.create(
        store_id=current_store_id(),
        version=version,
        snapshot=_snapshot(version),
        against_id=current_version(at).id,
        since=since,
        until=until,
        ask_after_days=ask_after_days,
        label_cost_minor=label_cost_minor,
        orders_total=_count_orders(since, until),
        created_at=at,
        created_by=by.key,
    )
    audit.note(subject=f"policy_replay:{row.id}", changes={"version": [None, version.number]})
    return row.id


def _count_orders(since: datetime, until: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM orders_order WHERE {_PAST}",  # noqa: S608 (a constant)
            [current_store_id(), since, until],
        )
        return int(cursor.fetchone()[0])


def _snapshot(version: PolicyVersion) -> dict[str, Any]:
    rules = PolicyRule.objects.filter(version=version, is_active=True).order_by("position")
    listed = [
        {"id": str(row.id), "name": row.name, "condition": row.condition, "effects": row.effects}
        for row in rules
    ]
    return {"number": version.number, "base": version.base, "rules": listed}


@action("returns.cancel_replay", permission="returns.view", summary="Stop a replay of the policy")
def cancel_replay(*, replay_id: UUID, by: Actor, at: datetime) -> None:
    """Stop a replay after the set it is at; what it found so far stays.

    :raises NotFound: there is no such replay.
    """
    row = PolicyReplay.objects.select_for_update().filter(id=replay_id).first()
    if row is None:
        raise NotFound("There is no such replay.")
    if row.state in _OPEN:
        row.state, row.finished_at = "canceled", at
        row.save(update_fields=["state", "finished_at"])
        audit.note(subject=f"policy_replay:{row.id}")


@worker_loop("policy_replays", idle_seconds=0.5)
def work_off_replays() -> int:
    """Do one set of the oldest replay that nobody works on; returns how many orders it had."""
    return do_set(at=now())


def do_set(*, at: datetime) -> int:
    """Do one set of some replay, whatever its store; see :func:`work_off_replays`."""
    with transaction.atomic():
        row = (
            PolicyReplay.all_stores.select_for_update(skip_locked=True, of=("self",))
            .filter(state__in=_OPEN)
            .order_by("created_at", "id")
            .first()
        )
        if row is None:
            return 0
        with store_scope(row.store_id):
            try:
                with transaction.atomic():
                    return _advance(row, at)
            except Exception:
                # It would fail again and again: let it rest, and say so on its page.
                log.exception("policy_replay_failed", replay=str(row.id))
                row.state, row.finished_at = "failed", at
                row.problem = "Something in these orders could not be read. The log has more."
                row.save(update_fields=["state", "finished_at", "problem"])
                return 1


def _advance(row: PolicyReplay, at: datetime) -> int:
    found = _next_orders(row)
    if not found:
        row.state, row.finished_at, row.worked_at = "done", at, at
        row.save(update_fields=["state", "finished_at", "worked_at"])
        return 1
    totals, listed = play(_trial(row), [order_id for order_id, _ in found])
    ReplayChunk.objects.create(
        store_id=row.store_id,
        replay=row,
        position=row.orders_done,
        lines=len(listed),
        document=_pack(listed),
    )
    row.totals = add(row.totals, totals)
    row.cursor, row.cursor_at = found[-1]
    row.orders_done += len(found)
    row.state, row.worked_at = "running", at
    row.save()
    return len(found)


def _next_orders(row: PolicyReplay) -> list[tuple[UUID, datetime]]:
    more = ""
    params: list[Any] = [row.store_id, row.since, row.until]
    if row.cursor is not None:
        more = " AND (placed_at, id) < (%s, %s)"
        params += [row.cursor_at, row.cursor]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, placed_at FROM orders_order WHERE {_PAST}{more}"  # noqa: S608 (constants)
            " ORDER BY placed_at DESC, id DESC LIMIT %s",
            [*params, SET],
        )
        return [(order_id, placed_at) for order_id, placed_at in cursor.fetchall()]


def _trial(row: PolicyReplay) -> Trial:
    store = stores.get_store(row.store_id)
    scene = Scene(store, ZoneInfo(store.timezone), extensions())
    return Trial(
        _read_snapshot(row),
        load_live(row.against_id),
        scene,
        read_reasons(),
        row.ask_after_days,
        row.label_cost_minor,
        row.created_at,
    )


def _read_snapshot(row: PolicyReplay) -> Policy:
    return _policy_of(row.version_id, json.dumps(row.snapshot, sort_keys=True))


@lru_cache(maxsize=8)  # a worker does the sets of three replays in turn, at most
def _policy_of(version_id: UUID, snapshot: str) -> Policy:
    found = json.loads(snapshot)
    rules = tuple(
        Rule(
            UUID(one["id"]),
            one["name"],
            Matcher.of(one["condition"]),
            Effects.model_validate(one["effects"]),
        )
        for one in found["rules"]
    )
    return Policy(version_id, found["number"], Effects.model_validate(found["base"]), rules, ())


def _pack(listed: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(listed)
    return gzip.compress(text.getvalue().encode(), compresslevel=1)


def download(replay_id: UUID) -> Iterator[bytes]:
    """Yield a replay's lines as CSV, a set at a time.

    :raises NotFound: there is no such replay in this store.
    """
    if not PolicyReplay.objects.filter(id=replay_id).exists():
        raise NotFound("There is no such replay.")
    store_id = current_store_id()
    return _lines_of(store_id, replay_id)


def _lines_of(store_id: UUID, replay_id: UUID) -> Iterator[bytes]:
    yield (",".join(COLUMNS) + "\r\n").encode()
    # The response is sent after the view has left its scope.
    chunks = ReplayChunk.all_stores.filter(store_id=store_id, replay_id=replay_id)
    for document in chunks.order_by("position").values_list("document", flat=True).iterator(4):
        yield gzip.decompress(bytes(document))


def list_replays(limit: int = 50) -> tuple[ReplayInfo, ...]:
    """List the store's replays, the latest first."""
    rows = PolicyReplay.objects.select_related("version", "against").order_by("-created_at", "-id")
    return tuple(_info(row) for row in rows[:limit])


def get_replay(replay_id: UUID) -> ReplayInfo:
    """Return one replay. :raises NotFound: there is none of that id in this store."""
    row = PolicyReplay.objects.select_related("version", "against").filter(id=replay_id).first()
    if row is None:
        raise NotFound("There is no such replay.")
    return _info(row)


def _info(row: PolicyReplay) -> ReplayInfo:
    return ReplayInfo(
        row.id,
        row.version_id,
        row.version.number,
        row.against.number,
        row.since,
        row.until,
        row.ask_after_days,
        row.label_cost_minor,
        row.state,
        row.orders_total,
        row.orders_done,
        row.totals,
        row.problem,
        row.created_at,
        row.created_by,
        row.finished_at,
    )
