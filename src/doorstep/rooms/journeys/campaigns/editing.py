"""What people do with campaigns: write, start, stop; and what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys.campaigns.sending import begins_at, is_over
from doorstep.rooms.journeys.contracts import (
    CampaignInput,
    CampaignStatus,
    CampaignView,
    MessageNumbers,
)
from doorstep.rooms.journeys.events import CampaignStopped
from doorstep.rooms.journeys.models import Campaign
from doorstep.rooms.journeys.results import WINDOW, message_numbers
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Purpose
from doorstep.rooms.stores import api as stores

ORDER_DAYS = WINDOW  # an order within so many days counts as the campaign's result
_EDITABLE = (CampaignStatus.DRAFT,)


def _check(given: CampaignInput) -> None:
    if not given.name.strip():
        raise Invalid("Give the campaign a name.", field="name")
    if audiences.get_segment(given.segment_id).is_archived:
        raise Invalid("This segment is archived. Choose one in use.", field="segment_id")
    _check_message(given)
    if given.send_on:
        try:
            wall = datetime.fromisoformat(given.send_on)
            # The ends of the calendar have no time in some zones.
            if wall.tzinfo is not None or not 2000 <= wall.year < 3000:
                raise ValueError
        except ValueError:
            raise Invalid("Write the time as 2026-12-01T09:00.", field="send_on") from None
    if not 0 <= given.holdout_percent <= 50:
        raise Invalid("Hold out 0 to 50 of a hundred.", field="holdout_percent")
    if given.per_minute is not None and not 1 <= given.per_minute <= 1_000_000:
        raise Invalid("Write at least 1 message a minute, or nothing.", field="per_minute")
    if not 0 <= given.priority <= 100:
        raise Invalid("The priority goes from 0 to 100.", field="priority")


def _check_message(given: CampaignInput) -> None:
    kinds = {one.kind: one for one in messaging.list_message_kinds()}
    kind = kinds.get(given.template)
    if kind is None:
        raise Invalid("Choose a message that exists.", field="template")
    if kind.base == "order":
        # A campaign has no order at hand: such a message would have nothing true to say.
        raise Invalid(
            "This message speaks of one order, and a campaign has none. Choose another, or send it "
            "by a journey.",
            field="template",
        )
    if given.channel != "best" and given.channel not in {c.value for c in kind.channels}:
        raise Invalid("The message has no text for that channel.", field="channel")
    if given.purpose not in ("service", "marketing"):
        raise Invalid("A campaign is service or marketing.", field="purpose")
    if given.purpose == "service" and kind.purpose == Purpose.MARKETING:
        raise Invalid("This message sells, so it can only go as marketing.", field="purpose")
    if given.topic and given.topic not in {topic.key for topic in messaging.TOPICS}:
        raise Invalid("Choose a topic of the preference center.", field="topic")


def _fill(campaign: Campaign, given: CampaignInput) -> None:
    for name in CampaignInput.__slots__:
        setattr(campaign, name, getattr(given, name))
    campaign.name = " ".join(given.name.split())[:200]


@action("journeys.create_campaign", permission="journeys.edit", summary="Write a campaign")
def create_campaign(*, campaign: CampaignInput, by: Actor, at: datetime) -> UUID:
    """Make a draft; nothing is sent until it is started.

    :raises Invalid: something about it does not work; ``field`` names it.
    :raises NotFound: there is no such segment.
    """
    _check(campaign)
    row = Campaign(store_id=current_store_id(), created_at=at)
    _fill(row, campaign)
    row.save()
    return row.id


def _locked(campaign_id: UUID) -> Campaign:
    # NO KEY: rows of a set in hand that name the campaign must not hold up who stops it.
    row = Campaign.objects.select_for_update(no_key=True).filter(id=campaign_id).first()
    if row is None:
        raise NotFound("There is no such campaign.")
    return row


@action("journeys.edit_campaign", permission="journeys.edit", summary="Change a campaign's draft")
def edit_campaign(
    *, campaign_id: UUID, campaign: CampaignInput, revision: int, by: Actor, at: datetime
) -> int:
    """Change a draft; return its new revision.

    :raises Conflict: it was started, or somebody else changed it meanwhile.
    """
    row = _locked(campaign_id)
    if row.status not in _EDITABLE:
        raise Conflict("A campaign that was started can't be changed. Stop it and copy it.")
    if row.revision != revision:
        raise Conflict("Somebody else has changed this campaign meanwhile. Look at it again first.")
    _check(campaign)
    _fill(row, campaign)
    row.revision += 1
    row.save()
    return row.revision


@action("journeys.start_campaign", permission="journeys.publish", summary="Start a campaign")
def start_campaign(*, campaign_id: UUID, revision: int, by: Actor, at: datetime) -> None:
    """Send a draft at its time, or at once.

    :raises Conflict: it was started before, or changed meanwhile.
    :raises Invalid: its time is over, its message is gone, or its segment's members are still
        being found.
    """
    row = _locked(campaign_id)
    if row.status not in _EDITABLE or row.revision != revision:
        raise Conflict("This campaign was started or changed meanwhile. Look at it again first.")
    audiences.hold_segments([row.segment_id])  # or it could be archived before this commits
    _check(_input(row))
    if audiences.get_segment(row.segment_id).member_count is None:
        raise Invalid(
            "The segment's members are still being found. Try again in a moment.",
            field="segment_id",
        )
    home = stores.get_store().timezone
    if is_over(row.send_on, row.in_their_zone, home, at):
        raise Invalid("This time is over. Choose a later one.", field="send_on")
    row.begins_at = begins_at(row.send_on, row.in_their_zone, home, at)
    row.status = CampaignStatus.SCHEDULED
    row.save()


@action("journeys.stop_campaign", permission="journeys.publish", summary="Stop a campaign at once")
def stop_campaign(*, campaign_id: UUID, by: Actor, at: datetime) -> None:
    """Let nothing more of a campaign leave; what a provider has already can't be taken back.

    Waits for nobody: a set that is being asked for at this moment finds it stopped and is undone.

    :raises Conflict: it is not running.
    """
    row = _locked(campaign_id)
    if row.status == CampaignStatus.STOPPED:
        raise Conflict("This campaign is stopped already.")
    if row.status == CampaignStatus.DRAFT:
        raise Conflict("Only a campaign that was started can be stopped.")
    if row.batch_id is not None:
        messaging.stop_batch(row.batch_id, by=by, at=at)
    row.status = CampaignStatus.STOPPED
    row.stopped_at = at
    row.stopped_by = by.label or by.key
    row.save()
    publish(CampaignStopped(row.id), key=row.id, at=at, by=by, subject=f"campaign:{row.id}")


def _input(row: Campaign) -> CampaignInput:
    return CampaignInput(**{name: getattr(row, name) for name in CampaignInput.__slots__})


def get_campaign(campaign_id: UUID) -> CampaignView:
    """Return a campaign with its results so far.

    :raises NotFound: there is no such campaign.
    """
    row = Campaign.objects.filter(id=campaign_id).first()
    if row is None:
        raise NotFound("There is no such campaign.")
    return _views([row])[0]


def list_campaigns(*, limit: int = 100) -> list[CampaignView]:
    """List the store's campaigns, newest first, with their results; a constant number of queries.

    Why some messages were not sent is left out: :func:`get_campaign` has it.
    """
    rows = list(Campaign.objects.order_by("-created_at", "-id")[:limit])
    return _views(rows, with_reasons=False)


# Who was held out and who ordered: few of many, and an index of their own.
_RESULTS = """
    SELECT campaign_id, is_holdout, count(*), count(ordered_at), order_currency,
           coalesce(sum(order_minor), 0)
    FROM journeys_campaignrecipient WHERE store_id = %s AND campaign_id = ANY(%s::uuid[])
      AND (is_holdout OR ordered_at IS NOT NULL)
    GROUP BY campaign_id, is_holdout, order_currency
"""


def _views(rows: Sequence[Campaign], *, with_reasons: bool = True) -> list[CampaignView]:
    batches = {row.batch_id: row.purpose for row in rows if row.batch_id is not None}
    numbers = message_numbers(batches, days=ORDER_DAYS, with_reasons=with_reasons)
    held: dict[UUID, int] = defaultdict(int)
    ordered: dict[tuple[UUID, bool], int] = defaultdict(int)
    revenue: dict[UUID, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_RESULTS, [current_store_id(), [row.id for row in rows]])
        for campaign_id, is_holdout, people, orders, currency, minor in cursor.fetchall():
            held[campaign_id] += people if is_holdout else 0
            ordered[campaign_id, is_holdout] += orders
            if currency and not is_holdout:
                revenue[campaign_id][currency] = int(minor)
    return [
        CampaignView(
            id=row.id,
            input=_input(row),
            status=row.status,
            revision=row.revision,
            audience=row.audience,
            held_out=held[row.id],
            numbers=numbers[row.batch_id] if row.batch_id else MessageNumbers(),
            ordered=ordered[row.id, False],
            held_out_ordered=ordered[row.id, True],
            revenue_minor=revenue[row.id],
            created_at=row.created_at,
            started_at=row.started_at,
            asked_at=row.asked_at,
            stopped_at=row.stopped_at,
            stopped_by=row.stopped_by,
        )
        for row in rows
    ]
