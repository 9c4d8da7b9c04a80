"""What each type of step does for a set of people. A new type is one more function here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.actions.catalog import find_action, run_action
from doorstep.rooms.journeys.content.begun_with import cause_of
from doorstep.rooms.journeys.matching import matching
from doorstep.rooms.journeys.rules.chance import choose_arm
from doorstep.rooms.journeys.rules.definition import (
    ActionStep,
    BranchStep,
    BrokenStep,
    MessageStep,
    SplitStep,
    Step,
    WaitDelivery,
    WaitEvent,
    WaitFor,
    WaitUntil,
)
from doorstep.rooms.journeys.stepping.people import Person, Result
from doorstep.rooms.journeys.versions import OpenVersion
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import BatchRecipient, BatchSpec, Channel, Purpose

SOURCE = "journeys.person"  # composes the messages' contexts (content/)


class StepBroken(RuntimeError):
    """A step that can't be done for anybody: what it needs is gone."""


def execute(
    step: Step, people: Sequence[Person], *, version: OpenVersion, zone: ZoneInfo, at: datetime
) -> list[Result]:
    """Do a step for a set and answer for each, in order. Joins the caller's transaction.

    :raises StepBroken: it can't be done for anybody.
    """
    match step:
        case MessageStep():
            return _message(step, people, version, at)
        case BranchStep():
            return _branch(step, people, zone, at)
        case SplitStep():
            return _split(step, people, version)
        case ActionStep():
            return _act(step, people, version, at)
        case BrokenStep():
            raise StepBroken(step.problem)
    raise TypeError(f"{type(step).__name__} is a wait")


def leave_wait(step: Step, people: Sequence[Person]) -> list[Result]:
    """Answer for each person whose wait has ended where they go on."""
    match step:
        case WaitFor() | WaitUntil():
            return [Result("waited", step.next)] * len(people)
        case WaitEvent():
            happened, late = Result("happened", step.next), Result("timed_out", step.otherwise)
        case WaitDelivery():
            happened, late = Result("delivered", step.next), Result("gave_up", step.otherwise)
        case _:
            raise TypeError(f"{type(step).__name__} is no wait")
    return [happened if person.is_woken else late for person in people]


def batch_key(version_id: UUID, step_id: str) -> str:
    """Name the messages of one step of one version."""
    return f"journey:{version_id}:{step_id}"


def batch_spec(step: MessageStep, version: OpenVersion) -> BatchSpec:
    """Return what the messages of a step have in common."""
    return BatchSpec(
        key=batch_key(version.id, step.id),
        kind=step.template,
        purpose=Purpose(step.purpose),
        topic=step.topic,
        channel=None if step.channel == "best" else Channel(step.channel),
        source=SOURCE,
        context={"journey_id": str(version.journey_id), "step": step.id},
        label=version.definition.name,
        priority=step.priority,
    )


def _message(
    step: MessageStep, people: Sequence[Person], version: OpenVersion, at: datetime
) -> list[Result]:
    by = version.actor
    batch_id = messaging.open_batch(batch_spec(step, version), at=at)
    answers = messaging.request_batch(
        batch_id,
        [
            BatchRecipient(
                p.customer_id,
                cause_of(p.id, p.visit),
                f"order:{p.order_id}" if p.order_id else "",
                sales_channel=p.sales_channel,
            )
            for p in people
        ],
        by=by,
        at=at,
    )
    return [Result(a.status, step.next, a.words, a.message_id) for a in answers]


def _branch(
    step: BranchStep, people: Sequence[Person], zone: ZoneInfo, at: datetime
) -> list[Result]:
    about_order = step.condition.subject.name == "order"
    ids = {p.order_id if about_order else p.customer_id for p in people}
    found = matching(step.condition, [i for i in ids if i is not None], at=at, zone=zone)
    yes, no = Result("yes", step.yes), Result("no", step.no)
    return [yes if (p.order_id if about_order else p.customer_id) in found else no for p in people]


def _split(step: SplitStep, people: Sequence[Person], version: OpenVersion) -> list[Result]:
    percents = [arm.percent for arm in step.arms]
    results = [Result(f"arm:{arm.name}", arm.next) for arm in step.arms]
    return [
        results[choose_arm(version.journey_id, step.id, p.customer_id, percents)] for p in people
    ]


def _act(
    step: ActionStep, people: Sequence[Person], version: OpenVersion, at: datetime
) -> list[Result]:
    entry = find_action(step.action)
    if entry is None or not entry.runs_for:
        raise StepBroken(f"The action “{step.action}” does not exist any more.")
    by = version.actor
    about = [(p.order_id if entry.runs_for == "order_id" else p.customer_id, p) for p in people]
    about = [(subject, p) for subject, p in about if subject is not None]
    ids = [subject for subject, _ in about]
    causes = [cause_of(p.id, p.visit) for _, p in about]
    if entry.for_set is not None:
        for_each = {"causes": causes} if entry.cause else {}
        entry.for_set(ids=ids, **for_each, **step.input, by=by, at=at)
    else:
        # An entry that serves one at a time: as many calls as people, by its own choice.
        for subject_id, cause in zip(ids, causes, strict=True):
            own = {entry.cause: cause} if entry.cause else {}
            payload = {**step.input, **own, entry.runs_for: subject_id}
            run_action(step.action, payload, by=by, at=at)
    return [Result("done", step.next)] * len(people)
