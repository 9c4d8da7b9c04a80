"""The campaigns' loop: ask for messages in sets, each set with its place in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_array, as_columns
from doorstep.kernel.durability import commit_without_waiting
from doorstep.kernel.events.publish import publish
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys.contracts import CampaignStatus
from doorstep.rooms.journeys.events import CampaignStarted
from doorstep.rooms.journeys.models import Campaign
from doorstep.rooms.journeys.rules.chance import is_held_out
from doorstep.rooms.journeys.rules.waiting import at_clock, zone_named
from doorstep.rooms.journeys.stepping.steps import SOURCE
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import BatchRecipient, BatchSpec, Channel, Purpose
from doorstep.rooms.stores import api as stores

log = structlog.get_logger(__name__)

SET = 5_000
# Recipients east of the store have their nine o'clock earlier: asking begins a day before.
EARLIEST = timedelta(hours=26)
LATEST_ZONE = ZoneInfo("Etc/GMT+12")  # where any clock shows a time last
MOST_AT_ONCE = 50  # campaigns looked at in one turn
_OPEN = (CampaignStatus.SCHEDULED, CampaignStatus.SENDING)
_PLACE = ("status", "batch_id", "started_at", "asked_at", "audience", "asked_after")


def send_campaigns(*, at: datetime, size: int = SET) -> int:
    """Ask for one set of messages of one campaign; return how many members were read."""
    waiting = (
        Campaign.all_stores.filter(status__in=_OPEN, begins_at__lte=at)
        .order_by("begins_at", "id")
        .values_list("id", "store_id")[:MOST_AT_ONCE]
    )
    failure = None
    for campaign_id, store_id in list(waiting):
        try:
            done = _take_turn(campaign_id, store_id, at, size)
        except Exception as error:  # one campaign's trouble: the others go on
            log.warning("campaign_set_failed", campaign=str(campaign_id), error=str(error))
            failure = failure or error
            continue
        if done:
            return done
    if failure is not None:
        raise failure
    return 0


def _take_turn(campaign_id: UUID, store_id: UUID, at: datetime, size: int) -> int:
    """Ask for a campaign's next set; 0 when it has none, or somebody else has it in hand."""
    with transaction.atomic(), store_scope(store_id):
        if not _is_mine(campaign_id):
            return 0
        campaign = Campaign.objects.filter(id=campaign_id, status__in=_OPEN).first()
        if campaign is None:
            return 0
        done = _send(campaign, at, size)
        if not _has_kept_place(campaign):
            transaction.set_rollback(True)  # stopped meanwhile: as if this set had never been
            return 0
        return done


def _is_mine(campaign_id: UUID) -> bool:
    """Say whether no other worker has a set of the campaign in hand; until the transaction ends.

    Not the row's own lock, for which somebody who wants to stop the campaign would have to wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"campaign:{campaign_id}"]
        )
        return bool(cursor.fetchone()[0])


def _has_kept_place(campaign: Campaign) -> bool:
    """Keep how far a campaign has come, unless it was stopped meanwhile."""
    kept = {name: getattr(campaign, name) for name in _PLACE}
    return bool(Campaign.objects.filter(id=campaign.id, status__in=_OPEN).update(**kept))


def spec_of(campaign: Campaign) -> BatchSpec:
    """Return what a campaign's messages have in common."""
    return BatchSpec(
        key=f"campaign:{campaign.id}",
        kind=campaign.template,
        purpose=Purpose(campaign.purpose),
        topic=campaign.topic,
        channel=None if campaign.channel == "best" else Channel(campaign.channel),
        source=SOURCE,
        context={"campaign_id": str(campaign.id)},
        label=campaign.name,
        priority=campaign.priority,
    )


def _send(campaign: Campaign, at: datetime, size: int) -> int:
    by = Actor.system(f"campaign:{campaign.id}")
    if campaign.batch_id is None:
        campaign.batch_id = messaging.open_batch(spec_of(campaign), at=at)
        campaign.status = CampaignStatus.SENDING
        campaign.started_at = at
        segment = audiences.get_segment(campaign.segment_id)
        publish(
            CampaignStarted(campaign.id, segment.member_count or 0), key=campaign.id, at=at, by=by,
            subject=f"campaign:{campaign.id}",
        )  # fmt: skip
    members = audiences.list_member_ids(campaign.segment_id, after=campaign.asked_after, limit=size)
    if not members:
        campaign.status = CampaignStatus.SENT
        campaign.asked_at = at
        return 0
    commit_without_waiting()  # undone with the campaign's place, the set is asked for again
    held_out = {m for m in members if is_held_out(campaign.id, m, campaign.holdout_percent)}
    asked = _asked_already(campaign.id, members)
    wanted = [m for m in members if m not in held_out and m not in asked]
    moments = moments_of(campaign, wanted, at)
    answers = messaging.request_batch(
        campaign.batch_id,
        [
            BatchRecipient(m, f"campaign:{campaign.id}:{m}", not_before=moment)
            for m, moment in zip(wanted, moments, strict=True)
        ],
        by=by,
        at=at,
    )
    message_ids: dict[UUID, UUID | None] = dict(
        zip(wanted, (a.message_id for a in answers), strict=True)
    )
    _keep(campaign, [[m, message_ids.get(m), m in held_out] for m in members], at)
    campaign.audience += len(members)
    campaign.asked_after = members[-1]
    return len(members)


def _asked_already(campaign_id: UUID, members: Sequence[UUID]) -> set[UUID]:
    """Return whom the campaign reached under another record, which is one with theirs now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM journeys_campaignrecipient"
            " WHERE campaign_id = %s AND customer_id = ANY(%s::uuid[])",
            [campaign_id, as_array(members)],
        )
        return {row[0] for row in cursor.fetchall()}


def moments_of(campaign: Campaign, members: Sequence[UUID], at: datetime) -> list[datetime | None]:
    """Return when each member's message may go: their own clock, and the throttle's turn.

    None: at once. The throttle counts from each one's own time on.
    """
    zones = _zones(members) if campaign.send_on and campaign.in_their_zone else {}
    home = stores.get_store().timezone
    asked, begun = campaign.audience, campaign.started_at or at
    moments: list[datetime | None] = []
    for nth, member in enumerate(members):
        moment = moment_of(campaign.send_on, zones.get(member, ""), home)
        if campaign.per_minute:
            # From one's own time on: asking for them began a day before it.
            begin = max(begun, moment or begun)
            moment = begin + timedelta(minutes=(asked + nth) / campaign.per_minute)
        moments.append(moment if moment is not None and moment > at else None)
    return moments


@lru_cache(maxsize=4096)
def moment_of(send_on: str, timezone: str, home: str) -> datetime | None:
    """Return the instant of a campaign's wall clock time in somebody's zone; None: at once.

    :param timezone: the person's own, "" takes the store's (``home``).
    """
    if not send_on:
        return None
    wall = datetime.fromisoformat(send_on)
    zone = zone_named(timezone, home) if timezone else ZoneInfo(home)
    return at_clock(wall.date(), wall.time(), zone)


def begins_at(send_on: str, in_their_zone: bool, home: str, at: datetime) -> datetime:
    """Return when asking for a campaign's messages begins."""
    moment = moment_of(send_on, "", home)
    if moment is None:
        return at
    return moment - EARLIEST if in_their_zone else moment


def is_over(send_on: str, in_their_zone: bool, home: str, at: datetime) -> bool:
    """Say whether a campaign's clock has struck for everybody already."""
    if not send_on:
        return False
    if not in_their_zone:
        moment = moment_of(send_on, "", home)
        return moment is not None and moment < at
    return datetime.fromisoformat(send_on).replace(tzinfo=LATEST_ZONE) < at


def _zones(members: Sequence[UUID]) -> dict[UUID, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, timezone FROM customers_customer
            WHERE store_id = %s AND id = ANY(%s::uuid[]) AND timezone <> ''
            """,
            [current_store_id(), as_array(members)],
        )
        return dict(cursor.fetchall())


def _keep(campaign: Campaign, rows: list[list[object]], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO journeys_campaignrecipient
                (store_id, campaign_id, customer_id, message_id, is_holdout, at, order_currency)
            SELECT %s, %s, v.customer_id, v.message_id, v.is_holdout, %s, ''
            FROM unnest(%s::uuid[], %s::uuid[], %s::bool[]) AS v(customer_id, message_id, is_holdout)
            ON CONFLICT DO NOTHING
            """,
            [campaign.store_id, campaign.id, at, *as_columns(rows, 3)],
        )
