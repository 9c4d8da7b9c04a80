"""Ask for dry runs, work them off in the worker with progress, and read what they found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import QuerySet

from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.columns import as_columns
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.kernel.worker import this_worker
from doorstep.rooms.journeys.contracts import DryRunInfo, DryRunLineInfo
from doorstep.rooms.journeys.dryrun.occurrences import Past
from doorstep.rooms.journeys.dryrun.simulate import Line, Simulation, Tried
from doorstep.rooms.journeys.limits import costs_of
from doorstep.rooms.journeys.models import DryRun, DryRunLine, Journey
from doorstep.rooms.journeys.rules.reading import InvalidDefinition, read_definition
from doorstep.rooms.journeys.versions import open_versions
from doorstep.rooms.stores import api as stores

LONGEST = timedelta(days=3 * 366)
DEAD_AFTER = timedelta(seconds=60)
BEAT_EVERY = timedelta(seconds=5)
KEPT_RUNS = 20  # of one journey


class RunCanceled(Exception):
    """Somebody canceled the run, or another worker took it over."""


@action("journeys.ask_dry_run", permission="journeys.edit", summary="Try a journey on the past")
def ask_dry_run(
    *, journey_id: UUID, since: datetime, until: datetime, by: Actor, at: datetime
) -> UUID:
    """Ask what a journey's draft (or what is live) would have done in a past span; return the run.

    :raises NotFound: there is no such journey.
    :raises Invalid: the span is empty, too long or not over, or the definition can't be read.
    """
    journey = Journey.objects.filter(id=journey_id).select_related("live").first()
    if journey is None:
        raise NotFound("There is no such journey.")
    until = min(until, at)
    if since >= until:
        raise Invalid("Choose a span in the past.", field="since")
    if until - since > LONGEST:
        raise Invalid("Choose a span of three years at most.", field="since")
    document = (
        journey.draft if journey.draft is not None else journey.live and journey.live.definition
    )
    try:
        read_definition(document)
    except InvalidDefinition as error:
        first = error.problems[0]
        raise Invalid(f"{first.message} {first.mend}", field=first.field) from None
    run = DryRun.objects.create(
        store_id=journey.store_id, journey_id=journey.id, definition=document, since=since,
        until=until, asked_at=at, asked_by=by.label or by.key,
    )  # fmt: skip
    old = DryRun.objects.filter(journey_id=journey.id).order_by("-asked_at")[KEPT_RUNS:]
    DryRun.objects.filter(id__in=[one.id for one in old]).delete()
    return run.id


@action("journeys.cancel_dry_run", permission="journeys.edit", summary="Cancel a dry run")
def cancel_dry_run(*, run_id: UUID, by: Actor, at: datetime) -> None:
    """Stop a run that has not ended.

    :raises Conflict: it has ended.
    """
    open_ones = DryRun.objects.filter(id=run_id, status__in=["queued", "running"])
    if not open_ones.update(status="canceled", finished_at=at):
        raise Conflict("This run has ended already.")


def work_off_dry_runs(*, at: datetime) -> int:
    """Take one run that waits (or whose worker died) and do it; return how many were done.

    ``at`` is also the clock of its signs of life: a run reads and writes its own tables only.
    """
    with transaction.atomic():
        run = (
            DryRun.all_stores.select_for_update(skip_locked=True)
            .filter(status__in=["queued", "running"])
            .exclude(status="running", beat_at__gt=at - DEAD_AFTER)
            .order_by("asked_at")
            .first()
        )
        if run is None:
            return 0
        run.status, run.worker, run.beat_at, run.done_until = (
            "running",
            this_worker(),
            at,
            run.since,
        )
        run.save()
        DryRunLine.all_stores.filter(run_id=run.id).delete()  # of a worker that died
    with store_scope(run.store_id):
        _do(run)
    return 1


def _do(run: DryRun) -> None:
    try:
        result = simulate(run, clock=now)
    except RunCanceled:
        return
    except InvalidDefinition as error:
        _finish(run, now(), status="failed", problem=str(error)[:1_000])
        return
    except Exception as error:
        _finish(run, now(), status="failed", problem=f"{type(error).__name__}: {error}"[:1_000])
        raise
    _finish(run, now(), status="done", result=result)


def _finish(run: DryRun, at: datetime, **values: Any) -> None:
    _mine(run).update(finished_at=at, **values)


def _mine(run: DryRun) -> QuerySet[DryRun]:
    """Return the run's row as long as no other worker has taken it over, which beats anew."""
    return DryRun.objects.filter(
        id=run.id, status="running", worker=run.worker, beat_at=run.beat_at
    )


def simulate(run: DryRun, *, clock: Any) -> dict[str, Any]:
    """Do a run, keeping its lines; return its result.

    :raises RunCanceled: somebody canceled it meanwhile.
    """
    past = Past(run.since, run.until)
    tried = [Tried(run.journey_id, read_definition(run.definition))]
    tried += [
        Tried(v.journey_id, v.definition)
        for v in open_versions(run.store_id)
        if v.is_live and v.journey_id != run.journey_id
    ]
    simulation = Simulation(past, tried, zones=_zones())
    days: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    others: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    reasons: dict[str, int] = defaultdict(int)
    kept: list[Line] = []
    last_beat = clock()
    for end, lines in simulation.run():
        ours = simulation.outcome.people[0]
        for line in lines:
            if line.journey == 0:
                days[line.at.astimezone(past.zone).date().isoformat()][line.outcome] += 1
                if line.outcome != "send":
                    reasons[line.reason] += 1
            elif line.customer_id in ours:
                others[str(tried[line.journey].journey_id)][line.outcome] += 1
        kept += [line for line in lines if line.journey == 0 or line.customer_id in ours]
        if len(kept) >= 5_000:
            _keep(run, tried, kept)
            kept = []
        moment = clock()
        if moment - last_beat > BEAT_EVERY:
            last_beat = moment
            _beat(run, moment, end)
    _keep(run, tried, kept)
    outcome = simulation.outcome
    return {
        "entered": outcome.entered[0],
        "held_out": outcome.held_out[0],
        "goals": outcome.goals[0],
        "held_out_goals": outcome.held_out_goals[0],
        "people": len(outcome.people[0]),
        "days": {day: dict(counts) for day, counts in sorted(days.items())},
        "steps": {step: dict(counts) for step, counts in outcome.steps[0].items()},
        "reasons": dict(sorted(reasons.items(), key=lambda item: -item[1])),
        "costs": costs_of(tried[0].definition, outcome.steps[0]),
        "others": {journey: dict(counts) for journey, counts in others.items()},
    }


def _beat(run: DryRun, at: datetime, done_until: datetime) -> None:
    if not _mine(run).update(beat_at=at, done_until=done_until):
        raise RunCanceled
    run.beat_at = at


def _zones() -> dict[UUID, str]:
    """Return the zones of customers who told theirs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, timezone FROM customers_customer WHERE store_id = %s AND timezone <> ''",
            [current_store_id()],
        )
        return dict(cursor.fetchall())


def _keep(run: DryRun, tried: Sequence[Tried], lines: Sequence[Line]) -> None:
    if not lines:
        return
    rows = [
        [
            tried[line.journey].journey_id, line.customer_id, line.order_id, line.step, line.at,
            line.outcome, line.channel, line.reason, line.words,
        ]
        for line in lines
    ]  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        if not _mine(run).select_for_update(no_key=True):
            raise RunCanceled  # or another took over: its lines must not mix with these
        cursor.execute(
            """
            INSERT INTO journeys_dryrunline
                (store_id, run_id, journey_id, customer_id, order_id, step, at, outcome, channel,
                 reason, words)
            SELECT %s, %s, v.*
            FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[],
                        %s::text[], %s::text[], %s::text[], %s::text[]) AS v
            """,
            [run.store_id, run.id, *as_columns(rows, 9)],
        )


def get_dry_run(run_id: UUID) -> DryRunInfo:
    """Return a run with its progress, and its result once it is done.

    :raises NotFound: there is no such run.
    """
    run = DryRun.objects.filter(id=run_id).first()
    if run is None:
        raise NotFound("There is no such dry run.")
    return _info(run)


def list_dry_runs(journey_id: UUID) -> list[DryRunInfo]:
    """List a journey's runs, newest first."""
    rows = DryRun.objects.filter(journey_id=journey_id).order_by("-asked_at", "-id")
    return [_info(run) for run in rows[:KEPT_RUNS]]


def list_dry_run_lines(
    run_id: UUID,
    *,
    customer_id: UUID | None = None,
    outcome: str = "",
    day: str = "",
    own_only: bool = True,
    after: int = 0,
    limit: int = 100,
) -> list[DryRunLineInfo]:
    """List messages of a run in the order they were kept, ``limit`` behind the line ``after``.

    :param day: ``2026-11-27``, in the store's zone, as in the result's ``days``.
    :param own_only: leave out what other live journeys would have sent to the same people.
    :raises NotFound: there is no such run.
    :raises Invalid: ``day`` is none.
    """
    run = DryRun.objects.filter(id=run_id).first()
    if run is None:
        raise NotFound("There is no such dry run.")
    rows = DryRunLine.objects.filter(run_id=run_id, id__gt=after)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if outcome:
        rows = rows.filter(outcome=outcome)
    if day:
        rows = rows.filter(at__gte=_day_begins(day), at__lt=_day_begins(day, 1))
    if own_only:
        rows = rows.filter(journey_id=run.journey_id)
    return [
        DryRunLineInfo(
            row.id, row.journey_id, row.customer_id, row.order_id, row.step, row.at, row.outcome,
            row.channel, row.reason, row.words,
        )
        for row in rows.order_by("id")[:limit]
    ]  # fmt: skip


def _day_begins(day: str, later: int = 0) -> datetime:
    try:
        wanted = date.fromisoformat(day) + timedelta(days=later)
    except (ValueError, OverflowError):
        raise Invalid("Write the day as 2026-11-27.", field="day") from None
    return datetime.combine(wanted, time(), ZoneInfo(stores.get_store().timezone))


def _info(run: DryRun) -> DryRunInfo:
    done = (run.done_until or run.since) - run.since
    share = 1.0 if run.status == "done" else done / (run.until - run.since)
    result: Mapping[str, Any] | None = run.result
    return DryRunInfo(
        run.id, run.journey_id, run.since, run.until, run.status, share, run.problem, run.asked_at,
        run.asked_by, run.finished_at, result,
    )  # fmt: skip
