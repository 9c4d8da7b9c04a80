"""When a message may arrive: a store's hours and the laws of the place, on the reader's clock.

Deferred, never dropped. A day whose start does not exist because the clocks go forward begins when
they have; an hour that comes twice is open from its first coming, and closes at its first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.rules.contact import (
    CHANNEL_WORDS,
    PASS,
    Contact,
    Verdict,
    say_when,
)
from doorstep.rooms.messaging.rules.contact_rules import Hours
from doorstep.rooms.messaging.rules.places import Place
from doorstep.rooms.messaging.rules.quiet_laws import Law, laws_for

# Two Sundays and a row of holidays; what finds nothing open for so long has no common hours.
_DAYS_AHEAD = 14
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Opening:
    """What decides when somebody may be written to."""

    hours: Hours | None
    laws: tuple[Law, ...]

    def on(self, day: date) -> Hours | None:
        """Return the hours of a day: those of the store, cut to what every law allows.

        A store whose hours never meet the law's (only after eight at night, in France) goes by
        the law's.
        """
        own = None if self._never_meet() else self.hours
        return _meet((own or Hours(0, 24), *(law.hours_on(day) for law in self.laws)))

    def _never_meet(self) -> bool:
        return self.hours is not None and not any(
            _meet((self.hours, *(law.week[weekday] for law in self.laws))) for weekday in range(7)
        )


def _meet(several: tuple[Hours | None, ...]) -> Hours | None:
    start, end = 0, 24
    for hours in several:
        if hours is None:
            return None
        start, end = max(start, hours.start), min(end, hours.end)
    return Hours(start, end) if start < end else None


def is_waking_hour(contact: Contact, channel: Channel) -> Verdict:
    """Defer to the next hour at which the person may be written to."""
    opening = opening_of(contact, channel)
    if opening is None:
        return PASS
    instant = contact.planned
    until = next_open(instant, contact.place.zones, opening)
    if until <= instant:
        return Verdict("pass", "waking_hours", f"It is {_clock(instant, contact.place)} there.")
    return Verdict("defer", "quiet_hours", _why(contact, channel, opening, instant, until), until)


def opening_of(contact: Contact, channel: Channel) -> Opening | None:
    """Return what decides the hours of a message on a channel; None: it may go at any."""
    hours = contact.rules.hours_of(channel, contact.purpose)
    laws = laws_for(channel, contact.purpose, contact.place.codes)
    return Opening(hours, laws) if hours is not None or laws else None


def after_quiet_hours(contact: Contact, channel: Channel, instant: datetime) -> datetime:
    """Return the first moment from an instant on at which the person may be written to."""
    opening = opening_of(contact, channel)
    return instant if opening is None else next_open(instant, contact.place.zones, opening)


@lru_cache(maxsize=4096)
def next_open(instant: datetime, zones: tuple[str, ...], opening: Opening) -> datetime:
    """Return the first moment, from an instant on, that is open in every zone.

    Zones too far apart to have an hour in common: the first one's counts.
    """
    moment = instant
    for _ in range(_STEPS):
        later = max(_next_in(moment, ZoneInfo(zone), opening.on) for zone in zones)
        if later == moment:
            return moment
        moment = later
        if moment - instant > timedelta(days=_DAYS_AHEAD):
            break
    return next_open(instant, zones[:1], opening) if len(zones) > 1 else moment


def _next_in(
    instant: datetime, zone: ZoneInfo, hours_on: Callable[[date], Hours | None]
) -> datetime:
    today = instant.astimezone(zone).date()
    for ahead in range(_DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        hours = hours_on(day)
        if hours is None or instant >= _on_wall(day, hours.end, zone):
            continue
        return max(instant, _on_wall(day, hours.start, zone))
    return instant + timedelta(days=_DAYS_AHEAD + 1)


def _on_wall(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """Return the moment a clock on the wall shows an hour; 24 is the next day's midnight."""
    shown = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), tzinfo=zone)
    return shown.astimezone(UTC)


def _clock(instant: datetime, place: Place) -> str:
    return f"{instant.astimezone(place.zone):%A %H:%M}"


def _why(
    contact: Contact, channel: Channel, opening: Opening, instant: datetime, until: datetime
) -> str:
    """Say what the recipient's clock shows, whose hours close it, and when it goes."""
    place, reasons = contact.place, []
    hours = opening.hours
    if hours is not None and next_open(instant, place.zones, Opening(hours, ())) > instant:
        kind = f"{contact.purpose.value.capitalize()} messages by {CHANNEL_WORDS[channel]}"
        reasons.append(f"{kind} go out from {hours.start}:00 to {hours.end}:00 there.")
    for law in opening.laws:
        if next_open(instant, place.zones, Opening(None, (law,))) > instant:
            reasons.append(f"{law.says} ({law.source})")
    many = " to " + place.zones[-1] if len(place.zones) > 1 else ""
    return " ".join(
        [
            f"It is {_clock(instant, place)} for the person ({place.zones[0]}{many}).",
            *reasons,
            f"It waits until {say_when(until, place)}.",
        ]
    )
