"""Take due messages in one statement, without two senders taking the same one.

What people wait for (transactional and service) and what sells (marketing) are claimed apart, by
loops of their own: a campaign of a million never stands before a confirmation. What people wait for
is taken oldest first over all stores, in small claims, because a crash repeats at most what its
claims held. What sells is taken of one store and channel at a time, each store with the same chance
whatever it has waiting, in large claims that share as much as they can.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models.base import ModelState

from doorstep.kernel.durability import commit_without_waiting
from doorstep.kernel.instants import read_instants_fast
from doorstep.kernel.worker import this_worker
from doorstep.rooms.messaging.contracts import Channel, Purpose
from doorstep.rooms.messaging.models import HandOver, Message

CLAIM_SIZE = 50
MARKETING_CLAIM_SIZE = 500
# The lease is long enough for a slow provider, and a sender stops well before it runs out.
LEASE = timedelta(seconds=300)
STOP_SENDING_AFTER = 0.6  # of the lease
STORES_TO_TRY = 10

_CLAIM = """
    WITH due AS (
        SELECT id, status AS was
        FROM messaging_message AS m
        WHERE due_at <= %(at)s AND status IN ('queued', 'deferred', 'sending') AND {which}
        ORDER BY due_at
        LIMIT %(size)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE messaging_message AS m
    SET status = 'sending', due_at = %(lease_until)s, attempts = attempts + 1, claimed_by = %(by)s,
        -- still "sending" and due again: whoever held the lease never came back
        lost_leases = lost_leases + CASE due.was WHEN 'sending' THEN 1 ELSE 0 END
    FROM due
    WHERE m.id = due.id
    RETURNING m.*
"""
_AWAITED = "purpose <> 'marketing'"
# The stopped ones are looked up first, as an array, and the condition is one that the planner knows
# nothing about: of a join it guesses that it leaves one row, and then everything that is due is
# read and sorted for every claim, instead of the beginning of an index.
_MARKETING = """purpose = 'marketing' AND store_id = %(store)s AND channel = %(channel)s
    AND coalesce(batch_id <> ALL (ARRAY(
        SELECT id FROM messaging_messagebatch
        WHERE store_id = %(store)s AND stopped_at IS NOT NULL)), TRUE)"""

# One probe of an index for each store and channel, however much is due. EXISTS would be turned into
# a join with all of it; the order says which index.
_WAITING = """
    SELECT s.id, c.channel
    FROM stores_store s CROSS JOIN unnest(%(channels)s::text[]) AS c(channel)
    CROSS JOIN LATERAL (
        SELECT FROM messaging_message m
        WHERE m.store_id = s.id AND m.channel = c.channel AND m.due_at <= %(at)s
          AND m.status IN ('queued', 'deferred', 'sending') AND m.purpose = 'marketing'
        ORDER BY m.due_at LIMIT 1
    ) AS due
    ORDER BY random() LIMIT %(limit)s
"""


# A live worker gives a sign of life every two seconds.
DEAD_AFTER = timedelta(seconds=15)

# Found store by store through the index by status: what is being sent is never much.
_RELEASE = """
    UPDATE messaging_message SET due_at = %(at)s
    WHERE id = ANY (ARRAY(
        SELECT m.id FROM stores_store s CROSS JOIN LATERAL (
            SELECT id, claimed_by FROM messaging_message
            WHERE store_id = s.id AND status = 'sending' AND due_at > %(at)s
        ) AS m
        WHERE m.claimed_by <> ALL (ARRAY(
            SELECT worker_id FROM kernel_worker_heartbeat WHERE at > %(alive_since)s
        ))
    )) AND status = 'sending' AND due_at > %(at)s
"""
HAND_OVERS_KEPT = timedelta(days=2)


def release_claims_of_the_dead(*, at: datetime) -> int:
    """Make due at once what workers hold that give no sign of life; returns how many.

    The lease would do the same some minutes later. A worker that was only held up loses its
    claim: it may then have sent what another sends again, under the same Message-ID. Marketing it
    had begun to hand over is not sent again (see ``handover``).
    """
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"at": at, "alive_since": at - DEAD_AFTER})
        released = cursor.rowcount
    # Their messages have long been set aside; leases are minutes.
    HandOver.all_stores.filter(at__lt=at - HAND_OVERS_KEPT).delete()
    return released


def claim_due(*, at: datetime, size: int = CLAIM_SIZE) -> list[Message]:
    """Take up to ``size`` due messages people wait for, of all stores, oldest first.

    Runs in its own transaction: the claim is visible before anything is sent.
    """
    return _claim(_AWAITED, {"at": at, "size": size})


def marketing_waiting(*, at: datetime) -> list[tuple[UUID, Channel]]:
    """Return some stores and channels with marketing that is due, in random order."""
    values: dict[str, Any] = {
        "at": at,
        "channels": [c.value for c in Channel],
        "limit": STORES_TO_TRY,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, values)
        return [(store_id, Channel(channel)) for store_id, channel in cursor.fetchall()]


def claim_marketing(
    store_id: UUID, channel: Channel, *, at: datetime, size: int = MARKETING_CLAIM_SIZE
) -> list[Message]:
    """Take up to ``size`` due marketing messages of one store and channel, oldest first.

    Those of a batch that was stopped are left alone; see ``stopping``. Nothing leaves the house
    before the note of the hand-over, whose commit makes the claim durable too.
    """
    values: dict[str, Any] = {
        "at": at, "size": size, "store": store_id, "channel": channel.value,
    }  # fmt: skip
    with transaction.atomic():
        commit_without_waiting()
        return _claim(_MARKETING, values)


def _claim(which: str, values: dict[str, Any]) -> list[Message]:
    values |= {"lease_until": values["at"] + LEASE, "by": this_worker()}
    names, json_places, columns = _columns()
    with connection.cursor() as cursor:
        read_instants_fast(cursor)
        cursor.execute(_CLAIM.format(which=which).replace("m.*", columns), values)
        rows = cursor.fetchall()
    claimed = [_message(names, json_places, row) for row in rows]
    return sorted(claimed, key=lambda message: (message.created_at, message.id))


@cache
def _columns() -> tuple[list[str], list[int], str]:
    """Return a message's attributes, the places of those that are JSON, and the columns."""
    fields = Message._meta.concrete_fields
    json_places = [
        place for place, field in enumerate(fields) if isinstance(field, models.JSONField)
    ]
    columns = ", ".join(f'm."{field.column}"' for field in fields)
    return [field.attname for field in fields], json_places, columns


def _message(names: list[str], json_places: list[int], row: tuple[Any, ...]) -> Message:
    """Return a row as Django would, without its fifty calls for each: campaigns are long."""
    message = Message.__new__(Message)
    message._state = ModelState()
    message._state.db, message._state.adding = connection.alias, False
    message.__dict__.update(zip(names, row, strict=True))
    for place in json_places:
        if (text := row[place]) is not None:
            message.__dict__[names[place]] = {} if text == "{}" else json.loads(text)
    return message


def is_marketing(message: Message) -> bool:
    """Tell whether a message is one of those that are sent at most once."""
    return message.purpose == Purpose.MARKETING
