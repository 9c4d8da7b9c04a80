"""Record what became of claimed messages: one transaction and a handful of statements per batch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_columns
from doorstep.kernel.durability import commit_without_waiting
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.rooms.messaging.actions.record_deliveries import settle_statuses
from doorstep.rooms.messaging.actions.suppress_addresses import add_suppressions
from doorstep.rooms.messaging.contracts import MessageStatus, SuppressionReason
from doorstep.rooms.messaging.events import (
    MessageBounced,
    MessageDropped,
    MessageFailed,
    MessageSent,
)
from doorstep.rooms.messaging.models import ContactDecision, Message
from doorstep.rooms.messaging.pauses import paused_customers
from doorstep.rooms.messaging.ports import SendResult
from doorstep.rooms.messaging.rules.backoff import delay_after
from doorstep.rooms.messaging.rules.gate import PAUSED
from doorstep.rooms.messaging.rules.storable import storable
from doorstep.rooms.messaging.sending import handover
from doorstep.rooms.messaging.sending.claim import is_marketing
from doorstep.rooms.messaging.sending.contents import Content, keep_contents, unpack_content
from doorstep.rooms.messaging.writing import insert_rows

# Providers that report nothing, so that no report can have overtaken us.
_SILENT = {"", "mailbox", "smtp"}
__all__ = ["Content", "Outcome", "record_outcomes", "unpack_content"]
BY = Actor.system("messaging.sender")


@dataclass(slots=True)
class Outcome:
    """What became of one claimed message.

    :param due_at: when it is tried again; None when it is done with.
    """

    message: Message
    status: MessageStatus
    words: str
    due_at: datetime | None = None
    is_failure: bool = False
    provider: str = ""
    provider_message_id: str = ""
    connection_id: UUID | None = None
    template_version_id: UUID | None = None
    content: Content | None = None
    decision: ContactDecision | None = None
    event: Any = field(default=None)
    suppress: SuppressionReason | None = None


def from_result(message: Message, result: SendResult, *, at: datetime) -> Outcome:
    """Turn a sender's answer into what is recorded; a server's words may hold anything."""
    result = replace(
        result,
        words=storable(result.words),
        provider_message_id=storable(result.provider_message_id),
    )
    if result.outcome == "accepted":
        outcome = Outcome(message, MessageStatus.SENT, message.status_words)
        outcome.provider_message_id = result.provider_message_id
        return outcome
    if result.outcome == "unsent":
        return Outcome(message, MessageStatus.QUEUED, message.status_words, due_at=at)
    if result.outcome == "uncertain" and is_marketing(message):
        return failed(message, f"{handover.MAY_HAVE_BEEN_SENT} {result.words}".rstrip())
    if result.outcome in ("retry", "uncertain"):
        delay = delay_after(message.failures + 1)
        if delay is not None:
            delay = max(delay, timedelta(seconds=min(result.retry_after_seconds, 24 * 3600)))
            outcome = Outcome(message, MessageStatus.QUEUED, result.words, due_at=at + delay)
            outcome.is_failure = True
            return outcome
        return failed(message, f"Given up after many attempts. {result.words}")
    if result.outcome == "bounced":
        outcome = Outcome(message, MessageStatus.BOUNCED, result.words, is_failure=True)
        outcome.event = MessageBounced(
            message.id, message.customer_id, message.kind, message.channel, True, result.words
        )
        outcome.suppress = SuppressionReason.HARD_BOUNCE
        return outcome
    outcome = failed(message, result.words)
    if result.outcome == "stopped":
        outcome.suppress = SuppressionReason.STOP
    return outcome


def failed(message: Message, words: str) -> Outcome:
    """Return the outcome of a message that nobody will send unless somebody mends something."""
    event = MessageFailed(message.id, message.customer_id, message.kind, message.channel, words)
    return Outcome(message, MessageStatus.FAILED, words, is_failure=True, event=event)


def dropped(message: Message, decision: ContactDecision) -> Outcome:
    """Return the outcome of a message that may not be sent any more."""
    event = MessageDropped(
        message.id,
        message.customer_id,
        message.kind,
        message.channel,
        decision.reason,
        decision.words,
    )
    return Outcome(message, MessageStatus.DROPPED, decision.words, decision=decision, event=event)


_RECORD = """
    UPDATE messaging_message AS m
    SET status = o.status, status_words = o.words, due_at = o.due_at,
        failures = m.failures + o.failure, provider = o.provider,
        provider_message_id = o.provider_message_id, connection_id = o.connection_id,
        template_version_id = o.template_version_id,
        sent_at = CASE o.status WHEN 'sent' THEN %(at)s ELSE m.sent_at END,
        closed_at = CASE WHEN o.status IN ('dropped', 'failed', 'bounced') THEN %(at)s END
    FROM unnest(%(ids)s::uuid[], %(attempts)s::int[], %(statuses)s::text[], %(words)s::text[],
                %(due)s::timestamptz[], %(failures)s::int[], %(providers)s::text[],
                %(provider_ids)s::text[], %(connections)s::uuid[], %(versions)s::uuid[])
         AS o(id, attempts, status, words, due_at, failure, provider, provider_message_id,
              connection_id, template_version_id)
    WHERE m.id = o.id AND m.status = 'sending'
      AND m.attempts = o.attempts  -- the fence: only the claim that still holds the message
    RETURNING m.id
"""


def record_outcomes(
    store_id: UUID,
    outcomes: Sequence[Outcome],
    *,
    at: datetime,
    notes: Collection[UUID] = (),
) -> int:
    """Record one store's outcomes and publish what happened; return how many still counted.

    Needs the store's scope. An outcome whose lease somebody else has taken over is left alone.

    :param notes: of the hand-overs (``handover``) that these outcomes end.
    """
    if not outcomes and not notes:
        return 0
    with transaction.atomic():
        if all(is_marketing(outcome.message) for outcome in outcomes):
            commit_without_waiting()  # undone, the note is still there: nothing is sent twice
        _notice_lifted(outcomes, at)
        held = _update(outcomes, at)
        ours = [o for o in outcomes if o.message.id in held]
        kept = [(o.message.id, o.content) for o in ours if o.content is not None]
        keep_contents(store_id, kept, at=at)
        settle_statuses((o.message.id for o in ours if o.provider not in _SILENT), at=at)
        handover.end(notes, lost={o.message.id for o in outcomes} - held)
        insert_rows([o.decision for o in ours if o.decision is not None])
        suppress = {
            (o.message.channel, o.message.address_key): o.suppress for o in ours if o.suppress
        }
        if suppress:
            add_suppressions(suppress, source="sender", at=at)
        publish_many([draft for o in ours if (draft := _draft(o, at)) is not None])
    return len(ours)


def _notice_lifted(outcomes: Sequence[Outcome], at: datetime) -> None:
    """Make due again what was deferred for a pause that was lifted since the gate looked.

    Lifting makes deferred messages due, but sees these still as being sent. The pauses that are
    left are locked before the messages, in the order in which lifting does it: so a lifting either
    is seen here, or waits and finds the messages deferred.
    """
    paused = [
        o for o in outcomes if o.decision is not None and o.decision.reason.startswith(PAUSED)
    ]
    if not paused:
        return
    customers = {o.message.customer_id for o in paused if o.message.customer_id}
    still = paused_customers(customers, at=at)
    for outcome in paused:
        if outcome.message.customer_id not in still:
            outcome.due_at = at


def _update(outcomes: Sequence[Outcome], at: datetime) -> set[UUID]:
    rows = [
        (o.message.id, o.message.attempts, o.status.value, o.words, o.due_at, int(o.is_failure),
         o.provider, o.provider_message_id, o.connection_id, o.template_version_id)
        for o in outcomes
    ]  # fmt: skip
    columns = zip(_COLUMNS, as_columns(rows, len(_COLUMNS)), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, {"at": at, **dict(columns)})
        return {row[0] for row in cursor.fetchall()}


_COLUMNS = ("ids", "attempts", "statuses", "words", "due", "failures", "providers",
            "provider_ids", "connections", "versions")  # fmt: skip


def _draft(outcome: Outcome, at: datetime) -> EventDraft | None:
    message = outcome.message
    event = outcome.event
    if outcome.status is MessageStatus.SENT:
        event = MessageSent(
            message.id,
            message.customer_id,
            message.kind,
            message.purpose,
            message.channel,
            outcome.provider,
        )
    if event is None:
        return None
    return EventDraft(event, message.customer_id or message.id, at, BY, message.subject_ref)
