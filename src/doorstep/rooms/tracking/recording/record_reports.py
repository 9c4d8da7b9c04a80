"""Keep what carriers say: the door that every webhook, poll and bulk intake goes through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.row_sets import insert_rows
from doorstep.rooms.tracking.contracts import RecordedReport, ReportOutcome, TrackingReport
from doorstep.rooms.tracking.models import Checkpoint, Tracker, TrackingNumber
from doorstep.rooms.tracking.recording.codes import CodeKey, code_key, count_codes, learn_codes
from doorstep.rooms.tracking.recording.desk import Desk, open_desk, zone_named
from doorstep.rooms.tracking.recording.joining import join_trackers
from doorstep.rooms.tracking.recording.numbers import Known, find_numbers, lock_numbers
from doorstep.rooms.tracking.recording.plan import Named, Plan, all_numbers, names_of
from doorstep.rooms.tracking.recording.rows import all_columns, number_row, step_row
from doorstep.rooms.tracking.recording.standing import Held, hold, restate
from doorstep.rooms.tracking.rules.numbers import normalize_number
from doorstep.rooms.tracking.rules.said import merge, said_of
from doorstep.rooms.tracking.rules.steps import Step, as_of, clean, is_country, steps_of
from doorstep.rooms.tracking.rules.zones import zone_of_destination

# Somebody changed whose a number is, between our look and our lock: look again.
TRIES = 5


class NumberMoved(OperationalError):
    """A number got another tracker again and again while its reports were being kept."""


def check_report(report: TrackingReport) -> None:
    """Make sure that a report can be kept.

    :raises Invalid: it names no number or no source.
    """
    if not normalize_number(report.tracking_number):
        raise Invalid("A report needs a tracking number.", field="tracking_number")
    if not report.source.strip():
        raise Invalid("A report must say where it comes from.", field="source")


def record_reports(
    reports: Sequence[TrackingReport], *, by: Actor, at: datetime
) -> list[RecordedReport]:
    """Keep reports and bring their parcels up to date; one answer each, in the order given.

    In one transaction with a number of statements that does not depend on how many reports there
    are. Safe beside other workers that bring the same numbers. The same step counts once, whoever
    tells it, and where a parcel stands depends on its steps alone, never on their order.

    :raises Invalid: one of them can't be kept; nothing is kept then.
    """
    for report in reports:
        check_report(report)
    if not reports:
        return []
    for _ in range(TRIES):
        with transaction.atomic():
            answers = _Recording(reports, open_desk(by=by, at=at)).record()
            if answers is not None:
                return answers
            transaction.set_rollback(True)
    raise NumberMoved("Tracking numbers kept changing hands; try again.")


@dataclass(slots=True)
class _Heard:
    """One report, understood: its steps, and what they are kept as."""

    report: TrackingReport
    names: list[Named]
    steps: list[Step]
    as_of: datetime
    home: Known | None = None  # the number, and so the tracker, that the report itself is about
    rows: list[dict[str, Any]] = field(default_factory=list)


class _Recording:
    """One call's way through."""

    def __init__(self, reports: Sequence[TrackingReport], desk: Desk) -> None:
        self.desk = desk
        self.reports = reports

    def record(self) -> list[RecordedReport] | None:
        """Keep everything; None when whose the numbers are changed meanwhile."""
        names = [names_of(report) for report in self.reports]
        numbers = all_numbers(names)
        known = find_numbers(numbers)
        heard = [self._hear(*one, known) for one in zip(self.reports, names, strict=True)]
        plan = self._plan(heard, known)
        if not plan.is_empty:
            lock_numbers(numbers)
            known = find_numbers(numbers)
            plan = self._plan(heard, known)
        codes = self._keep_as_rows(heard, plan)
        insert_rows(Tracker, [self._tracker_row(*one) for one in plan.new_trackers.items()])
        involved = {row["tracker_id"] for one in heard for row in one.rows}
        homes = {one.home.tracker_id for one in heard if one.home}
        trackers = hold(involved | homes | set(plan.joined))
        if find_numbers(numbers) != known:
            return None
        insert_rows(TrackingNumber, [number_row(*one) for one in plan.new_numbers])
        self._join(plan, trackers)
        added = insert_rows(
            Checkpoint, [r for h in heard for r in h.rows], unless="(tracker_id, dedupe_key)"
        )
        count_codes([key for row_id, key in codes if row_id in added])
        changed = self._take(heard, added, plan, trackers)
        restate([trackers[tracker_id] for tracker_id in sorted(changed)], self.desk)
        return [_answer(one, added, trackers, changed) for one in heard]

    def _hear(
        self, report: TrackingReport, names: list[Named], known: dict[str, list[Known]]
    ) -> _Heard:
        """Read a report's steps by the clock of where it goes."""
        own = known.get(names[0][1])
        zone = own[-1].zone if own else self._zone_of(report)
        steps = steps_of(report, zone=zone_named(zone), received_at=self.desk.at)
        return _Heard(report, names, steps, as_of(steps, self.desk.at))

    def _zone_of(self, report: TrackingReport) -> str:
        return zone_of_destination(report.destination_country, "", self.desk.store.timezone)

    def _plan(self, heard: Sequence[_Heard], known: dict[str, list[Known]]) -> Plan:
        plan = Plan({number: list(found) for number, found in known.items()})
        for one in heard:
            plan.add(one.report, one.names, one.as_of)
        return plan

    def _keep_as_rows(self, heard: Sequence[_Heard], plan: Plan) -> list[tuple[UUID, CodeKey]]:
        """Turn steps into rows; returns which of them came with a code nobody understood."""
        unknown = {
            code_key(one.report.source, one.report.carrier, step): step.description
            for one in heard
            for step in one.steps
            if not step.status
        }
        meanings = learn_codes(unknown, self.desk.at)
        codes = []
        for one in heard:
            one.home = plan.number_at(one.names[0], one.as_of)
            for step in one.steps:
                number = plan.number_at(one.names[0], step.at)
                row = step_row(
                    step,
                    number,
                    source=one.report.source,
                    carrier=one.report.carrier,
                    desk=self.desk,
                )
                if not step.status:
                    key = code_key(one.report.source, one.report.carrier, step)
                    row["status"], row["substatus"] = meanings[key]
                    row["code"] = key.code
                    codes.append((row["id"], key))
                one.rows.append(row)
        return codes

    def _tracker_row(self, tracker_id: UUID, report: TrackingReport) -> dict[str, Any]:
        country = report.destination_country
        tracker = Tracker(
            id=tracker_id,
            store_id=self.desk.store.id,
            carrier=clean(report.carrier, 60),
            tracking_number=normalize_number(report.tracking_number),
            shown_number=clean(report.tracking_number, 100),
            destination_country=country if is_country(country) else "",
            zone=self._zone_of(report),
            is_test=report.is_test,
            created_at=self.desk.at,
        )
        return all_columns(tracker)

    def _join(self, plan: Plan, trackers: dict[UUID, Held]) -> None:
        pairs = {goes: plan.staying(goes) for goes in plan.joined}
        join_trackers(pairs, {key: one.tracker for key, one in trackers.items()})
        for goes in pairs:
            del trackers[goes]

    def _take(
        self,
        heard: Sequence[_Heard],
        added: set[UUID],
        plan: Plan,
        trackers: dict[UUID, Held],
    ) -> set[UUID]:
        """Give trackers what is new; returns which of them must be computed anew."""
        new = Counter(row["tracker_id"] for one in heard for row in one.rows if row["id"] in added)
        changed = set(new) | set(plan.new_trackers) | {plan.staying(k) for k in plan.joined}
        for one in heard:
            assert one.home is not None
            tracker = trackers[one.home.tracker_id].tracker
            said = merge(tracker.said, said_of(one.report, one.as_of))
            if said != tracker.said:
                tracker.said = said
                changed.add(tracker.id)
        for held in trackers.values():
            leader = held.tracker.shares_with_id
            held.new_steps = new[leader or held.tracker.id]
            if leader in changed:
                held.tracker.said = merge(held.tracker.said, trackers[leader].tracker.said)
                changed.add(held.tracker.id)
        return changed & set(trackers)


def _answer(
    one: _Heard, added: set[UUID], trackers: dict[UUID, Held], changed: set[UUID]
) -> RecordedReport:
    assert one.home is not None
    tracker = trackers[one.home.tracker_id].tracker
    new = sum(row["id"] in added for row in one.rows)
    outcome = ReportOutcome.UNCHANGED
    if tracker.id in changed and (new or not one.steps):
        outcome = ReportOutcome.APPLIED if tracker.parcel_id else ReportOutcome.KEPT
    return RecordedReport(one.report.tracking_number, tracker.id, outcome, new, tracker.order_id)
