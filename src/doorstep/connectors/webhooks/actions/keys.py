"""Signing secrets: change them, and show them to who may."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.connectors.webhooks.actions.endpoints import lock_endpoint
from doorstep.connectors.webhooks.contracts import EndpointSecret
from doorstep.connectors.webhooks.models import Endpoint
from doorstep.connectors.webhooks.signing import new_secret
from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict
from doorstep.kernel.secrets import UnreadableSecret

SIGNS_ALONG = timedelta(hours=24)


@action(
    "webhooks.rotate_secret",
    permission="settings.edit",
    summary="Give a webhook endpoint a new signing secret",
)
def rotate_secret(*, endpoint_id: UUID, by: Actor, at: datetime) -> EndpointSecret:
    """Make a new secret; the one before signs along for 24 hours, so that nothing is refused.

    Also helps when the stored one can't be decrypted any more.

    :raises NotFound: the store has no such endpoint.
    """
    found = lock_endpoint(endpoint_id)
    previous = _known_secret(endpoint_id)
    secret, until = new_secret(), at + SIGNS_ALONG if previous else None
    sealed = {"current": secret} | ({"previous": previous} if previous else {})
    Endpoint.objects.filter(id=found.id).update(secrets=sealed, previous_until=until)
    audit.note(subject=f"webhook_endpoint:{found.id}", changes={"secret": ["(hidden)", "(hidden)"]})
    return EndpointSecret(secret, previous, until)


def _known_secret(endpoint_id: UUID) -> str:
    try:
        return str(_read(endpoint_id)["current"])
    except UnreadableSecret:
        return ""


def _read(endpoint_id: UUID) -> dict[str, Any]:
    """Read the secrets by themselves: rows are loaded without, as one may be unreadable."""
    kept: Any = Endpoint.objects.values_list("secrets", flat=True).get(id=endpoint_id)
    return dict(kept)


@action(
    "webhooks.reveal_secret",
    permission="settings.edit",
    summary="Show a webhook endpoint's signing secret",
)
def reveal_secret(*, endpoint_id: UUID, by: Actor, at: datetime) -> EndpointSecret:
    """Return the secret, and the one before as long as it signs along; that it was is kept.

    :raises NotFound: the store has no such endpoint.
    :raises Conflict: it was stored under a key that this installation has not got.
    """
    found = lock_endpoint(endpoint_id)
    try:
        kept = _read(endpoint_id)
    except UnreadableSecret:
        raise Conflict(
            "The stored secret can't be read with this installation's keys. Make a new one."
        ) from None
    audit.note(subject=f"webhook_endpoint:{found.id}")
    if found.previous_until is None or found.previous_until <= at:
        return EndpointSecret(kept["current"], "", None)
    return EndpointSecret(kept["current"], kept.get("previous", ""), found.previous_until)
