"""Who a store's messages come from, and the public addresses they point to."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing

from doorstep.kernel.errors import NotFound
from doorstep.rooms.messaging.models import SenderConnection
from doorstep.rooms.stores.contracts import StoreInfo

_SALT = "doorstep.messaging.preferences"


@dataclass(frozen=True, slots=True)
class Sender:
    """The From of an e-mail, or the number of an SMS."""

    name: str
    address: str
    reply_to: str


def public_base(store: StoreInfo) -> str:
    """Return where shoppers reach the store's pages, without a trailing slash."""
    return f"https://{store.portal_host}" if store.portal_host else str(settings.BASE_URL)


def sender_of(store: StoreInfo, connection: SenderConnection | None) -> Sender:
    """Return who the store's messages come from; what was not set is taken from the store."""
    support = store.support_email
    fallback = support or f"no-reply@{urlsplit(public_base(store)).hostname}"
    if connection is None:
        return Sender(store.name, fallback, "")
    return Sender(
        connection.from_name or store.name,
        connection.from_address or fallback,
        connection.reply_to or (support if support != connection.from_address else ""),
    )


def rfc_message_id(message_id: UUID, sender: Sender) -> str:
    """Return the Message-ID: of the message, so that sending it again is recognised as the same."""
    domain = sender.address.rpartition("@")[2] or "localhost"
    return f"<{message_id}@{domain.encode('idna').decode() if not domain.isascii() else domain}>"


def preferences_token(store_id: UUID, message_id: UUID) -> str:
    """Return the token of a message's unsubscribe link. It never expires (16 CFR 316.5, RFC 8058)."""
    value = f"{store_id.hex}{message_id.hex}"
    signature = _keyed(settings.SECRET_KEY).copy()
    signature.update(value.encode())
    return f"{value}:{signing.b64_encode(signature.digest()).decode()}"


@lru_cache(maxsize=2)
def _keyed(secret: str) -> hmac.HMAC:
    """Return what ``signing.Signer`` signs with, its key derived once: mails are many."""
    key = hashlib.sha256(f"{_SALT}signer{secret}".encode()).digest()
    return hmac.new(key, digestmod="sha256")


def read_preferences_token(token: str) -> tuple[UUID, UUID]:
    """Return store and message of a link.

    :raises NotFound: forged or cut off.
    """
    try:
        value = signing.Signer(salt=_SALT).unsign(token)
        return UUID(value[:32]), UUID(value[32:])
    except (signing.BadSignature, ValueError) as error:
        raise NotFound("This link is not complete. Please use the link from the e-mail.") from error


def preferences_url(store: StoreInfo, message_id: UUID, token: str = "") -> str:
    """Return where the reader of a message unsubscribes and sees their preferences.

    :param token: of the message, where it is known already.
    """
    token = token or preferences_token(store.id, message_id)
    return f"{public_base(store)}/preferences/{token}"


def hook_path(channel: str, provider: str, connection_id: UUID) -> str:
    """Return the path a provider reports deliveries to."""
    return f"/hooks/{channel}/{provider}/{connection_id}"
