"""The engine's loops in the worker process."""

from __future__ import annotations

from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.journeys.campaigns.sending import send_campaigns
from doorstep.rooms.journeys.dating import look_at_dates
from doorstep.rooms.journeys.dryrun.running import work_off_dry_runs
from doorstep.rooms.journeys.filling import fill
from doorstep.rooms.journeys.stepping.run import advance_due
from doorstep.rooms.journeys.tidying import tidy


@worker_loop("journeys.steps", idle_seconds=0.5)
def advance_people() -> int:
    """Move on everybody who is due, one set per step."""
    return advance_due(at=now())


@worker_loop("journeys.filling", idle_seconds=2)
def fill_journeys() -> int:
    """Enroll the members segments had before, a set at a time."""
    return fill(at=now())


@worker_loop("journeys.dates", idle_seconds=30)
def look_at_days() -> int:
    """Enroll people whose dates have come."""
    return look_at_dates(at=now())


@worker_loop("journeys.campaigns", idle_seconds=1)
def ask_campaigns() -> int:
    """Ask for one set of a campaign's messages."""
    return send_campaigns(at=now())


@worker_loop("journeys.dry_runs", idle_seconds=1)
def do_dry_runs() -> int:
    """Do one dry run that was asked for."""
    return work_off_dry_runs(at=now())


@worker_loop("journeys.tidying", idle_seconds=300)
def tidy_journeys() -> int:
    """Sum up tallies and close versions nobody is inside of any more."""
    return tidy(at=now())
