"""Frozen values that cross the wall of the messaging room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID


class Channel(StrEnum):
    """How a message reaches a person."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    PUSH = "push"


class Purpose(StrEnum):
    """Why a message is sent; decides which consent it needs.

    Transactional: asked for by the purchase itself (confirmation, tracking), needs no consent.
    Service: about a purchase but not asked for (review request, care tips), can be refused.
    Marketing: sells something, needs a granted consent.
    """

    TRANSACTIONAL = "transactional"
    SERVICE = "service"
    MARKETING = "marketing"


ALL_CHANNELS = "all"  # the cap over all channels together
CAP_KEYS = (*(channel.value for channel in Channel), ALL_CHANNELS)
TIMED_PURPOSES = (Purpose.SERVICE, Purpose.MARKETING)  # those that keep quiet hours


class MessageStatus(StrEnum):
    """Where a message stands; allowed changes are in ``rules/statuses.py``."""

    QUEUED = "queued"
    DEFERRED = "deferred"
    DROPPED = "dropped"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"


class ConsentState(StrEnum):
    """What a person said about one channel and purpose."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class SuppressionReason(StrEnum):
    """Why an address must not be written to."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    MANUAL = "manual"
    STOP = "stop"


class PauseReason(StrEnum):
    """Why a customer is sold nothing for a while; the words are in ``rules/pauses.py``."""

    LATE_PARCEL = "late_parcel"
    STALLED_PARCEL = "stalled_parcel"
    LOST_PARCEL = "lost_parcel"
    PARCEL_PROBLEM = "parcel_problem"
    LATE_TO_SHIP = "late_to_ship"
    ASKED_FOR = "asked_for"  # a break the person took in the preference centre
    OPEN_TICKET = "open_ticket"
    PENDING_RETURN = "pending_return"


@dataclass(frozen=True, slots=True)
class PauseRequest:
    """Ask that a customer is sold nothing until something is settled.

    :param cause: what makes this pause happen once, e.g. ``"tracker:<uuid>:late"``; it is lifted
        by the same text.
    :param until: when it ends by itself, should nobody lift it.
    :param subject: what it is about, as ``"order:<uuid>"``.
    :param about: what people call that: ``"order #1042"``.
    """

    customer_id: UUID
    cause: str
    reason: PauseReason
    until: datetime
    subject: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class PauseView:
    """A pause: why, since when, until when at the latest.

    :param words: all of it as one sentence.
    :param is_active: neither lifted nor over at the moment of asking.
    """

    id: UUID
    customer_id: UUID
    cause: str
    reason: str
    words: str
    subject: str
    since: datetime
    until: datetime
    lifted_at: datetime | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class MessageRequest:
    """Ask for one message; the contact gate answers.

    :param kind: which template, e.g. ``"order_confirmation"``.
    :param cause: what makes this message happen once and only once, e.g.
        ``"order:<uuid>:placed"``. A second request with the same cause (and the same forced
        ``channel``) changes nothing.
    :param context: what the template sees; must be plain JSON.
    :param subject: what it is about, as ``"order:<uuid>"``; timelines are read by it.
    :param channel: forces a channel; empty lets the gate pick the preferred one with fallback.
    :param prefer: tried first, before what the person prefers in general; others stay open.
    :param email: used instead of the customer's own address, e.g. the one typed at checkout.
    :param phone: likewise, E.164.
    :param locale: BCP 47; empty takes the customer's.
    :param not_before: not sent earlier than this.
    :param sales_channel: where the purchase was made; marketplace rules look at it.
    :param topic: what it is about, one of ``rules/topics.py``; "" stands for none.
    :param priority: 0 to 100; of two that want the same slot the higher goes.
    :param order_completed_at: when the purchase was completed, where that is known: marketplaces
        count the days from it in which they let it be written about.
    :param is_gift_recipient: it goes to whom a gift is for and not to its buyer. Only addresses
        given here are used, and prices are left out of the context.
    """

    kind: str
    purpose: Purpose
    cause: str
    customer_id: UUID | None
    context: Mapping[str, Any]
    subject: str = ""
    channel: Channel | None = None
    email: str = ""
    phone: str = ""
    name: str = ""
    locale: str = ""
    not_before: datetime | None = None
    sales_channel: str = ""
    prefer: Channel | None = None
    topic: str = ""
    priority: int = 50
    order_completed_at: datetime | None = None
    is_gift_recipient: bool = False


@dataclass(frozen=True, slots=True)
class BatchSpec:
    """What the messages of a set have in common; see :class:`BatchRecipient` for the rest.

    :param key: what makes the batch one, e.g. ``"journey:<version>:<step>"``.
    :param topic: what it is about, one of ``rules/topics.py``; preferences are per topic.
    :param channel: forces a channel; None lets the gate pick the best for each.
    :param source: who composes a message's context when it is rendered (``ports``
        ``bind_context_source``); "" takes ``context`` as it is.
    :param context: shared by all, plain JSON.
    :param label: what people call it, as the console shows it.
    :param priority: 0 to 100; of two that want the same slot the higher goes.
    """

    key: str
    kind: str
    purpose: Purpose
    topic: str = ""
    channel: Channel | None = None
    source: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    priority: int = 50


class BatchRecipient(NamedTuple):
    """One person of a set. ``cause`` as in :class:`MessageRequest`: once and only once."""

    customer_id: UUID
    cause: str
    subject: str = ""
    not_before: datetime | None = None
    sales_channel: str = ""
    order_completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ForeseenAsk:
    """One person of a set that is only imagined: what would the gate have said then?

    :param planned_at: when the message would have been asked for.
    :param sent: what else the person would have got by then: (moment, channel).
    """

    customer_id: UUID
    planned_at: datetime
    subject: str = ""
    sent: tuple[tuple[datetime, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ForeseenWord:
    """What the gate would have said."""

    outcome: str
    channel: str
    reason: str
    words: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class TriedMessage:
    """A message tried on a real person: the gate's word, and what they would read.

    :param words: the decision and every rule's word behind it.
    :param message: ``channel``, ``subject``, ``html`` and ``text``; None when it can't be shown.
    """

    outcome: str
    words: tuple[str, ...]
    message: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class ContextAsk:
    """A message that is about to be rendered asks for what its template sees."""

    message_id: UUID
    customer_id: UUID | None
    subject: str
    kind: str
    locale: str
    context: Mapping[str, Any]  # the batch's with the message's own over it


class DecidedMessage(NamedTuple):
    """The gate's answer to one request, in the order of the requests.

    :param duplicate: this cause was decided before; nothing was changed.
    """

    cause: str
    message_id: UUID
    status: str
    channel: str
    reason: str
    words: str
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One rule's word on one channel."""

    channel: str
    rule: str
    verdict: str  # "pass" | "defer" | "drop"
    reason: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A stored decision of the gate: what, why, and every rule's word."""

    outcome: str
    reason: str
    words: str
    stage: str  # "request" or "send"
    at: datetime
    trace: tuple[TraceStep, ...]


@dataclass(frozen=True, slots=True)
class QuietLaw:
    """A place whose law says at what hours advertising may go to telephones."""

    place: str
    says: str
    source: str


@dataclass(frozen=True, slots=True)
class MarketplaceRules:
    """What a marketplace forbids, and the ways to a direct relation that it leaves open."""

    label: str
    policy: str
    refuses: tuple[str, ...]
    direct: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What the gate would say about a message that nobody has asked for yet.

    :param local_time: what the clock shows where the customer is taken to be.
    :param zones: the time zones gone by; more than one where it is not known which holds.
    :param places: countries and states whose laws count.
    """

    outcome: str
    channel: str
    address: str
    reason: str
    words: str
    until: datetime | None
    trace: tuple[TraceStep, ...]
    local_time: datetime
    zones: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """A message as a list shows it."""

    id: UUID
    kind: str
    purpose: str
    channel: str
    status: str
    status_words: str
    to_address: str
    locale: str
    subject_line: str
    subject: str
    customer_id: UUID | None
    provider: str
    attempts: int
    is_test: bool
    created_at: datetime
    due_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as its reader sees it, and how it got there.

    :param headers: of an e-mail, in order; empty for an SMS.
    :param rendered_at_send: False when it was rendered for this look (not sent yet).
    :param render_error: why it can't be shown, empty mostly.
    """

    summary: MessageSummary
    subject_line: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    rendered_at_send: bool
    render_error: str
    template_version_id: UUID | None
    decisions: tuple[DecisionView, ...]
    deliveries: tuple[DeliveryView, ...]


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """What the provider said about a message afterwards."""

    id: UUID
    provider: str
    kind: str
    recipient: str
    description: str
    occurred_at: datetime
    message_id: UUID | None
    by_machine: bool = False
    machine_words: str = ""  # how it shows that no person did it


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Some messages, newest first, and where the next ones begin ("" at the end)."""

    items: tuple[MessageSummary, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class ConsentGrant:
    """One thing a person said, to be logged.

    :param source: where it was said: ``"checkout"``, ``"preferences"``, ``"import"`` ...
    :param proof: what else shows it (order number, message, both steps of a sign-up); plain JSON.
    :param wording: the exact words the person saw, kept word for word; ``wording_locale`` is their
        language (BCP 47).
    :param url: the page it was said on.
    :param network: whence: a shortened address or a keyed hash, as the store's settings say.
    """

    customer_id: UUID
    channel: Channel
    purpose: Purpose
    state: ConsentState
    source: str
    said_at: datetime
    topic: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict)
    wording: str = ""
    wording_locale: str = ""
    url: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class WordingView:
    """A text people said yes or no to; ``version`` counts the store's texts of that language."""

    locale: str
    version: int
    fingerprint: str
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What a person said for one channel, purpose and topic, with what proves it.

    :param wording: the words they saw; None where we were not told.
    :param proof: ``url``, ``network`` and whatever else was kept.
    :param is_in_force: nothing newer was said.
    """

    channel: str
    purpose: str
    topic: str
    state: str
    source: str
    at: datetime
    by: str = ""
    wording: WordingView | None = None
    proof: Mapping[str, Any] = field(default_factory=dict)
    is_in_force: bool = True


@dataclass(frozen=True, slots=True)
class PreferenceRules:
    """What a store decided about sign-ups, topics and counting.

    :param hidden_topics: topics the preference centre does not offer.
    :param always_confirms: every sign-up is confirmed by a mail, also where no law asks for it.
    :param keeps_network: what is kept of the address a consent came from: ``"none"``,
        ``"short"`` (cut off), or ``"hash"``.
    """

    hidden_topics: tuple[str, ...] = ()
    always_confirms: bool = True
    keeps_network: str = "none"
    counts_opens: bool = True
    counts_clicks: bool = True


@dataclass(frozen=True, slots=True)
class SignUpRequest:
    """Somebody filled a sign-up form.

    :param topics: what it is for; () is everything that sells.
    :param wording: the words of the form; "" takes the built-in ones of the language.
    :param url: the page of the form.
    :param network: the address it came from, as it is; kept as the store's settings say.
    :param country: ISO 3166-1 alpha-2 where the form knows it.
    """

    email: str
    locale: str
    source: str
    name: str = ""
    topics: tuple[str, ...] = ()
    wording: str = ""
    url: str = ""
    network: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class SignUpView:
    """A sign-up that waits for its click, or has had it.

    :param state: ``"waiting"``, ``"confirmed"`` or ``"expired"``.
    :param channel: what it allows, and where its link was sent.
    """

    id: UUID
    store_id: UUID
    address_masked: str
    locale: str
    topics: tuple[str, ...]
    wording: str
    state: str
    asked_at: datetime
    expires_at: datetime
    channel: str = "email"


@dataclass(frozen=True, slots=True)
class ConsentImport:
    """What an import of consents did; with ``errors`` (line, words) nothing was written."""

    rows: int
    written: int
    errors: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """One line of the preference centre: a topic, and on which channels it may come."""

    key: str
    label: str
    explanation: str
    allowed: tuple[tuple[str, bool], ...]  # (channel, whether it comes)


@dataclass(frozen=True, slots=True)
class WaitingChoice:
    """What was ticked for a channel and waits until it is confirmed there.

    :param topics: what waits; () when it could not be asked.
    :param refused: the gate's reason why the question can't be sent there, else "".
    """

    channel: str
    topics: tuple[str, ...]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class PreferenceCenter:
    """Everything a reader can decide on one page.

    :param channels: channel and masked address, for those the person can be reached on.
    :param nothing: nothing comes that does not belong to an order.
    :param break_until: no selling messages until then, None without a break.
    :param waiting: what comes only once it is confirmed on its own channel.
    """

    store_id: UUID
    customer_id: UUID | None
    channels: tuple[tuple[str, str], ...]
    topics: tuple[TopicChoice, ...]
    nothing: bool
    locale: str
    break_until: datetime | None = None
    undo: str = ""
    waiting: tuple[WaitingChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class SuppressionView:
    """An address that is not written to."""

    id: UUID
    channel: str
    address: str
    reason: str
    source: str
    since: datetime
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a preferences page shows: masked address, and what is allowed per channel."""

    customer_id: UUID | None
    store_id: UUID
    channel: str
    address_masked: str
    allowed: tuple[tuple[str, bool], ...]  # (purpose, whether we may write)


@dataclass(frozen=True, slots=True)
class MessageKindInfo:
    """A message that journeys and campaigns can send.

    :param base: ``order`` when it needs an order, ``customer`` when it does not.
    :param purpose: what it is at the least: one that sells must not be sent as service.
    :param channels: those it has a text in use for.
    """

    kind: str
    name: str
    base: str
    purpose: Purpose
    is_own: bool
    channels: frozenset[Channel]


@dataclass(frozen=True, slots=True)
class TemplateSummary:
    """A template the store can edit.

    :param is_own: False while the built-in text is used.
    :param name: what the store calls it; "" for a built-in message.
    """

    kind: str
    channel: str
    locale: str
    is_own: bool
    has_draft: bool
    published_at: datetime | None
    published_by: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template's parts: what is in use, the draft where there is one, and the built-in text.

    Parts are ``subject``, ``preheader``, ``body`` (MJML) and ``text`` for e-mail, ``text`` for SMS.
    """

    summary: TemplateSummary
    source: Mapping[str, str]
    draft: Mapping[str, str] | None
    default: Mapping[str, str]
    version_id: UUID | None


@dataclass(frozen=True, slots=True)
class TemplateVersionInfo:
    """One published text."""

    id: UUID
    number: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class RenderedPreview:
    """What a template looks like with a context."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class SenderConnectionView:
    """A way out for messages; secrets are never shown, only which are set.

    :param position: 0 for the one in use, more for those that step in while it fails.
    :param per_second: how many messages it is given at most; None: no limit of ours.
    :param failing_since: of transient failures in a row; None while all is well.
    :param resting_until: it is not tried before then, because it failed too often.
    :param trouble: what the provider said last, while it fails.
    """

    id: UUID
    channel: str
    provider: str
    name: str
    from_name: str
    from_address: str
    reply_to: str
    is_active: bool
    settings: tuple[tuple[str, str], ...]
    hook_path: str
    hook_secret: str
    position: int = 0
    per_second: int | None = None
    failing_since: datetime | None = None
    resting_until: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a provider says happened to one message at one recipient, in our words.

    :param kind: ``delivered``, ``deferred``, ``bounced``, ``rejected``, ``failed``, ``complained``,
        ``opened``, ``clicked``, ``unsubscribed``, ``subscribed``, ``stopped``, ``inbound``,
        ``queued``, ``sent``, ``autoresponded`` or ``unknown``.
    :param is_permanent: of a bounce: the address is dead (hard), not just unreachable now (soft).
    :param reject_reason: why a provider refused without trying: ``invalid``, ``bounced``, ``spam``,
        ``unsubscribed`` ...
    :param raw: the provider's own words, as JSON, without what changes when it is sent again.
    """

    kind: str
    recipient: str
    provider_message_id: str
    occurred_at: datetime | None
    raw: Mapping[str, Any]
    doorstep_message_id: UUID | None = None
    description: str = ""
    is_permanent: bool = False
    reject_reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordedDeliveries:
    """How many reports were new, known already, and new but about no message of ours."""

    recorded: int
    duplicates: int
    unmatched: int


@dataclass(frozen=True, slots=True)
class HookConnection:
    """What a provider's webhook needs to check and read what it gets."""

    id: UUID
    store_id: UUID
    store_name: str
    channel: str
    provider: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A text message somebody sent us.

    :param meaning: what the provider took it for (``stop``, ``start``, ``help``), "" when it
        did not look.
    :param is_answered: the provider has answered already: we must not answer a second time.
    """

    sender: str
    text: str
    provider_message_id: str
    raw: Mapping[str, Any]
    meaning: str = ""
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class InboundChat:
    """A message somebody wrote to the store on WhatsApp or Messenger.

    :param account: which of the store's accounts it came to (phone number id, page id).
    :param sender: E.164 on WhatsApp, the page-scoped id on Messenger.
    :param text: what they wrote; empty for a picture, or for a tap on a link of ours.
    :param ref: what our link to Messenger said about the person, see ``chat_ref``.
    """

    channel: Channel
    account: str
    sender: str
    text: str
    provider_message_id: str
    at: datetime
    raw: Mapping[str, Any]
    ref: str = ""


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """Messenger says that somebody has got, or read, everything up to a moment."""

    account: str
    sender: str
    kind: str  # "delivered" or "opened"
    until: datetime
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """What a browser gives for web push (Push API, ``PushSubscription.toJSON()``).

    :param p256dh: the browser's public key, an uncompressed P-256 point, base64url.
    :param auth: 16 shared secret bytes, base64url.
    """

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device that notifications go to.

    :param subject: the order it hears of (``"order:<uuid>"``), "" for all of the person's.
    :param digest: SHA-256 of its push address, by which the browser knows itself.
    """

    id: UUID
    customer_id: UUID
    subject: str
    agent: str
    since: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class ChatLink:
    """Where a shopper starts a conversation with the store.

    :param is_linked: they have written to us there already.
    """

    channel: Channel
    url: str
    is_linked: bool


@dataclass(frozen=True, slots=True)
class BatchResults:
    """What became of the messages of one batch.

    Each message asked for is one of ``waiting``, ``sent``, ``failed``, ``held_back`` or
    ``stopped``.

    :param sent: handed over to a provider, those that came back included.
    :param bounced: came back; ``sent - bounced`` were delivered as far as anybody can tell, of
        ``confirmed`` a provider or a reader said so.
    :param opened: opened by a person, scanners and prefetchers left out; likewise ``clicked``.
    :param unsubscribed: after this message its reader refused what it was about, or all of it.
    :param held_back: the gate's reason -> how many were not sent for it.
    :param stopped: not sent because somebody stopped the batch before.
    """

    asked: int = 0
    waiting: int = 0
    sent: int = 0
    confirmed: int = 0
    bounced: int = 0
    failed: int = 0
    complained: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    stopped: int = 0
    held_back: Mapping[str, int] = field(default_factory=dict)

    @property
    def delivered(self) -> int:
        """What was sent and did not come back."""
        return self.sent - self.bounced

    def __add__(self, other: BatchResults) -> BatchResults:
        """Return both together."""
        held = dict(self.held_back)
        for reason, count in other.held_back.items():
            held[reason] = held.get(reason, 0) + count
        sums = {name: getattr(self, name) + getattr(other, name) for name in _NUMBERS}
        return BatchResults(**sums, held_back=held)


_NUMBERS = tuple(name for name in BatchResults.__slots__ if name != "held_back")


@dataclass(frozen=True, slots=True)
class LastMessage:
    """The marketing message that reached somebody last before a moment.

    :param was_clicked: a person had followed a link of it by then.
    """

    message_id: UUID
    batch_id: UUID | None
    sent_at: datetime
    was_clicked: bool
