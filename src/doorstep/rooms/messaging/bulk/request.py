"""Ask for a batch's messages: the same gate as for any other, asked once per situation."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from pydantic_core import to_json

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_array, as_columns, as_uuids
from doorstep.kernel.errors import NotFound
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.actions.request_messages import request_messages
from doorstep.rooms.messaging.bulk.situations import group
from doorstep.rooms.messaging.contact_settings import get_contact_rules
from doorstep.rooms.messaging.contracts import (
    BatchRecipient,
    BatchSpec,
    Channel,
    DecidedMessage,
    MessageRequest,
    MessageStatus,
    Purpose,
)
from doorstep.rooms.messaging.events import MessageDropped
from doorstep.rooms.messaging.models import Message, MessageBatch, SenderConnection
from doorstep.rooms.messaging.rules.gate import Decision, decide
from doorstep.rooms.messaging.rules.marketplaces import marketplace_of
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.sending.way_out import open_channels
from doorstep.rooms.stores import api as stores

# The new message's id, whom it is for, which decision holds, and which of those asked about it is.
_Row = tuple[UUID, BatchRecipient, int, int]
_STATUS = {
    "send": MessageStatus.QUEUED,
    "defer": MessageStatus.DEFERRED,
    "drop": MessageStatus.DROPPED,
}


def request_batch(
    batch_id: UUID, recipients: Sequence[BatchRecipient], *, by: Actor, at: datetime
) -> list[DecidedMessage]:
    """Decide on a batch's messages and queue those that may go; answer in order.

    Joins the caller's transaction. The number of statements does not grow with the recipients; a
    cause that was decided before changes nothing and is answered with ``duplicate=True``.

    :raises NotFound: there is no such batch.
    """
    if not recipients:
        return []
    batch = MessageBatch.objects.filter(id=batch_id).first()
    if batch is None:
        raise NotFound("There is no such batch of messages.")
    with transaction.atomic():
        return _Request(batch, recipients, by, at).answer()


def spec_of(batch: MessageBatch) -> BatchSpec:
    """Return what a batch's messages have in common."""
    return BatchSpec(
        key=batch.key,
        kind=batch.kind,
        purpose=Purpose(batch.purpose),
        topic=batch.topic,
        channel=Channel(batch.channel) if batch.channel else None,
        source=batch.source,
        context=batch.context,
        label=batch.label,
        priority=batch.priority,
    )


class _Request:
    """One set of one batch."""

    def __init__(
        self, batch: MessageBatch, recipients: Sequence[BatchRecipient], by: Actor, at: datetime
    ) -> None:
        self.batch, self.recipients, self.by, self.at = batch, recipients, by, at
        self.spec = spec_of(batch)
        self.store = stores.get_store()
        rows = SenderConnection.objects.filter(is_active=True)
        self.connections = {Channel(c.channel): c for c in rows}

    def answer(self) -> list[DecidedMessage]:
        shared, personal = self._decide()
        answers: dict[int, DecidedMessage] = {}
        if shared:
            answers |= self._write(shared)
        if personal:
            answers |= self._ask_one_by_one(personal)
        return [answers[index] for index in range(len(self.recipients))]

    def _decide(self) -> tuple[dict[Decision, list[int]], list[int]]:
        """Return decisions with whom they hold for, and who must be asked one by one."""
        grouped = group(
            [r.customer_id for r in self.recipients],
            self.spec,
            store=self.store,
            rules=get_contact_rules(),
            ways_out=open_channels(self.store, self.connections),
            written=StoreTemplates([self.spec.kind]).written(self.spec.kind),
            at=self.at,
        )
        personal = list(grouped.personal)
        twice = _who_comes_twice([r.customer_id for r in self.recipients])
        shared: dict[Decision, list[int]] = {}
        for situation in grouped.situations:
            by_moment: dict[datetime | None, list[int]] = defaultdict(list)
            for index in situation.indexes:
                one = self.recipients[index]
                # Two messages to one person take turns, and marketplaces have their own rules.
                if (twice and one.customer_id in twice) or marketplace_of(one.sales_channel):
                    personal.append(index)
                else:
                    by_moment[one.not_before].append(index)
            for moment, indexes in by_moment.items():
                contact = situation.contact
                if moment is not None:
                    contact = replace(contact, not_before=moment)
                decision = decide(contact)
                if decision.is_personal:
                    personal.extend(indexes)
                else:
                    shared.setdefault(decision, []).extend(indexes)
        return shared, personal

    def _write(self, shared: dict[Decision, list[int]]) -> dict[int, DecidedMessage]:
        decisions = list(shared)
        verdicts = _verdict_ids(decisions)
        statuses = [_STATUS[d.outcome].value for d in decisions]
        words = [
            [
                nth, d.channel.value, statuses[nth], d.words, verdicts[nth],
                None if d.outcome == "drop" else d.until or self.at,
                *self._header_of(d),
            ]
            for nth, d in enumerate(decisions)
        ]  # fmt: skip
        rows = [
            (new_id(), self.recipients[index], nth, index)
            for nth, indexes in enumerate(shared.values())
            for index in indexes
        ]
        self._insert(rows, words)
        known = self._known(rows)
        answers, dropped = {}, []
        for message_id, one, nth, index in rows:
            decision = decisions[nth]
            if known and (old := known.get(one.cause)) is not None:
                answers[index] = _again(one.cause, old)
                continue
            answers[index] = DecidedMessage(
                one.cause, message_id, statuses[nth], decision.channel, decision.reason,
                decision.words,
            )  # fmt: skip
            if decision.outcome == "drop":
                dropped.append((message_id, one.customer_id, one.subject, decision))
        publish_many([self._event(*one) for one in dropped])
        return answers

    def _header_of(self, decision: Decision) -> tuple[str, str]:
        """Return what stands around a message's id in its Message-ID; nothing for no e-mail."""
        if decision.channel is not Channel.EMAIL:
            return "", ""
        sender = identity.sender_of(self.store, self.connections.get(Channel.EMAIL))
        probe = UUID(int=0)
        before, _, after = identity.rfc_message_id(probe, sender).partition(str(probe))
        return before, after

    def _insert(self, rows: list[_Row], words: list[list[Any]]) -> None:
        batch = self.batch
        people = [one for _, one, _, _ in rows]
        with connection.cursor() as cursor:
            cursor.execute(
                _INSERT,
                [
                    batch.kind, batch.purpose, batch.channel, self.store.default_locale,
                    batch.topic, batch.priority, self.by.key, as_uuids([row[0] for row in rows]),
                    as_uuids([one.customer_id for one in people]),
                    as_array([one.cause for one in people]),
                    as_array([one.subject for one in people]),
                    as_array([one.not_before for one in people]),
                    as_array([one.sales_channel for one in people]),
                    as_array([row[2] for row in rows]), *as_columns(words, 8), current_store_id(), batch.id, self.at,
                ],
            )  # fmt: skip
            self._inserted = cursor.rowcount

    def _known(self, rows: list[_Row]) -> dict[str, Message]:
        """Return what held these causes before, by cause; no query when all rows are new."""
        if self._inserted == len(rows):
            return {}
        ours = {row[0] for row in rows}
        found = Message.objects.filter(
            cause__in=[row[1].cause for row in rows], requested_channel=self.batch.channel
        ).only("id", "cause", "channel", "status", "status_words")
        return {m.cause: m for m in found if m.id not in ours}

    def _event(
        self, message_id: UUID, customer_id: UUID, subject: str, decision: Decision
    ) -> EventDraft:
        event = MessageDropped(
            message_id, customer_id, self.batch.kind, decision.channel, decision.reason,
            decision.words,
        )  # fmt: skip
        return EventDraft(event, customer_id, self.at, self.by, subject)

    def _ask_one_by_one(self, indexes: Sequence[int]) -> dict[int, DecidedMessage]:
        batch = self.batch
        requests = [
            MessageRequest(
                kind=batch.kind,
                purpose=Purpose(batch.purpose),
                cause=r.cause,
                customer_id=r.customer_id,
                context={},
                subject=r.subject,
                channel=Channel(batch.channel) if batch.channel else None,
                not_before=r.not_before,
                sales_channel=r.sales_channel,
                topic=batch.topic,
                priority=batch.priority,
            )
            for r in (self.recipients[index] for index in indexes)
        ]
        answers = request_messages(requests, by=self.by, at=self.at)
        fresh = [a.message_id for a in answers if not a.duplicate]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE messaging_message SET batch_id = %s WHERE id = ANY(%s::uuid[])",
                [batch.id, as_array(fresh)],
            )
        return dict(zip(indexes, answers, strict=True))


_INSERT = """
    INSERT INTO messaging_message
        (id, store_id, customer_id, kind, purpose, channel, requested_channel, cause, subject_ref,
         to_address, address_key, to_name, locale, context, sales_channel, not_before, batch_id,
         verdict_id, topic, priority, is_test, status, status_words, due_at, attempts, failures,
         lost_leases, claimed_by, provider, provider_message_id, message_id_header, created_at,
         created_by, closed_at)
    SELECT v.id, c.store_id, c.id, %s, %s, d.channel, %s, v.cause, v.subject,
           CASE d.channel WHEN 'email' THEN c.email ELSE c.phone END,
           CASE d.channel WHEN 'email' THEN lower(c.email) ELSE c.phone END,
           c.name, coalesce(nullif(c.locale, ''), %s), '{}', v.sales_channel, v.not_before, b.id,
           d.verdict_id, %s, %s, false, d.status, d.words, d.due_at, 0, 0, 0, '', '', '',
           CASE d.channel WHEN 'email' THEN d.before || v.id || d.after ELSE '' END,
           b.at, %s, CASE d.status WHEN 'dropped' THEN b.at END
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::text[],
                %s::int[]) AS v(id, customer_id, cause, subject, not_before, sales_channel, nth)
    JOIN unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::timestamptz[],
                %s::text[], %s::text[])
        AS d(nth, channel, status, words, verdict_id, due_at, before, after) ON d.nth = v.nth
    JOIN customers_customer c ON c.id = v.customer_id AND c.store_id = %s
    CROSS JOIN (SELECT %s::uuid AS id, %s::timestamptz AS at) b
    ON CONFLICT DO NOTHING
"""


def _who_comes_twice(customer_ids: Sequence[UUID]) -> frozenset[UUID]:
    if len(set(customer_ids)) == len(customer_ids):
        return frozenset()
    return frozenset(one for one, n in Counter(customer_ids).items() if n > 1)


def _verdict_ids(decisions: Sequence[Decision]) -> list[UUID]:
    """Return the kept row of each decision, made where it is new; two queries."""
    store_id = current_store_id()
    prints = [_fingerprint(decision) for decision in decisions]
    rows = [
        [new_id(), print_, d.outcome, d.reason, d.words, to_json(d.trace).decode()]
        for print_, d in sorted(zip(prints, decisions, strict=True), key=lambda one: one[0])
    ]
    with connection.cursor() as cursor:
        # Sorted: two workers that keep the same new verdicts wait for each other, not in a circle.
        cursor.execute(
            """
            INSERT INTO messaging_gateverdict
                (id, store_id, fingerprint, outcome, reason, words, trace)
            SELECT v.id, %s, v.fingerprint, v.outcome, v.reason, v.words, v.trace::jsonb
            FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
                AS v(id, fingerprint, outcome, reason, words, trace)
            ON CONFLICT DO NOTHING
            """,
            [store_id, *as_columns(rows, 6)],
        )
        cursor.execute(
            """
            SELECT fingerprint, id FROM messaging_gateverdict
            WHERE store_id = %s AND fingerprint = ANY(%s)
            """,
            [store_id, prints],
        )
        found = dict(cursor.fetchall())
    return [found[print_] for print_ in prints]


def _fingerprint(decision: Decision) -> str:
    told = (decision.outcome, decision.reason, decision.words, decision.trace)
    return hashlib.blake2b(to_json(told), digest_size=16).hexdigest()


def _again(cause: str, stored: Message) -> DecidedMessage:
    words = f"This was decided before, nothing was changed. {stored.status_words}"
    return DecidedMessage(cause, stored.id, stored.status, stored.channel, "duplicate", words, True)
