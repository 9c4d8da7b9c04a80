"""Work off stored deliveries: claim a set, apply it, keep a verdict for each, in one transaction.

Killed at any point, the transaction is gone as a whole and the deliveries are due as before; so
nothing is lost and nothing happens twice. A set that fails is halved until the one delivery that
is to blame stands alone: it is put aside with its error and the others are kept.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Length

from doorstep.connectors.base.contracts import TRACKING
from doorstep.connectors.base.intake.applying import Applied, Verdict, apply_set
from doorstep.connectors.base.intake.reading import Read, ShopDefaults, read_delivery
from doorstep.connectors.base.models import PARKED, RECEIVED, WAITING, Connection, Delivery
from doorstep.connectors.base.registry import get_connector
from doorstep.kernel.columns import as_columns
from doorstep.kernel.passing import is_passing
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores import api as stores

log = structlog.get_logger(__name__)

SET_SIZE = 200
# News of parcels is small and comes in storms. What a set costs whatever its size (some 25
# statements) was half of the time in sets of 200; beyond 1,000 nothing more is won.
TRACKING_SET_SIZE = 1_000
# Bodies of one set held in memory, in bytes; a body may be 5 MB.
SET_BYTES = 32 * 1024 * 1024
MAX_ATTEMPTS = 8
# How long until a failed or waiting delivery is tried again, by the attempts made.
_BACK_OFF = (30, 120, 600, 3_600, 4 * 3_600, 12 * 3_600, 24 * 3_600, 72 * 3_600)


def work_off(at: datetime, *, limit: int | None = None) -> int:
    """Apply up to ``limit`` due deliveries of one connection and return how many were taken.

    Without a limit as many as go well together. Oldest first. Any number of workers may do this
    at once: each takes what no other holds.
    """
    with transaction.atomic():
        source = _next_connection(at)
        if source is None:
            return 0
        with store_scope(source.store_id):
            reads = _one_kind(_read(source, _claim(source, at, limit or _set_size(source))))
            _take_turns(source, reads)
            applied = _apply(source, reads, at)
            _store_verdicts(applied.verdicts, at)
            _wake_waiting(source, applied.new_orders, at)
    return len(reads)


def _due(at: datetime) -> QuerySet[Delivery]:
    """Return what is due and held by nobody; a claim lasts as long as the transaction."""
    return (
        Delivery.all_stores.filter(status__in=[RECEIVED, WAITING], next_attempt_at__lte=at)
        .order_by("next_attempt_at", "id")
        .select_for_update(skip_locked=True, no_key=True)
    )


def _next_connection(at: datetime) -> Connection | None:
    oldest = _due(at).only("connection_id").first()
    return None if oldest is None else Connection.all_stores.get(id=oldest.connection_id)


def _set_size(source: Connection) -> int:
    return TRACKING_SET_SIZE if get_connector(source.kind).brings == TRACKING else SET_SIZE


def _claim(source: Connection, at: datetime, limit: int) -> list[Delivery]:
    """Hold up to ``limit`` deliveries and read as many as fit into memory, at least one."""
    held = _due(at).filter(connection_id=source.id).values_list("id", Length("body"))[:limit]
    ids: list[UUID] = []
    total = 0
    for delivery_id, size in held:  # a length is known without reading the body
        total += size
        if ids and total > SET_BYTES:
            break
        ids.append(delivery_id)
    return list(Delivery.objects.filter(id__in=ids).order_by("next_attempt_at", "id"))


def _read(source: Connection, deliveries: Sequence[Delivery]) -> list[Read]:
    store = stores.get_store()
    shop = ShopDefaults(store.id, store.currency, store.timezone)
    return [read_delivery(source, shop, delivery) for delivery in deliveries]


def _one_kind(reads: list[Read]) -> list[Read]:
    """Return the deliveries that are of the oldest one's kind; the others have their turn next.

    Customers and variants are recognized once per transaction, because what recognizes them is
    locked in one global order. Orders bring their own, so records of customers and of products
    go in transactions of their own.
    """
    kind = reads[0].kind() if reads else None
    return [read for read in reads if read.kind() is kind]


def _take_turns(source: Connection, reads: Sequence[Read]) -> None:
    """Make workers that hold news of the same order wait for each other.

    Without it a refund could look for its order while another worker has it uncommitted, decide
    to wait, and miss the wake-up. Locks are taken in one order everywhere, so nobody deadlocks.
    """
    keys = sorted({_lock_key(source.id, one) for read in reads for one in read.order_ids()})
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) key", [keys]
            )


def _lock_key(connection_id: UUID, order_external_id: str) -> int:
    digest = hashlib.blake2b(f"{connection_id}:{order_external_id}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "big", signed=True)


def _apply(source: Connection, reads: Sequence[Read], at: datetime) -> Applied:
    failure: Exception
    try:
        with transaction.atomic():
            return apply_set(source, reads, at=at)
    except Exception as error:
        if is_passing(error):
            raise  # all of it is tried again
        failure = error
    # Outside of the handler, so that the halves' own failures do not chain up to this one.
    if len(reads) == 1:
        return Applied([_failed(reads[0], failure)])
    middle = len(reads) // 2
    first, second = _apply(source, reads[:middle], at), _apply(source, reads[middle:], at)
    return Applied(first.verdicts + second.verdicts, first.new_orders + second.new_orders)


def _failed(read: Read, error: Exception) -> Verdict:
    """Return the verdict on a delivery that cannot be applied: again later, parked at last."""
    words = _without_values(error)
    log.error(
        "delivery_failed",
        delivery=str(read.delivery.id),
        error=words,
        trace="".join(traceback.format_tb(error.__traceback__)),
    )
    ids = read.order_ids()
    last = read.delivery.attempts + 1 >= MAX_ATTEMPTS
    return Verdict(
        read.delivery,
        PARKED if last else RECEIVED,
        code=str(getattr(error, "code", "") or "failed"),
        detail=words,
        field=str(getattr(error, "field", None) or ""),
        order_external_id=ids[0] if len(ids) == 1 else "",
    )


def _without_values(error: Exception) -> str:
    """Return an error's first line: PostgreSQL's DETAIL repeats whole rows, people included."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:500].replace("\x00", "")


def _due_again(verdict: Verdict, at: datetime) -> datetime | None:
    if verdict.status not in (RECEIVED, WAITING):
        return None
    step = min(verdict.delivery.attempts, len(_BACK_OFF) - 1)
    return at + timedelta(seconds=_BACK_OFF[step])


def _store_verdicts(verdicts: Sequence[Verdict], at: datetime) -> None:
    """Write what became of each delivery, with one statement."""
    rows = [
        (
            one.delivery.id,
            _final_status(one),
            one.code,
            one.detail[:1000],
            one.field[:300],
            one.is_retriable,
            one.waiting_for,
            one.order_external_id,
            _due_again(one, at) if _final_status(one) in (RECEIVED, WAITING) else None,
        )
        for one in verdicts
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE connectors_base_delivery AS d
               SET status = v.status, error_code = v.code, error_detail = v.detail,
                   error_field = v.field, is_retriable = v.is_retriable,
                   waiting_for = v.waiting_for, order_external_id = v.order_external_id,
                   next_attempt_at = v.due, attempts = attempts + 1,
                   processed_at = CASE WHEN v.due IS NULL THEN %s::timestamptz END
              FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
                          %s::boolean[], %s::text[], %s::text[], %s::timestamptz[])
                   AS v(id, status, code, detail, field, is_retriable, waiting_for,
                        order_external_id, due)
             WHERE d.id = v.id
            """,
            [at, *as_columns(rows, 9)],
        )


def _final_status(verdict: Verdict) -> str:
    """Return the status to keep; nobody waits for an order for ever."""
    if verdict.status == WAITING and verdict.delivery.attempts + 1 >= MAX_ATTEMPTS:
        return verdict.if_never
    return verdict.status


def _wake_waiting(source: Connection, new_orders: Sequence[str], at: datetime) -> None:
    """Make due what waited for the orders that just came, in their own transaction."""
    if new_orders:
        Delivery.objects.filter(
            connection=source, status=WAITING, waiting_for__in=new_orders
        ).update(status=RECEIVED, next_attempt_at=at, waiting_for="", error_detail="")
