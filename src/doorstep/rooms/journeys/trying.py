"""Try a journey on one real person, and count its audience: reading only, nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction

from doorstep.kernel.conditions.api import (
    Condition,
    Decision,
    InvalidCondition,
    compile_sql,
    evaluate_many,
    parse,
)
from doorstep.kernel.errors import NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import CustomerInfo
from doorstep.rooms.journeys.contracts import TestRun, TestStep
from doorstep.rooms.journeys.rules.chance import choose_arm
from doorstep.rooms.journeys.rules.definition import (
    WAITS,
    ActionStep,
    BranchStep,
    Definition,
    MessageStep,
    SegmentTrigger,
    SplitStep,
    Step,
    WaitEvent,
)
from doorstep.rooms.journeys.rules.reading import InvalidDefinition, read_definition
from doorstep.rooms.journeys.stepping.arriving import arrive
from doorstep.rooms.journeys.stepping.people import Person
from doorstep.rooms.journeys.stepping.steps import SOURCE
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import BatchRecipient, BatchSpec, Channel, Purpose
from doorstep.rooms.stores import api as stores

COUNT_PATIENCE_MS = 2_000
_LONGEST = 100  # steps shown of a way that goes round and round


def count_audience(definition: Mapping[str, Any], *, at: datetime) -> int | None:
    """Count the customers whom a journey's filter (and its segment) describe now.

    None when it takes longer than two seconds, the definition can't be read, or its segment is not
    there (it came from another store's file) or can't be read.
    """
    zone = ZoneInfo(stores.get_store().timezone)
    try:
        sql, params = _audience_sql(read_definition(definition), at, zone)
    except (InvalidDefinition, InvalidCondition, NotFound):
        return None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true)", [str(COUNT_PATIENCE_MS)]
            )
            cursor.execute(f"SELECT count(*) FROM ({sql}) AS audience", params)  # noqa: S608
            count: int = cursor.fetchone()[0]
            return count
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "57014":  # canceled: it takes too long
            return None
        raise


def _audience_sql(found: Definition, at: datetime, zone: ZoneInfo) -> tuple[str, list[Any]]:
    store_id = current_store_id()
    if found.filter is not None:
        compiled = compile_sql(found.filter, at=at, zone=zone, store_id=store_id)
        sql, params = compiled.sql, compiled.params
    else:
        sql = (
            "SELECT id FROM customers_customer WHERE store_id = %s AND merged_into_id IS NULL "
            "AND erased_at IS NULL"
        )
        params = [store_id]
    if isinstance(found.trigger, SegmentTrigger) and found.trigger.on == "entered":
        segment = audiences.get_segment(_segment_id(found.trigger.segment))
        condition = parse(segment.condition, "customer")
        members = compile_sql(condition, at=at, zone=zone, store_id=store_id)
        sql = f"({sql}) INTERSECT ({members.sql})"
        params = [*params, *members.params]
    return sql, params


def _segment_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such segment.") from None


def test_journey(
    definition: Mapping[str, Any],
    *,
    customer_id: UUID,
    order_id: UUID | None = None,  # noqa: PT028 (no test)
    at: datetime,
    journey_id: UUID | None = None,  # noqa: PT028 (no test)
) -> TestRun:
    """Walk one real customer through a definition as if it began at ``at``.

    Facts are looked at as of the moment of each step as far as they are known now; a wait for an
    event goes on as if the event did not come. Nothing is written and nobody gets anything.

    :raises NotFound: there is no such customer.
    :raises InvalidDefinition: the definition's form is wrong.
    """
    found = read_definition(definition)
    customer = customers.get_customer(customer_id)
    walk = _Walk(found, customer, order_id, journey_id or new_id(), at)
    return walk.go()


test_journey.__test__ = False  # type: ignore[attr-defined]  # not one of pytest's


@dataclass
class _Walk:
    definition: Definition
    customer: CustomerInfo
    order_id: UUID | None
    journey_id: UUID
    at: datetime

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(stores.get_store().timezone)
        self.steps: list[TestStep] = []
        self.moment = self.at

    def go(self) -> TestRun:
        words = list(self._entry_words())
        enters = all(line[0] == "✓" for line in words)
        step_id, ended = self.definition.first, "They reach the end."
        while step_id is not None:
            step = self.definition.step(step_id)
            if step is None:
                ended = "The way ends at a step that does not exist."
                break
            if len(self.steps) >= _LONGEST:
                ended = "The way goes on in a circle."
                break
            step_id = self._take(step)
        return TestRun(self.customer.id, enters, tuple(words), tuple(self.steps), ended)

    def _entry_words(self) -> list[str]:
        words = []
        for condition, subject_id in (
            (self.definition.filter, self.customer.id),
            (self.definition.order_filter, self.order_id),
        ):
            if condition is None:
                continue
            decision = self._decide(condition, subject_id)
            words += [f"{'✓' if decision else '✗'} {reason}" for reason in _reasons(decision)]
        if self.definition.subject == "order" and self.order_id is None:
            words.append("✗ The journey is about an order: choose one.")
        return words or ["✓ Everybody may enter."]

    def _decide(self, condition: Condition, subject_id: UUID | None) -> Decision | None:
        if subject_id is None:
            return None
        found = evaluate_many(
            condition, [subject_id], at=self.moment, zone=self.zone, store_id=current_store_id()
        )
        return found.get(subject_id)

    def _take(self, step: Step) -> str | None:
        match step:
            case BranchStep():
                about_order = step.condition.subject.name == "order"
                decision = self._decide(
                    step.condition, self.order_id if about_order else self.customer.id
                )
                self._note(step, "branch", "yes" if decision else "no", _reasons(decision))
                return step.yes if decision else step.no
            case SplitStep():
                index = choose_arm(
                    self.journey_id, step.id, self.customer.id, [a.percent for a in step.arms]
                )
                arm = step.arms[index]
                self._note(step, "split", f"arm:{arm.name}", [f"Goes the way “{arm.name}”."])
                return arm.next
            case ActionStep():
                self._note(step, "action", "done", [f"Runs {step.action}."])
                return step.next
            case MessageStep():
                self._message(step)
                return step.next
        return self._wait(step)

    def _wait(self, step: Step) -> str | None:
        assert isinstance(step, WAITS)
        person = Person(
            new_id(), self.customer.id, self.order_id, 0, self.at, "", False, 0, {},
            self.customer.timezone,
        )  # fmt: skip
        arrival = arrive(step, [person], zone=self.zone, at=self.moment)[0]
        since = self.moment
        self.moment = max(arrival.due_at or self.moment, self.moment)
        local = self.moment.astimezone(self.zone)
        words = [f"Waits until {local:%a %d %b %Y, %H:%M}."]
        timed_out = isinstance(step, WaitEvent) or (
            arrival.waiting_for == "delivery" and not arrival.is_woken
        )
        if timed_out:
            words = [f"Nothing has happened by {local:%a %d %b %Y, %H:%M}: goes on without it."]
        outcome = "timed_out" if timed_out else "waited"
        self.steps.append(TestStep(step.id, "wait", since, outcome, tuple(words)))
        return getattr(step, "otherwise", None) if timed_out else step.next

    def _message(self, step: MessageStep) -> None:
        spec = BatchSpec(
            key="test",
            kind=step.template,
            purpose=Purpose(step.purpose),
            topic=step.topic,
            channel=None if step.channel == "best" else Channel(step.channel),
            source=SOURCE,
            context={"journey_id": str(self.journey_id), "step": step.id},
            label=self.definition.name,
            priority=step.priority,
        )
        recipient = BatchRecipient(
            self.customer.id, "test", f"order:{self.order_id}" if self.order_id else ""
        )
        tried = messaging.try_batch(spec, recipient, at=self.moment)
        self._note(step, "message", tried.outcome, tried.words, tried.message)

    def _note(
        self,
        step: Step,
        kind: str,
        outcome: str,
        words: Any,
        message: Mapping[str, str] | None = None,
    ) -> None:
        self.steps.append(TestStep(step.id, kind, self.moment, outcome, tuple(words), message))


def _reasons(decision: Decision | None) -> list[str]:
    return list(decision.reasons) if decision is not None else ["This can't be known here."]
