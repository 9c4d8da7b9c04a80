"""Who stands before the preference centre: the reader of a message, or of a link they asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.kernel.secrets import InvalidSignedToken, sign, verify
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.queries import message_of_token
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address
from doorstep.rooms.stores import api as stores

LINK_WORKS_FOR = timedelta(days=7)
_PURPOSE = "messaging.preferences"
_WORDS = "This link is not complete, or too old. Please ask for a new one."


@dataclass(frozen=True, slots=True)
class Reader:
    """Who decides, and what they decide about.

    :param addresses: as they are shown, and :param keys: normalised, per channel; what belongs to
        the message comes from it, the rest from the customer.
    :param message_id: the message whose link it was; None for a link that was asked for.
    :param proven: the channel the link came on. Whoever opens it reads what is sent there, and
        nothing is proven about the other addresses.
    """

    store_id: UUID
    customer_id: UUID | None
    addresses: dict[Channel, str]
    keys: dict[Channel, str]
    locale: str
    message_id: UUID | None = None
    proven: Channel = Channel.EMAIL


def center_token(customer_id: UUID, *, at: datetime) -> str:
    """Return the token of a link to a customer's preference centre; it works seven days."""
    payload = [current_store_id().hex, customer_id.hex]
    return sign(payload, purpose=_PURPOSE, at=at, lifetime=LINK_WORKS_FOR)


def center_url(customer_id: UUID, *, at: datetime) -> str:
    """Return the address of a customer's preference centre."""
    store = stores.get_store()
    token = center_token(customer_id, at=at)
    return f"{identity.public_base(store)}/s/{store.slug}/preferences/{token}"


def read_reader(token: str, *, at: datetime) -> Reader:
    """Return who a link belongs to; needs no scope and changes nothing.

    :raises NotFound: forged, cut off, expired, or the person is gone.
    """
    try:
        message = message_of_token(token)
    except NotFound:
        store_id, customer_id = _read(token, at)
        with store_scope(store_id):
            return _reader(store_id, customer_id, {}, {}, None)
    channel = Channel(message.channel)
    with store_scope(message.store_id):
        return _reader(
            message.store_id,
            message.customer_id,
            {channel: message.to_address},
            {channel: message.address_key},
            message.id,
            message.locale,
        )


def _read(token: str, at: datetime) -> tuple[UUID, UUID]:
    try:
        store, customer = verify(token, purpose=_PURPOSE, at=at)
        return UUID(store), UUID(customer)
    except (InvalidSignedToken, ValueError, TypeError) as error:
        raise NotFound(_WORDS) from error


def _reader(
    store_id: UUID,
    customer_id: UUID | None,
    addresses: dict[Channel, str],
    keys: dict[Channel, str],
    message_id: UUID | None,
    locale: str = "",
) -> Reader:
    known = customers.get_customers([customer_id]) if customer_id else {}
    person = next(iter(known.values()), None)
    if person is not None and person.erased_at is not None:
        person = None
    if person is None and message_id is None:
        raise NotFound(_WORDS)
    proven = next(iter(keys), Channel.EMAIL)
    given = {Channel.EMAIL: person.email, Channel.SMS: person.phone} if person else {}
    for channel, address in given.items():
        if channel in keys or not address:
            continue
        try:
            keys = {**keys, channel: normalize_address(channel, address)}
        except UnusableAddress:
            continue
        addresses = {**addresses, channel: address}
    in_order = [one for one in Channel if one in keys]
    return Reader(
        store_id,
        person.id if person else None,
        {one: addresses[one] for one in in_order},
        {one: keys[one] for one in in_order},
        (person.locale if person else "") or locale or stores.get_store(store_id).default_locale,
        message_id,
        proven,
    )
