"""Ask for messages: the contact gate decides, and everything it decides is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging import contacts, identity
from doorstep.rooms.messaging.contracts import (
    Channel,
    DecidedMessage,
    MessageRequest,
    MessageStatus,
)
from doorstep.rooms.messaging.events import MessageDropped
from doorstep.rooms.messaging.models import ContactDecision, Message, SenderConnection
from doorstep.rooms.messaging.rules.gate import Decision
from doorstep.rooms.messaging.rules.recipients import for_recipient
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.sending.way_out import open_channels
from doorstep.rooms.messaging.writing import insert_rows
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

_STATUS = {
    "send": MessageStatus.QUEUED,
    "defer": MessageStatus.DEFERRED,
    "drop": MessageStatus.DROPPED,
}


@dataclass(frozen=True, slots=True)
class _Draft:
    request: MessageRequest
    decision: Decision
    row: Message


def request_messages(
    requests: Sequence[MessageRequest], *, by: Actor, at: datetime
) -> list[DecidedMessage]:
    """Decide on messages and queue those that may go; answer each request in order.

    The number of queries does not depend on the number of requests. A cause that was decided
    before changes nothing and is answered with ``duplicate=True`` and the message of then. Joins
    the caller's transaction, so a message exists exactly when its cause does.
    """
    if not requests:
        return []
    with transaction.atomic():
        drafts = _decide_all(requests, by=by, at=at)
        insert_rows([d.row for d in _first_of_each(drafts)], unless_exists=True)
        stored = _stored(drafts)
        fresh = [d for d in drafts if stored[_key(d.row)].id == d.row.id]
        insert_rows([decision_row(d.row, d.decision, at) for d in fresh])
        publish_many([_dropped(d, by, at) for d in fresh if d.decision.outcome == "drop"])
    return [_answer(d, stored[_key(d.row)]) for d in drafts]


def _decide_all(requests: Sequence[MessageRequest], *, by: Actor, at: datetime) -> list[_Draft]:
    store = stores.get_store()
    active = SenderConnection.objects.filter(is_active=True).order_by("-position")
    connections = {Channel(c.channel): c for c in active}  # the first of each channel wins
    reachable = contacts.gather(
        [contacts.wish_of(request) for request in requests],
        store=store,
        ways_out=open_channels(store, connections),
        templates=StoreTemplates(r.kind for r in requests),
        at=at,
        hold_pauses=True,
    )
    drafts = []
    decisions = contacts.decide_all(reachable)
    for request, found, decision in zip(requests, reachable, decisions, strict=True):
        connection = connections.get(decision.channel)
        row = _row(request, decision, found, store, connection, by=by, at=at)
        drafts.append(_Draft(request, decision, row))
    return drafts


def _row(
    request: MessageRequest,
    decision: Decision,
    found: contacts.Reachable,
    store: StoreInfo,
    connection: SenderConnection | None,
    *,
    by: Actor,
    at: datetime,
) -> Message:
    message_id = new_id()
    is_email = decision.channel is Channel.EMAIL
    status = _STATUS[decision.outcome]
    return Message(
        id=message_id,
        store_id=current_store_id(),
        customer_id=found.customer_id,
        kind=request.kind,
        purpose=request.purpose,
        channel=decision.channel,
        requested_channel=request.channel or "",
        cause=request.cause,
        subject_ref=request.subject,
        # An SMS goes to the number in E.164; an e-mail to the address as its owner writes it.
        to_address=found.as_given[decision.channel].strip() if is_email else decision.address,
        address_key=decision.address,
        to_name=request.name or found.name,
        locale=request.locale or found.locale,
        context=(
            for_recipient(request.context, request.name)
            if request.is_gift_recipient
            else dict(request.context)
        ),
        sales_channel=request.sales_channel,
        order_completed_at=request.order_completed_at,
        is_gift_recipient=request.is_gift_recipient,
        topic=request.topic,
        priority=request.priority,
        not_before=request.not_before,
        status=status,
        status_words=decision.words,
        due_at=None if status is MessageStatus.DROPPED else decision.until or at,
        message_id_header=(
            identity.rfc_message_id(message_id, identity.sender_of(store, connection))
            if is_email
            else ""
        ),
        created_at=at,
        created_by=by.key,
        closed_at=at if status is MessageStatus.DROPPED else None,
    )


def _key(row: Message) -> tuple[str, str]:
    return row.requested_channel, row.cause


def _first_of_each(drafts: Sequence[_Draft]) -> list[_Draft]:
    """Drop the later ones of requests with the same cause in one call."""
    first: dict[tuple[str, str], _Draft] = {}
    for draft in drafts:
        first.setdefault(_key(draft.row), draft)
    return list(first.values())


def _stored(drafts: Sequence[_Draft]) -> dict[tuple[str, str], Message]:
    """Return the messages that hold these causes now, ours or those of an earlier request."""
    rows = Message.objects.filter(cause__in={d.row.cause for d in drafts}).only(
        "id", "cause", "requested_channel", "channel", "status", "status_words"
    )
    return {_key(row): row for row in rows}


def decision_row(
    message: Message, decision: Decision, at: datetime, stage: str = "request"
) -> ContactDecision:
    """Return a decision ready to be stored beside its message."""
    return ContactDecision(
        store_id=message.store_id,
        message_id=message.id,
        stage=stage,
        outcome=decision.outcome,
        reason=decision.reason,
        words=decision.words,
        trace=decision.trace,
        at=at,
    )


def _dropped(draft: _Draft, by: Actor, at: datetime) -> EventDraft:
    row, decision = draft.row, draft.decision
    event = MessageDropped(
        row.id, row.customer_id, row.kind, row.channel, decision.reason, decision.words
    )
    return EventDraft(event, row.customer_id or row.id, at, by, row.subject_ref)


def _answer(draft: _Draft, stored: Message) -> DecidedMessage:
    if stored.id == draft.row.id:
        return DecidedMessage(
            draft.request.cause,
            stored.id,
            stored.status,
            stored.channel,
            draft.decision.reason,
            draft.decision.words,
        )
    words = f"This was decided before, nothing was changed. {stored.status_words}"
    return DecidedMessage(
        draft.request.cause, stored.id, stored.status, stored.channel, "duplicate", words, True
    )
