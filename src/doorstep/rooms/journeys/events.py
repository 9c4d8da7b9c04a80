"""What happens to journeys and to the people in them. Keyed by the customer where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("journeys.journey_published")
@dataclass(frozen=True, slots=True)
class JourneyPublished:
    """A version of a journey went live; people enter it from now on."""

    journey_id: UUID
    version_id: UUID
    number: int


@event("journeys.journey_paused")
@dataclass(frozen=True, slots=True)
class JourneyPaused:
    """A journey was stopped for now: nobody enters, and those inside stay where they are."""

    journey_id: UUID


@event("journeys.goal_reached")
@dataclass(frozen=True, slots=True)
class GoalReached:
    """Somebody did what the journey is for, whether they got its messages or were held out."""

    journey_id: UUID
    enrollment_id: UUID
    customer_id: UUID
    is_holdout: bool


@event("journeys.webhook_asked")
@dataclass(frozen=True, slots=True)
class WebhookAsked:
    """A journey's step wants the merchant's own systems to know that somebody got there."""

    customer_id: UUID
    label: str  # the merchant's own name for the step


@event("journeys.campaign_started")
@dataclass(frozen=True, slots=True)
class CampaignStarted:
    """A campaign's messages began to be asked for."""

    campaign_id: UUID
    audience: int


@event("journeys.campaign_stopped")
@dataclass(frozen=True, slots=True)
class CampaignStopped:
    """Somebody pressed stop: what was not with a provider yet will not be sent."""

    campaign_id: UUID
