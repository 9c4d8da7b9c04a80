"""What the console and the command line ask about connections and deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q

from doorstep.connectors.base.models import (
    IGNORED,
    PROBLEMS,
    PROCESSED,
    RECEIVED,
    STATUSES,
    Connection,
    Delivery,
)
from doorstep.connectors.base.registry import get_connector
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tallies import Tally


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """A connection as pages show it; secrets never leave."""

    id: UUID
    kind: str
    label: str
    brings: str  # orders or tracking
    guide: str  # where the address is entered, "" for shops
    name: str
    sales_channel: str
    shop_url: str
    currency: str
    timezone: str
    stale_after_hours: int
    is_active: bool
    secret_count: int
    credential_names: tuple[str, ...]  # which keys are kept, never what they are
    hook_path: str
    created_at: datetime
    bad_signature_count: int
    bad_signature_since: datetime | None
    bad_signature_at: datetime | None
    last_received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryInfo:
    """A delivery as lists show it, without its body."""

    id: UUID
    connection_id: UUID
    connection_name: str
    topic: str
    status: str
    received_at: datetime
    triggered_at: datetime | None
    is_stale: bool
    attempts: int
    next_attempt_at: datetime | None
    waiting_for: str
    order_external_id: str
    error_code: str
    error_detail: str
    error_field: str
    is_retriable: bool
    processed_at: datetime | None


def _connection_info(row: Connection, last: datetime | None = None) -> ConnectionInfo:
    connector = get_connector(row.kind)
    return ConnectionInfo(
        id=row.id,
        kind=row.kind,
        label=connector.label,
        brings=connector.brings,
        guide=str(connector.guide),
        name=row.name,
        sales_channel=row.sales_channel,
        shop_url=row.shop_url,
        currency=row.currency,
        timezone=row.timezone,
        stale_after_hours=row.stale_after_hours,
        is_active=row.is_active,
        secret_count=len(row.webhook_secrets()),
        credential_names=tuple(sorted(row.credentials())),
        hook_path=f"/hooks/{row.id}",
        created_at=row.created_at,
        bad_signature_count=row.bad_signature_count,
        bad_signature_since=row.bad_signature_since,
        bad_signature_at=row.bad_signature_at,
        last_received_at=last,
    )


def list_connections() -> list[ConnectionInfo]:
    """List the store's connections by name, each with when it last sent something."""
    last = dict(
        Delivery.objects.values("connection_id")
        .annotate(last=Max("received_at"))
        .values_list("connection_id", "last")
    )
    rows = Connection.objects.order_by("name")
    return [_connection_info(row, last.get(row.id)) for row in rows]


def get_connection(connection_id: UUID) -> ConnectionInfo:
    """Return one connection.

    :raises NotFound: the store has no such connection.
    """
    row = Connection.objects.filter(id=connection_id).first()
    if row is None:
        raise NotFound("There is no such connection.")
    return _connection_info(row)


def find_credentials(kind: str) -> dict[str, str] | None:
    """Return what calling the store's platform of a kind takes; None: no active connection.

    Of several connections the oldest counts. For connectors alone: secrets never reach a page.
    """
    row = Connection.objects.filter(kind=kind, is_active=True).order_by("created_at").first()
    return None if row is None else row.credentials()


@dataclass(frozen=True, slots=True)
class Access:
    """What calling one connected platform takes; never reaches a page."""

    kind: str
    shop_url: str
    is_active: bool
    credentials: dict[str, str]


def find_access(connection_id: UUID) -> Access | None:
    """Return what calling the platform of a connection takes; None: the store has no such one."""
    row = Connection.objects.filter(id=connection_id).first()
    if row is None:
        return None
    return Access(row.kind, row.shop_url, row.is_active, row.credentials())


def find_kind(connection_id: UUID) -> str:
    """Return which platform a connection is of, "" for an unknown one."""
    kind = Connection.objects.filter(id=connection_id).values_list("kind", flat=True).first()
    return kind or ""


def _delivery_info(row: Delivery) -> DeliveryInfo:
    return DeliveryInfo(
        id=row.id,
        connection_id=row.connection_id,
        connection_name=row.connection.name,
        topic=row.topic,
        status=row.status,
        received_at=row.received_at,
        triggered_at=row.triggered_at,
        is_stale=row.is_stale,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        waiting_for=row.waiting_for,
        order_external_id=row.order_external_id,
        error_code=row.error_code,
        error_detail=row.error_detail,
        error_field=row.error_field,
        is_retriable=row.is_retriable,
        processed_at=row.processed_at,
    )


def list_problems(
    *, status: str = "", limit: int = 50, before: UUID | None = None
) -> list[DeliveryInfo]:
    """List deliveries that need a look, newest first: rejected, parked, waiting, failing.

    :param before: the id of the last one of the page before.
    """
    failing = Q(status=RECEIVED) & ~Q(error_code="")
    wanted = Q(status=status) if status in PROBLEMS else Q(status__in=PROBLEMS) | failing
    rows = Delivery.objects.filter(wanted)
    if before is not None:
        rows = rows.filter(id__lt=before)
    shown = rows.select_related("connection").defer("body", "connection__secrets")
    return [_delivery_info(row) for row in shown.order_by("-received_at", "-id")[:limit]]


def list_deliveries(
    *, order_external_id: str = "", connection_id: UUID | None = None, limit: int = 50
) -> list[DeliveryInfo]:
    """List deliveries newest first, of one order or connection where given."""
    rows = Delivery.objects.select_related("connection").defer("body", "connection__secrets")
    if order_external_id:
        rows = rows.filter(order_external_id=order_external_id)
    if connection_id is not None:
        rows = rows.filter(connection_id=connection_id)
    return [_delivery_info(row) for row in rows.order_by("-received_at", "-id")[:limit]]


def get_delivery(delivery_id: UUID) -> tuple[DeliveryInfo, bytes, dict[str, Any]]:
    """Return one delivery with the bytes as they came and the headers that were kept.

    :raises NotFound: the store has no such delivery.
    """
    row = Delivery.objects.select_related("connection").filter(id=delivery_id).first()
    if row is None:
        raise NotFound("There is no such delivery.")
    return _delivery_info(row), bytes(row.body), row.headers


# Written so that the index of problems fits: its own condition first.
NEEDS_PERSON = Tally(
    f"""
    SELECT count(*) FROM connectors_base_delivery
    WHERE store_id = %(store)s
      AND (status IN ('{"', '".join(PROBLEMS)}') OR error_code <> '')
      AND (status IN ('{"', '".join(PROBLEMS)}') OR status = '{RECEIVED}')
    """  # noqa: S608 (only constants are put into the text)
)


def count_problems() -> dict[str, int]:
    """Count what needs a look, by status; ``failing`` is due again after an error."""
    rows = (
        Delivery.objects.filter(Q(status__in=PROBLEMS) | Q(status=RECEIVED) & ~Q(error_code=""))
        .values_list("status")
        .annotate(count=Count("id"))
    )
    return {"failing" if status == RECEIVED else status: count for status, count in rows}


def replay(
    *,
    statuses: Sequence[str] = (),
    received_from: datetime | None = None,
    received_to: datetime | None = None,
    delivery_ids: Sequence[UUID] = (),
    at: datetime,
) -> int:
    """Make stored deliveries due again, whatever became of them, and return how many.

    Replaying is safe: an order no newer than what is known changes nothing.

    :param statuses: only these; empty means all that are not waiting for their turn anyway.
    :raises Invalid: an unknown status, or nothing that limits the set.
    """
    unknown = [status for status in statuses if status not in STATUSES]
    if unknown:
        raise Invalid(f"“{unknown[0]}” is not a status ({', '.join(STATUSES)}).", field="statuses")
    if not (statuses or received_from or received_to or delivery_ids):
        raise Invalid("Say which deliveries: by status, time or id.", field="statuses")
    rows = Delivery.objects.filter(status__in=statuses or [PROCESSED, IGNORED, *PROBLEMS])
    if received_from:
        rows = rows.filter(received_at__gte=received_from)
    if received_to:
        rows = rows.filter(received_at__lt=received_to)
    if delivery_ids:
        rows = rows.filter(id__in=delivery_ids)
    return rows.update(
        status=RECEIVED, next_attempt_at=at, attempts=0, waiting_for="", processed_at=None
    )
