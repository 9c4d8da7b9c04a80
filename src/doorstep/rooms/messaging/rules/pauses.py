"""Why a customer is sold nothing for a while, in plain words. Pure.

A room above that has a new reason adds it to :class:`PauseReason` and here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from doorstep.rooms.messaging.contracts import PauseReason

# What is the matter, and what ends it.
WORDS: dict[str, tuple[str, str]] = {
    PauseReason.LATE_PARCEL: ("A parcel is late", "it has arrived"),
    PauseReason.STALLED_PARCEL: ("A parcel has stopped moving", "it moves again"),
    PauseReason.LOST_PARCEL: ("A parcel is lost", "it is made good"),
    PauseReason.PARCEL_PROBLEM: ("A parcel is in trouble", "it is solved"),
    PauseReason.LATE_TO_SHIP: ("An order leaves late", "it has left"),
    PauseReason.ASKED_FOR: ("The person asked for a break", "it is over"),
    PauseReason.OPEN_TICKET: ("A question is open", "it is answered"),
    PauseReason.PENDING_RETURN: ("A return is under way", "it is settled"),
}
# For a reason that another release has written and this one does not know.
_OTHER = ("Something is open", "it is settled")


@dataclass(frozen=True, slots=True)
class PauseFact:
    """A pause in force as the gate sees it; ``last_date`` is its end on the store's calendar."""

    reason: str
    about: str
    until: datetime
    last_date: date


def say_pause(pause: PauseFact) -> str:
    """Return why nothing is sold and until when, as one sentence."""
    matter, end = WORDS.get(pause.reason, _OTHER)
    about = f" ({pause.about})" if pause.about else ""
    last = f"{pause.last_date.day} {pause.last_date:%b}"
    return f"{matter}{about}: no selling messages until {end}, at the latest {last}."


def longest_of(pauses: Sequence[PauseFact]) -> PauseFact:
    """Return the pause that ends last."""
    return max(pauses, key=lambda pause: pause.until)
