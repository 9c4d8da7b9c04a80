"""What a campaign would do if it were started now; nothing is written."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys.campaigns.sending import moments_of, spec_of
from doorstep.rooms.journeys.contracts import CampaignAhead, ForeseenGroup
from doorstep.rooms.journeys.models import Campaign
from doorstep.rooms.journeys.rules.chance import is_held_out
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import ForeseenAsk

SAMPLE = 200


def look_ahead(campaign_id: UUID, *, at: datetime, sample: int = SAMPLE) -> CampaignAhead:
    """Return who a campaign would reach, when, and what the gate would say to some of them.

    :param sample: how many members the gate is asked about at the most.
    :raises NotFound: there is no such campaign.
    """
    row = Campaign.objects.filter(id=campaign_id).first()
    if row is None:
        raise NotFound("There is no such campaign.")
    segment = audiences.get_segment(row.segment_id)
    members = audiences.list_member_ids(row.segment_id, limit=sample)
    wanted = [m for m in members if not is_held_out(row.id, m, row.holdout_percent)]
    people = segment.member_count or 0
    moments = [moment or at for moment in moments_of(row, wanted, at)]
    asks = [ForeseenAsk(m, moment) for m, moment in zip(wanted, moments, strict=True)]
    words = messaging.foresee(spec_of(row), asks, at=at) if asks else []
    groups = Counter(
        (w.outcome, w.channel if w.outcome != "drop" else "", w.reason, w.words) for w in words
    )
    minutes = ceil(people / row.per_minute) if row.per_minute else 0
    return CampaignAhead(
        people=people,
        is_finding=segment.member_count is None,
        sampled=len(wanted),
        sampled_held_out=len(members) - len(wanted),
        groups=tuple(ForeseenGroup(*key, people=count) for key, count in groups.most_common()),
        first_at=min(moments, default=None),
        last_at=max(moments) + timedelta(minutes=minutes if people > len(members) else 0)
        if moments
        else None,
        minutes=minutes,
        already_over=sum(moment == at for moment in moments) if row.send_on else 0,
    )
