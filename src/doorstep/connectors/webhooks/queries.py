"""What console and API ask about endpoints and deliveries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from doorstep.connectors.webhooks.catalog import PublicType, all_types
from doorstep.connectors.webhooks.contracts import (
    AttemptInfo,
    EndpointInfo,
    HourCount,
    WebhookDelivery,
    WebhookDeliveryDetail,
    WebhookDeliveryPage,
)
from doorstep.connectors.webhooks.models import (
    BY_HAND,
    FAILED,
    PARKED,
    STATUSES,
    Attempt,
    Delivery,
    Endpoint,
)
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tallies import Tally, read_tally
from doorstep.kernel.tenancy import current_store_id


def list_event_types() -> list[PublicType]:
    """List the public event catalogue by name."""
    return all_types()


def endpoint_info(row: Endpoint, *, at: datetime) -> EndpointInfo:
    """Return an endpoint as others see it."""
    signs_along = row.previous_until is not None and row.previous_until > at
    return EndpointInfo(
        id=row.id,
        url=row.url,
        description=row.description,
        event_types=tuple(row.event_types),
        is_active=row.is_active,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        failing_since=row.failing_since,
        previous_secret_until=row.previous_until if signs_along else None,
        created_at=row.created_at,
    )


def list_endpoints(*, at: datetime) -> list[EndpointInfo]:
    """List the store's endpoints, oldest first."""
    rows = Endpoint.objects.filter(deleted_at=None).defer("secrets").order_by("created_at", "id")
    return [endpoint_info(row, at=at) for row in rows]


def get_endpoint(endpoint_id: UUID, *, at: datetime) -> EndpointInfo:
    """Return one endpoint.

    :raises NotFound: the store has no such endpoint.
    """
    row = Endpoint.objects.filter(id=endpoint_id, deleted_at=None).defer("secrets").first()
    if row is None:
        raise NotFound("There is no such webhook endpoint.")
    return endpoint_info(row, at=at)


def delivery_info(row: Delivery) -> WebhookDelivery:
    """Return a delivery as lists show it."""
    return WebhookDelivery(
        id=row.id,
        endpoint_id=row.endpoint_id,
        webhook_id=row.webhook_id,
        event_type=row.event_type,
        subject=row.subject,
        status=row.status,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        last_status_code=row.last_status_code,
        last_error=row.last_error,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def list_deliveries(
    *,
    endpoint_id: UUID | None = None,
    statuses: Collection[str] = (),
    event_type: str = "",
    subject: str = "",
    cursor: str = "",
    limit: int = 50,
) -> WebhookDeliveryPage:
    """List deliveries, newest first; those of deleted endpoints are not there any more.

    :param cursor: the ``next_cursor`` of the page before.
    :raises Invalid: a status that does not exist, or a cursor that no page gave.
    """
    unknown = [status for status in statuses if status not in STATUSES]
    if unknown:
        raise Invalid(f"“{unknown[0]}” is not a status ({', '.join(STATUSES)}).", field="status")
    rows = Delivery.objects.filter(endpoint__deleted_at=None).defer("body")
    if endpoint_id is not None:
        rows = rows.filter(endpoint_id=endpoint_id)
    if statuses:
        rows = rows.filter(status__in=list(statuses))
    if event_type:
        rows = rows.filter(event_type=event_type)
    if subject:
        rows = rows.filter(subject=subject)
    if cursor:
        rows = rows.filter(id__lt=_cursor(cursor))
    found = list(rows.order_by("-id")[: limit + 1])
    items = tuple(delivery_info(row) for row in found[:limit])
    return WebhookDeliveryPage(items, str(items[-1].id) if len(found) > limit else "")


def _cursor(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("This cursor is not one that a page gave.", field="cursor") from None


def get_delivery(delivery_id: UUID, *, at: datetime) -> WebhookDeliveryDetail:
    """Return one delivery with its body and every try.

    :raises NotFound: the store has no such delivery.
    """
    row = (
        Delivery.objects.select_related("endpoint")
        .defer("endpoint__secrets")
        .filter(id=delivery_id, endpoint__deleted_at=None)
        .first()
    )
    if row is None:
        raise NotFound("There is no such webhook delivery.")
    tries = Attempt.objects.filter(delivery_id=row.id).order_by("-number")
    return WebhookDeliveryDetail(
        delivery=delivery_info(row),
        endpoint=endpoint_info(row.endpoint, at=at),
        body=row.body,
        attempts=tuple(
            AttemptInfo(
                number=one.number,
                at=one.at,
                status_code=one.status_code,
                error=one.error,
                duration_ms=one.duration_ms,
                response_body=one.response_body,
                signature=one.signature,
            )
            for one in tries
        ),
    )


_BY_HOUR = """
    SELECT h.hour, count(a.id) FILTER (WHERE a.error = ''), count(a.id) FILTER (WHERE a.error <> '')
    FROM generate_series(date_trunc('hour', %(at)s::timestamptz, 'UTC') - interval '23 hours',
                         date_trunc('hour', %(at)s::timestamptz, 'UTC'), interval '1 hour') AS h(hour)
    LEFT JOIN connectors_webhooks_attempt a
        ON a.store_id = %(store)s AND a.endpoint_id = %(endpoint)s
       AND a.at >= h.hour AND a.at < h.hour + interval '1 hour'
    GROUP BY h.hour ORDER BY h.hour
"""


def count_by_hour(endpoint_id: UUID, *, at: datetime) -> list[HourCount]:
    """Count an endpoint's tries of the last 24 hours, hour by hour, the present one last."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_HOUR, {"at": at, "store": current_store_id(), "endpoint": endpoint_id})
        return [HourCount(*row) for row in cursor.fetchall()]


def count_by_endpoint(*, at: datetime) -> dict[UUID, tuple[int, int]]:
    """Count each endpoint's tries of the last 24 hours: (taken, failed), in one query."""
    found: dict[UUID, tuple[int, int]] = {}
    rows = (
        Attempt.objects.filter(
            endpoint_id__in=Endpoint.objects.filter(deleted_at=None).values("id"),
            at__gt=at - timedelta(hours=24),
        )
        .values_list("endpoint_id", "error")
        .annotate(count=Count("id"))
    )
    for endpoint_id, error, count in rows:
        taken, failed = found.get(endpoint_id, (0, 0))
        found[endpoint_id] = (taken, failed + count) if error else (taken + count, failed)
    return found


NEEDS_PERSON = Tally(
    f"""
    SELECT (SELECT count(*) FROM connectors_webhooks_endpoint
            WHERE store_id = %(store)s AND deleted_at IS NULL AND NOT is_active
              AND disabled_reason <> '{BY_HAND}')
         + (SELECT count(*) FROM connectors_webhooks_delivery d
            JOIN connectors_webhooks_endpoint e ON e.id = d.endpoint_id AND e.is_active
            WHERE d.store_id = %(store)s AND d.status = '{FAILED}')
    """  # noqa: S608 (only constants are put into the text)
)


def count_problems() -> int:
    """Count endpoints that Doorstep gave up, and what failed for good on the others."""
    return read_tally(NEEDS_PERSON)


def list_given_up() -> list[Endpoint]:
    """List endpoints that were disabled for answering 410 or for failing too long."""
    rows = Endpoint.objects.filter(is_active=False, deleted_at=None).exclude(
        disabled_reason=BY_HAND
    )
    return list(rows.defer("secrets").order_by("disabled_at"))


def list_failed(*, limit: int = 25) -> list[WebhookDelivery]:
    """List what failed for good, newest first, of endpoints that are still active."""
    return [delivery_info(row) for row in _failed().defer("body").order_by("-id")[:limit]]


def _failed() -> QuerySet[Delivery]:
    return Delivery.objects.filter(status=FAILED, endpoint__is_active=True)


def count_parked(endpoint_id: UUID) -> int:
    """Count what waits for an endpoint to be enabled again."""
    return Delivery.objects.filter(endpoint_id=endpoint_id, status=PARKED).count()
