"""Take in what providers report: store it once, settle messages, suppress dead addresses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.actions.suppress_addresses import add_suppressions
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    DeliveryReport,
    Purpose,
    RecordedDeliveries,
)
from doorstep.rooms.messaging.events import MessageBounced, MessageComplained
from doorstep.rooms.messaging.looks import first_looks, sign_of_report
from doorstep.rooms.messaging.models import DeliveryEvent, Message, SenderConnection
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address
from doorstep.rooms.messaging.rules.deliveries import suppression_of
from doorstep.rooms.messaging.rules.storable import storable


def record_deliveries(
    reports: Sequence[DeliveryReport], *, connection_id: UUID, by: Actor, at: datetime
) -> RecordedDeliveries:
    """Store reports of one connection and let them take effect; repeated ones change nothing.

    Reports that belong to no message of ours are kept too, with ``message`` empty.
    """
    if not reports:
        return RecordedDeliveries(0, 0, 0)
    reports = [_cleaned(report) for report in reports]
    with transaction.atomic():
        sender = SenderConnection.objects.get(id=connection_id)
        matches = _match(reports, sender.channel)
        rows = [
            _row(report, sender, message, at)
            for report, message in zip(reports, matches, strict=True)
        ]
        DeliveryEvent.objects.bulk_create(rows, ignore_conflicts=True)
        written = set(
            DeliveryEvent.objects.filter(id__in=[row.id for row in rows]).values_list(
                "id", flat=True
            )
        )
        fresh = [
            (report, message)
            for report, message, row in zip(reports, matches, rows, strict=True)
            if row.id in written
        ]
        settle_statuses({m.id for _, m in fresh if m is not None}, at=at)
        _suppress(fresh, sender, at)
        _withdraw(fresh, sender, by=by, at=at)
        publish_many([d for r, m in fresh if m and (d := _draft(r, m, by, at))])
        looks = [(r, m, row.by_machine) for r, m, row in zip(reports, matches, rows, strict=True)
                 if m is not None and row.id in written]  # fmt: skip
        publish_many(first_looks(looks, written, at))
    known = sum(message is not None for _, message in fresh)
    return RecordedDeliveries(len(fresh), len(reports) - len(fresh), len(fresh) - known)


def _cleaned(report: DeliveryReport) -> DeliveryReport:
    return replace(
        report,
        recipient=storable(report.recipient),
        provider_message_id=storable(report.provider_message_id),
        description=storable(report.description),
        raw=storable(dict(report.raw)),
    )


def _match(reports: Sequence[DeliveryReport], channel: str) -> list[Message | None]:
    """Find each report's message: by our own id, the provider's, or the Message-ID header."""
    ours = {r.doorstep_message_id for r in reports if r.doorstep_message_id}
    theirs = {r.provider_message_id for r in reports if r.provider_message_id}
    ours |= {found for value in theirs if (found := _id_in_header(value))}
    rows = Message.objects.filter(
        Q(id__in=ours) | Q(provider_message_id__in=theirs - {""}), channel=channel
    ).only("id", "customer_id", "kind", "channel", "provider_message_id", "message_id_header",
           "address_key", "subject_ref", "store_id", "sent_at", "batch_id")  # fmt: skip
    by_id = {row.id: row for row in rows}
    by_provider = {row.provider_message_id: row for row in rows if row.provider_message_id}
    by_header = {row.message_id_header: row for row in rows if row.message_id_header}
    return [
        (by_id.get(r.doorstep_message_id) if r.doorstep_message_id else None)
        or by_provider.get(r.provider_message_id)
        or by_header.get(_bracketed(r.provider_message_id))
        for r in reports
    ]


def _bracketed(value: str) -> str:
    return f"<{value.strip('<>')}>"


def _id_in_header(value: str) -> UUID | None:
    """Return the message's id that a Message-ID of ours holds (``identity.rfc_message_id``)."""
    try:
        return UUID(value.strip("<>").partition("@")[0])
    except ValueError:
        return None  # an id of the provider's own


def _row(
    report: DeliveryReport, sender: SenderConnection, message: Message | None, at: datetime
) -> DeliveryEvent:
    occurred_at = report.occurred_at or at
    sign = sign_of_report(report, message.sent_at if message else None, occurred_at)
    return DeliveryEvent(
        store_id=current_store_id(),
        by_machine=bool(sign),
        machine_reason=sign,
        connection_id=sender.id,
        message_id=message.id if message else None,
        batch_id=message.batch_id if message else None,
        provider=sender.provider,
        channel=sender.channel,
        kind=report.kind,
        is_permanent=report.is_permanent,
        recipient=report.recipient,
        provider_message_id=report.provider_message_id,
        description=report.description[:500],
        dedupe_key=dedupe_key(report),
        raw=report.raw,
        occurred_at=occurred_at,
        received_at=at,
    )


def dedupe_key(report: DeliveryReport) -> str:
    """Return what is the same when a provider reports the same thing again."""
    raw = json.dumps(report.raw, sort_keys=True, default=str)
    whole = "\x1f".join((report.kind, report.recipient, report.provider_message_id, raw))
    return hashlib.sha256(whole.encode()).hexdigest()


_SETTLE = """
    WITH told AS (
        SELECT d.message_id,
               bool_or(d.kind = 'complained') AS complained,
               bool_or(d.kind IN ('bounced', 'rejected', 'failed'))
                   AS bounced,
               min(d.occurred_at) FILTER (
                   -- a scanner looks before the mail is handed over, or instead of that
                   WHERE d.kind = 'delivered'
                      OR d.kind IN ('opened', 'clicked') AND NOT d.by_machine)
                   AS delivered_at,
               (array_agg(d.description ORDER BY d.occurred_at DESC)
                   FILTER (WHERE d.kind IN ('bounced', 'rejected', 'failed') AND d.description <> ''))[1]
                   AS words
        FROM messaging_deliveryevent d JOIN messaging_message s ON s.id = d.message_id
        WHERE d.store_id = %(store)s AND d.message_id = ANY(%(ids)s)
          -- sent again since: what was reported of the sending before is over (clocks differ)
          AND d.received_at >= s.sent_at - interval '30 seconds'
        GROUP BY d.message_id
    )
    UPDATE messaging_message AS m
    SET status = CASE WHEN told.complained THEN 'complained'
                      WHEN told.bounced THEN 'bounced'
                      ELSE 'delivered' END,
        status_words = CASE WHEN told.complained THEN 'Reported as spam.'
                            WHEN told.bounced THEN coalesce(told.words, 'It came back.')
                            ELSE m.status_words END,
        delivered_at = coalesce(m.delivered_at, told.delivered_at),
        closed_at = CASE WHEN told.complained OR told.bounced
                         THEN coalesce(m.closed_at, %(at)s) ELSE m.closed_at END
    FROM told
    WHERE m.id = told.message_id AND m.store_id = %(store)s
      -- only what has been sent: while it is being sent, recording that comes first (and settles)
      AND m.status IN ('sent', 'delivered', 'bounced', 'complained')
      AND (told.complained OR told.bounced OR told.delivered_at IS NOT NULL)
      AND NOT (m.status = 'bounced' AND NOT told.complained)
"""


def settle_statuses(message_ids: Iterable[UUID], *, at: datetime) -> None:
    """Bring messages' statuses up to what providers reported so far, in one statement.

    Called with the reports, and again when a sending is recorded: a webhook can be faster than
    our own note that the message was sent.
    """
    ids = sorted(message_ids)
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, {"store": current_store_id(), "ids": ids, "at": at})


def _suppress(
    fresh: Sequence[tuple[DeliveryReport, Message | None]], sender: SenderConnection, at: datetime
) -> None:
    reasons = {}
    for report, message in fresh:
        reason = suppression_of(report)
        if reason is None:
            continue
        address = _address_key(report, message, sender.channel)
        if address:
            reasons[sender.channel, address] = reason
    if reasons:
        add_suppressions(reasons, source=f"{sender.provider} webhook", at=at)


def _address_key(report: DeliveryReport, message: Message | None, channel: str) -> str:
    try:
        return normalize_address(channel, report.recipient)
    except UnusableAddress:
        return message.address_key if message else ""


def _withdraw(
    fresh: Sequence[tuple[DeliveryReport, Message | None]],
    sender: SenderConnection,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """An unsubscribe or complaint is also the person's word against what was not asked for."""
    grants = [
        ConsentGrant(
            message.customer_id,
            Channel(sender.channel),
            purpose,
            ConsentState.WITHDRAWN,
            f"{sender.provider} {report.kind}",
            report.occurred_at or at,
            proof={"message_id": str(message.id)},
        )
        for report, message in fresh
        if message is not None
        and message.customer_id is not None
        and report.kind in {"unsubscribed", "complained"}
        for purpose in (Purpose.SERVICE, Purpose.MARKETING)
    ]
    record_consent(grants, by=by, at=at)


def _draft(report: DeliveryReport, message: Message, by: Actor, at: datetime) -> EventDraft | None:
    about = (message.id, message.customer_id, message.kind, message.channel)
    event: MessageBounced | MessageComplained
    if report.kind in {"bounced", "rejected", "failed"}:
        event = MessageBounced(*about, report.is_permanent, report.description)
    elif report.kind == "complained":
        event = MessageComplained(*about)
    else:
        return None
    return EventDraft(event, message.customer_id or message.id, at, by, message.subject_ref)
