"""What happened in the messaging room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("messaging.message_dropped")
@dataclass(frozen=True)
class MessageDropped:
    """The contact gate refused a message; ``words`` say why in plain language."""

    message_id: UUID
    customer_id: UUID | None
    kind: str
    channel: str
    reason: str
    words: str


@event("messaging.message_sent")
@dataclass(frozen=True)
class MessageSent:
    """A provider took a message over (delivery is not yet known)."""

    message_id: UUID
    customer_id: UUID | None
    kind: str
    purpose: str
    channel: str
    provider: str


@event("messaging.message_failed")
@dataclass(frozen=True)
class MessageFailed:
    """A message will not be sent unless somebody mends the cause and retries it."""

    message_id: UUID
    customer_id: UUID | None
    kind: str
    channel: str
    words: str


@event("messaging.message_bounced")
@dataclass(frozen=True)
class MessageBounced:
    """The recipient's side refused a message after it had been sent."""

    message_id: UUID
    customer_id: UUID | None
    kind: str
    channel: str
    is_permanent: bool
    words: str


@event("messaging.message_complained")
@dataclass(frozen=True)
class MessageComplained:
    """The recipient reported a message as spam."""

    message_id: UUID
    customer_id: UUID | None
    kind: str
    channel: str


@event("messaging.message_opened")
@dataclass(frozen=True)
class MessageOpened:
    """A person opened a message for the first time, as far as that can be told.

    Programs that look at mails for people are left out (``rules/machines.py``). One that is
    recognized only afterwards is no longer counted, but this has been said then.
    """

    message_id: UUID
    customer_id: UUID | None
    kind: str
    channel: str


@event("messaging.message_clicked")
@dataclass(frozen=True)
class MessageClicked:
    """A person followed a link of a message for the first time; see ``MessageOpened``."""

    message_id: UUID
    customer_id: UUID | None
    kind: str
    channel: str
    url: str


@event("messaging.pause_put")
@dataclass(frozen=True)
class PausePut:
    """A customer is sold nothing until ``until`` at the latest; ``reason`` is a PauseReason."""

    pause_id: UUID
    customer_id: UUID
    cause: str
    reason: str
    until: datetime


@event("messaging.pause_lifted")
@dataclass(frozen=True)
class PauseLifted:
    """One pause less on a customer, before its time; others may still be in force."""

    pause_id: UUID
    customer_id: UUID
    cause: str
    reason: str


@event("messaging.consent_changed")
@dataclass(frozen=True)
class ConsentChanged:
    """A person allowed or refused messages of one purpose on one channel."""

    customer_id: UUID
    channel: str
    purpose: str
    topic: str
    state: str
    source: str
