"""What journeys brought: the messages of each step, the orders after them, the ways of each split.

In sets: as many queries for two hundred steps as for one. The messaging room counts its messages,
the orders room says what an order is worth by now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from doorstep.kernel.columns import as_array, as_columns
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.journeys.contracts import (
    ArmResults,
    JourneyResults,
    MessageNumbers,
    SplitResults,
    StepResults,
)
from doorstep.rooms.journeys.models import Journey, JourneyVersion, StepTally
from doorstep.rooms.journeys.rules.comparing import Side, compare
from doorstep.rooms.journeys.rules.definition import Definition, MessageStep, SplitStep
from doorstep.rooms.journeys.stepping.steps import batch_key
from doorstep.rooms.journeys.versions import definitions
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders

WINDOWS = (1, 3, 5, 7, 14, 30)  # days after a message within which an order counts
WINDOW = 7

_CREDITED = f"""
    SELECT c.batch_id, o.currency, count(*), count(*) FILTER (WHERE c.was_clicked),
           sum(o.kept_minor)
    FROM journeys_messagecredit c JOIN ({orders.STANDING_ORDERS}) o ON o.id = c.order_id
    WHERE c.store_id = %s AND c.batch_id = ANY(%s::uuid[])
      AND c.ordered_at <= c.sent_at + make_interval(days => %s)
    GROUP BY c.batch_id, o.currency
"""  # noqa: S608 (only a constant is put into the text)
_PASSED_IN_TEST = """
    -- by a version in which the split had these ways, or before they were moved out of one
    EXISTS (SELECT FROM unnest(%s::text[], %s::uuid[]) AS t(step, version_id)
            WHERE t.step = {step} AND (t.version_id = e.version_id OR {at} < v.published_at))
"""
_GOALS = f"""
    SELECT p.step, substr(p.outcome, 5), count(DISTINCT e.id)
    FROM journeys_enrollment e
    JOIN journeys_journeyversion v ON v.id = e.version_id
    JOIN journeys_passage p ON p.enrollment_id = e.id AND p.outcome LIKE 'arm:%%'
        AND p.at <= e.goal_at
    WHERE e.journey_id = %s AND e.goal_at IS NOT NULL AND NOT e.is_holdout
      AND {_PASSED_IN_TEST.format(step="p.step", at="p.at")}
    GROUP BY p.step, p.outcome
"""  # noqa: S608
# An order of somebody who came twice counts once as money, and for each time as a conversion.
_SPLIT_ORDERS = f"""
    WITH mine AS (
        SELECT s.step, s.arm, s.enrollment_id, o.id, o.currency, o.kept_minor
        FROM journeys_splitorder s
        JOIN ({orders.STANDING_ORDERS}) o ON o.id = s.order_id
        JOIN journeys_enrollment e ON e.id = s.enrollment_id
        JOIN journeys_journeyversion v ON v.id = e.version_id
        WHERE s.journey_id = %s AND s.ordered_at <= s.passed_at + make_interval(days => %s)
          AND {_PASSED_IN_TEST.format(step="s.step", at="s.passed_at")}
    )
    SELECT step, arm, '', count(DISTINCT enrollment_id), 0::numeric FROM mine GROUP BY step, arm
    UNION ALL
    SELECT step, arm, currency, count(*), sum(kept_minor)
    FROM (SELECT DISTINCT step, arm, id, currency, kept_minor FROM mine) AS each_once
    GROUP BY step, arm, currency
"""  # noqa: S608


def check_window(days: int) -> int:
    """Return the days after a message within which an order counts.

    :raises Invalid: it is none of :data:`WINDOWS`.
    """
    if days not in WINDOWS:
        choice = ", ".join(map(str, WINDOWS))
        raise Invalid(f"Orders are counted within {choice} days.", field="days")
    return days


def message_numbers(
    batches: Mapping[UUID, str], *, days: int = WINDOW, with_reasons: bool = True
) -> dict[UUID, MessageNumbers]:
    """Return what became of batches' messages, and what was ordered after them: four queries.

    :param batches: batch -> purpose of its messages; orders are credited to marketing alone.
    :param days: within so many days after the message.
    :param with_reasons: also why some were not sent.
    """
    told = messaging.batch_results(list(batches), with_reasons=with_reasons)
    found = {
        one: MessageNumbers(told[one], counts_orders=purpose == "marketing")
        for one, purpose in batches.items()
    }
    credited = [one for one, numbers in found.items() if numbers.counts_orders]
    for batch_id, currency, count, clicked, minor in _rows(
        _CREDITED, [current_store_id(), as_array(credited), check_window(days)]
    ):
        more = MessageNumbers(
            orders=count, orders_after_click=clicked, revenue_minor={currency: int(minor)}
        )
        found[batch_id] = found[batch_id] + more
    return found


def journey_results(
    journey_id: UUID, *, number: int | None = None, days: int = WINDOW
) -> JourneyResults:
    """Return what a journey's messages and splits brought, over all versions or by one.

    :param days: an order counts within so many days after a message, or after the way of a split.
    :raises NotFound: there is no such journey, or no such version.
    :raises Invalid: another number of days than can be chosen.
    """
    check_window(days)
    journey = Journey.objects.filter(id=journey_id).only("id", "live_id").first()
    if journey is None:
        raise NotFound("There is no such journey.")
    rows = JourneyVersion.objects.filter(journey_id=journey_id)
    if number is not None:
        rows = rows.filter(number=number)
    ids = list(rows.order_by("number").values_list("id", flat=True))
    if number is not None and not ids:
        raise NotFound("There is no such version.")
    known = definitions(ids)
    read = {one: definition for one in ids if (definition := known[one]) is not None}
    return JourneyResults(
        days=days,
        steps=_steps(read, journey.live_id, days),
        splits=_splits(journey_id, read, days),
    )


def _steps(
    read: Mapping[UUID, Definition], live_id: UUID | None, days: int
) -> tuple[StepResults, ...]:
    """Return the numbers of each message, as the last version that has it describes it."""
    keys: dict[str, MessageStep] = {}
    last: dict[str, StepResults] = {}
    for version_id, definition in read.items():  # oldest first, so that the newest word stays
        for step in definition.steps.values():
            if isinstance(step, MessageStep):
                keys[batch_key(version_id, step.id)] = step
                last[step.id] = StepResults(
                    step.id, step.template, step.purpose, step.channel, version_id == live_id
                )
    batches = messaging.find_batches(list(keys)) if keys else {}
    numbers = message_numbers({one: keys[key].purpose for key, one in batches.items()}, days=days)
    sums = {
        one.step: MessageNumbers(counts_orders=one.purpose == "marketing") for one in last.values()
    }
    for key, batch_id in batches.items():
        sums[keys[key].id] += numbers[batch_id]
    return tuple(replace(one, numbers=sums[one.step]) for one in last.values())


def _splits(
    journey_id: UUID, read: Mapping[UUID, Definition], days: int
) -> tuple[SplitResults, ...]:
    """Return how the ways of each split compare, over the versions that had these ways."""
    newest = list(read.items())[::-1]
    tested = {
        step.id: step
        for _, definition in reversed(newest)
        for step in definition.steps.values()
        if isinstance(step, SplitStep) and len(_in_use(step)) > 1
    }
    if not tested:
        return ()
    pairs = [
        (step_id, version_id)
        for step_id, split in tested.items()
        for version_id, definition in newest
        if isinstance(step := definition.step(step_id), SplitStep) and _in_use(step) == _in_use(split)
    ]  # fmt: skip
    people = _people(pairs)
    columns = as_columns(pairs, 2)
    goals = {row[:2]: row[2] for row in _rows(_GOALS, [journey_id, *columns])}
    ordered, bought = _ordered(_rows(_SPLIT_ORDERS, [journey_id, days, *columns]))
    live = newest[0][1]
    found = []
    for step_id, split in tested.items():
        now = live.step(step_id)
        percents = {arm.name: arm.percent for arm in now.arms} if isinstance(now, SplitStep) else {}
        reached = goals if live.goal else ordered
        arms = tuple(
            ArmResults(
                name=arm.name,
                percent=percents.get(arm.name, 0),
                people=people.get((step_id, arm.name), 0),
                reached=reached.get((step_id, arm.name), 0),
                orders=sum(n for n, _ in bought[step_id, arm.name].values()),
                revenue_minor={c: m for c, (_, m) in bought[step_id, arm.name].items()},
            )
            for arm in split.arms
            if arm.percent
        )
        said = compare([Side(arm.people, min(arm.reached, arm.people)) for arm in arms])
        found.append(SplitResults(step_id, arms, said, bool(live.goal)))
    return tuple(found)


def _in_use(step: SplitStep) -> frozenset[str]:
    return frozenset(arm.name for arm in step.arms if arm.percent)


def _people(pairs: Sequence[tuple[str, UUID]]) -> dict[tuple[str, str], int]:
    """Return how many went each way, of these steps in these versions."""
    wanted = set(pairs)
    rows = (
        StepTally.objects.filter(
            version_id__in={version_id for _, version_id in pairs},
            step__in={step for step, _ in pairs},
            outcome__startswith="arm:",
        )
        .values_list("version_id", "step", "outcome")
        .annotate(n=Sum("count"))
    )
    found: dict[tuple[str, str], int] = defaultdict(int)
    for version_id, step, outcome, n in rows:
        if (step, version_id) in wanted:
            found[step, outcome.removeprefix("arm:")] += n
    return found


_Bought = dict[tuple[str, str], dict[str, tuple[int, int]]]


def _ordered(rows: Iterable[Sequence[Any]]) -> tuple[dict[tuple[str, str], int], _Bought]:
    """Return how many of a way ordered, and by currency how many orders and what they are worth."""
    people: dict[tuple[str, str], int] = {}
    bought: _Bought = defaultdict(dict)
    for step, arm, currency, count, minor in rows:
        if currency:
            bought[step, arm][currency] = (count, int(minor))
        else:
            people[step, arm] = count
    return people, bought


def _rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
