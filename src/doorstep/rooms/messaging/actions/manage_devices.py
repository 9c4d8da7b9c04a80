"""Devices that take notifications: a shopper turns them on and off."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from secrets import token_bytes
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.actions.suppress_addresses import lift_for
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    DeviceKeys,
    DeviceView,
    Purpose,
    SuppressionReason,
)
from doorstep.rooms.messaging.models import PushSubscription, SenderConnection
from doorstep.rooms.messaging.rules.devices import UnusableDevice, agent_words, check_device
from doorstep.rooms.messaging.sending.reaching import MAX_DEVICES

VAPID_PUBLIC = "vapid_public"
TURNED_OFF = "Turned off on the device."
TOO_MANY = "Newer devices took its place."
# Two taps at once end in one row; a browser that changed hands belongs to who asked last.
_TURN_ON = """
    INSERT INTO messaging_pushsubscription
        (id, store_id, customer_id, subject_ref, endpoint, p256dh, auth, agent, created_at,
         ended_because)
    VALUES (%(id)s, %(store)s, %(customer)s, %(subject)s, %(endpoint)s, %(p256dh)s, %(auth)s,
            %(agent)s, %(at)s, '')
    ON CONFLICT (store_id, endpoint, subject_ref) WHERE ended_at IS NULL DO UPDATE
    SET customer_id = excluded.customer_id, p256dh = excluded.p256dh, auth = excluded.auth,
        agent = excluded.agent, created_at = excluded.created_at
    RETURNING id
"""


def push_key() -> str:
    """Return the store's public VAPID key for browsers, base64url; "" while it sends none."""
    row = SenderConnection.objects.filter(channel=Channel.PUSH, is_active=True).first()
    return str(row.settings.get(VAPID_PUBLIC, "")) if row else ""


def stand_in_device() -> DeviceKeys:
    """Return a device that does not exist, for a demo shop: no browser's service is asked for one."""
    key = generate_private_key(SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return DeviceKeys(
        f"https://push.example/{new_id()}",
        urlsafe_b64encode(point).decode(),
        urlsafe_b64encode(token_bytes(16)).decode(),
    )


def turn_on_device(
    keys: DeviceKeys,
    *,
    customer_id: UUID,
    subject: str,
    user_agent: str,
    proof: Mapping[str, Any],
    by: Actor,
    at: datetime,
    wording: str = "",
    wording_locale: str = "",
) -> DeviceView:
    """Send notifications about an order to a browser from now on, and note who asked for it.

    The same browser again gets new keys, not a second row. That the person wants notifications is
    kept as a consent for service messages; marketing needs its own yes.

    :param subject: ``"order:<uuid>"``, or "" for all of the person's orders.
    :param proof: where it was asked for; plain JSON.
    :param wording: the words the person saw, in ``wording_locale``.
    :raises Invalid: the browser gave something that nothing can be sent to.
    """
    try:
        check_device(
            keys.endpoint, keys.p256dh, keys.auth,
            allowed_hosts=frozenset(settings.DOORSTEP_OUTBOUND_ALLOW),
        )  # fmt: skip
    except UnusableDevice as error:
        raise Invalid(str(error), field="endpoint") from error
    agent = agent_words(user_agent)
    values: dict[str, Any] = {
        "id": new_id(), "store": current_store_id(), "customer": customer_id, "subject": subject,
        "endpoint": keys.endpoint, "p256dh": keys.p256dh, "auth": keys.auth, "agent": agent,
        "at": at,
    }  # fmt: skip
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TURN_ON, values)
            row = PushSubscription.objects.get(id=cursor.fetchone()[0])
        _end_the_oldest(customer_id, subject, at)
        grant = ConsentGrant(
            customer_id, Channel.PUSH, Purpose.SERVICE, ConsentState.GRANTED, "this device", at,
            proof={**proof, "device": str(row.id), "browser": agent},
            wording=wording, wording_locale=wording_locale,
        )  # fmt: skip
        record_consent([grant], by=by, at=at)
        lift_for(
            Channel.PUSH, str(customer_id), {SuppressionReason.UNSUBSCRIBE}, by=by, at=at
        )  # a new yes, from the person themselves
    return _view(row)


def turn_off_device(digest: str, *, customer_id: UUID, subject: str, at: datetime) -> bool:
    """Send no more notifications about an order to a browser; tell whether it got any.

    :param digest: the device, as :class:`DeviceView` names it.
    :param subject: as in :func:`turn_on_device`.
    """
    live = PushSubscription.objects.filter(
        customer_id=customer_id, subject_ref=subject, ended_at__isnull=True
    )
    ids = [row.id for row in live if _view(row).digest == digest]
    ended = live.filter(id__in=ids)
    return bool(ended.update(ended_at=at, ended_because=TURNED_OFF))


def list_devices(customer_id: UUID, *, subject: str | None = None) -> list[DeviceView]:
    """List the devices that take notifications for a person, newest first.

    :param subject: only those that hear of it; None: all.
    """
    rows = PushSubscription.objects.filter(customer_id=customer_id, ended_at__isnull=True)
    if subject is not None:
        rows = rows.filter(subject_ref__in=["", subject])
    return [_view(row) for row in rows.order_by("-created_at")]


def _end_the_oldest(customer_id: UUID, subject: str, at: datetime) -> None:
    """Keep a link that is passed around from growing without end."""
    live = PushSubscription.objects.filter(
        customer_id=customer_id, subject_ref=subject, ended_at__isnull=True
    )
    newest = live.order_by("-created_at", "-id").values("id")[:MAX_DEVICES]
    live.exclude(id__in=newest).update(ended_at=at, ended_because=TOO_MANY)


def _view(row: PushSubscription) -> DeviceView:
    digest = hashlib.sha256(row.endpoint.encode()).hexdigest()
    return DeviceView(row.id, row.customer_id, row.subject_ref, row.agent, row.created_at, digest)
