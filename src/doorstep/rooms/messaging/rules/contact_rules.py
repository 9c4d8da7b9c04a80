"""How often and at what hours a store writes: the values behind the settings page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doorstep.kernel.errors import Invalid
from doorstep.rooms.messaging.contracts import (
    ALL_CHANNELS,
    CAP_KEYS,
    TIMED_PURPOSES,
    Channel,
    Purpose,
)

ALL = ALL_CHANNELS
MOST_MESSAGES, LONGEST_WINDOW, LONGEST_WAIT = 100, 90, 30


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``limit`` messages in any ``days`` days running."""

    limit: int
    days: int


@dataclass(frozen=True, slots=True)
class Hours:
    """From ``start`` o'clock until just before ``end`` (0 to 24) on the recipient's clock."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ContactRules:
    """A store's own limits. Laws come on top of them (``rules/quiet_laws.py``).

    Tuples, not dictionaries: a group of people is compared and cached by it.

    :param caps: by channel or :data:`ALL`; a key that is not there has no cap.
    :param counts_service: service messages count and are capped like marketing; transactional
        ones never are.
    :param hours: when a channel may be used for a purpose; a pair that is not there always may.
    :param defer_days: what is over a cap waits at most so long, and is dropped otherwise.
    """

    caps: tuple[tuple[str, Cap], ...]
    hours: tuple[tuple[Channel, Purpose, Hours], ...]
    counts_service: bool = True
    defer_days: int = 3

    def cap(self, key: str) -> Cap | None:
        """Return the cap of a channel or of all together."""
        return next((cap for name, cap in self.caps if name == key), None)

    def hours_of(self, channel: Channel, purpose: Purpose) -> Hours | None:
        """Return the hours of a channel for a purpose; None: at any hour."""
        for of_channel, of_purpose, hours in self.hours:
            if of_channel is channel and of_purpose is purpose:
                return hours
        return None

    def counts(self, purpose: Purpose) -> bool:
        """Tell whether messages of this purpose count towards the caps and are capped."""
        if purpose is Purpose.SERVICE:
            return self.counts_service
        return purpose is Purpose.MARKETING

    @property
    def counted_purposes(self) -> tuple[Purpose, ...]:
        """Return the purposes that count."""
        return tuple(purpose for purpose in Purpose if self.counts(purpose))

    @property
    def longest_window(self) -> int:
        """Return the longest window of all caps in days, 0 without caps."""
        return max((cap.days for _, cap in self.caps), default=0)


# What rings in a pocket keeps to daytime; mail is read when its reader likes.
_DAYTIME = Hours(9, 20)
DEFAULT_RULES = ContactRules(
    caps=(
        (Channel.EMAIL.value, Cap(3, 7)),
        (Channel.SMS.value, Cap(2, 7)),
        (Channel.WHATSAPP.value, Cap(2, 7)),
        (Channel.MESSENGER.value, Cap(2, 7)),
        (Channel.PUSH.value, Cap(3, 7)),
        (ALL, Cap(4, 7)),
    ),
    hours=tuple(
        (channel, purpose, _DAYTIME)
        for channel in Channel
        if channel is not Channel.EMAIL
        for purpose in TIMED_PURPOSES
    ),
)


def check_rules(rules: ContactRules) -> None:
    """Refuse limits that make no sense.

    :raises Invalid: with the field: ``cap_email``, ``hours_sms_marketing``, ``defer_days``.
    """
    for key, cap in rules.caps:
        if key not in CAP_KEYS:
            raise Invalid(f"There is no channel “{key[:40]}”.", field="caps")
        if not 1 <= cap.limit <= MOST_MESSAGES:
            words = f"A limit is 1 to {MOST_MESSAGES} messages. Leave it empty for no limit."
            raise Invalid(words, field=f"cap_{key}")
        if not 1 <= cap.days <= LONGEST_WINDOW:
            words = f"The days of a limit are 1 to {LONGEST_WINDOW}."
            raise Invalid(words, field=f"cap_{key}")
    for channel, purpose, hours in rules.hours:
        name = f"hours_{channel.value}_{purpose.value}"
        if purpose not in TIMED_PURPOSES:
            raise Invalid("What a purchase brings with it goes at any hour.", field=name)
        if not 0 <= hours.start < hours.end <= 24:
            raise Invalid("The first hour must come before the last.", field=name)
    if not 0 <= rules.defer_days <= LONGEST_WAIT:
        raise Invalid(f"A message can wait 0 to {LONGEST_WAIT} days.", field="defer_days")


def rules_to_json(rules: ContactRules) -> dict[str, Any]:
    """Return the limits as they are stored and noted in the audit trail."""
    hours: dict[str, dict[str, list[int]]] = {}
    for channel, purpose, of in rules.hours:
        hours.setdefault(channel.value, {})[purpose.value] = [of.start, of.end]
    return {
        "caps": {key: [cap.limit, cap.days] for key, cap in rules.caps},
        "hours": hours,
        "counts_service": rules.counts_service,
        "defer_days": rules.defer_days,
    }


def rules_from_json(stored: Mapping[str, Any]) -> ContactRules:
    """Return stored limits; what another release wrote and this one does not know is left out."""
    channels = {channel.value: channel for channel in Channel}
    purposes = {purpose.value: purpose for purpose in TIMED_PURPOSES}
    return ContactRules(
        caps=tuple((key, Cap(*stored["caps"][key])) for key in CAP_KEYS if key in stored["caps"]),
        hours=tuple(
            (channels[channel], purposes[purpose], Hours(*hours))
            for channel, by_purpose in stored["hours"].items()
            if channel in channels
            for purpose, hours in by_purpose.items()
            if purpose in purposes
        ),
        counts_service=bool(stored["counts_service"]),
        defer_days=int(stored["defer_days"]),
    )
