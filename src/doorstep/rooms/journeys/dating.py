"""Enroll people whose date has come: birthdays, favorite holidays, run-out days."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction

from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.journeys.dates.sources import find_source
from doorstep.rooms.journeys.enrolling import Entrant, enroll
from doorstep.rooms.journeys.models import Journey
from doorstep.rooms.journeys.rules.definition import DateTrigger
from doorstep.rooms.journeys.rules.waiting import at_clock
from doorstep.rooms.journeys.versions import OpenVersion, open_versions
from doorstep.rooms.stores import api as stores

log = structlog.get_logger(__name__)

CATCH_UP_DAYS = 3  # what a server that was off for longer missed is not sent late


def look_at_dates(*, at: datetime) -> int:
    """Let every journey that begins on dates look at the days it has not looked at; return how many
    people entered. A day is looked at once: its mark and the enrollments commit together."""
    entered, failure = 0, None
    for version in open_versions():
        if version.is_live and isinstance(version.definition.trigger, DateTrigger):
            try:
                with store_scope(version.store_id), transaction.atomic():
                    entered += _look(version, version.definition.trigger, at)
            except Exception as error:  # one journey's trouble: the others' days do not wait
                log.warning("journey_day_failed", version=str(version.id), error=str(error))
                failure = failure or error
    if failure is not None:
        raise failure
    return entered


def _look(version: OpenVersion, trigger: DateTrigger, at: datetime) -> int:
    store = stores.get_store()
    zone = ZoneInfo(store.timezone)
    today = at.astimezone(zone).date()
    if at < at_clock(today, trigger.at, zone):
        today -= timedelta(days=1)
    source = find_source(trigger.source)
    journey = (
        Journey.objects.select_for_update(skip_locked=True)
        .filter(id=version.journey_id, status="live")
        .first()
    )
    if journey is None or source is None:
        return 0
    day = max(
        (journey.dated_until or today - timedelta(days=1)) + timedelta(days=1),
        today - timedelta(days=CATCH_UP_DAYS),
    )
    if day > today:
        return 0
    entered = 0
    while day <= today:
        wanted = day + timedelta(days=trigger.days_before)
        for some in source.find(store, wanted, at=at):
            entrants = [Entrant(e.customer_id, e.key, e.order_id, e.data) for e in some]
            entered += enroll(version, entrants, at=at)
        day += timedelta(days=1)
    Journey.objects.filter(id=journey.id).update(dated_until=today)
    return entered
