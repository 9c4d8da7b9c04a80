"""The sender: claim, ask the gate again, render, send outside any transaction, record."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection

from doorstep.kernel.http import refuse_in_transaction
from doorstep.kernel.passing import is_passing
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import contacts
from doorstep.rooms.messaging.actions.request_messages import decision_row
from doorstep.rooms.messaging.contracts import Channel, MessageStatus
from doorstep.rooms.messaging.models import Message, SenderConnection
from doorstep.rooms.messaging.ports import SendResult
from doorstep.rooms.messaging.sending import claim, outcomes
from doorstep.rooms.messaging.sending.compose import Composed, compose
from doorstep.rooms.messaging.sending.outcomes import Outcome
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.sending.way_out import open_channels, sender_for
from doorstep.rooms.messaging.templating.errors import TemplateError
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

log = structlog.get_logger(__name__)

RECORD_AGAIN_AFTER = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds; far less than a lease
MAX_LOST_LEASES = 5  # then it is the message that kills the sender, and it is set aside


def send_due(*, at: datetime, size: int = claim.CLAIM_SIZE) -> int:
    """Send one claim's worth of due messages and return how many were taken."""
    claimed = claim.claim_due(at=at, size=size)
    stop_at = time.monotonic() + claim.LEASE.total_seconds() * claim.STOP_SENDING_AFTER
    by_store: dict[UUID, list[Message]] = defaultdict(list)
    for message in claimed:
        by_store[message.store_id].append(message)
    failure = None
    for store_id, messages in by_store.items():
        try:
            with store_scope(store_id):
                _send_for_store(messages, at=at, stop_at=stop_at)
        except Exception as error:  # one store's trouble: the others' messages go out
            log.warning("sending_failed", store=str(store_id), error=type(error).__name__)
            failure = failure or error
    if failure is not None:
        raise failure
    return len(claimed)


def _send_for_store(messages: Sequence[Message], *, at: datetime, stop_at: float) -> None:
    store = stores.get_store()
    connections = {Channel(c.channel): c for c in SenderConnection.objects.filter(is_active=True)}
    templates = StoreTemplates(message.kind for message in messages)
    allowed, done = _ask_gate_again(messages, store, connections, templates, at)
    for channel in Channel:
        of_channel = [m for m in allowed if m.channel == channel]
        if of_channel:
            done += _send_channel(
                of_channel, store, connections.get(channel), templates, at=at, stop_at=stop_at
            )
    _record(store.id, done, at=at)


def _record(store_id: UUID, done: Sequence[Outcome], *, at: datetime) -> None:
    """Record outcomes, again and again while the database is away for a moment.

    What is not recorded is sent once more when the lease runs out: a deadlock or a restart of
    the database must not send a whole set twice.
    """
    for pause in RECORD_AGAIN_AFTER:
        try:
            outcomes.record_outcomes(store_id, done, at=at)
            return
        except (OperationalError, InterfaceError) as error:
            if not is_passing(error):
                raise
            log.warning("recording_again", store=str(store_id), error=type(error).__name__)
            connection.close_if_unusable_or_obsolete()
            time.sleep(pause)
    outcomes.record_outcomes(store_id, done, at=at)


def _ask_gate_again(
    messages: Sequence[Message],
    store: StoreInfo,
    connections: dict[Channel, SenderConnection],
    templates: StoreTemplates,
    at: datetime,
) -> tuple[list[Message], list[Outcome]]:
    """Split off what may not go any more: much can happen between the request and now."""
    reachable = contacts.gather(
        [contacts.wish_again(message) for message in messages],
        store=store,
        ways_out=open_channels(store, connections),
        templates=templates,
        at=at,
    )
    allowed, done = [], []
    decisions = contacts.decide_all(reachable)
    for message, decision in zip(messages, decisions, strict=True):
        if message.lost_leases >= MAX_LOST_LEASES:
            words = f"The sender stopped {message.lost_leases} times while sending this message."
            done.append(outcomes.failed(message, words))
            continue
        if decision.outcome == "send":
            allowed.append(message)
            continue
        row = decision_row(message, decision, at, stage="send")
        if decision.outcome == "drop":
            done.append(outcomes.dropped(message, row))
        else:
            until = Outcome(message, MessageStatus.DEFERRED, decision.words, decision.until)
            until.decision = row
            done.append(until)
    return allowed, done


def _send_channel(
    messages: Sequence[Message],
    store: StoreInfo,
    connection: SenderConnection | None,
    templates: StoreTemplates,
    *,
    at: datetime,
    stop_at: float,
) -> list[Outcome]:
    """Render and send one channel's messages; whatever happens, answer for each."""
    composed: dict[UUID, Composed] = {}
    done: list[Outcome] = []
    for message in messages:
        try:
            composed[message.id] = compose(
                message, store=store, connection=connection, templates=templates, at=at
            )
        except TemplateError as error:
            done.append(outcomes.failed(message, f"The template does not work: {error.message}"))
        except Exception as error:  # one odd message must not hold up the others of its claim
            log.exception("compose_failed", message_id=str(message.id))
            words = f"It could not be put together ({type(error).__name__})."
            done.append(outcomes.failed(message, words))
    ready = [m for m in messages if m.id in composed]
    provider, sender = sender_for(store, connection)
    refuse_in_transaction()
    batch = [composed[m.id].outgoing for m in ready]
    try:
        by_id = {result.message_id: result for result in sender.send(batch, deadline=stop_at)}
    except Exception as error:  # a fault in a connector: say so, and come back later
        log.exception("sender_failed", provider=provider)
        words = f"The connector “{provider}” failed ({type(error).__name__})."
        by_id = {m.id: SendResult(m.id, "retry", words=words) for m in ready}
    for message in ready:
        result = by_id.get(message.id, SendResult(message.id, "unsent"))
        outcome = outcomes.from_result(message, result, at=at)
        outcome.provider = provider
        outcome.connection_id = connection.id if connection else None
        outcome.template_version_id = composed[message.id].version_id
        if outcome.status is MessageStatus.SENT:
            outcome.content = composed[message.id].content
        done.append(outcome)
    return done
