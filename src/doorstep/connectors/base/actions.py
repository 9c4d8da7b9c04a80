"""What people do to connections and to deliveries that went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction
from django.db.models import F

from doorstep.connectors.base.contracts import ORDERS
from doorstep.connectors.base.models import (
    DISCARDED,
    PARKED,
    RECEIVED,
    REJECTED,
    WAITING,
    Connection,
    Delivery,
)
from doorstep.connectors.base.receive import forget_cached
from doorstep.connectors.base.registry import get_connector
from doorstep.kernel import audit, money
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id


@dataclass(frozen=True, slots=True)
class ConnectionMade:
    """A new connection and the path its webhooks go to."""

    id: UUID
    hook_path: str


@action(
    "connectors.connect_shop",
    permission="settings.edit",
    summary="Connect a shop whose webhooks come here",
)
def connect_shop(
    *,
    kind: str,
    name: str,
    secret: str,
    sales_channel: str = "",
    shop_url: str = "",
    currency: str = "",
    timezone: str = "",
    by: Actor,
    at: datetime,
) -> ConnectionMade:
    """Create a connection; ``secret`` is what the platform signs its webhooks with.

    Only shops have a sales channel; carriers and aggregators bring no orders.

    :raises Invalid: unknown kind, currency or time zone, or an empty secret.
    :raises Conflict: the store has a connection of this name.
    """
    is_shop = get_connector(kind).brings == ORDERS
    _check_settings(name=name, currency=currency, timezone=timezone)
    _check_secret(secret)
    sealed: Any = {"webhook": [secret]}
    try:
        with transaction.atomic():
            made = Connection.objects.create(
                store_id=current_store_id(),
                kind=kind,
                name=name.strip(),
                sales_channel=(sales_channel.strip() or kind) if is_shop else "",
                shop_url=shop_url.strip(),
                secrets=sealed,
                currency=currency,
                timezone=timezone,
                created_at=at,
                created_by=by.key,
            )
    except IntegrityError as error:
        raise Conflict("There is a connection of this name already.", field="name") from error
    audit.note(subject=f"connection:{made.id}", changes={"name": [None, made.name]})
    return ConnectionMade(made.id, f"/hooks/{made.id}")


def _check_secret(secret: str) -> None:
    if len(secret) < 8:
        raise Invalid("A webhook secret has at least 8 characters.", field="secret")


def _check_settings(*, name: str, currency: str, timezone: str) -> None:
    if not name.strip():
        raise Invalid("Give the connection a name.", field="name")
    if currency:
        money.exponent(currency)
    try:
        ZoneInfo(timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(f"“{timezone[:60]}” is not a time zone.", field="timezone") from None


def _lock_connection(connection_id: UUID) -> Connection:
    found = Connection.objects.select_for_update().filter(id=connection_id).first()
    if found is None:
        raise NotFound("There is no such connection.")
    return found


@action(
    "connectors.rotate_secret",
    permission="settings.edit",
    summary="Accept a new webhook secret beside the old one",
)
def rotate_secret(*, connection_id: UUID, secret: str, by: Actor, at: datetime) -> None:
    """Accept ``secret`` from now on; the one before stays valid until the next rotation.

    :raises NotFound: no such connection. :raises Invalid: the secret is too short.
    """
    found = _lock_connection(connection_id)
    _check_secret(secret)
    before = [old for old in found.webhook_secrets() if old != secret]
    found.secrets = {**found.secrets, "webhook": [secret, *before[:1]]}
    found.save(update_fields=["secrets"])
    transaction.on_commit(lambda: forget_cached(connection_id))
    audit.note(subject=f"connection:{found.id}", changes={"secret": ["(hidden)", "(hidden)"]})


@action(
    "connectors.set_credentials",
    permission="settings.edit",
    summary="Set the keys with which a connection’s platform is called",
)
def set_credentials(
    *, connection_id: UUID, credentials: dict[str, str], by: Actor, at: datetime
) -> None:
    """Keep what calling the platform takes (keys, tokens), encrypted; "" takes one away.

    What is not named stays as it is.

    :raises NotFound: no such connection.
    """
    found = _lock_connection(connection_id)
    kept = found.credentials() | {name: value.strip() for name, value in credentials.items()}
    found.secrets = {
        **found.secrets,
        "credentials": {name: value for name, value in kept.items() if value},
    }
    found.save(update_fields=["secrets"])
    changes = {name: ["(hidden)", "(hidden)"] for name in credentials}
    audit.note(subject=f"connection:{found.id}", changes=changes)


@action(
    "connectors.change_connection",
    permission="settings.edit",
    summary="Change or pause a connection",
)
def change_connection(
    *,
    connection_id: UUID,
    name: str,
    is_active: bool = True,
    shop_url: str = "",
    currency: str = "",
    timezone: str = "",
    stale_after_hours: int = 24,
    by: Actor,
    at: datetime,
) -> None:
    """Change a connection's settings; a paused one answers its platform with 401.

    :param stale_after_hours: a webhook triggered longer ago is marked as stale.
    :raises NotFound: no such connection. :raises Invalid: naming the field.
    """
    found = _lock_connection(connection_id)
    _check_settings(name=name, currency=currency, timezone=timezone)
    if not 1 <= stale_after_hours <= 24 * 365:
        raise Invalid("Between 1 hour and a year.", field="stale_after_hours")
    wanted = {
        "name": name.strip(),
        "is_active": is_active,
        "shop_url": shop_url.strip(),
        "currency": currency,
        "timezone": timezone,
        "stale_after_hours": stale_after_hours,
    }
    changes = {
        key: [getattr(found, key), value]
        for key, value in wanted.items()
        if getattr(found, key) != value
    }
    for key, value in wanted.items():
        setattr(found, key, value)
    try:
        with transaction.atomic():
            found.save(update_fields=[*wanted])
    except IntegrityError as error:
        raise Conflict("There is a connection of this name already.", field="name") from error
    transaction.on_commit(lambda: forget_cached(connection_id))
    audit.note(subject=f"connection:{found.id}", changes=changes)


@action(
    "connectors.forget_bad_signatures",
    permission="problems.retry",
    summary="Reset a connection's count of wrong signatures",
)
def forget_bad_signatures(*, connection_id: UUID, by: Actor, at: datetime) -> None:
    """Set the count of refused deliveries back to none.

    :raises NotFound: no such connection.
    """
    found = _lock_connection(connection_id)
    audit.note(
        subject=f"connection:{found.id}",
        changes={"bad_signature_count": [found.bad_signature_count, 0]},
    )
    Connection.objects.filter(id=found.id).update(
        bad_signature_count=0, bad_signature_since=None, bad_signature_at=None
    )


@action(
    "connectors.retry_deliveries",
    permission="problems.retry",
    summary="Try stored deliveries again",
)
def retry_deliveries(*, delivery_ids: list[UUID], by: Actor, at: datetime) -> int:
    """Make rejected, parked and waiting deliveries due now; return how many.

    What was processed, discarded, or can never succeed (a truncated body) is left alone.
    """
    count = Delivery.objects.filter(
        id__in=delivery_ids, status__in=[REJECTED, PARKED, WAITING, RECEIVED], is_retriable=True
    ).update(status=RECEIVED, next_attempt_at=at, attempts=0, waiting_for="", processed_at=None)
    audit.note(subject="deliveries", changes={"retried": [0, count]})
    return count


@action(
    "connectors.discard_delivery",
    permission="problems.retry",
    summary="Let a delivery go that cannot or need not be applied",
)
def discard_delivery(*, delivery_id: UUID, reason: str = "", by: Actor, at: datetime) -> None:
    """Take a delivery off the list of problems; its bytes stay stored.

    :raises NotFound: no such delivery. :raises Conflict: it was processed or ignored.
    """
    found = Delivery.objects.select_for_update().filter(id=delivery_id).first()
    if found is None:
        raise NotFound("There is no such delivery.")
    if found.status not in (REJECTED, PARKED, WAITING, RECEIVED):
        raise Conflict(f"The delivery is already {found.status}.")
    audit.note(
        subject=f"delivery:{found.id}",
        changes={"status": [found.status, DISCARDED], "reason": [None, reason[:500]]},
    )
    Delivery.objects.filter(id=found.id).update(
        status=DISCARDED, processed_at=at, next_attempt_at=None, attempts=F("attempts")
    )
