"""Connect providers that messages leave through, and disconnect them."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.contracts import Channel, SenderConnectionView
from doorstep.rooms.messaging.models import SenderConnection
from doorstep.rooms.messaging.ports import Provider, find_provider
from doorstep.rooms.messaging.rules.addresses import CONTROL, UnusableAddress, normalize_address
from doorstep.rooms.messaging.sending.way_out import MAILBOX, Mailbox

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
    by: Actor,
    at: datetime,
) -> SenderConnectionView:
    """Make a provider the way out for a channel; the one before is kept but no longer used.

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
    row.is_active, row.changed_at = True, at
    before.filter(is_active=True).exclude(id=row.id).update(is_active=False, changed_at=at)
    row.save()
    audit.note(
        subject=f"sender:{row.id}", changes={"provider": [None, provider], "active": [None, True]}
    )
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
    audit.note(subject=f"sender:{row.id}", changes={"active": [True, False]})
    return view_of(row)


def list_senders() -> list[SenderConnectionView]:
    """List the store's connections, the active ones first."""
    return [view_of(r) for r in SenderConnection.objects.order_by("-is_active", "channel", "name")]


def view_of(row: SenderConnection) -> SenderConnectionView:
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
