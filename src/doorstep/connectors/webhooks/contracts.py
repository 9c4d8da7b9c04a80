"""Frozen values that console and API get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EndpointInfo:
    """An endpoint as lists show it; the secret is asked for by itself."""

    id: UUID
    url: str
    description: str
    event_types: tuple[str, ...]  # empty: all
    is_active: bool
    disabled_at: datetime | None
    disabled_reason: str  # by_hand, gone or failing; empty while it is active
    failing_since: datetime | None
    previous_secret_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EndpointSecret:
    """What the receiver checks signatures with."""

    secret: str
    previous_secret: str  # signs along; empty when none does
    previous_until: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One happening for one endpoint, without its body."""

    id: UUID
    endpoint_id: UUID
    webhook_id: str
    event_type: str
    subject: str
    status: str
    attempts: int
    next_attempt_at: datetime | None
    last_status_code: int | None
    last_error: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptInfo:
    """One request and what came back; ``error`` is empty when it was taken."""

    number: int
    at: datetime
    status_code: int | None
    error: str
    duration_ms: int
    response_body: str
    signature: str


@dataclass(frozen=True, slots=True)
class WebhookDeliveryDetail:
    """A delivery with the body as it is sent and every try to send it, newest first."""

    delivery: WebhookDelivery
    endpoint: EndpointInfo
    body: str
    attempts: tuple[AttemptInfo, ...]


@dataclass(frozen=True, slots=True)
class WebhookDeliveryPage:
    """Some deliveries, newest first; ``next_cursor`` is empty on the last page."""

    items: tuple[WebhookDelivery, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class HourCount:
    """How many tries of one hour were taken, and how many were not."""

    hour: datetime
    taken: int
    failed: int
