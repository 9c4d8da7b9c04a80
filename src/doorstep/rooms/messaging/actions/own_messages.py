"""Messages of a store's own: make one, rename it, delete it once nothing uses it."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Literal

from django.utils.text import slugify

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.block_texts import with_body
from doorstep.rooms.messaging.contracts import Channel, MessageKindInfo
from doorstep.rooms.messaging.message_kinds import get_message_kind
from doorstep.rooms.messaging.models import OwnMessage, Template
from doorstep.rooms.messaging.ports import list_kind_users
from doorstep.rooms.messaging.sending.templates import default_source
from doorstep.rooms.messaging.templating.blocks.start import starting_document
from doorstep.rooms.messaging.templating.defaults import own_start
from doorstep.rooms.messaging.templating.journey_context import (
    JOURNEY_KINDS,
    OWN_PREFIXES,
    base_of,
)

LONGEST_NAME = 80
MOST_OWN = 500


@action(
    "messaging.create_own_message",
    permission="templates.edit",
    summary="Make a message of the store's own",
)
def create_own_message(
    *,
    name: str,
    base: Literal["customer", "order"] = "customer",
    purpose: Literal["service", "marketing"] = "marketing",
    copy_of: str = "",
    by: Actor,
    at: datetime,
) -> MessageKindInfo:
    """Make a kind of message with a first draft for e-mail and text message.

    It can be used in journeys and campaigns on the channels it was published for.

    :param base: ``order`` when it is about an order, else ``customer``.
    :param copy_of: a built-in journey message whose text to start from; it must be about the same.
    :raises Invalid: no name, or nothing to copy under this name.
    :raises Conflict: the store has 500 of them.
    """
    name = _name(name)
    if copy_of and (copy_of not in JOURNEY_KINDS or base_of(copy_of) not in (base, "customer")):
        raise Invalid("This message can't be copied here: choose another.", field="copy_of")
    if OwnMessage.objects.filter(deleted_at__isnull=True).count() >= MOST_OWN:
        raise Conflict(f"A store can have {MOST_OWN} messages of its own: delete one first.")
    kind = _free_kind(OWN_PREFIXES[base] + _slug(name))
    OwnMessage.objects.create(
        store_id=current_store_id(),
        kind=kind,
        name=name,
        purpose=purpose,
        created_at=at,
        created_by=by.key,
    )
    for channel in (Channel.EMAIL, Channel.SMS):
        draft = default_source(copy_of, channel) if copy_of else _start(kind, channel)
        Template.objects.create(
            store_id=current_store_id(), kind=kind, channel=channel, locale="",
            draft=draft, draft_at=at, draft_by=by.key,
        )  # fmt: skip
    audit.note(subject=f"message:{kind}", changes={"name": [None, name]})
    return get_message_kind(kind)


@action(
    "messaging.edit_own_message",
    permission="templates.edit",
    summary="Rename a message of the store's own, or change its purpose",
)
def edit_own_message(
    *,
    kind: str,
    name: str | None = None,
    purpose: Literal["service", "marketing"] | None = None,
    by: Actor,
    at: datetime,
) -> MessageKindInfo:
    """Change what is given. Journeys that send it as service keep doing so until published anew.

    :raises NotFound: the store has no such message.
    :raises Invalid: no name.
    """
    row = _locked(kind)
    wanted = {"name": _name(name) if name is not None else None, "purpose": purpose}
    changed = {
        field: [getattr(row, field), value]
        for field, value in wanted.items()
        if value is not None and value != getattr(row, field)
    }
    for field, (_, value) in changed.items():
        setattr(row, field, value)
    if changed:
        row.save(update_fields=list(changed))
    audit.note(subject=f"message:{kind}", changes=changed)
    return get_message_kind(kind)


@action(
    "messaging.delete_own_message",
    permission="templates.edit",
    summary="Delete a message of the store's own",
)
def delete_own_message(*, kind: str, by: Actor, at: datetime) -> None:
    """Delete a message. Its texts stay, unseen, for what was sent and what is on its way.

    :raises NotFound: the store has no such message.
    :raises Conflict: something live sends it; it is named.
    """
    row = _locked(kind)
    if users := list_kind_users(kind):
        named = ", ".join(users[:5]) + (" …" if len(users) > 5 else "")
        raise Conflict(f"It is used by {named}. Choose another message there first.")
    row.deleted_at, row.deleted_by = at, by.key
    row.save(update_fields=["deleted_at", "deleted_by"])
    audit.note(subject=f"message:{kind}", changes={"deleted": [False, True]})


def _start(kind: str, channel: Channel) -> dict[str, str]:
    """Return a first draft: a mail of blocks, or the text of the other channels."""
    parts = own_start(channel)
    if channel is Channel.EMAIL:
        return with_body(kind, {**parts, "blocks": starting_document(kind).dump()})
    return parts


def _locked(kind: str) -> OwnMessage:
    rows = OwnMessage.objects.select_for_update().filter(kind=kind, deleted_at__isnull=True)
    row = rows.first()
    if row is None:
        raise NotFound("There is no such message of your own.")
    return row


def _name(raw: str) -> str:
    name = " ".join("".join(c for c in raw if c.isprintable() or c.isspace()).split())
    if not name:
        raise Invalid("Give the message a name.", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A name has up to {LONGEST_NAME} characters.", field="name")
    return name


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).replace("ß", "ss")
    return slugify(plain).replace("-", "_").strip("_")[:40].strip("_") or "message"


def _free_kind(wanted: str) -> str:
    """Return the kind, with a number where the store has or had one of this name."""
    taken = set(OwnMessage.objects.filter(kind__startswith=wanted).values_list("kind", flat=True))
    if wanted not in taken:
        return wanted
    return next(one for nth in range(2, 10_000) if (one := f"{wanted}_{nth}") not in taken)
