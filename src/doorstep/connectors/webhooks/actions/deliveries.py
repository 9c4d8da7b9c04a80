"""Send a test, send again, let go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.connectors.webhooks import fan_out
from doorstep.connectors.webhooks.actions.endpoints import lock_endpoint
from doorstep.connectors.webhooks.catalog import (
    TEST_TYPE,
    PublicFact,
    event_names,
    is_known,
    payload,
    translate,
)
from doorstep.connectors.webhooks.contracts import WebhookDelivery
from doorstep.connectors.webhooks.models import (
    DISCARDED,
    FAILED,
    PARKED,
    PENDING,
    SENDING,
    Delivery,
    Endpoint,
)
from doorstep.connectors.webhooks.public_events import TestData
from doorstep.connectors.webhooks.queries import delivery_info
from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.reading import read_since
from doorstep.kernel.ids import new_id

MAX_REPLAYED = 10_000
_CHUNK = 1_000


def _lock_active(endpoint_id: UUID) -> Endpoint:
    found = lock_endpoint(endpoint_id)
    if not found.is_active:
        raise Conflict("This endpoint is disabled: enable it first.")
    return found


def _lock_delivery(delivery_id: UUID) -> Delivery:
    found = (
        Delivery.objects.select_for_update(of=("self",))
        .filter(id=delivery_id, endpoint__deleted_at=None)
        .first()
    )
    if found is None:
        raise NotFound("There is no such webhook delivery.")
    if found.status == SENDING:
        raise Conflict("It is being sent right now. Look again in a moment.")
    return found


@action("webhooks.send_test", permission="settings.edit", summary="Send a test webhook")
def send_test(*, endpoint_id: UUID, by: Actor, at: datetime) -> WebhookDelivery:
    """Send a ``webhook.test`` to an endpoint, whatever types it chose.

    :raises NotFound: the store has no such endpoint.
    :raises Conflict: it is disabled.
    """
    endpoint = _lock_active(endpoint_id)
    body = payload(TEST_TYPE, at, 0, TestData(endpoint_id=endpoint.id))
    fact = PublicFact(f"msg_{new_id().hex}", TEST_TYPE, None, "", body, at)
    fan_out.write([(fact, endpoint)])
    made = Delivery.objects.get(endpoint_id=endpoint.id, webhook_id=fact.webhook_id)
    audit.note(subject=f"webhook_endpoint:{endpoint.id}", changes={"test": [None, str(made.id)]})
    return delivery_info(made)


@action(
    "webhooks.replay_delivery",
    permission="problems.retry",
    summary="Send a webhook again",
)
def replay_delivery(*, delivery_id: UUID, by: Actor, at: datetime) -> WebhookDelivery:
    """Make one delivery due now, whatever became of it; same body, same webhook-id.

    :raises NotFound: the store has no such delivery.
    :raises Conflict: it is being sent, or its endpoint is disabled.
    """
    found = _lock_delivery(delivery_id)
    if not Endpoint.objects.filter(id=found.endpoint_id, is_active=True).exists():
        raise Conflict("The endpoint is disabled: enable it first.")
    audit.note(subject=f"webhook_delivery:{found.id}", changes={"status": [found.status, PENDING]})
    found.status, found.next_attempt_at, found.finished_at = PENDING, at, None
    found.failures = found.lost_leases = 0
    found.save()
    return delivery_info(found)


@action(
    "webhooks.replay_failed",
    permission="problems.retry",
    summary="Send all webhooks again that failed since",
)
def replay_failed(*, endpoint_id: UUID, since: datetime, by: Actor, at: datetime) -> int:
    """Make due now what failed, of what happened since an instant; returns how many.

    :raises NotFound: the store has no such endpoint.
    :raises Conflict: it is disabled.
    """
    endpoint = _lock_active(endpoint_id)
    count = Delivery.objects.filter(
        endpoint_id=endpoint.id, status__in=[FAILED, PARKED], created_at__gte=since
    ).update(status=PENDING, next_attempt_at=at, finished_at=None, failures=0, lost_leases=0)
    audit.note(
        subject=f"webhook_endpoint:{endpoint.id}",
        changes={"replayed_failed": [since.isoformat(), count]},
    )
    return count


@action(
    "webhooks.replay_events",
    permission="problems.retry",
    summary="Send all webhooks of a type again, from the event log",
)
def replay_events(
    *, endpoint_id: UUID, event_type: str, since: datetime, by: Actor, at: datetime
) -> int:
    """Send what happened since an instant, also what the endpoint never got; returns how many.

    What was sent before comes again under the same webhook-id and with the same body.

    :raises NotFound: the store has no such endpoint.
    :raises Conflict: it is disabled.
    :raises Invalid: no such type, or more than 10,000 events since then.
    """
    endpoint = _lock_active(endpoint_id)
    if not is_known(event_type):
        raise Invalid(f"There is no event type “{event_type[:80]}”.", field="event_type")
    events = read_since(event_names(event_type), since, limit=MAX_REPLAYED + 1)
    if len(events) > MAX_REPLAYED:
        raise Invalid("More than 10,000 events: choose a later beginning.", field="since")
    count = 0
    for start in range(0, len(events), _CHUNK):
        facts = translate(events[start : start + _CHUNK], {event_type})
        count += fan_out.write([(fact, endpoint) for fact in facts], again=True, due_at=at)
    audit.note(
        subject=f"webhook_endpoint:{endpoint.id}",
        changes={"replayed": [f"{event_type} since {since.isoformat()}", count]},
    )
    return count


@action(
    "webhooks.discard_delivery",
    permission="problems.retry",
    summary="Let a webhook go that is not needed any more",
)
def discard_delivery(*, delivery_id: UUID, by: Actor, at: datetime) -> None:
    """Take a delivery off the list of problems, and out of the queue.

    :raises NotFound: the store has no such delivery.
    :raises Conflict: it was delivered, or is just being sent.
    """
    found = _lock_delivery(delivery_id)
    if found.status not in (PENDING, FAILED, PARKED):
        raise Conflict(f"The delivery is already {found.status}.")
    audit.note(
        subject=f"webhook_delivery:{found.id}", changes={"status": [found.status, DISCARDED]}
    )
    found.status, found.next_attempt_at, found.finished_at = DISCARDED, None, at
    found.save(update_fields=["status", "next_attempt_at", "finished_at"])
