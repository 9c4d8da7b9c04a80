"""Connect providers that messages leave through, and disconnect them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.contracts import Channel, SenderConnectionView
from doorstep.rooms.messaging.models import SenderConnection, SenderState
from doorstep.rooms.messaging.ports import Provider, find_provider
from doorstep.rooms.messaging.rules.addresses import CONTROL, UnusableAddress, normalize_address
from doorstep.rooms.messaging.sending.way_out import MAILBOX, Mailbox

MAX_PER_SECOND = 10_000
HOOK_SECRET = "hook_secret"  # noqa: S105 - the name of a setting
_MAILBOX = Provider(MAILBOX, "", "Built-in mailbox", (), lambda settings: Mailbox())


@action(
    "messaging.connect_sender",
    permission="settings.edit",
    summary="Send a channel's messages through a provider",
)
def connect_sender(
    *,
    channel: Channel,
    provider: str,
    settings: dict[str, str] | None = None,
    from_address: str = "",
    from_name: str = "",
    reply_to: str = "",
    name: str = "",
    per_second: int | None = None,
    is_reserve: bool = False,
    by: Actor,
    at: datetime,
) -> SenderConnectionView:
    """Make a provider the way out for a channel; the one before is kept but no longer used.

    :param per_second: give it no more messages than this; None: as many as there are.
    :param is_reserve: leave the one in use where it is, and step in while that one fails.

    A secret that is left empty keeps the value stored for the same provider, unless it would go
    to another server now: nobody reads a password by having it sent to a server of one's own.

    :raises Invalid: a setting is missing or can't work; ``field`` names it.
    """
    spec = _spec(channel, provider)
    before = SenderConnection.objects.select_for_update().filter(channel=channel)
    rows = {row.provider: row for row in before}
    row = rows.get(provider) or SenderConnection(
        store_id=current_store_id(), channel=channel, provider=provider, created_at=at
    )
    row.settings = _checked(spec, settings or {}, dict(row.settings))
    row.name, row.from_name = name or spec.label, _one_line(from_name, "from_name")
    row.from_address = _sender_address(channel, from_address)
    row.reply_to = _email(reply_to, "reply_to") if channel is Channel.EMAIL else ""
    row.per_second = _rate(per_second)
    row.is_active, row.changed_at = True, at
    others = sorted((r for r in rows.values() if r.is_active and r.id != row.id), key=_position)
    if is_reserve:
        _check_reserve(channel, provider)
        order = [*others, row]
    else:
        replaced, order = others[:1], [row, *others[1:]]
        before.filter(id__in=[one.id for one in replaced]).update(is_active=False, changed_at=at)
    row.position = max((other.position for other in rows.values()), default=0) + 1
    row.save()
    _arrange(order)
    SenderState.objects.filter(connection=row).update(
        failures=0, failing_since=None, resting_until=None, rests=0, words=""
    )
    audit.note(
        subject=f"sender:{row.id}", changes={"provider": [None, provider], "active": [None, True]}
    )
    return view_of(row)


@action(
    "messaging.prefer_sender",
    permission="settings.edit",
    summary="Send through this provider first",
)
def prefer_sender(*, connection_id: UUID, by: Actor, at: datetime) -> SenderConnectionView:
    """Make a connected provider the first of its channel; the first becomes its reserve.

    :raises NotFound: there is no such connection in use.
    """
    row = SenderConnection.objects.filter(id=connection_id, is_active=True).first()
    if row is None:
        raise NotFound("There is no such connection in use.")
    found = SenderConnection.objects.select_for_update().filter(channel=row.channel, is_active=True)
    others = [one for one in found.order_by("position") if one.id != row.id]
    before = row.position
    _arrange([row, *others])
    audit.note(subject=f"sender:{row.id}", changes={"position": [before, 0]})
    return view_of(row)


@action(
    "messaging.disconnect_sender",
    permission="settings.edit",
    summary="Stop sending through a provider",
)
def disconnect_sender(*, connection_id: UUID, by: Actor, at: datetime) -> SenderConnectionView:
    """Stop using a provider. E-mail then stays in the mailbox; the others have no way out.

    The row is kept: its webhooks still report on what was sent.

    :raises NotFound: there is no such connection.
    """
    row = SenderConnection.objects.select_for_update().filter(id=connection_id).first()
    if row is None:
        raise NotFound("There is no such connection.")
    row.is_active, row.changed_at = False, at
    row.save(update_fields=["is_active", "changed_at"])
    left = SenderConnection.objects.select_for_update().filter(channel=row.channel, is_active=True)
    _arrange(list(left.order_by("position")))
    audit.note(subject=f"sender:{row.id}", changes={"active": [True, False]})
    return view_of(row)


def list_senders() -> list[SenderConnectionView]:
    """List the store's connections: those in use by channel and order, then the others."""
    rows = SenderConnection.objects.order_by("-is_active", "channel", "position", "name")
    states = {state.connection_id: state for state in SenderState.objects.all()}
    return [view_of(row, states.get(row.id)) for row in rows]


def _position(row: SenderConnection) -> int:
    return row.position


def _arrange(rows: Sequence[SenderConnection]) -> None:
    """Give a channel's active rows their places; by way of places nobody has."""
    top = max((row.position for row in rows), default=0) + 1
    for shift in (top, 0):
        for place, row in enumerate(rows):
            row.position = shift + place
            SenderConnection.objects.filter(id=row.id).update(position=row.position)


def _rate(per_second: int | None) -> int | None:
    if per_second is not None and not 0 < per_second <= MAX_PER_SECOND:
        words = f"Messages per second: 1 to {MAX_PER_SECOND}, or nothing for no limit."
        raise Invalid(words, field="per_second")
    return per_second


def _check_reserve(channel: Channel, provider: str) -> None:
    if channel not in (Channel.EMAIL, Channel.SMS):
        words = "Only e-mail and SMS can have a reserve: here people are known to one provider."
        raise Invalid(words, field="is_reserve")
    if provider == MAILBOX:
        raise Invalid("The mailbox sends nothing, so it can't step in.", field="is_reserve")


def view_of(row: SenderConnection, state: SenderState | None = None) -> SenderConnectionView:
    """Turn a row into what may be shown: secrets only as dots."""
    spec = find_provider(row.channel, row.provider) or _MAILBOX
    shown = tuple(
        (f.name, ("••••••" if row.settings.get(f.name) else "") if f.is_secret else
         row.settings.get(f.name, ""))
        for f in spec.fields
    )  # fmt: skip
    return SenderConnectionView(
        id=row.id,
        channel=row.channel,
        provider=row.provider,
        name=row.name,
        from_name=row.from_name,
        from_address=row.from_address,
        reply_to=row.reply_to,
        is_active=row.is_active,
        settings=shown,
        hook_path=identity.hook_path(row.channel, row.provider, row.id) if spec.reports else "",
        hook_secret=row.settings.get(HOOK_SECRET, "") if spec.reports else "",
        position=row.position,
        per_second=row.per_second,
        failing_since=state.failing_since if state else None,
        resting_until=state.resting_until if state else None,
        trouble=state.words if state else "",
    )


def _spec(channel: Channel, provider: str) -> Provider:
    spec = _MAILBOX if provider == MAILBOX else find_provider(channel, provider)
    if spec is None:
        raise Invalid("There is no such provider.", field="provider")
    return spec


def _checked(spec: Provider, given: dict[str, str], before: dict[str, str]) -> dict[str, str]:
    """Return the settings to store: what was given, secrets kept, and what must work together."""
    unknown = set(given) - {f.name for f in spec.fields}
    if unknown:
        raise Invalid("This setting does not exist.", field=sorted(unknown)[0])
    moved = any(
        f.is_place and before.get(f.name) and given.get(f.name, "").strip() != before[f.name]
        for f in spec.fields
    )
    settings = {HOOK_SECRET: before.get(HOOK_SECRET) or f"doorstep:{secrets.token_urlsafe(24)}"}
    if spec.generate is not None:
        # What was made once is kept: the browsers that subscribed rely on it.
        settings |= {name: before.get(name) or made for name, made in spec.generate().items()}
    for field in spec.fields:
        value = given.get(field.name, "")
        value = _lines(value, field.name) if field.is_long else _one_line(value, field.name)
        if not value and field.is_secret:
            value = "" if moved else before.get(field.name, "")
            if moved and before.get(field.name):
                words = f"{field.label}: type it again, because it goes to another server now."
                raise Invalid(words, field=field.name)
        value = value or field.default
        if field.is_required and not value:
            raise Invalid(f"{field.label} is missing.", field=field.name)
        if field.choices and value not in field.choices:
            raise Invalid(f"{field.label}: {', '.join(field.choices)}.", field=field.name)
        settings[field.name] = value
    if spec.check is not None:
        try:
            spec.check(settings)
        except ValueError as error:
            raise Invalid(str(error), field="settings") from error
    return settings


def _one_line(text: str, field: str) -> str:
    if CONTROL.search(text):
        raise Invalid("Line breaks are not allowed here.", field=field)
    return text.strip()


def _lines(text: str, field: str) -> str:
    """Return several lines, each without control characters."""
    return "\n".join(_one_line(line, field) for line in text.splitlines()).strip()


def _email(address: str, field: str) -> str:
    if not address:
        return ""
    try:
        normalize_address(Channel.EMAIL, address)
    except UnusableAddress as error:
        raise Invalid(str(error), field=field) from error
    return address.strip()


def _sender_address(channel: Channel, address: str) -> str:
    """Check the From: an e-mail address, or a number, short code or name for SMS."""
    if channel is Channel.EMAIL:
        return _email(address, "from_address")
    sender = _one_line(address, "from_address")
    if channel is not Channel.SMS and sender:
        words = "This channel needs no sender: the account is the sender."
        raise Invalid(words, field="from_address")
    if len(sender) > 16:
        raise Invalid("A sender has at most 16 characters.", field="from_address")
    return sender
