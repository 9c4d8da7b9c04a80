"""Send one channel's messages: what people wait for at once, what sells a few at a time.

Between any two chunks of marketing the batch may be stopped, so a chunk is short in number and in
time, and what a provider had no time for is taken up again by the next. Recording is dearer than
sending: it waits for some chunks, but never long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from doorstep.kernel.http import refuse_in_transaction
from doorstep.rooms.messaging.contracts import MessageStatus
from doorstep.rooms.messaging.models import Message, MessageBatch
from doorstep.rooms.messaging.ports import MessageSender, SendResult
from doorstep.rooms.messaging.sending import handover, outcomes, pace
from doorstep.rooms.messaging.sending.claim import is_marketing
from doorstep.rooms.messaging.sending.compose import Composed, Composer
from doorstep.rooms.messaging.sending.contexts import NothingToSay
from doorstep.rooms.messaging.sending.outcomes import Outcome
from doorstep.rooms.messaging.sending.stopping import dropped_by_stop
from doorstep.rooms.messaging.sending.way_out import sender_for
from doorstep.rooms.messaging.sending.ways import WayOut, note_results
from doorstep.rooms.messaging.templating.errors import TemplateError
from doorstep.rooms.stores.contracts import StoreInfo

log = structlog.get_logger(__name__)

CHUNK = 25
LARGEST_CHUNK = 200
# Each chunk is noted durably before it goes: few chunks are quick, but what one holds when the
# sender dies is not sent again. So a chunk grows only while the server takes it in this time.
QUICK_SECONDS = 0.1
CHUNK_SECONDS = 0.4  # what is on its way to a slow server when the batch is stopped still arrives
RECORD_AFTER = 250  # messages
RECORD_AFTER_SECONDS = 2.0

Record = Callable[[Sequence[Outcome], set[UUID]], None]


class ChannelSender:
    """Sends messages of one store and channel, and has what became of them recorded."""

    def __init__(
        self,
        store: StoreInfo,
        way: WayOut | None,
        composer: Composer,
        record: Record,
        *,
        at: datetime,
    ) -> None:
        self._store, self._way, self._composer, self._at = store, way, composer, at
        self._connection = way.connection if way else None
        self._record_all = record
        self._done: list[Outcome] = []
        self._notes: set[UUID] = set()
        self._recorded_at = time.monotonic()

    def send(self, messages: Sequence[Message], *, stop_at: float) -> None:
        """Render and send; whatever happens, something is recorded of each.

        :param stop_at: ``time.monotonic()`` after which nothing is begun any more.
        """
        provider, sender = sender_for(self._store, self._connection)
        refuse_in_transaction()
        awaited = [m for m in messages if not is_marketing(m)]
        try:
            if awaited:
                self._send_awaited(awaited, provider, sender, stop_at)
            self._send_marketing(
                [m for m in messages if is_marketing(m)], provider, sender, stop_at
            )
        finally:
            self._record()

    def _send_awaited(
        self, messages: list[Message], provider: str, sender: MessageSender, stop_at: float
    ) -> None:
        way = None if self._store.is_demo else self._connection
        granted, free_at = pace.take(way, len(messages), at=self._at, is_awaited=True)
        for nth, late in enumerate(messages[granted:]):
            assert way is not None
            due_at = free_at + nth * pace.interval(way)
            self._done.append(Outcome(late, MessageStatus.QUEUED, late.status_words, due_at=due_at))
        composed = self._compose(messages[:granted])
        self._hand_over(messages[:granted], composed, provider, sender, stop_at)

    def _send_marketing(
        self, messages: list[Message], provider: str, sender: MessageSender, stop_at: float
    ) -> None:
        left, size = messages, CHUNK
        composed: dict[UUID, Composed] = {}
        while left:
            if time.monotonic() >= stop_at:
                self._put_back(left)
                return
            chunk, left = left[:size], left[size:]
            composed |= self._compose([m for m in chunk if m.id not in composed])
            chunk = [m for m in chunk if m.id in composed]
            if not chunk:
                continue
            note, may_go = handover.begin(self._store.id, chunk, at=self._at)
            self._notes.add(note)
            self._keep_back([m for m in chunk if m.id not in may_go])
            began = time.monotonic()
            until = min(stop_at, began + CHUNK_SECONDS)
            goes = [m for m in chunk if m.id in may_go]
            unsent, rests = self._hand_over(
                goes, composed, provider, sender, until, keep_unsent=True
            )
            size = next_size(size, time.monotonic() - began)
            composed = {m.id: composed[m.id] for m in unsent}
            left = unsent + left
            if rests:
                self._put_back(left)
                return
            if (
                len(self._done) >= RECORD_AFTER
                or time.monotonic() - self._recorded_at > RECORD_AFTER_SECONDS
            ):
                self._record()

    def _hand_over(
        self,
        messages: Sequence[Message],
        composed: dict[UUID, Composed],
        provider: str,
        sender: MessageSender,
        deadline: float,
        *,
        keep_unsent: bool = False,
    ) -> tuple[list[Message], bool]:
        """Give messages to the provider; return which it had no time for, and whether it rests."""
        ready = [m for m in messages if m.id in composed]
        batch = [composed[m.id].outgoing for m in ready]
        results = _results(provider, sender, batch, deadline) if batch else {}
        rests = self._way is not None and note_results(self._way, results.values(), at=self._at)
        unsent = []
        for message in ready:
            result = results.get(message.id, SendResult(message.id, "unsent"))
            if keep_unsent and result.outcome == "unsent":
                unsent.append(message)
                continue
            self._done.append(self._outcome(message, result, composed[message.id], provider, rests))
        return unsent, rests

    def _outcome(
        self, message: Message, result: SendResult, composed: Composed, provider: str, rests: bool
    ) -> Outcome:
        outcome = outcomes.from_result(message, result, at=self._at)
        outcome.provider = provider
        outcome.connection_id = self._connection.id if self._connection else None
        outcome.template_version_id = composed.version_id
        if outcome.status is MessageStatus.SENT:
            outcome.content = composed.content
            if self._way and self._way.words:
                outcome.words = self._way.words
        elif rests and self._way and self._way.has_other and outcome.due_at is not None:
            outcome.due_at, outcome.is_failure = self._at, False  # the other way is open
        return outcome

    def _compose(self, messages: Sequence[Message]) -> dict[UUID, Composed]:
        composed: dict[UUID, Composed] = {}
        for message in messages:
            try:
                composed[message.id] = self._composer.compose(message, self._connection)
            except TemplateError as error:
                words = f"The template does not work: {error.message}"
                self._done.append(outcomes.failed(message, words))
            except NothingToSay as error:
                self._done.append(outcomes.failed(message, str(error)))
            except Exception as error:  # one odd message must not hold up the others of its claim
                log.exception("compose_failed", message_id=str(message.id))
                words = f"It could not be put together ({type(error).__name__})."
                self._done.append(outcomes.failed(message, words))
        return composed

    def _put_back(self, messages: Sequence[Message]) -> None:
        """Make due again what was not begun; nothing is held against it."""
        for message in messages:
            self._done.append(
                Outcome(message, MessageStatus.QUEUED, message.status_words, due_at=self._at)
            )

    def _keep_back(self, messages: Sequence[Message]) -> None:
        """Drop those of a stopped batch, and let the gate decide anew about the others.

        Of what somebody else has claimed by now, neither is recorded: the claim is the fence.
        """
        if not messages:
            return
        ids = {message.batch_id for message in messages if message.batch_id is not None}
        stopped = MessageBatch.objects.filter(id__in=ids, stopped_at__isnull=False)
        batches = {batch.id: batch for batch in stopped}
        for message in messages:
            if message.batch_id in batches:
                self._done.append(dropped_by_stop(message, batches[message.batch_id]))
        self._put_back([message for message in messages if message.batch_id not in batches])

    def _record(self) -> None:
        done, notes = self._done, self._notes
        self._done, self._notes = [], set()
        self._recorded_at = time.monotonic()
        self._record_all(done, notes)


def next_size(size: int, seconds: float) -> int:
    """Return how many messages the next chunk has when one of ``size`` took that long."""
    if seconds < QUICK_SECONDS / 2:
        return min(2 * size, LARGEST_CHUNK)
    return max(size // 2, CHUNK) if seconds > QUICK_SECONDS else size


def _results(
    provider: str, sender: MessageSender, batch: Sequence[Any], deadline: float
) -> dict[UUID, SendResult]:
    try:
        return {result.message_id: result for result in sender.send(batch, deadline=deadline)}
    except Exception as error:  # a fault in a connector: say so, and come back later
        log.exception("sender_failed", provider=provider)
        words = f"The connector “{provider}” failed ({type(error).__name__})."
        # How far it came nobody knows.
        return {
            one.message_id: SendResult(one.message_id, "uncertain", words=words) for one in batch
        }
