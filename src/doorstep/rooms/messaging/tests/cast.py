"""The cast's shoppers and team, and a provider that answers as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    MessageRequest,
    Purpose,
)
from doorstep.rooms.messaging.models import ChatContact, PushSubscription
from doorstep.rooms.messaging.ports import OutgoingEmail, OutgoingSms, SendResult
from doorstep.rooms.messaging.templating.samples import sample_context

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SYSTEM = Actor.system("orders.confirm")
MIA = Actor("user", "mia", "Mia", role="marketer")
SAM = Actor("user", "sam", "Sam", role="support")
INES = Actor("user", "ines", "Ines", role="owner")
WANDA = Actor("user", "wanda", "Wanda", role="warehouse")


class Outbox:
    """A provider inside the test: takes everything, unless told to answer something else."""

    def __init__(self) -> None:
        self.sent: list[OutgoingEmail | OutgoingSms] = []
        self.answer: Callable[[Any], SendResult] | None = None

    def send(self, batch: Sequence[Any], *, deadline: float) -> list[SendResult]:
        """Note what is sent, and answer."""
        results = []
        for message in batch:
            result = self.answer(message) if self.answer else _accepted(message)
            if result.outcome == "accepted":
                self.sent.append(message)
            results.append(result)
        return results

    def close(self) -> None:
        """Nothing is open."""


def _accepted(message: Any) -> SendResult:
    return SendResult(message.message_id, "accepted", f"provider-{message.message_id}")


def shopper(
    email: str = "maya@example.com", phone: str = "", locale: str = "en", **preferences: Any
) -> UUID:
    """Return a customer who is known by these."""
    claim = PersonClaim(email=email, phone=phone, name="Maya Lindqvist", locale=locale)
    [customer_id] = customers.resolve_customers([claim], at=AT)
    if preferences:
        customers.set_preferences(customer_id=customer_id, **preferences, by=SYSTEM, at=AT)
    return customer_id


def confirmation(
    customer_id: UUID | None, cause: str = "order:1:placed", **changes: Any
) -> MessageRequest:
    """Return the request for an order confirmation."""
    values: dict[str, Any] = {
        "kind": "order_confirmation",
        "purpose": Purpose.TRANSACTIONAL,
        "cause": cause,
        "customer_id": customer_id,
        "context": sample_context("order_confirmation", "en"),
        "subject": "order:1",
    }
    return MessageRequest(**values | changes)


PAGE, NUMBER_ID, PSID = "110011001100110", "106540352242922", "7788990011223344"


def write_in(
    channel: Channel, address: str, customer_id: UUID | None = None, at: datetime = AT
) -> ChatContact:
    """Note that somebody wrote to the store, which opens the 24 hours."""
    return ChatContact.objects.create(
        store_id=current_store_id(),
        channel=channel,
        account=NUMBER_ID if channel is Channel.WHATSAPP else PAGE,
        address=address,
        customer_id=customer_id,
        first_inbound_at=at,
        last_inbound_at=at,
    )


def agree(customer_id: UUID, channel: Channel, purpose: Purpose = Purpose.SERVICE) -> None:
    """Allow messages of one purpose on a channel."""
    grant = ConsentGrant(customer_id, channel, purpose, ConsentState.GRANTED, "order page", AT)
    record_consent([grant], by=SYSTEM, at=AT)


def subscribe(customer_id: UUID, subject: str = "order:1", **changes: Any) -> PushSubscription:
    """Let a browser take notifications; its keys are good for nothing unless given."""
    values = {
        "endpoint": "https://push.example/device-1",
        "p256dh": "key",
        "auth": "secret",
        "agent": "Firefox on Android",
        "created_at": AT,
    } | changes
    return PushSubscription.objects.create(
        store_id=current_store_id(), customer_id=customer_id, subject_ref=subject, **values
    )


def reach_everywhere(customer_id: UUID) -> None:
    """Let a person be reached on every channel."""
    agree(customer_id, Channel.WHATSAPP)
    write_in(Channel.MESSENGER, PSID, customer_id)
    subscribe(customer_id)
