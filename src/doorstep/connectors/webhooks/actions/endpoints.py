"""Make, change, pause and delete endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.connectors.webhooks.addresses import clean_url
from doorstep.connectors.webhooks.catalog import is_known
from doorstep.connectors.webhooks.contracts import EndpointInfo
from doorstep.connectors.webhooks.models import BY_HAND, PARKED, PENDING, Delivery, Endpoint
from doorstep.connectors.webhooks.queries import endpoint_info
from doorstep.connectors.webhooks.sending.recording import disable
from doorstep.connectors.webhooks.signing import new_secret
from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id

MAX_ENDPOINTS = 50
_LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class EndpointMade:
    """A new endpoint and what its receiver checks signatures with."""

    endpoint: EndpointInfo
    secret: str


def lock_endpoint(endpoint_id: UUID) -> Endpoint:
    """Return an endpoint, locked, without its secrets.

    :raises NotFound: the store has no such endpoint.
    """
    found = (
        Endpoint.objects.select_for_update(no_key=True)
        .defer("secrets")
        .filter(id=endpoint_id, deleted_at=None)
        .first()
    )
    if found is None:
        raise NotFound("There is no such webhook endpoint.")
    return found


def _clean_description(text: str) -> str:
    if len(text) > _LONGEST_DESCRIPTION:
        raise Invalid("A description has at most 500 characters.", field="description")
    return text.strip()


def _clean_types(names: list[str]) -> list[str]:
    for nth, name in enumerate(names):
        if not is_known(name):
            raise Invalid(
                f"There is no event type “{name[:80]}”. The documentation lists them all.",
                field=f"event_types.{nth}",
            )
    return sorted(set(names))


@action(
    "webhooks.create_endpoint",
    permission="settings.edit",
    summary="Send webhooks to an address",
    undo="webhooks.delete_endpoint",
)
def create_endpoint(
    *,
    url: str,
    description: str = "",
    event_types: list[str] | None = None,
    by: Actor,
    at: datetime,
) -> EndpointMade:
    """Create an endpoint; it hears what happens from now on.

    :param event_types: public names; none means all, also those that come with later versions.
    :raises Invalid: naming the field.
    :raises Conflict: the store has 50 endpoints already.
    """
    if Endpoint.objects.filter(deleted_at=None).count() >= MAX_ENDPOINTS:
        raise Conflict("A store has at most 50 webhook endpoints. Delete one that is not needed.")
    secret = new_secret()
    sealed: Any = {"current": secret}
    made = Endpoint.objects.create(
        store_id=current_store_id(),
        url=clean_url(url),
        description=_clean_description(description),
        event_types=_clean_types(event_types or []),
        secrets=sealed,
        created_at=at,
        created_by=by.key,
    )
    audit.note(
        subject=f"webhook_endpoint:{made.id}",
        changes={"url": [None, made.url], "event_types": [None, made.event_types]},
    )
    return EndpointMade(endpoint_info(made, at=at), secret)


@action(
    "webhooks.change_endpoint",
    permission="settings.edit",
    summary="Change a webhook endpoint's address or events",
)
def change_endpoint(
    *,
    endpoint_id: UUID,
    url: str,
    description: str = "",
    event_types: list[str] | None = None,
    by: Actor,
    at: datetime,
) -> EndpointInfo:
    """Change an endpoint. What waits for it goes to the new address.

    :raises NotFound: the store has no such endpoint.
    :raises Invalid: naming the field.
    """
    found = lock_endpoint(endpoint_id)
    wanted = {
        "url": clean_url(url),
        "description": _clean_description(description),
        "event_types": _clean_types(event_types or []),
    }
    changes = {
        name: [getattr(found, name), value]
        for name, value in wanted.items()
        if getattr(found, name) != value
    }
    for name, value in wanted.items():
        setattr(found, name, value)
    found.save(update_fields=[*wanted])
    audit.note(subject=f"webhook_endpoint:{found.id}", changes=changes)
    return endpoint_info(found, at=at)


@action(
    "webhooks.enable_endpoint",
    permission="settings.edit",
    summary="Send webhooks to an endpoint again",
    undo="webhooks.disable_endpoint",
)
def enable_endpoint(*, endpoint_id: UUID, by: Actor, at: datetime) -> EndpointInfo:
    """Enable an endpoint; what was parked goes out now. What happened meanwhile can be replayed.

    Enabling an active one changes nothing.

    :raises NotFound: the store has no such endpoint.
    """
    found = lock_endpoint(endpoint_id)
    if found.is_active:
        return endpoint_info(found, at=at)
    found.is_active, found.disabled_at, found.disabled_reason = True, None, ""
    found.failing_since = None
    found.save(update_fields=["is_active", "disabled_at", "disabled_reason", "failing_since"])
    waiting = Delivery.objects.filter(endpoint_id=found.id, status=PARKED).update(
        status=PENDING, next_attempt_at=at, failures=0, lost_leases=0
    )
    audit.note(
        subject=f"webhook_endpoint:{found.id}",
        changes={"is_active": [False, True], "due_again": [0, waiting]},
    )
    return endpoint_info(found, at=at)


@action(
    "webhooks.disable_endpoint",
    permission="settings.edit",
    summary="Stop sending webhooks to an endpoint",
    undo="webhooks.enable_endpoint",
)
def disable_endpoint(*, endpoint_id: UUID, by: Actor, at: datetime) -> EndpointInfo:
    """Disable an endpoint; what waits is parked, and what happens from now on is not kept for it.

    :raises NotFound: the store has no such endpoint.
    """
    found = lock_endpoint(endpoint_id)
    if found.is_active:
        disable(found.id, BY_HAND, at=at)
        audit.note(subject=f"webhook_endpoint:{found.id}", changes={"is_active": [True, False]})
        found.refresh_from_db(fields=["is_active", "disabled_at", "disabled_reason"])
    return endpoint_info(found, at=at)


@action(
    "webhooks.delete_endpoint",
    permission="settings.edit",
    summary="Delete a webhook endpoint with its log",
)
def delete_endpoint(*, endpoint_id: UUID, by: Actor, at: datetime) -> None:
    """Delete an endpoint: nothing is sent any more, and its log goes as well.

    :raises NotFound: the store has no such endpoint.
    """
    found = lock_endpoint(endpoint_id)
    disable(found.id, BY_HAND, at=at)
    Endpoint.objects.filter(id=found.id).update(deleted_at=at)
    audit.note(subject=f"webhook_endpoint:{found.id}", changes={"url": [found.url, None]})
