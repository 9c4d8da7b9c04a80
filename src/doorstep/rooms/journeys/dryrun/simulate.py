"""Live through a past span again, for one journey or several at once, without writing anything.

Time goes in buckets (an hour for spans up to a month, else a day). Everybody's times are their own
and exact; what is asked in sets (conditions, the contact gate's facts) is asked as of the end of
the bucket. Messages asked for earlier in the run take their slots in the frequency caps; messages
that were really sent then do not, for the run stands in their place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from doorstep.rooms.journeys.dryrun.occurrences import Occurrence, Past
from doorstep.rooms.journeys.matching import matching
from doorstep.rooms.journeys.rules.chance import choose_arm, is_held_out
from doorstep.rooms.journeys.rules.definition import (
    WAITS,
    ActionStep,
    BranchStep,
    DateTrigger,
    Definition,
    MessageStep,
    SplitStep,
    Step,
    WaitDelivery,
    WaitEvent,
    WaitFor,
    WaitUntil,
)
from doorstep.rooms.journeys.rules.waiting import after, days_after, until, zone_named
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import BatchSpec, Channel, ForeseenAsk, Purpose
from doorstep.rooms.tracking import api as tracking

HOURLY_UP_TO = timedelta(days=31)
MOST_STEPS = 500  # of one way: a circle with a wait of a minute is long enough by then


@dataclass(frozen=True, slots=True)
class Tried:
    """One of the journeys that run together."""

    journey_id: UUID
    definition: Definition


@dataclass(slots=True)
class Way:
    """Somebody's simulated way through one journey."""

    journey: int
    customer_id: UUID
    order_id: UUID | None
    entered_at: datetime
    at: datetime
    data: dict[str, str]
    steps: int = 0
    is_waiting: bool = False
    goes_on: str = "next"  # which way out of the wait


@dataclass(frozen=True, slots=True)
class Line:
    """A message somebody would have been asked for, and the gate's word."""

    journey: int
    customer_id: UUID
    order_id: UUID | None
    step: str
    at: datetime
    outcome: str
    channel: str
    reason: str
    words: str


@dataclass
class Outcome:
    """What a run found besides its lines, per journey (by index)."""

    entered: list[int]
    held_out: list[int]
    goals: list[int]
    held_out_goals: list[int]
    steps: list[dict[str, dict[str, int]]]
    people: list[set[UUID]] = field(default_factory=list)


class Simulation:
    """Several journeys over one span. Iterate :meth:`run` to the end, then read :attr:`outcome`."""

    def __init__(self, past: Past, tried: Sequence[Tried], *, zones: dict[UUID, str]) -> None:
        self.past, self.tried, self.zones = past, tried, zones
        self.bucket = (
            timedelta(hours=1) if past.until - past.since <= HOURLY_UP_TO else timedelta(days=1)
        )
        count = len(tried)
        self.outcome = Outcome(
            [0] * count, [0] * count, [0] * count, [0] * count,
            [defaultdict(lambda: defaultdict(int)) for _ in tried], [set() for _ in tried],
        )  # fmt: skip
        self._due: dict[int, dict[tuple[int, str], list[Way]]] = defaultdict(dict)
        self._last_entry: dict[tuple[int, UUID], datetime] = {}
        self._inside: dict[tuple[int, UUID], int] = defaultdict(int)
        self._seen_orders: set[tuple[int, UUID]] = set()
        self._sent: dict[UUID, list[tuple[datetime, str]]] = defaultdict(list)
        self._foresights: dict[tuple[int, str], messaging.Foresight] = {}
        self._delivered: dict[UUID, list[tuple[UUID | None, datetime | None]]] | None = None

    def run(self) -> Iterator[tuple[datetime, list[Line]]]:
        """Yield each bucket's end with the messages of that bucket, in the order of time."""
        entries = [_Peek(self.past.entries(one.definition)) for one in self.tried]
        number, start = 0, self.past.since
        while start < self.past.until:
            end = min(start + self.bucket, self.past.until)
            self._lines: list[Line] = []
            for index, one in enumerate(entries):
                self._enter(index, list(one.before(end)), end)
            self._work_off(number, end)
            yield end, sorted(self._lines, key=lambda line: line.at)
            number, start = number + 1, end

    # -- entering ---------------------------------------------------------------------------

    def _enter(self, index: int, found: list[Occurrence], end: datetime) -> None:
        definition = self.tried[index].definition
        if not found or definition.problems:
            return
        found = self._passing(definition, found, end)
        for one in found:
            if not self._may_enter(index, definition, one):
                continue
            self._last_entry[index, one.customer_id] = one.at
            self.outcome.people[index].add(one.customer_id)
            held_out = is_held_out(
                self.tried[index].journey_id, one.customer_id, definition.holdout_percent
            )
            reached = self._goal_at(definition, one)
            if held_out:
                self.outcome.held_out[index] += 1
                self.outcome.held_out_goals[index] += reached is not None
                continue
            self.outcome.entered[index] += 1
            self.outcome.goals[index] += reached is not None
            data = {k: str(v) for k, v in one.data.items() if k in ("parcel_id", "product_id")}
            way = Way(index, one.customer_id, one.order_id, one.at, one.at, data)
            self._inside[index, one.customer_id] += 1
            self._go_to(way, definition.first)

    def _passing(
        self, definition: Definition, found: list[Occurrence], end: datetime
    ) -> list[Occurrence]:
        if definition.subject == "order":
            found = [o for o in found if o.order_id is not None]
        if definition.filter is not None:
            ids = self._match(definition.filter, {o.customer_id for o in found}, end)
            found = [o for o in found if o.customer_id in ids]
        if definition.order_filter is not None:
            ids = self._match(
                definition.order_filter, {o.order_id for o in found if o.order_id}, end
            )
            found = [o for o in found if o.order_id in ids]
        return found

    def _match(self, condition: object, ids: Iterable[UUID], at: datetime) -> set[UUID]:
        return matching(condition, list(ids), at=at, zone=self.past.zone)  # type: ignore[arg-type]

    def _may_enter(self, index: int, definition: Definition, one: Occurrence) -> bool:
        if definition.subject == "order" and one.order_id is not None:
            # An order has several dates, and each of them is an entry of its own.
            is_dated = isinstance(definition.trigger, DateTrigger)
            if (index, one.order_id) in self._seen_orders and not is_dated:
                return False
        elif self._inside[index, one.customer_id]:
            return False
        last = self._last_entry.get((index, one.customer_id))
        mode, days = definition.reentry.mode, definition.reentry.days
        if last is not None and (
            mode == "never" or (mode == "after" and one.at - last < timedelta(days=days))
        ):
            return False
        if one.order_id is not None:
            self._seen_orders.add((index, one.order_id))
        return True

    def _goal_at(self, definition: Definition, one: Occurrence) -> datetime | None:
        goal = definition.goal
        if goal is None:
            return None
        latest = one.at + timedelta(days=goal.days)
        return self.past.first_after(
            goal.event, one.customer_id, one.at, latest, other_order=one.order_id
        )

    # -- moving -----------------------------------------------------------------------------

    def _go_to(self, way: Way, step_id: str | None) -> None:
        """Let somebody stand at a step at their own time, or end."""
        if step_id is None or way.steps > MOST_STEPS:
            self._inside[way.journey, way.customer_id] -= 1
            return
        way.steps += 1
        bucket = max(0, int((way.at - self.past.since) / self.bucket))
        self._due[bucket].setdefault((way.journey, step_id), []).append(way)

    def _work_off(self, number: int, end: datetime) -> None:
        """Work off a bucket, also what comes into it meanwhile."""
        while self._due.get(number):
            (index, step_id), ways = self._due[number].popitem()
            definition = self.tried[index].definition
            step = definition.step(step_id)
            ways = list(self._still_inside(definition, ways, end))
            if step is not None and ways:
                self._do(step, ways, end)
        self._due.pop(number, None)

    def _still_inside(
        self, definition: Definition, ways: Sequence[Way], end: datetime
    ) -> Iterator[Way]:
        gone: set[UUID] = set()
        for exit in definition.exits:
            if exit.condition is not None:
                gone |= self._match(exit.condition, {w.customer_id for w in ways}, end)
        for way in ways:
            if way.customer_id in gone or self._has_left(definition, way):
                self._count(way.journey, "", "exited")
                self._go_to(way, None)
            else:
                yield way

    def _has_left(self, definition: Definition, way: Way) -> bool:
        events = [exit.event for exit in definition.exits if exit.event]
        if definition.goal is not None and definition.goal.exits:
            events.append(definition.goal.event)
        for event in events:
            placed = event == "orders.order_placed"
            if self.past.first_after(
                event, way.customer_id, way.entered_at, way.at,
                order_id=None if placed else way.order_id,
                other_order=way.order_id if placed else None,
            ):  # fmt: skip
                return True
        return False

    def _do(self, step: Step, ways: Sequence[Way], end: datetime) -> None:
        match step:
            case MessageStep():
                self._ask(step, ways, end)
            case BranchStep():
                about_order = step.condition.subject.name == "order"
                ids = {(w.order_id if about_order else w.customer_id) for w in ways}
                found = self._match(step.condition, [i for i in ids if i], end)
                for way in ways:
                    yes = (way.order_id if about_order else way.customer_id) in found
                    self._pass(way, step.id, "yes" if yes else "no", step.yes if yes else step.no)
            case SplitStep():
                journey_id = self.tried[ways[0].journey].journey_id
                percents = [arm.percent for arm in step.arms]
                for way in ways:
                    arm = step.arms[choose_arm(journey_id, step.id, way.customer_id, percents)]
                    self._pass(way, step.id, f"arm:{arm.name}", arm.next)
            case ActionStep():
                for way in ways:
                    self._pass(way, step.id, "done", step.next)
            case _ if isinstance(step, WAITS):
                for way in ways:
                    self._wait(step, way)

    def _pass(self, way: Way, step_id: str, outcome: str, following: str | None) -> None:
        self._count(way.journey, step_id, outcome)
        self._go_to(way, following)

    def _count(self, index: int, step_id: str, outcome: str) -> None:
        self.outcome.steps[index][step_id][outcome] += 1

    # -- waiting ----------------------------------------------------------------------------

    def _wait(self, step: Step, way: Way) -> None:
        if way.is_waiting:
            way.is_waiting = False
            outcome = {"next": "waited", "otherwise": "timed_out"}[way.goes_on]
            self._pass(way, step.id, outcome, getattr(step, way.goes_on))
            return
        way.at, way.goes_on = self._end_of(step, way)
        way.is_waiting = True
        if way.at >= self.past.until:
            self._count(way.journey, step.id, "still_waiting")
            self._inside[way.journey, way.customer_id] -= 1
            return
        self._go_to(way, step.id)

    def _end_of(self, step: Step, way: Way) -> tuple[datetime, str]:
        zone = self.past.zone
        match step:
            case WaitFor():
                return after(way.at, step.count, step.unit, zone), "next"
            case WaitUntil():
                named = self.zones.get(way.customer_id, "")
                theirs = zone if step.zone == "store" else zone_named(named, zone.key)
                return until(way.at, step.weekdays, step.start, step.end, theirs), "next"
            case WaitEvent():
                latest = after(way.at, step.count, step.unit, zone)
                about = way.order_id if step.same_order else None
                heard = self.past.first_after(
                    step.event, way.customer_id, way.at, latest, order_id=about
                )
                return (heard, "next") if heard else (latest, "otherwise")
            case WaitDelivery():
                return self._end_of_delivery(step, way)
        raise TypeError(f"{type(step).__name__} is no wait")

    def _end_of_delivery(self, step: WaitDelivery, way: Way) -> tuple[datetime, str]:
        give_up = way.at + timedelta(days=step.give_up_days)
        delivered = self._delivery_of(way)
        if delivered is None or delivered > give_up:
            return give_up, "otherwise"
        named = self.zones.get(way.customer_id, "")
        theirs = zone_named(named, self.past.zone.key)
        return max(days_after(delivered, step.days, step.at, theirs), way.at), "next"

    def _delivery_of(self, way: Way) -> datetime | None:
        if way.order_id is None:
            return None
        if self._delivered is None:
            wanted = self._orders()
            self._delivered = tracking.list_deliveries(wanted)
        parcels = self._delivered.get(way.order_id, [])
        own = [at for parcel, at in parcels if str(parcel) == way.data.get("parcel_id")]
        moments = own or [at for _, at in parcels]
        known = [at for at in moments if at is not None]
        return max(known) if known and len(known) == len(moments) else None

    def _orders(self) -> set[UUID]:
        """Return every order somebody might come in with."""
        found: set[UUID] = set()
        for one in self.tried:
            found |= {o.order_id for o in self.past.entries(one.definition) if o.order_id}
        return found

    # -- messages ---------------------------------------------------------------------------

    def _ask(self, step: MessageStep, ways: Sequence[Way], end: datetime) -> None:
        index = ways[0].journey
        asks = [
            ForeseenAsk(
                w.customer_id, w.at, f"order:{w.order_id}" if w.order_id else "",
                tuple(self._sent.get(w.customer_id, ())),
            )
            for w in ways
        ]  # fmt: skip
        for way, word in zip(ways, self._foresight(index, step).words(asks, at=end), strict=True):
            goes_at = word.until or way.at
            self._lines.append(
                Line(
                    index, way.customer_id, way.order_id, step.id, goes_at, word.outcome,
                    word.channel, word.reason, word.words,
                )
            )  # fmt: skip
            if word.outcome != "drop":
                self._sent[way.customer_id].append((goes_at, word.channel))
            self._pass(way, step.id, word.outcome, step.next)

    def _foresight(self, index: int, step: MessageStep) -> messaging.Foresight:
        known = self._foresights.get((index, step.id))
        if known is None:
            spec = BatchSpec(
                key="dry-run",
                kind=step.template,
                purpose=Purpose(step.purpose),
                topic=step.topic,
                channel=None if step.channel == "best" else Channel(step.channel),
                label=self.tried[index].definition.name,
                priority=step.priority,
            )
            known = self._foresights[index, step.id] = messaging.Foresight(spec)
        return known


class _Peek:
    """A list read in pieces, each up to an instant."""

    def __init__(self, found: Sequence[Occurrence]) -> None:
        self._found, self._next = found, 0

    def before(self, end: datetime) -> Iterator[Occurrence]:
        """Yield what happened before an instant and was not yielded yet."""
        while self._next < len(self._found) and self._found[self._next].at < end:
            self._next += 1
            yield self._found[self._next - 1]
