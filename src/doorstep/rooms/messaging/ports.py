"""What leads out of Doorstep: providers of e-mail and SMS, behind one protocol.

Connectors describe themselves with a :class:`Provider` and are bound in ``config/wiring.py``; the
room never imports one. Only ``sending/way_out.py`` builds senders, and it never builds one for a
demo store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from doorstep.rooms.messaging.contracts import ContextAsk
from doorstep.rooms.messaging.rules.addresses import CONTROL, ascii_domain
from doorstep.rooms.messaging.templating.approved_texts import check_approved_texts
from doorstep.rooms.messaging.templating.frames import Body
from doorstep.rooms.messaging.templating.sms import measure_sms

# What every connector needs to build a message: see the modules they come from.
__all__ = ["CONTROL", "ascii_domain", "check_approved_texts", "measure_sms"]

Outcome = Literal["accepted", "retry", "uncertain", "refused", "bounced", "stopped", "unsent"]


@dataclass(frozen=True, slots=True)
class FilledBody:
    """A text that stands still with what fills its gaps."""

    body: Body
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """An e-mail ready to go.

    :param rfc_message_id: with angle brackets; the same whenever this message is sent again.
    :param html: whole; "" also where it is ``framed``, see :meth:`whole_html`.
    :param headers: further headers, in order; plain text, encoded by the connector.
    :param framed: the HTML in what many mails share and what differs; a connector that encodes it
        may keep what it made of the shared part in ``framed.body.kept``.
    :param framed_text: ``text`` once more, likewise; None where it follows no frame.
    """

    message_id: UUID
    from_name: str
    from_address: str
    reply_to: str
    to_name: str
    to_address: str
    subject: str
    html: str
    text: str
    rfc_message_id: str
    date: datetime
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    framed: FilledBody | None = None
    framed_text: FilledBody | None = None

    def whole_html(self) -> str:
        """Return the HTML as one text; "" when there is none."""
        return self.html if self.framed is None else self.framed.body.fill(self.framed.values)


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """A text message ready to go. ``status_url`` is where the provider reports delivery."""

    message_id: UUID
    sender: str
    to_number: str
    text: str
    status_url: str = ""


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """A text that WhatsApp approved beforehand, with what goes into its numbered holes."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutgoingChat:
    """A WhatsApp or Messenger message ready to go.

    :param to: E.164, or the page-scoped id.
    :param is_open: the person wrote within the last 24 hours: free text may be sent.
    :param template: WhatsApp's way to write first; None where no approved one is named.
    :param is_transactional: part of a purchase; Messenger's tags are for nothing else.
    """

    message_id: UUID
    to: str
    text: str
    is_open: bool = True
    template: ChatTemplate | None = None
    is_transactional: bool = False


@dataclass(frozen=True, slots=True)
class PushDevice:
    """Where one browser takes notifications, and the keys they are encrypted for."""

    id: UUID
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class OutgoingPush:
    """A notification ready to go to all devices of one person.

    :param recipient: whose devices (a customer's id); ``about`` the order they may hear of.
    :param ttl_seconds: how long the push service keeps it for a device that is off.
    :param urgency: RFC 8030, 5.3: ``very-low``, ``low``, ``normal`` or ``high``.
    :param topic: at most 32 base64url signs; a later one replaces it while undelivered.
    """

    message_id: UUID
    recipient: str
    about: str
    title: str
    body: str
    url: str
    icon: str
    ttl_seconds: int
    urgency: str
    topic: str
    devices: tuple[PushDevice, ...] = ()


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one message.

    ``accepted``: the provider has it. ``retry``: a transient failure, and it was surely not taken.
    ``uncertain``: the connection broke while it was being taken; marketing is not sent again then,
    everything else is. ``refused``: will never
    work as it is (credentials, content, configuration). ``bounced``: the recipient's address is
    dead. ``stopped``: the recipient told the provider to stop. ``unsent``: not tried, because time was up; nothing is held against the message.
    """

    message_id: UUID
    outcome: Outcome
    provider_message_id: str = ""
    words: str = ""
    retry_after_seconds: float = 0.0  # of a retry: not sooner than that
    gone: tuple[UUID, ...] = ()  # devices whose subscription has ended


class MessageSender(Protocol):
    """A way out. One instance serves one thread and may keep a connection open."""

    def send(self, batch: Sequence[Any], *, deadline: float) -> list[SendResult]:
        """Send a batch of one channel's messages and answer for each, in order.

        Never raises for what one message or the network does; messages not begun before
        ``deadline`` (``time.monotonic()``) are answered ``unsent``.
        """
        ...

    def close(self) -> None:
        """Give up the connection, if one is open."""
        ...


class EmailSender(MessageSender, Protocol):
    """Sends :class:`OutgoingEmail`."""


class SmsSender(MessageSender, Protocol):
    """Sends :class:`OutgoingSms`."""


class ChatSender(MessageSender, Protocol):
    """Sends :class:`OutgoingChat`."""


class PushSender(MessageSender, Protocol):
    """Sends :class:`OutgoingPush`."""


@dataclass(frozen=True, slots=True)
class SettingField:
    """One thing a provider needs to know, as the settings form asks for it."""

    name: str
    label: str
    is_secret: bool = False
    is_required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()
    help: str = ""
    # Names where secrets are sent to: who changes it must know them.
    is_place: bool = False
    is_long: bool = False  # several lines


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that can be connected.

    :param build: makes a sender from checked settings; called once per thread and connection.
    :param check: raises ``ValueError`` with plain words when settings can't work together.
    :param reports: whether it tells us about deliveries by webhook.
    :param generate: makes further settings when it is connected first, such as keys; they are kept
        for good.
    :param help: where its values are found, as the settings page shows it.
    """

    name: str
    channel: str
    label: str
    fields: tuple[SettingField, ...]
    build: Callable[[Mapping[str, str]], MessageSender]
    check: Callable[[Mapping[str, str]], None] | None = None
    reports: bool = False
    generate: Callable[[], Mapping[str, str]] | None = None
    help: str = ""


_providers: dict[tuple[str, str], Provider] = {}


def bind_provider(provider: Provider) -> None:
    """Make a provider available; called from ``config/wiring.py`` only."""
    _providers[provider.channel, provider.name] = provider


def find_provider(channel: str, name: str) -> Provider | None:
    """Return a bound provider, or None when this installation has none of that name."""
    return _providers.get((channel, name))


def list_providers(channel: str | None = None) -> list[Provider]:
    """List the bound providers, of one channel or all."""
    return [p for p in _providers.values() if channel in (None, p.channel)]


ContextSource = Callable[[Sequence[ContextAsk], datetime], Mapping[UUID, Mapping[str, Any]]]
_sources: dict[str, ContextSource] = {}


def bind_context_source(name: str, source: ContextSource) -> None:
    """Let a room above compose contexts at the moment of rendering, for a set at a time.

    :param source: takes the asks of one store and the moment; answers by message id. A message it
        leaves out is not sent (its order is gone, say) and shows why.
    """
    _sources[name] = source


def find_context_source(name: str) -> ContextSource | None:
    """Return a bound source, None when no code has it (any more)."""
    return _sources.get(name)


KindUsers = Callable[[str], Sequence[str]]
_kind_users: dict[str, KindUsers] = {}


def bind_kind_users(name: str, find: KindUsers) -> None:
    """Let a room above say what sends a kind of message, so that it is not deleted under it.

    :param find: takes a kind and names what uses it live: ``["the journey “Win back”"]``.
    """
    _kind_users[name] = find


def list_kind_users(kind: str) -> list[str]:
    """List what sends a kind of message, as its users call themselves."""
    return [one for name in sorted(_kind_users) for one in _kind_users[name](kind)]
