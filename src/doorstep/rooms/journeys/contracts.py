"""Frozen values that cross the wall of the journeys room. The definition's form: README.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from doorstep.rooms.journeys.rules.comparing import Comparison
from doorstep.rooms.messaging.contracts import BatchResults


class JourneyStatus(StrEnum):
    """Where a journey stands."""

    DRAFT = "draft"  # never published
    LIVE = "live"
    PAUSED = "paused"  # nobody enters, nobody moves on
    ARCHIVED = "archived"


class CampaignStatus(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"  # its time is still to come
    SENDING = "sending"  # messages are being asked for
    SENT = "sent"  # all are asked for; some may still wait for their time
    STOPPED = "stopped"


class EnrollmentStatus(StrEnum):
    """Where somebody's way through a journey stands."""

    ACTIVE = "active"
    COMPLETED = "completed"
    EXITED = "exited"
    PARKED = "parked"  # a step failed for them again and again: somebody must look


@dataclass(frozen=True, slots=True)
class DefinitionProblem:
    """One thing that keeps a definition from being published, or should be looked at.

    :param step: the step's id; "" for the journey itself (trigger, exits, goal).
    :param field: where in the step, as ``"if.all[0]"``.
    :param message: what is wrong.
    :param mend: what to do about it.
    :param is_blocking: False for a warning.
    """

    step: str
    field: str
    message: str
    mend: str
    is_blocking: bool = True


@dataclass(frozen=True, slots=True)
class JourneySummary:
    """A journey as a list shows it."""

    id: UUID
    name: str
    summary: str  # what it does, in one plain sentence
    status: str
    template: str  # the prebuilt one it began as, "" for none
    version_number: int | None  # the live one
    has_draft: bool
    inside: int
    entered: int
    sent: int
    goals: int
    updated_at: datetime
    approval_asked_by: str = ""  # who asked for publishing, "" for nobody


@dataclass(frozen=True, slots=True)
class JourneyView:
    """A journey with what is live and what is being worked on.

    :param definition: the draft where there is one, else what is live.
    :param revision: the fence of the draft: who saves says which one they started from.
    :param approval_asked_by: who asked for publishing, "" for nobody.
    """

    summary: JourneySummary
    definition: Mapping[str, Any]
    revision: int
    live_definition: Mapping[str, Any] | None
    problems: tuple[DefinitionProblem, ...]
    approval_asked_by: str = ""
    approval_note: str = ""
    is_filling: bool = False  # members the segment had before are being enrolled


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One published version."""

    id: UUID
    number: int
    published_at: datetime
    published_by: str
    inside: int
    note: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class StepCounts:
    """What became of people at one step, over all time of the versions asked about."""

    step: str
    here: int  # standing there now
    passed: int
    outcomes: Mapping[str, int]  # outcome of the passages -> how many
    parked: int


@dataclass(frozen=True, slots=True)
class EnrollmentInfo:
    """Somebody on their way through a journey, as lists and traces show it."""

    id: UUID
    journey_id: UUID
    version_number: int
    customer_id: UUID
    order_id: UUID | None
    status: str
    step: str
    due_at: datetime | None
    waiting_for: str  # in words
    entered_at: datetime
    ended_at: datetime | None
    exit_reason: str
    is_holdout: bool
    goal_at: datetime | None
    problem: str
    failures: int


@dataclass(frozen=True, slots=True)
class PassageInfo:
    """One step somebody passed: what came out, when, and why."""

    step: str
    outcome: str
    words: str
    at: datetime
    message_id: UUID | None


@dataclass(frozen=True, slots=True)
class EnrollmentTrace:
    """Everything that happened to one person in one journey."""

    enrollment: EnrollmentInfo
    passages: tuple[PassageInfo, ...]


@dataclass(frozen=True, slots=True)
class GoalReport:
    """Conversion of those who got the journey against those held out."""

    entered: int
    reached: int
    held_out: int
    held_out_reached: int


@dataclass(frozen=True, slots=True)
class MessageNumbers:
    """What became of some messages, and what was ordered after them.

    An order counts for the marketing message, of whatever journey or campaign, that reached its
    buyer last before it, within some days. Canceled orders do not count; what was paid back is
    taken off.

    :param messages: sent, opened, held back and so on.
    :param orders: of them ``orders_after_click`` by who had clicked before; money by currency.
    :param counts_orders: False for messages that do not sell: orders are not credited to them.
    """

    messages: BatchResults = field(default_factory=BatchResults)
    orders: int = 0
    orders_after_click: int = 0
    revenue_minor: Mapping[str, int] = field(default_factory=dict)
    counts_orders: bool = False

    def __add__(self, other: MessageNumbers) -> MessageNumbers:
        """Return both together."""
        money = dict(self.revenue_minor)
        for currency, minor in other.revenue_minor.items():
            money[currency] = money.get(currency, 0) + minor
        return MessageNumbers(
            self.messages + other.messages,
            self.orders + other.orders,
            self.orders_after_click + other.orders_after_click,
            money,
            self.counts_orders or other.counts_orders,
        )


@dataclass(frozen=True, slots=True)
class StepResults:
    """The numbers of one message of a journey, over the versions looked at."""

    step: str
    template: str
    purpose: str
    channel: str  # "best" for the best for each person
    is_live: bool  # people get to it by the version that is live
    numbers: MessageNumbers = field(default_factory=MessageNumbers)


@dataclass(frozen=True, slots=True)
class ArmResults:
    """One way of a split.

    :param percent: how many of a hundred go it in the newest version looked at.
    :param people: how often it was gone; ``reached`` of them did what counts.
    :param orders: what its people ordered within the days, whatever made them; money by currency.
    """

    name: str
    percent: int
    people: int
    reached: int
    orders: int
    revenue_minor: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SplitResults:
    """A split, over the versions in which it had these ways.

    :param by_goal: what counts is the journey's goal; else an order within the days.
    """

    step: str
    arms: tuple[ArmResults, ...]
    comparison: Comparison
    by_goal: bool


@dataclass(frozen=True, slots=True)
class JourneyResults:
    """What a journey brought; an order counts within ``days`` after a message."""

    days: int
    steps: tuple[StepResults, ...]
    splits: tuple[SplitResults, ...]

    @property
    def total(self) -> MessageNumbers:
        """All its messages together."""
        found = MessageNumbers()
        for step in self.steps:
            found += step.numbers
        return found


@dataclass(frozen=True, slots=True)
class TestStep:
    """One step of a journey tried on a real customer; nothing is written.

    :param at: when it would happen, as far as that can be known.
    :param words: what happens: the branch's trace, the wait's end, the gate's word.
    :param message: ``{"subject", "html", "text", "channel"}`` of what would be sent.
    """

    step: str
    type: str
    at: datetime | None
    outcome: str
    words: tuple[str, ...]
    message: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class TestRun:
    """A journey tried on a real customer from its trigger to its end.

    :param enters: whether they would get in; ``entry_words`` say why or why not, line by line.
    """

    customer_id: UUID
    enters: bool
    entry_words: tuple[str, ...]
    steps: tuple[TestStep, ...]
    end_words: str


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """A prebuilt journey: what it is for, and what it needs before it can go live."""

    key: str
    name: str
    summary: str
    category: str
    needs: tuple[str, ...]
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DryRunInfo:
    """A look into the past: what a journey would have done.

    :param progress: 0 to 1.
    :param result: once done: ``entered``, ``held_out``, ``goals``, ``held_out_goals``, ``people``,
        ``days`` (day -> outcome -> messages), ``steps`` (step -> outcome -> people), ``reasons``
        (why not sent -> messages) and ``others`` (other live journey -> outcome -> messages to the
        same people).
    """

    id: UUID
    journey_id: UUID
    since: datetime
    until: datetime
    status: str  # queued, running, done, failed, canceled
    progress: float
    problem: str
    asked_at: datetime
    asked_by: str
    finished_at: datetime | None
    result: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class DryRunLineInfo:
    """One message of a dry run: to whom, when, and the gate's word."""

    id: int
    journey_id: UUID
    customer_id: UUID
    order_id: UUID | None
    step: str
    at: datetime
    outcome: str
    channel: str
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class CampaignInput:
    """What a campaign sends, to whom, and when.

    :param send_on: wall clock time as ``2026-12-01T09:00``, "" for at once.
    :param in_their_zone: that clock hangs at each recipient's wall instead of the store's.
    :param per_minute: at most so many messages a minute; None for as fast as it goes.
    :param holdout_percent: how many of a hundred get nothing, to compare with.
    """

    name: str
    segment_id: UUID
    template: str
    purpose: str = "marketing"
    topic: str = ""
    channel: str = "best"
    priority: int = 50
    send_on: str = ""
    in_their_zone: bool = False
    per_minute: int | None = None
    holdout_percent: int = 0


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign with what became of it so far.

    :param numbers: what became of its messages, and the orders credited to them.
    :param ordered: how many ordered within the days after it, of those who were to get it;
        ``revenue_minor`` by currency.
    """

    id: UUID
    input: CampaignInput
    status: str
    revision: int
    audience: int
    held_out: int
    numbers: MessageNumbers
    ordered: int
    held_out_ordered: int
    revenue_minor: Mapping[str, int]
    created_at: datetime
    started_at: datetime | None
    asked_at: datetime | None
    stopped_at: datetime | None
    stopped_by: str


@dataclass(frozen=True, slots=True)
class ForeseenGroup:
    """People of whom the contact gate would say the same."""

    outcome: str  # send, defer, drop
    channel: str  # "" when it is dropped
    reason: str
    words: str
    people: int


@dataclass(frozen=True, slots=True)
class CampaignAhead:
    """What a campaign would do if it were started now.

    :param people: members of its segment; ``is_finding``: they are still being found.
    :param sampled: how many members the gate was asked about; ``groups`` sum up to it.
    :param first_at: when the first and the last message of the sample would go.
    :param minutes: how long the throttle makes it take, 0 without one.
    :param already_over: how many of the sample have that time behind them: theirs go at once.
    """

    people: int
    is_finding: bool
    sampled: int
    sampled_held_out: int
    groups: tuple[ForeseenGroup, ...]
    first_at: datetime | None
    last_at: datetime | None
    minutes: int
    already_over: int
