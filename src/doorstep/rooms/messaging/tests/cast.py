"""The cast's shoppers and team, and a provider that answers as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.messaging.contracts import MessageRequest, Purpose
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
