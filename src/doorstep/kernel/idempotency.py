"""The same request twice does the thing once: answers kept under the caller's idempotency key.

The work and the kept answer commit in one transaction, which also holds an advisory lock on the
key. So there is no moment at which a crash could leave the key taken without an answer: either
both are there, or neither is and the lock is gone with the connection.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.models.idempotency import IdempotencyRecord

KEPT_FOR = timedelta(hours=24)
MAX_KEY = 255
PURGE_BATCH = 10_000


class InvalidIdempotencyKey(Invalid):
    """The key is empty, too long, or not plain ASCII."""

    code = "invalid_idempotency_key"


class IdempotencyKeyReused(Invalid):
    """The key came with another request before."""

    code = "idempotency_key_reused"


class RequestInProgress(Conflict):
    """The first request with this key is still being worked on."""

    code = "request_in_progress"
    retry_after = 1  # seconds, for the Retry-After header


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the first request was answered."""

    status: int
    body: Any


class Memory:
    """One request's place: the answer it got before, or room for the one it gets now."""

    def __init__(self, answer: StoredAnswer | None) -> None:
        self.answer = answer
        self.fresh: StoredAnswer | None = None

    def store(self, status: int, body: Any) -> None:
        """Keep the answer (JSON-able; dates, UUIDs and decimals become text), once."""
        if self.answer is not None or self.fresh is not None:
            raise RuntimeError("this request has its answer already")
        self.fresh = StoredAnswer(status, json.loads(json.dumps(body, cls=DjangoJSONEncoder)))


@contextmanager
def remember(
    *, store_id: UUID, scope: str, key: str, request: bytes, at: datetime
) -> Iterator[Memory]:
    """Run a block once per key, in its own transaction.

    ::

        with remember(store_id=…, scope="orders.create", key=key, request=body, at=at) as memory:
            if memory.answer is None:
                memory.store(201, create(…))
        return (memory.answer or memory.fresh)

    An error in the block rolls everything back and keeps nothing: the request may be repeated.

    :param scope: the endpoint; the same key at another endpoint is another key.
    :param request: what makes the request what it is (method, path and body), to compare.
    :raises InvalidIdempotencyKey: 422.
    :raises IdempotencyKeyReused: 422, the same key with another request.
    :raises RequestInProgress: 409, the first one is still at work; ask again in a second.
    """
    if not 1 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise InvalidIdempotencyKey(
            f"An idempotency key has 1 to {MAX_KEY} printable ASCII characters.",
            field="Idempotency-Key",
        )
    request_hash = hashlib.sha256(request).hexdigest()
    with transaction.atomic():
        _lock(store_id, scope, key)
        memory = Memory(_find(store_id, scope, key, request_hash, at))
        yield memory
        if memory.fresh is not None:
            _keep(store_id, scope, key, request_hash, memory.fresh, at)


def _lock(store_id: UUID, scope: str, key: str) -> None:
    """Take the key until the transaction ends, or say that somebody has it.

    Two keys may share a lock by chance (1 in 2^64); one of them is then told to ask again.
    """
    digest = hashlib.sha256(json.dumps([str(store_id), scope, key]).encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise RequestInProgress(
                "The first request with this idempotency key is still at work. Ask again soon.",
                field="Idempotency-Key",
            )


def _find(
    store_id: UUID, scope: str, key: str, request_hash: str, at: datetime
) -> StoredAnswer | None:
    found = IdempotencyRecord.objects.filter(store_id=store_id, scope=scope, key=key).first()
    if found is None:
        return None
    if found.expires_at <= at:
        found.delete()
        return None
    if found.request_hash != request_hash:
        raise IdempotencyKeyReused(
            "This idempotency key came with another request before. Use a new key for a new "
            "request.",
            field="Idempotency-Key",
        )
    return StoredAnswer(found.response_status, found.response_body)


def _keep(
    store_id: UUID, scope: str, key: str, request_hash: str, answer: StoredAnswer, at: datetime
) -> None:
    IdempotencyRecord.objects.create(
        store_id=store_id,
        scope=scope,
        key=key,
        request_hash=request_hash,
        response_status=answer.status,
        response_body=answer.body,
        created_at=at,
        expires_at=at + KEPT_FOR,
    )


def purge(at: datetime) -> int:
    """Delete one set of answers that are kept no longer; return how many."""
    expired = IdempotencyRecord.objects.filter(expires_at__lte=at).values("pk")[:PURGE_BATCH]
    return IdempotencyRecord.objects.filter(pk__in=expired).delete()[0]
