"""What messages are about, asked of whoever knows it for a whole set at once.

A message that was requested by itself carries its context. One of a batch has none of its own: the
batch's serves all, and what is personal is asked of the batch's source at the moment of rendering,
so that a step for a hundred thousand people writes no hundred thousand contexts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.rooms.messaging.contracts import ContextAsk
from doorstep.rooms.messaging.models import Message, MessageBatch
from doorstep.rooms.messaging.ports import find_context_source

GONE = "What this message is about is no longer there, so it was not sent."
NO_SOURCE = (
    "The part of Doorstep that knows what to put into this message is not installed any more."
)

_NOTHING: frozenset[str] = frozenset()


class NothingToSay(Exception):
    """There is nothing a message could be rendered with; the words say why."""


@dataclass(frozen=True, slots=True)
class MessageContext:
    """What a message's template sees.

    :param shared: names whose values are the same for all of the batch.
    :param missing: why there is nothing to see; "" mostly.
    """

    values: Mapping[str, Any]
    shared: frozenset[str] = frozenset()
    missing: str = ""


def contexts_of(messages: Sequence[Message], *, at: datetime) -> dict[UUID, MessageContext]:
    """Return each message's context: one query for all batches, one call for each source."""
    ids = {message.batch_id for message in messages if message.batch_id is not None}
    batches = {b.id: b for b in MessageBatch.objects.filter(id__in=ids)} if ids else {}
    found: dict[UUID, MessageContext] = {}
    asks: dict[str, list[ContextAsk]] = defaultdict(list)
    for message in messages:
        batch = batches.get(message.batch_id) if message.batch_id else None
        shared = frozenset(batch.context).difference(message.context) if batch else _NOTHING
        values = {**batch.context, **message.context} if batch else message.context
        found[message.id] = MessageContext(values, shared)
        # What must not rest in a message (a gift card's code) is asked of its kind's own source.
        of_kind = "" if batch or message.test_source else f"kind:{message.kind}"
        source = batch.source if batch else find_context_source(of_kind) and of_kind
        if source:
            asks[source].append(
                ContextAsk(
                    message.id,
                    message.customer_id,
                    message.subject_ref,
                    message.kind,
                    message.locale,
                    values,
                )
            )
    for source, of_source in asks.items():
        _ask(source, of_source, found, at)
    return found


def _ask(
    name: str, asks: Sequence[ContextAsk], found: dict[UUID, MessageContext], at: datetime
) -> None:
    source = find_context_source(name)
    answers = source(asks, at) if source is not None else {}
    missing = GONE if source is not None else NO_SOURCE
    for ask in asks:
        answer, before = answers.get(ask.message_id), found[ask.message_id]
        if answer is None:
            found[ask.message_id] = MessageContext({}, missing=missing)
            continue
        # The same object given back is still everybody's.
        changed = {
            key for key, value in answer.items() if value is not before.values.get(key, answer)
        }
        found[ask.message_id] = MessageContext({**before.values, **answer}, before.shared - changed)
