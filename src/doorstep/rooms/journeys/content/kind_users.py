"""Which journeys and campaigns send a kind of message: one that is used is not deleted."""

from __future__ import annotations

from doorstep.rooms.journeys.contracts import CampaignStatus, JourneyStatus
from doorstep.rooms.journeys.models import Campaign, JourneyVersion
from doorstep.rooms.journeys.rules.definition import MessageStep
from doorstep.rooms.journeys.versions import definitions
from doorstep.rooms.messaging.ports import bind_kind_users

_LIVE = (JourneyStatus.LIVE.value, JourneyStatus.PAUSED.value)
_OVER = (CampaignStatus.SENT.value, CampaignStatus.STOPPED.value)


def bind() -> None:
    """Tell messaging whom to ask; called when the app is ready."""
    bind_kind_users("journeys", journeys_that_send)
    bind_kind_users("campaigns", campaigns_that_send)


def journeys_that_send(kind: str) -> list[str]:
    """Name the live and paused journeys that send a message, also to people in an older version."""
    versions = JourneyVersion.objects.filter(is_open=True, journey__status__in=_LIVE)
    found = definitions(list(versions.values_list("id", flat=True)))
    return sorted(
        {
            f"the journey “{definition.name}”"
            for definition in found.values()
            if definition is not None
            for step in definition.steps.values()
            if isinstance(step, MessageStep) and step.template == kind
        }
    )


def campaigns_that_send(kind: str) -> list[str]:
    """Name the campaigns that send a message or are about to."""
    rows = Campaign.objects.filter(template=kind).exclude(status__in=_OVER).order_by("name")
    return [f"the campaign “{name}”" for name in rows.values_list("name", flat=True)]
