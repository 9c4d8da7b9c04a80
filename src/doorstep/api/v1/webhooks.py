"""Operations on outgoing webhooks."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.webhooks import (
    EndpointChange,
    EndpointIn,
    EventTypeOut,
    ReplayIn,
    ReplayOut,
    SigningSecret,
    WebhookDeliveriesPage,
    WebhookDeliveryOut,
    WebhookDeliveryQuery,
)
from doorstep.connectors.webhooks import api as webhooks
from doorstep.connectors.webhooks.contracts import EndpointInfo, WebhookDelivery
from doorstep.kernel.clock import now

router = Router(tags=["Webhooks"])


@serve(router, "GET", "/webhook-event-types", scope="", answers={200: list[EventTypeOut]})
def list_webhook_event_types(request: HttpRequest) -> list[EventTypeOut]:
    """List event types.

    What an endpoint can hear of, each with an example of its payload.
    """
    return [
        EventTypeOut(
            name=one.name,
            description=one.summary,
            example=one.example,
            data_schema=one.data.model_json_schema(),
        )
        for one in webhooks.list_event_types()
    ]


@serve(
    router, "GET", "/webhook-endpoints", scope="settings.view", answers={200: list[EndpointInfo]}
)
def list_webhook_endpoints(request: HttpRequest) -> list[EndpointInfo]:
    """List endpoints.

    Oldest first; a store has 50 at most.
    """
    return webhooks.list_endpoints(at=now())


@serve(router, "POST", "/webhook-endpoints", scope="settings.edit", answers={201: EndpointInfo})
def create_webhook_endpoint(request: HttpRequest, payload: EndpointIn) -> Status[EndpointInfo]:
    """Create an endpoint.

    It hears what happens from now on. Read what it is signed with at `/webhook-endpoints/{endpoint_id}/secret`: answers to a POST
    are kept for a day, and a secret should not be.
    """
    made = webhooks.create_endpoint(
        url=payload.url,
        description=payload.description,
        event_types=payload.event_types,
        by=caller(request),
        at=now(),
    )
    return Status(201, made.endpoint)


@serve(
    router,
    "GET",
    "/webhook-endpoints/{endpoint_id}",
    scope="settings.view",
    answers={200: EndpointInfo},
)
def get_webhook_endpoint(request: HttpRequest, endpoint_id: UUID) -> EndpointInfo:
    """Return an endpoint.

    `disabled_reason` is `gone` when it answered 410, `failing` when nothing arrived for five days.
    """
    return webhooks.get_endpoint(endpoint_id, at=now())


@serve(
    router,
    "PUT",
    "/webhook-endpoints/{endpoint_id}",
    scope="settings.edit",
    answers={200: EndpointInfo},
)
def change_webhook_endpoint(
    request: HttpRequest, endpoint_id: UUID, payload: EndpointChange
) -> EndpointInfo:
    """Change an endpoint, stop it or start it again.

    What is left out gets its default. What waits goes to the new address.
    """
    by, at = caller(request), now()
    switch = webhooks.enable_endpoint if payload.is_active else webhooks.disable_endpoint
    with transaction.atomic():
        webhooks.change_endpoint(
            endpoint_id=endpoint_id,
            url=payload.url,
            description=payload.description,
            event_types=payload.event_types,
            by=by,
            at=at,
        )
        return switch(endpoint_id=endpoint_id, by=by, at=at)


@serve(
    router,
    "DELETE",
    "/webhook-endpoints/{endpoint_id}",
    scope="settings.edit",
    answers={204: None},
)
def delete_webhook_endpoint(request: HttpRequest, endpoint_id: UUID) -> Status[None]:
    """Delete an endpoint.

    Nothing is sent to it any more, and the log of what was goes with it.
    """
    webhooks.delete_endpoint(endpoint_id=endpoint_id, by=caller(request), at=now())
    return Status(204, None)


@serve(
    router,
    "GET",
    "/webhook-endpoints/{endpoint_id}/secret",
    scope="settings.edit",
    answers={200: SigningSecret},
)
def reveal_webhook_secret(request: HttpRequest, endpoint_id: UUID) -> SigningSecret:
    """Return the signing secret.

    Keep it where only the receiver reads it. That it was asked for stands in the audit.
    """
    shown = webhooks.reveal_secret(endpoint_id=endpoint_id, by=caller(request), at=now())
    return SigningSecret(
        secret=shown.secret,
        previous_secret=shown.previous_secret,
        previous_until=shown.previous_until,
    )


@serve(
    router,
    "POST",
    "/webhook-endpoints/{endpoint_id}/secret-rotation",
    scope="settings.edit",
    answers={201: EndpointInfo},
)
def rotate_webhook_secret(request: HttpRequest, endpoint_id: UUID) -> Status[EndpointInfo]:
    """Make a new signing secret.

    The one before signs along for 24 hours. Read the new one at `/webhook-endpoints/{endpoint_id}/secret`.
    """
    at = now()
    webhooks.rotate_secret(endpoint_id=endpoint_id, by=caller(request), at=at)
    return Status(201, webhooks.get_endpoint(endpoint_id, at=at))


@serve(
    router,
    "POST",
    "/webhook-endpoints/{endpoint_id}/tests",
    scope="settings.edit",
    answers={202: WebhookDelivery},
)
def send_test_webhook(request: HttpRequest, endpoint_id: UUID) -> Status[WebhookDelivery]:
    """Send a test.

    A `webhook.test`, whatever types the endpoint chose; read the delivery to see what came of it.
    """
    sent = webhooks.send_test(endpoint_id=endpoint_id, by=caller(request), at=now())
    return Status(202, sent)


@serve(
    router,
    "POST",
    "/webhook-endpoints/{endpoint_id}/replays",
    scope="problems.retry",
    answers={202: ReplayOut},
)
def replay_webhooks(
    request: HttpRequest, endpoint_id: UUID, payload: ReplayIn
) -> Status[ReplayOut]:
    """Send many again.

    All that failed since an instant, or all events of a type since then, up to 10,000. Each keeps
    its `webhook-id`.
    """
    by, at = caller(request), now()
    if payload.event_type:
        count = webhooks.replay_events(
            endpoint_id=endpoint_id,
            event_type=payload.event_type,
            since=payload.since,
            by=by,
            at=at,
        )
    else:
        count = webhooks.replay_failed(endpoint_id=endpoint_id, since=payload.since, by=by, at=at)
    return Status(202, ReplayOut(count=count))


@serve(
    router,
    "GET",
    "/webhook-deliveries",
    scope="problems.view",
    answers={200: WebhookDeliveriesPage},
)
def list_webhook_deliveries(
    request: HttpRequest, filters: Query[WebhookDeliveryQuery]
) -> WebhookDeliveriesPage:
    """List webhook deliveries.

    Newest first. What was delivered is kept for 30 days, what failed for 90.
    """
    page = webhooks.list_deliveries(
        endpoint_id=filters.endpoint_id,
        statuses=[filters.status] if filters.status else [],
        event_type=filters.event_type,
        subject=f"order:{filters.order_id}" if filters.order_id else "",
        cursor=unseal("webhook-deliveries", filters.cursor),
        limit=filters.limit,
    )
    return WebhookDeliveriesPage(
        items=list(page.items), next_cursor=seal("webhook-deliveries", page.next_cursor)
    )


@serve(
    router,
    "GET",
    "/webhook-deliveries/{webhook_delivery_id}",
    scope="problems.view",
    answers={200: WebhookDeliveryOut},
)
def get_webhook_delivery(request: HttpRequest, webhook_delivery_id: UUID) -> WebhookDeliveryOut:
    """Return a webhook delivery.

    With its body and every try, newest first.
    """
    found = webhooks.get_delivery(webhook_delivery_id, at=now())
    return WebhookDeliveryOut(
        delivery=found.delivery, body=found.body, attempts=list(found.attempts)
    )


@serve(
    router,
    "POST",
    "/webhook-deliveries/{webhook_delivery_id}/replay",
    scope="problems.retry",
    answers={202: WebhookDelivery},
)
def replay_webhook_delivery(
    request: HttpRequest, webhook_delivery_id: UUID
) -> Status[WebhookDelivery]:
    """Send a webhook again.

    Whatever became of it; same body, same `webhook-id`.
    """
    again = webhooks.replay_delivery(delivery_id=webhook_delivery_id, by=caller(request), at=now())
    return Status(202, again)
