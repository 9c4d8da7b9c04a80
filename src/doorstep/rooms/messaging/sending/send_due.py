"""The sender: claim, ask the gate again, render, send outside any transaction, record."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection

from doorstep.kernel.passing import is_passing
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import contacts
from doorstep.rooms.messaging.actions.request_messages import decision_row
from doorstep.rooms.messaging.contracts import Channel, MessageStatus
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.messaging.sending import claim, handover, outcomes, pace
from doorstep.rooms.messaging.sending.chunks import ChannelSender
from doorstep.rooms.messaging.sending.compose import Composer
from doorstep.rooms.messaging.sending.contexts import contexts_of
from doorstep.rooms.messaging.sending.outcomes import Outcome
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.sending.twins import set_aside_twins
from doorstep.rooms.messaging.sending.way_out import open_channels
from doorstep.rooms.messaging.sending.ways import WayOut, ways_out
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

log = structlog.get_logger(__name__)

RECORD_AGAIN_AFTER = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds; far less than a lease
MAX_LOST_LEASES = 5  # then it is the message that kills the sender, and it is set aside


def send_due(*, at: datetime, size: int = claim.CLAIM_SIZE) -> int:
    """Send a claim of what people wait for, then one of marketing; return how many were taken.

    For whoever runs the sender by hand; in the worker each has loops of its own.
    """
    return send_awaited(at=at, size=size) + send_marketing(at=at, size=size)


def send_awaited(*, at: datetime, size: int = claim.CLAIM_SIZE) -> int:
    """Send one claim's worth of due transactional and service messages of all stores."""
    claimed = claim.claim_due(at=at, size=size)
    stop_at = _stop_at()
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


def send_marketing(*, at: datetime, size: int = claim.MARKETING_CLAIM_SIZE) -> int:
    """Send one claim's worth of due marketing, of one store and channel; return how many.

    A store whose provider takes no more at the moment is passed over.
    """
    for store_id, channel in claim.marketing_waiting(at=at):
        with store_scope(store_id):
            way = None if stores.get_store().is_demo else ways_out(at=at).get(channel)
            out = way.connection if way else None
            granted, _ = pace.take(out, size, at=at, is_awaited=False)
            claimed = (
                claim.claim_marketing(store_id, channel, at=at, size=granted) if granted else []
            )
            pace.give_back(out, granted - len(claimed))
            if claimed:
                _send_for_store(claimed, at=at, stop_at=_stop_at())
                return len(claimed)
    return 0


def _stop_at() -> float:
    return time.monotonic() + claim.LEASE.total_seconds() * claim.STOP_SENDING_AFTER


def _send_for_store(messages: Sequence[Message], *, at: datetime, stop_at: float) -> None:
    store = stores.get_store()
    ways = ways_out(at=at)
    templates = StoreTemplates(message.kind for message in messages)
    messages, done = _set_aside(messages)
    messages, twins = set_aside_twins(messages, at=at)
    done += twins
    allowed, stopped = _ask_gate_again(messages, store, ways, templates, at)
    _record(store.id, done + stopped, (), at=at)
    if not allowed:
        return
    composer = Composer(store, templates, contexts_of(allowed, at=at), at=at)
    for channel in Channel:
        of_channel = [m for m in allowed if m.channel == channel]
        if of_channel:
            sender = ChannelSender(store, ways.get(channel), composer, _recorder(store, at), at=at)
            sender.send(of_channel, stop_at=stop_at)


def _recorder(store: StoreInfo, at: datetime) -> Callable[[Sequence[Outcome], set[UUID]], None]:
    return lambda done, notes: _record(store.id, done, notes, at=at)


def _set_aside(messages: Sequence[Message]) -> tuple[list[Message], list[Outcome]]:
    """Split off what may have been sent already, and what stops every sender that tries."""
    lost = {m.id for m in messages if m.lost_leases and claim.is_marketing(m)}
    begun = handover.begun(lost)
    left, done = [], []
    for message in messages:
        if message.id in begun:
            done.append(outcomes.failed(message, handover.MAY_HAVE_BEEN_SENT))
        elif message.lost_leases >= MAX_LOST_LEASES:
            words = f"The sender stopped {message.lost_leases} times while sending this message."
            done.append(outcomes.failed(message, words))
        else:
            left.append(message)
    return left, done


def _record(
    store_id: UUID, done: Sequence[Outcome], notes: Collection[UUID], *, at: datetime
) -> None:
    """Record outcomes, again and again while the database is away for a moment.

    What is not recorded is sent once more when the lease runs out: a deadlock or a restart of
    the database must not send a whole set twice.
    """
    for pause in RECORD_AGAIN_AFTER:
        try:
            outcomes.record_outcomes(store_id, done, at=at, notes=notes)
            return
        except (OperationalError, InterfaceError) as error:
            if not is_passing(error):
                raise
            log.warning("recording_again", store=str(store_id), error=type(error).__name__)
            connection.close_if_unusable_or_obsolete()
            time.sleep(pause)
    outcomes.record_outcomes(store_id, done, at=at, notes=notes)


def _ask_gate_again(
    messages: Sequence[Message],
    store: StoreInfo,
    ways: dict[Channel, WayOut],
    templates: StoreTemplates,
    at: datetime,
) -> tuple[list[Message], list[Outcome]]:
    """Split off what may not go any more: much can happen between the request and now."""
    reachable = contacts.gather(
        [contacts.wish_again(message) for message in messages],
        store=store,
        ways_out=open_channels(store, ways),
        templates=templates,
        at=at,
    )
    allowed, done = [], []
    decisions = contacts.decide_all(reachable)
    for message, decision in zip(messages, decisions, strict=True):
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
