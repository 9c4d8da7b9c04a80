"""Whose the numbers of a set of reports are: known trackers, new ones, ones that are the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from doorstep.kernel.ids import new_id
from doorstep.rooms.tracking.contracts import TrackingReport
from doorstep.rooms.tracking.recording.numbers import Known, at_instant, of_carrier
from doorstep.rooms.tracking.rules.numbers import normalize_number

Named = tuple[str, str]  # carrier, normalized number


def names_of(report: TrackingReport) -> list[Named]:
    """Return the numbers of a report: its own first, then those it is linked with."""
    own = (report.carrier, normalize_number(report.tracking_number))
    linked = [(carrier, normalize_number(number)) for carrier, number in report.linked_numbers]
    return list(dict.fromkeys(name for name in (own, *linked) if name[1]))


@dataclass
class Plan:
    """What must be made so that every number of some reports has a tracker.

    ``known`` grows while the reports are gone through one by one, so that two reports of one new
    number, or a chain of linked ones, end with one tracker.
    """

    known: dict[str, list[Known]]
    new_trackers: dict[UUID, TrackingReport] = field(default_factory=dict)
    new_numbers: list[tuple[Known, bool]] = field(default_factory=list)  # and whether it is linked
    joined: dict[UUID, UUID] = field(default_factory=dict)  # goes → stays

    @property
    def is_empty(self) -> bool:
        """Whether everything is known already."""
        return not (self.new_numbers or self.joined)

    def add(self, report: TrackingReport, names: Sequence[Named], at: datetime) -> None:
        """Find or make the tracker of a report.

        :param names: of :func:`names_of`.
        :param at: what the report is about: decides between generations of a number.
        """
        found = [self._find(name, at) for name in names]
        hits = [one for one in found if one is not None]
        # Its own number first; a linked one with a parcel before an own one without.
        target = next((one for one in hits if one.has_parcel), hits[0] if hits else None)
        if target is None:
            tracker_id, has_parcel = new_id(), False
            self.new_trackers[tracker_id] = report
        else:
            tracker_id, has_parcel = self.staying(target.tracker_id), target.has_parcel
        for nth, (name, one) in enumerate(zip(names, found, strict=True)):
            if one is None:
                self._make(name, tracker_id, has_parcel, is_linked=nth > 0)
            elif not one.has_parcel:
                self._join(one.tracker_id, tracker_id)

    def staying(self, tracker_id: UUID) -> UUID:
        """Return the tracker that a tracker ends as."""
        while tracker_id in self.joined:
            tracker_id = self.joined[tracker_id]
        return tracker_id

    def number_at(self, name: Named, at: datetime) -> Known:
        """Return the number that a step of this instant came by, with its tracker in the end."""
        carrier, number = name
        one = at_instant(of_carrier(self.known[number], carrier), at)
        return one._replace(tracker_id=self.staying(one.tracker_id)) if self.joined else one

    def _find(self, name: Named, at: datetime) -> Known | None:
        carrier, number = name
        known = self.known.get(number)
        return at_instant(of_carrier(known, carrier), at) if known else None

    def _make(self, name: Named, tracker_id: UUID, has_parcel: bool, *, is_linked: bool) -> None:
        carrier, number = name
        one = Known(new_id(), tracker_id, carrier, number, 1, None, has_parcel, "")
        self.known[number] = [one]
        self.new_numbers.append((one, is_linked))

    def _join(self, goes: UUID, stays: UUID) -> None:
        goes, stays = self.staying(goes), self.staying(stays)
        if goes != stays:
            self.joined[goes] = stays


def all_numbers(reports: Iterable[Sequence[Named]]) -> set[str]:
    """Return every number that reports name."""
    return {number for names in reports for _, number in names}
