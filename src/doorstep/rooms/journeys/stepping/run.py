"""Work off a set of people who are due at one step, until each stands at a wait or is through.

Everything a step does (message rows, events, what the action catalogue changes) and where people
stand afterwards are one transaction: a process that dies in between leaves all of it undone, and
what is committed is never done again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction

from doorstep.kernel.conditions.api import Condition
from doorstep.kernel.durability import commit_without_waiting
from doorstep.kernel.passing import is_passing
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.journeys.contracts import EnrollmentStatus
from doorstep.rooms.journeys.matching import matching
from doorstep.rooms.journeys.models import sets
from doorstep.rooms.journeys.models.sets import Place
from doorstep.rooms.journeys.rules.definition import WAITS, Step, WaitFor, WaitUntil
from doorstep.rooms.journeys.stepping.arriving import arrive
from doorstep.rooms.journeys.stepping.claim import SET, claim, due_steps
from doorstep.rooms.journeys.stepping.people import Arrival, Person, Result
from doorstep.rooms.journeys.stepping.steps import execute, leave_wait
from doorstep.rooms.journeys.versions import OpenVersion, open_versions
from doorstep.rooms.stores import api as stores

log = structlog.get_logger(__name__)

TRIES = 5  # then somebody has to look
FIRST_BACK_OFF = timedelta(minutes=2)


def advance_due(*, at: datetime, size: int = SET) -> int:
    """Work off one set at every step at which somebody is due; return how many people moved."""
    versions = {v.id: v for v in open_versions()}
    moved, failure = 0, None
    for version_id, step in due_steps(list(versions.values()), at=at):
        try:
            moved += advance(versions[version_id], step, at=at, size=size)
        except Exception as error:  # one journey's trouble: the others go on
            log.warning("journey_set_failed", version=str(version_id), step=step, error=str(error))
            failure = failure or error
    if failure is not None:
        raise failure
    return moved


def advance(version: OpenVersion, step: str, *, at: datetime, size: int = SET) -> int:
    """Take one set of people due at a step and move them on, in one transaction."""
    with store_scope(version.store_id), transaction.atomic():
        people = claim(version, step, at=at, size=size)
        if people:
            commit_without_waiting()  # undone with what was done for them, people are due again
            _Set(version, at).run(step, people)
        return len(people)


class _Set:
    """The working off of one set: who passed what, and where everybody stands at its end."""

    def __init__(self, version: OpenVersion, at: datetime) -> None:
        self.version, self.at = version, at
        self.zone = ZoneInfo(stores.get_store().timezone)
        self.passages: list[tuple[Any, ...]] = []
        self.counts: dict[tuple[str, str], int] = defaultdict(int)
        self.alike: dict[tuple[Any, ...], list[Person]] = defaultdict(list)
        self.odd: list[Place] = []
        self.todo: dict[str, list[Person]] = {}

    def run(self, step_id: str, people: list[Person]) -> None:
        people = self._let_go(step_id, people)
        step = self.version.definition.step(step_id)
        if isinstance(step, WAITS):
            arriving = [p for p in people if p.waiting_for == "arrival"]
            self._arrive(step, arriving)
            done = [p for p in people if p.waiting_for != "arrival"]
            self._pass(step_id, done, leave_wait(step, done), keep=not _is_plain(step))
        else:
            self.todo[step_id] = people
        while self.todo:
            next_id, here = self.todo.popitem()
            self._go_through(next_id, here)
        self._write()

    def _let_go(self, step_id: str, people: list[Person]) -> list[Person]:
        """Take out whom an exit's condition describes by now."""
        for exit in self.version.definition.exits:
            if exit.condition is None or not people:
                continue
            leaving = self._matching(exit.condition, people)
            for person in people:
                if person.customer_id in leaving:
                    self.passages.append((person.id, person.visit, step_id, "exited", "", None))
                    person.visit += 1
                    self.counts[step_id, "exited"] += 1
                    self._end(person, EnrollmentStatus.EXITED, "condition")
            people = [p for p in people if p.customer_id not in leaving]
        return people

    def _matching(self, condition: Condition, people: Sequence[Person]) -> set[UUID]:
        ids = list({p.customer_id for p in people})
        return matching(condition, ids, at=self.at, zone=self.zone)

    def _go_through(self, step_id: str, people: list[Person]) -> None:
        step = self.version.definition.step(step_id)
        if isinstance(step, WAITS):
            self._arrive(step, people)
        elif step is None:
            for person in people:
                self._end(person, EnrollmentStatus.EXITED, "step_gone")
        else:
            self._execute(step, people)

    def _execute(self, step: Step, people: list[Person]) -> None:
        """Do a step for a set; when it fails, halve it until the culprit stands alone."""
        try:
            with transaction.atomic():
                results = execute(step, people, version=self.version, zone=self.zone, at=self.at)
        except Exception as error:
            if is_passing(error):
                raise  # a deadlock or a lost connection is nobody's fault: the set comes again
            if len(people) == 1:
                self._fail(step, people[0], error)
                return
            middle = len(people) // 2
            self._execute(step, people[:middle])
            self._execute(step, people[middle:])
            return
        self._pass(step.id, people, results)

    def _pass(
        self,
        step_id: str,
        people: Sequence[Person],
        results: Sequence[Result],
        *,
        keep: bool = True,
    ) -> None:
        passages, counts, todo = self.passages, self.counts, self.todo
        for person, result in zip(people, results, strict=True):
            if keep:
                passages.append(
                    (
                        person.id, person.visit, step_id, result.outcome, result.words,
                        result.message_id,
                    )
                )  # fmt: skip
            person.visit += 1
            counts[step_id, result.outcome] += 1
            if result.next is None:
                self._end(person, EnrollmentStatus.COMPLETED, "")
            else:
                todo.setdefault(result.next, []).append(person)

    def _arrive(self, step: Step, people: list[Person]) -> None:
        arrivals = arrive(step, people, zone=self.zone, at=self.at)
        for person, arrival in zip(people, arrivals, strict=True):
            self._stand(person, step.id, arrival)

    def _stand(self, person: Person, step_id: str, arrival: Arrival) -> None:
        key = (
            step_id, arrival.due_at, arrival.waiting_for, arrival.is_woken,
            EnrollmentStatus.ACTIVE.value, "", person.visit,
        )  # fmt: skip
        self.alike[key].append(person)

    def _end(self, person: Person, status: EnrollmentStatus, reason: str) -> None:
        key = ("", None, "", False, status.value, reason, person.visit)
        self.alike[key].append(person)

    def _fail(self, step: Step, person: Person, error: Exception) -> None:
        failures = person.failures + 1
        parked = failures >= TRIES
        words = f"{type(error).__name__}: {error}"[:500]
        log.warning("journey_step_failed", step=step.id, enrollment=str(person.id), error=words)
        if parked:
            self.counts[step.id, "parked"] += 1
        status = EnrollmentStatus.PARKED if parked else EnrollmentStatus.ACTIVE
        due = None if parked else self.at + FIRST_BACK_OFF * 4 ** (failures - 1)
        self.odd.append(
            Place(
                person.id, step.id, person.visit, due, "", False, status.value, "", failures, words
            )
        )

    def _write(self) -> None:
        for key, people in self.alike.items():
            step_id, due_at, waiting_for, is_woken, status, reason, visit = key
            if len(people) >= 50:
                place = Place(
                    people[0].id, step_id, visit, due_at, waiting_for, is_woken, status, reason, 0, ""
                )  # fmt: skip
                sets.move_alike([p.id for p in people], place, at=self.at)
                continue
            self.odd.extend(
                Place(p.id, step_id, visit, due_at, waiting_for, is_woken, status, reason, 0, "")
                for p in people
            )
        sets.move(self.odd, at=self.at)
        store_id = self.version.store_id
        sets.note_passages(store_id, self.passages, at=self.at)
        day = self.at.astimezone(self.zone).date()
        sets.count_passages(store_id, self.version.id, dict(self.counts), day=day)


def _is_plain(step: Step) -> bool:
    """Tell whether a wait's end says nothing that the times do not say already."""
    return isinstance(step, WaitFor | WaitUntil)
