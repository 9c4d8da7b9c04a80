"""The room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.journeys.models.campaign import Campaign, CampaignRecipient
from doorstep.rooms.journeys.models.credits import MessageCredit, SplitOrder
from doorstep.rooms.journeys.models.dryrun import DryRun, DryRunLine
from doorstep.rooms.journeys.models.enrollment import Enrollment, Passage, StepTally
from doorstep.rooms.journeys.models.journey import DraftRevision, Journey, JourneyVersion

__all__ = [
    "Campaign",
    "CampaignRecipient",
    "DraftRevision",
    "DryRun",
    "DryRunLine",
    "Enrollment",
    "Journey",
    "JourneyVersion",
    "MessageCredit",
    "Passage",
    "SplitOrder",
    "StepTally",
]
