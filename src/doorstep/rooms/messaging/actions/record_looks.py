"""Opens and clicks of our own mails: kept with who it was, a person or a program."""

from __future__ import annotations

import hashlib
import html as html_text
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote
from uuid import UUID

from django.db import transaction

from doorstep.kernel.errors import NotFound
from doorstep.kernel.events.publish import publish_many
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.actions.record_deliveries import settle_statuses
from doorstep.rooms.messaging.looks import KINDS, look_draft
from doorstep.rooms.messaging.models import DeliveryEvent, Message
from doorstep.rooms.messaging.queries import get_message
from doorstep.rooms.messaging.rules.machines import (
    SAME_VISIT,
    Sight,
    machine_sign,
)
from doorstep.rooms.messaging.rules.storable import storable
from doorstep.rooms.messaging.sending.counted_links import read_link

OURS = "doorstep"  # as the provider of what we saw ourselves
# A scanner that comes again and again, or somebody who reloads: more says nothing new.
MOST_LOOKS = 200
# The same look again within this time is one: browsers ask twice for what was slow.
ONE_LOOK_SECONDS = 10
_RECOGNIZES_VISIT = frozenset({"honeypot", "burst"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request tells of who looks."""

    agent: str
    method: str = "GET"


def record_open(token: str, visitor: Visitor, *, at: datetime) -> None:
    """Keep that a mail's picture was asked for.

    :raises NotFound: the token is not one of ours.
    """
    _record(token, "opened", "", visitor, at=at)


def record_honeypot(token: str, visitor: Visitor, *, at: datetime) -> None:
    """Keep that somebody followed the link that no reader sees.

    :raises NotFound: the token is not one of ours.
    """
    _record(token, "clicked", "", visitor, at=at, is_honeypot=True)


def record_click(token: str, signature: str, packed: str, visitor: Visitor, *, at: datetime) -> str:
    """Keep a click on a signed link and return where it leads.

    :raises NotFound: token or link is not one of ours.
    """
    store_id, _ = identity.read_preferences_token(token)
    url = read_link(store_id, signature, packed)
    if url is None:
        raise NotFound("This link is not complete. Please use the link from the e-mail.")
    _record(token, "clicked", url, visitor, at=at)
    return url


def record_own_click(token: str, url: str, visitor: Visitor, *, at: datetime) -> str:
    """Keep a click on a link that only one mail has, and return where it leads.

    :raises NotFound: the token is not one of ours, or that mail has no such link.
    """
    store_id, message_id = identity.read_preferences_token(token)
    with store_scope(store_id):
        target = _link_in_mail(message_id, token, url, at)
    if "/preferences/" not in target:
        _record(token, "clicked", target, visitor, at=at)
    return target


def _link_in_mail(message_id: UUID, token: str, url: str, at: datetime) -> str:
    """Return the address as the mail has it; what is not in it leads nowhere."""
    view = get_message(message_id, at=at, as_sent=True)
    start = f"/t/{token}/u/"
    if view.rendered_at_send:
        for href in re.findall(r'href="([^"]*)"', view.html):
            plain = html_text.unescape(href)
            _, found, rest = plain.partition(start)
            if found and _same(rest, url) and rest.startswith(("http://", "https://")):
                return rest
    raise NotFound("This link is not complete. Please use the link from the e-mail.")


def _same(one: str, other: str) -> bool:
    """Compare addresses as they survive mail programs and proxies, which join double slashes."""

    def plain(url: str) -> str:
        return unquote(url.partition("#")[0]).replace("://", ":/").rstrip("?")

    return plain(one) == plain(other)


def _record(
    token: str,
    kind: str,
    target: str,
    visitor: Visitor,
    *,
    at: datetime,
    is_honeypot: bool = False,
) -> None:
    store_id, message_id = identity.read_preferences_token(token)
    with store_scope(store_id), transaction.atomic():
        # Locked: looks at one mail come together, and only one is the first.
        message = Message.objects.select_for_update().filter(id=message_id).first()
        if message is None:
            raise NotFound("This link is not complete. Please use the link from the e-mail.")
        if message.sent_at is None:
            return  # shown in the console or in a draft: not read by anybody
        before = list(
            DeliveryEvent.objects.filter(message_id=message_id, kind__in=KINDS).order_by(
                "-occurred_at"
            )[: MOST_LOOKS + 1]
        )
        if len(before) > MOST_LOOKS:
            return
        sight = Sight(
            kind,
            at,
            target,
            storable(visitor.agent)[:300],
            visitor.method,
            at - message.sent_at,
            is_honeypot,
        )
        _keep(message, sight, before, at)


def _keep(message: Message, sight: Sight, before: Sequence[DeliveryEvent], at: datetime) -> None:
    sign = _sign_of(sight, before)
    row = _row(message, sight, sign, at)
    DeliveryEvent.objects.bulk_create([row], ignore_conflicts=True)
    if not DeliveryEvent.objects.filter(id=row.id).exists():
        return
    if sign in _RECOGNIZES_VISIT:
        _reclassify(message.id, sight.at, sign)
    if sign:
        return
    settle_statuses([message.id], at=at)
    if not any(one.kind == sight.kind and not one.by_machine for one in before):
        publish_many([look_draft(message, sight.kind, sight.target, at)])


def _sign_of(sight: Sight, before: Sequence[DeliveryEvent]) -> str:
    """Return how a program shows, also by the visit this look belongs to."""
    clicks = [(one.occurred_at, str(one.raw.get("url", ""))) for one in before
              if one.kind == "clicked"]  # fmt: skip
    sign = machine_sign(sight, clicks)
    if sign:
        return sign
    is_visit = any(
        one.machine_reason in _RECOGNIZES_VISIT
        and abs(sight.at - one.occurred_at) <= SAME_VISIT
        and str(one.raw.get("agent", "")) == sight.agent
        for one in before
    )
    return "same_visit" if is_visit else ""


def _reclassify(message_id: UUID, at: datetime, sign: str) -> None:
    """Take back what was counted a moment before the visit of a scanner was recognized."""
    DeliveryEvent.objects.filter(
        message_id=message_id,
        kind__in=KINDS,
        by_machine=False,
        occurred_at__range=(at - SAME_VISIT, at + SAME_VISIT),
    ).update(by_machine=True, machine_reason="burst" if sign == "burst" else "same_visit")


def _row(message: Message, sight: Sight, sign: str, at: datetime) -> DeliveryEvent:
    look = int(sight.at.timestamp() // ONE_LOOK_SECONDS)
    parts = (sight.kind, str(message.id), sight.target, sight.agent, sight.method, str(look),
             str(sight.is_honeypot))  # fmt: skip
    raw = {"url": sight.target, "agent": sight.agent}
    return DeliveryEvent(
        store_id=current_store_id(),
        connection_id=None,
        message_id=message.id,
        batch_id=message.batch_id,
        provider=OURS,
        kind=sight.kind,
        channel=message.channel,
        description=sight.target[:500],
        dedupe_key=hashlib.sha256("\x1f".join(parts).encode()).hexdigest(),
        raw={name: text for name, text in raw.items() if text},
        by_machine=bool(sign),
        machine_reason=sign,
        occurred_at=sight.at,
        received_at=at,
    )
