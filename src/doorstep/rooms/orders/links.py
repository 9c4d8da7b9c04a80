"""Links that open one order's page without a login.

Whoever holds such a link sees the order, so it is signed (HMAC-SHA256 of Django's
``SECRET_KEY``, old keys still read), names one store and one order, and ends after as many days
as the store sets. The instant of signing travels inside: no table, no look-up to refuse a forgery.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing

from doorstep.kernel.errors import DomainError, NotFound
from doorstep.rooms.stores.contracts import StoreInfo

_SALT = "doorstep.orders.page"
_ID_BYTES = 16
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # keeps the number of minutes short


class OrderLinkExpired(DomainError):
    """The link was genuine, but its time is over; the order can still be looked up."""

    code = "order_link_expired"
    status = 410

    def __init__(self, store_id: UUID) -> None:
        super().__init__("This link has expired. You can look up your order instead.")
        self.store_id = store_id


def order_page_token(store_id: UUID, order_id: UUID, *, at: datetime) -> str:
    """Return the signed token of an order's page; ``at`` is when its days begin to count."""
    ids = base64.urlsafe_b64encode(store_id.bytes + order_id.bytes).decode().rstrip("=")
    minutes = signing.b62_encode(int((at - _EPOCH) / timedelta(minutes=1)))
    return _signer().sign(f"{ids}.{minutes}")


def order_page_url(store: StoreInfo, order_id: UUID, *, at: datetime) -> str:
    """Return the absolute address of an order's page on the store's own domain."""
    host = f"https://{store.portal_host}" if store.portal_host else str(settings.BASE_URL)
    return f"{host}/o/{order_page_token(store.id, order_id, at=at)}"


def read_order_page_token(token: str) -> tuple[UUID, UUID, datetime]:
    """Return store, order and the instant of signing of a genuine token.

    Whether its time is over is the store's to say: see :func:`check_order_link`.

    :raises NotFound: forged, cut off or not a token at all.
    """
    try:
        ids, minutes = _signer().unsign(token).split(".")
        raw = base64.urlsafe_b64decode(ids + "=" * (-len(ids) % 4))
        signed_at = _EPOCH + timedelta(minutes=signing.b62_decode(minutes))
        return UUID(bytes=raw[:_ID_BYTES]), UUID(bytes=raw[_ID_BYTES:]), signed_at
    except (signing.BadSignature, binascii.Error, ValueError) as error:
        raise NotFound("There is no such page.") from error


def check_order_link(store: StoreInfo, signed_at: datetime, *, at: datetime) -> None:
    """Refuse a link older than the store's ``order_link_days``.

    :raises OrderLinkExpired: its time is over.
    """
    if at - signed_at > timedelta(days=store.order_link_days):
        raise OrderLinkExpired(store.id)


def _signer() -> signing.Signer:
    return signing.Signer(salt=_SALT, sep=".")
