"""Make checkpoints and reports that the tracking room can take as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from doorstep.connectors.base.contracts import Rejected
from doorstep.connectors.carriers import words
from doorstep.connectors.carriers.countries import country_code
from doorstep.connectors.carriers.meanings import UNKNOWN, Meaning
from doorstep.connectors.carriers.moments import NEVER, When
from doorstep.connectors.carriers.reading import LONG
from doorstep.rooms.fulfillment.api import normalize_number, recognize
from doorstep.rooms.tracking.contracts import PickupPoint, ReportedCheckpoint, TrackingReport

MAX_CHECKPOINTS = 1_000
Found = TrackingReport | Rejected


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step happened, as far as the source says."""

    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""  # two or three letters, or a name


NOWHERE = Place()


def checkpoint(
    raw: Mapping[str, Any],
    when: When,
    meaning: Meaning,
    *,
    code: str = "",
    description: str = "",
    place: Place = NOWHERE,
    external_id: str = "",
) -> ReportedCheckpoint:
    """Return one step; a meaning without status is looked for in the description."""
    if meaning.status is None and description:
        meaning = words.meaning_of(description)
    return ReportedCheckpoint(
        occurred_at=when.at,
        status=meaning.status,
        substatus=meaning.substatus,
        code=code[:100],
        description=description[:LONG],
        city=place.city[:120],
        region=place.region[:120],
        postal_code=place.postal_code[:20],
        country_code=country_code(place.country),
        external_id=external_id[:200],
        is_date_only=when.is_date_only,
        raw=dict(raw),
    )


@dataclass(slots=True)
class Draft:
    """A report in the making; ``build`` completes and checks it."""

    source: str
    tracking_number: str
    carrier: str = ""
    checkpoints: list[ReportedCheckpoint] = field(default_factory=list)
    meaning: Meaning = UNKNOWN
    status_code: str = ""
    status_when: When = NEVER
    estimated_from: date | None = None
    estimated_to: date | None = None
    service_level: str = ""
    signed_by: str = ""
    pickup: PickupPoint | None = None
    linked: list[tuple[str, str]] = field(default_factory=list)
    tracking_url: str = ""
    reference: str = ""
    origin: str = ""
    destination: str = ""
    is_test: bool = False
    warnings: list[str] = field(default_factory=list)

    def estimate(self, *found: date | None) -> None:
        """Take the first and the last of the days that are given; nothing when there is none."""
        days = sorted(day for day in found if day is not None)
        if days and self.estimated_from is None:
            self.estimated_from, self.estimated_to = days[0], days[-1]

    def link(self, carrier: str, number: str) -> None:
        """Add a further number of the same parcel; its carrier is recognized where not told."""
        wanted = normalize_number(number)[:100]
        if len(wanted) < 6 or not any(char.isdigit() for char in wanted):
            return
        if wanted == self.tracking_number or any(known == wanted for _, known in self.linked):
            return
        self.linked.append((carrier or next(iter(recognize(wanted)), ""), wanted))

    def build(self) -> Found:
        """Return the report, or why there is none."""
        if not self.tracking_number:
            words_ = "There is no tracking number in it."
            return Rejected("missing_field", words_, "tracking_number")
        if len(self.checkpoints) > MAX_CHECKPOINTS:
            self.warnings.append(f"Only the first {MAX_CHECKPOINTS} steps were taken.")
            del self.checkpoints[MAX_CHECKPOINTS:]
        self._note_what_was_odd()
        latest = newest(self.checkpoints)
        meaning, when = self.meaning, self.status_when
        if meaning.status is None and latest is not None:
            meaning = Meaning(latest.status, latest.substatus)
        if when.at is None and latest is not None and latest.status is meaning.status:
            when = When(latest.occurred_at, latest.is_date_only)
        if not self.carrier:
            self.carrier = (
                next(iter(recognize(self.tracking_number)), "")
                if (len(recognize(self.tracking_number)) == 1)
                else ""
            )
        return TrackingReport(
            source=self.source,
            tracking_number=self.tracking_number,
            carrier=self.carrier,
            checkpoints=tuple(self.checkpoints),
            status=meaning.status,
            substatus=meaning.substatus,
            status_code=self.status_code[:100],
            status_at=when.at,
            estimated_from=self.estimated_from,
            estimated_to=self.estimated_to,
            service_level=self.service_level[:120],
            signed_by=self.signed_by[:120],
            pickup=self.pickup,
            linked_numbers=tuple(self.linked[:20]),
            tracking_url=self.tracking_url if self.tracking_url.startswith("http") else "",
            reference=self.reference[:120],
            origin_country=country_code(self.origin),
            destination_country=country_code(self.destination),
            is_test=self.is_test,
            warnings=tuple(dict.fromkeys(self.warnings)),
        )

    def _note_what_was_odd(self) -> None:
        silent = sum(1 for one in self.checkpoints if one.occurred_at is None)
        if silent:
            self.warnings.append(f"{silent} steps without a readable time")
        for one in self.checkpoints:
            if one.status is None:
                shown = one.code or one.description or "(nothing)"
                self.warnings.append(f"not understood: {shown[:80]}")


def newest(checkpoints: Sequence[ReportedCheckpoint]) -> ReportedCheckpoint | None:
    """Return the newest understood step; of two at the same time the one that is named first."""
    known = [one for one in checkpoints if one.status is not None and one.occurred_at is not None]
    return max(known, key=lambda one: _instant(one.occurred_at), default=None)


def _instant(moment: datetime | None) -> datetime:
    """Return a moment for comparing within one report, naive ones as if they were UTC."""
    if moment is None:
        return datetime.min.replace(tzinfo=UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def with_warning(found: Found, warning: str) -> Found:
    """Return a report with one more warning."""
    if isinstance(found, TrackingReport):
        return replace(found, warnings=(*found.warnings, warning))
    return found
