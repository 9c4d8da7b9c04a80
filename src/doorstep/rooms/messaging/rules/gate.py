"""The contact gate: may this message go to this person, on which channel, and why.

Pure: facts come in (:class:`Contact`, gathered in sets by ``contacts.py`` or for a whole group by
``bulk/``), a decision with its trace goes out. :data:`RULES` is an ordered list; each rule looks
at one channel and passes, defers or drops it with a reason in plain words. The first channel that
no rule drops is taken. A new restriction is one more function in the list, and a field in
:class:`Contact` when it needs a fact that is not there yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentState,
    Purpose,
    SuppressionReason,
    TraceStep,
)
from doorstep.rooms.messaging.rules.caps import is_within_caps
from doorstep.rooms.messaging.rules.contact import (
    CHANNEL_WORDS,
    PASS,
    Contact,
    Decision,
    Holder,
    Outcome,
    Verdict,
)
from doorstep.rooms.messaging.rules.marketplaces import is_allowed_there, is_own_address
from doorstep.rooms.messaging.rules.pauses import longest_of, say_pause
from doorstep.rooms.messaging.rules.quiet_hours import after_quiet_hours, is_waking_hour
from doorstep.rooms.messaging.rules.recipients import is_for_recipient
from doorstep.rooms.messaging.rules.topics import topic_label

__all__ = [
    "CHANNEL_WORDS",
    "PASS",
    "PAUSED",
    "RULES",
    "Contact",
    "Decision",
    "Holder",
    "Outcome",
    "Rule",
    "Verdict",
    "channels_to_try",
    "decide",
]

# When the preferred channel can't be used, the next one that can. Chats and notifications are no
# fallback: they go to people who chose them.
FALLBACK_ORDER = (Channel.EMAIL, Channel.SMS)
PAUSED = "paused_"  # how the reasons of deferrals for a pause begin
Rule = Callable[[Contact, Channel], Verdict]


def has_address(contact: Contact, channel: Channel) -> Verdict:
    """Drop a channel the person has no usable address on."""
    if contact.addresses.get(channel):
        return PASS
    if words := contact.unusable.get(channel):
        return Verdict("drop", "unusable_address", words)
    what = {
        Channel.EMAIL: "e-mail address",
        Channel.MESSENGER: "Messenger conversation",
        Channel.PUSH: "device that takes notifications",
    }
    return Verdict("drop", "no_address", f"No {what.get(channel, 'phone number')} is known.")


def has_way_out(contact: Contact, channel: Channel) -> Verdict:
    """Drop a channel the store has no provider for."""
    if channel in contact.ways_out:
        return PASS
    return Verdict("drop", "no_provider", f"No {CHANNEL_WORDS[channel]} provider is connected.")


def has_template(contact: Contact, channel: Channel) -> Verdict:
    """Drop a channel this kind of message was never written for."""
    if channel in contact.written:
        return PASS
    words = f"This message has no text for {CHANNEL_WORDS[channel]}."
    return Verdict("drop", "no_template", words)


# What stops which purpose. An unsubscribe is a wish about what was not asked for; the others say
# that the address is dead or that its owner wants nothing at all, so they stop everything.
STOPS_EVERYTHING = (
    (SuppressionReason.HARD_BOUNCE, "The address does not exist: an earlier message bounced."),
    (SuppressionReason.COMPLAINT, "An earlier message to the address was reported as spam."),
    (SuppressionReason.STOP, "The person answered STOP: no message may be sent to the number."),
    (SuppressionReason.MANUAL, "Somebody in the team stopped messages to the address."),
)


def is_not_suppressed(contact: Contact, channel: Channel) -> Verdict:
    """Drop an address that must not be written to."""
    reasons = contact.suppressions.get(channel, frozenset())
    for reason, words in STOPS_EVERYTHING:
        if reason in reasons:
            return Verdict("drop", f"suppressed_{reason.value}", words)
    unsubscribed = SuppressionReason.UNSUBSCRIBE in reasons
    if unsubscribed and contact.purpose is not Purpose.TRANSACTIONAL:
        return Verdict("drop", "suppressed_unsubscribe", "The person unsubscribed.")
    return PASS


def is_consented(contact: Contact, channel: Channel) -> Verdict:
    """Drop what the person did not allow: marketing needs a yes, service must not meet a no.

    What was said about the message's topic comes before what was said about all of its purpose.
    """
    purpose = contact.purpose
    if purpose is Purpose.TRANSACTIONAL:
        return Verdict("pass", "no_consent_needed", "Part of the purchase: needs no consent.")
    on = f"{purpose.value} messages by {CHANNEL_WORDS[channel]}"
    about = f"“{topic_label(contact.topic)}” by {CHANNEL_WORDS[channel]}"
    of_topic = contact.topics.get((channel, purpose)) if contact.topic else None
    if of_topic is ConsentState.WITHDRAWN:
        return Verdict("drop", "topic_withdrawn", f"The person does not want {about}.")
    if of_topic is ConsentState.GRANTED:
        return Verdict("pass", "topic_granted", f"The person asked for {about}.")
    said = contact.consents.get((channel, purpose))
    if said is ConsentState.WITHDRAWN:
        return Verdict("drop", "consent_withdrawn", f"The person does not want {on}.")
    if said is ConsentState.GRANTED:
        return Verdict("pass", "consent_granted", f"The person allowed {on}.")
    default = contact.consent_defaults.get((channel, purpose), purpose is Purpose.SERVICE)
    if default:
        return Verdict("pass", "consent_default", f"The store's default allows {on}.")
    return Verdict("drop", "consent_missing", f"The person never allowed {on}.")


def is_not_paused(contact: Contact, channel: Channel) -> Verdict:
    """Defer what sells while something has gone wrong; all other messages pass."""
    if contact.purpose is not Purpose.MARKETING or not contact.pauses:
        return PASS
    longest = longest_of(contact.pauses)
    words = " ".join(dict.fromkeys(say_pause(pause) for pause in contact.pauses))
    reason = f"{PAUSED}{longest.reason}"
    return Verdict("defer", reason, words, longest.until, is_personal=True)


def is_not_early(contact: Contact, channel: Channel) -> Verdict:
    """Defer until the instant the requester asked for."""
    if contact.not_before is not None and contact.not_before > contact.at:
        until = contact.not_before
        return Verdict("defer", "not_before", f"Asked for {until:%Y-%m-%d %H:%M} UTC.", until)
    return PASS


def demo_stays_inside(contact: Contact, channel: Channel) -> Verdict:
    """Note that a demo store's messages end in the built-in mailbox (the sender enforces it)."""
    if contact.is_demo:
        return Verdict("pass", "demo", "Demo store: kept in the built-in mailbox.")
    return PASS


RULES: tuple[Rule, ...] = (
    has_address,
    has_way_out,
    has_template,
    is_not_suppressed,
    is_for_recipient,
    is_allowed_there,
    is_consented,
    is_own_address,
    is_not_paused,
    is_within_caps,
    is_not_early,
    is_waking_hour,
    demo_stays_inside,
)


def channels_to_try(contact: Contact) -> tuple[Channel, ...]:
    """Return the forced channel alone, or the preferred one and then the fallbacks."""
    if contact.forced is not None:
        return (contact.forced,)
    rest = tuple(c for c in FALLBACK_ORDER if c is not contact.preferred)
    return (contact.preferred, *rest)


def decide(contact: Contact, rules: Sequence[Rule] = RULES) -> Decision:
    """Return what to do with a message, on which channel, and why.

    A dropped message is dropped for the reason of the first channel tried, because that is the
    one the person or the requester chose, unless a rule drops it on any channel.
    """
    trace: list[TraceStep] = []
    refusals: list[tuple[Channel, Verdict]] = []
    is_personal = False
    for channel in channels_to_try(contact):
        verdicts = _ask(rules, contact, channel, trace)
        is_personal = is_personal or any(one.is_personal for one in verdicts)
        last = verdicts[-1]
        if last.is_final:
            return _dropped(contact, channel, last, trace, is_personal)
        if last.kind == "drop":
            refusals.append((channel, last))
            continue
        return _accepted(contact, channel, verdicts, refusals, tuple(trace), is_personal)
    channel, first = refusals[0]
    return _dropped(contact, channel, first, trace, is_personal)


def _ask(
    rules: Sequence[Rule], contact: Contact, channel: Channel, trace: list[TraceStep]
) -> list[Verdict]:
    """Ask the rules in order until one drops the channel."""
    verdicts: list[Verdict] = []
    for rule in rules:
        verdict = rule(contact, channel)
        verdicts.append(verdict)
        trace.append(
            TraceStep(channel.value, rule.__name__, verdict.kind, verdict.reason, verdict.words)
        )
        if verdict.kind == "drop":
            break
    return verdicts


def _dropped(
    contact: Contact,
    channel: Channel,
    because: Verdict,
    trace: Sequence[TraceStep],
    is_personal: bool,
) -> Decision:
    address = contact.addresses.get(channel, "")
    return Decision(
        "drop", channel, address, because.reason, because.words, None, tuple(trace), is_personal
    )


def _accepted(
    contact: Contact,
    channel: Channel,
    verdicts: Sequence[Verdict],
    refusals: Sequence[tuple[Channel, Verdict]],
    trace: tuple[TraceStep, ...],
    is_personal: bool,
) -> Decision:
    address = contact.addresses[channel]
    deferrals = [v for v in verdicts if v.kind == "defer" and v.until is not None]
    if deferrals:
        latest = max(deferrals, key=lambda v: v.until or contact.at)
        # What another rule holds back until the night is not due before the morning.
        until = after_quiet_hours(contact, channel, latest.until or contact.at)
        return Decision(
            "defer", channel, address, latest.reason, latest.words, until, trace, is_personal
        )
    because = "".join(f" {_refused(c, v)}" for c, v in refusals)
    if refusals:
        words = f"Sent by {CHANNEL_WORDS[channel]} instead.{because}"
        return Decision(
            "send", channel, address, "fallback_channel", words, None, trace, is_personal
        )
    noted = next((v for v in verdicts if v.reason), None)
    reason, words = (noted.reason, noted.words) if noted else ("allowed", "Nothing forbids it.")
    return Decision("send", channel, address, reason, words, None, trace, is_personal)


def _refused(channel: Channel, verdict: Verdict) -> str:
    return f"Not by {CHANNEL_WORDS[channel]}: {verdict.words}"
