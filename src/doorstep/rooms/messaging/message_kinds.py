"""Which messages journeys and campaigns can send: the built-in ones and the store's own."""

from __future__ import annotations

from collections import defaultdict

from doorstep.kernel.errors import NotFound
from doorstep.rooms.messaging.contracts import Channel, MessageKindInfo, Purpose
from doorstep.rooms.messaging.models import OwnMessage, Template
from doorstep.rooms.messaging.rules.kind_words import kind_title
from doorstep.rooms.messaging.sending.templates import LIKE_SMS
from doorstep.rooms.messaging.templating.journey_context import JOURNEY_KINDS, base_of

_SERVICE = frozenset(
    {
        "thank_you",
        "new_customer_welcome",
        "how_to",
        "care_tips",
        "review_request",
        "late_apology",
        "vip_thanks",
    }
)


def list_message_kinds() -> list[MessageKindInfo]:
    """List what journeys and campaigns can send, the store's own first, by name."""
    published: dict[str, set[Channel]] = defaultdict(set)
    own = list(OwnMessage.objects.filter(deleted_at__isnull=True).order_by("name", "kind"))
    rows = Template.objects.filter(
        kind__in=[row.kind for row in own], published__isnull=False
    ).values_list("kind", "channel")
    for kind, channel in rows:
        published[kind].add(Channel(channel))
    return [_own(row, published[row.kind]) for row in own] + [
        _built_in(kind) for kind in sorted(JOURNEY_KINDS, key=kind_title)
    ]


def get_message_kind(kind: str) -> MessageKindInfo:
    """Return one of :func:`list_message_kinds`. :raises NotFound: there is none of this kind."""
    if kind in JOURNEY_KINDS:
        return _built_in(kind)
    row = OwnMessage.objects.filter(kind=kind, deleted_at__isnull=True).first()
    if row is None:
        raise NotFound("There is no such message of your own.")
    rows = Template.objects.filter(kind=kind, published__isnull=False)
    return _own(row, {Channel(one) for one in rows.values_list("channel", flat=True)})


def own_names() -> dict[str, str]:
    """Return kind -> name of the messages the store made itself."""
    rows = OwnMessage.objects.filter(deleted_at__isnull=True)
    return dict(rows.values_list("kind", "name"))


def _built_in(kind: str) -> MessageKindInfo:
    purpose = Purpose.SERVICE if kind in _SERVICE else Purpose.MARKETING
    return MessageKindInfo(
        kind, kind_title(kind), base_of(kind) or "customer", purpose, False, frozenset(Channel)
    )


def _own(row: OwnMessage, published: set[Channel]) -> MessageKindInfo:
    # Chats and notifications say what the text message says.
    channels = published | (set(LIKE_SMS) if Channel.SMS in published else set())
    base = base_of(row.kind) or "customer"
    return MessageKindInfo(
        row.kind, row.name, base, Purpose(row.purpose), True, frozenset(channels)
    )
