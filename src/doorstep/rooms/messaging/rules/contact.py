"""What the contact gate looks at, and what its rules answer. Pure values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentState,
    Purpose,
    SuppressionReason,
    TraceStep,
)
from doorstep.rooms.messaging.rules.contact_rules import DEFAULT_RULES, ContactRules
from doorstep.rooms.messaging.rules.pauses import PauseFact
from doorstep.rooms.messaging.rules.places import NOWHERE, Place

Outcome = Literal["send", "defer", "drop"]


@dataclass(frozen=True, slots=True)
class Holder:
    """Another message that takes one of the person's slots in a frequency cap.

    :param moment: when it went, or when it is to go.
    :param label: what people call it.
    :param is_sure: it went, or was decided before this one; False while it is only next in line.
    :param is_ahead: it goes before this one; False for one that comes after, but is on its way.
    """

    channel: Channel
    moment: datetime
    label: str = ""
    priority: int = 50
    is_sure: bool = True
    is_ahead: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    """Everything a rule may look at.

    Most of it is the same for very many people, so that a set can be grouped by it and each
    group decided once (``bulk/``). *The same for many*: ``purpose``, ``topic``, ``kind``,
    ``priority``, ``at``, ``not_before``, ``preferred``, ``forced``, ``ways_out``, ``written``,
    the keys of ``addresses``, ``unusable``, ``suppressions``, ``consents``, ``topics``, ``place``,
    ``held``, ``marketplace``, ``is_relay``, ``is_gift_recipient``, ``is_demo``, ``rules``.
    *Personal*: the addresses themselves (no rule reads more than whether there is one),
    ``pauses``, ``holders``, ``asked_at``, ``order_completed_at``. A decision that hangs on a
    personal value says so (:attr:`Decision.is_personal`): whoever decides for a group then takes
    its people one by one. A group is told of a pause by any one :class:`PauseFact`, and of a full
    cap by ``held`` alone.

    :param addresses: usable addresses, normalised, per channel.
    :param unusable: why an address that was given can't be used, per channel.
    :param ways_out: channels a message can leave on.
    :param written: channels there is a text for.
    :param suppressions: reasons in force, per channel, for the address in ``addresses``.
    :param consents: what the person said, per channel and purpose; absent: nothing.
    :param topics: what the person said about this message's topic, per channel and purpose; a
        yes that is older than a no to the whole purpose is left out.
    :param consent_defaults: what the store assumes where the person said nothing.
    :param place: where the recipient is: time zones, and places whose laws count.
    :param held: slots taken when the message is to go, per channel and under ``"all"``; see
        ``rules/caps.py``.
    :param holders: the messages behind ``held``; needed only where a cap is full.
    :param asked_at: when the message was asked for; None: now.
    :param marketplace: a key of ``rules/marketplaces.py`` when it is about a purchase there.
    :param order_completed_at: when that purchase was completed, where it is known.
    :param pauses: why the person is sold nothing now; only looked at for marketing.
    :param is_relay: the e-mail address is a marketplace's relay, not the person's own.
    :param is_gift_recipient: the message goes to whom a gift is for, not to the buyer.
    :param is_demo: nothing leaves the machine for this store.
    """

    purpose: Purpose
    at: datetime
    addresses: Mapping[Channel, str]
    preferred: Channel = Channel.EMAIL
    forced: Channel | None = None
    ways_out: frozenset[Channel] = frozenset(Channel)
    written: frozenset[Channel] = frozenset(Channel)
    unusable: Mapping[Channel, str] = field(default_factory=dict)
    suppressions: Mapping[Channel, frozenset[SuppressionReason]] = field(default_factory=dict)
    consents: Mapping[tuple[Channel, Purpose], ConsentState] = field(default_factory=dict)
    consent_defaults: Mapping[tuple[Channel, Purpose], bool] = field(default_factory=dict)
    pauses: Sequence[PauseFact] = ()
    is_relay: bool = False
    is_demo: bool = False
    not_before: datetime | None = None
    kind: str = ""
    topic: str = ""
    topics: Mapping[tuple[Channel, Purpose], ConsentState] = field(default_factory=dict)
    priority: int = 50
    rules: ContactRules = DEFAULT_RULES
    place: Place = NOWHERE
    held: Mapping[str, int] = field(default_factory=dict)
    holders: Sequence[Holder] = ()
    asked_at: datetime | None = None
    marketplace: str = ""
    order_completed_at: datetime | None = None
    is_gift_recipient: bool = False

    @property
    def situation(self) -> tuple[object, ...] | None:
        """Return all that the gate looks at; None where that is this one person's.

        Of the addresses only which there are: whoever is written to at a relay, or has pauses or
        messages of their own that count, is in nobody else's situation. Rules and place are told
        by which object they are: a set has few, and each would be hashed anew for everybody.
        """
        if self.pauses or self.holders or self.is_relay:
            return None
        return (
            self.purpose, self.at, tuple(self.addresses), self.preferred, self.forced,
            self.ways_out, self.written, tuple(self.unusable.items()),
            tuple(self.suppressions.items()), tuple(self.consents.items()),
            tuple(self.consent_defaults.items()), self.is_demo, self.not_before, self.kind,
            self.topic, tuple(self.topics.items()), self.priority, id(self.rules), id(self.place),
            tuple(self.held.items()), self.asked_at, self.marketplace, self.order_completed_at,
            self.is_gift_recipient,
        )  # fmt: skip

    @property
    def planned(self) -> datetime:
        """Return when the message would go if no rule held it back."""
        return self.at if self.not_before is None else max(self.at, self.not_before)

    @property
    def wanted_since(self) -> datetime:
        """Return since when the message waits: what the longest wait is counted from."""
        asked = self.asked_at or self.at
        return asked if self.not_before is None else max(asked, self.not_before)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's word on one channel.

    :param is_final: a drop that no other channel may get around.
    :param is_personal: it hangs on a value that is this one person's.
    """

    kind: Literal["pass", "defer", "drop"]
    reason: str = ""
    words: str = ""
    until: datetime | None = None
    is_final: bool = False
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate says, on which channel, and every rule's word on the way.

    :param is_personal: it hangs on a value of this one person, so it holds for nobody else.
    """

    outcome: Outcome
    channel: Channel
    address: str
    reason: str
    words: str
    until: datetime | None
    trace: tuple[TraceStep, ...]
    is_personal: bool = False


PASS = Verdict("pass")

# As they stand in a sentence: "by e-mail", "by WhatsApp".
CHANNEL_WORDS: Mapping[Channel, str] = {
    Channel.EMAIL: "e-mail",
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.MESSENGER: "Messenger",
    Channel.PUSH: "notification",
}


def say_when(instant: datetime, place: Place) -> str:
    """Return a moment on the recipient's clock: ``23 Nov, 09:00 (Europe/Paris)``."""
    local = instant.astimezone(place.zone)
    return f"{local.day} {local:%b}, {local:%H:%M} ({place.zones[0]})"
