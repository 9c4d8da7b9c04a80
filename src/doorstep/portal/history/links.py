"""The keys to a shopper's order history: a link sent to their own mailbox, and what it leaves.

The link to one order is no proof of who holds it: it is forwarded, to whoever gets the gift for
example. So neither that link nor a look-up (order number and e-mail address, both known to the
person who got the gift) opens the history; only a link does that was sent to the address the
order was placed with, opened once and soon. It leaves a signed cookie in that browser, for as long
as one sitting.
"""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from doorstep.kernel import ratelimit
from doorstep.kernel.errors import NotFound

LINK_MINUTES = 30
COOKIE = "doorstep-history"
_COOKIE_SECONDS = 30 * 60
_PATH = "/history"


def history_token(store_id: UUID, order_id: UUID) -> str:
    """Return the token of a link to the history of whoever placed an order."""
    return _signer("link").sign(_pack(store_id, order_id))


def read_history_token(token: str) -> tuple[UUID, UUID]:
    """Return store and order of a token that is genuine and not too old.

    :raises NotFound: forged, cut off or over.
    """
    return _read("link", token, LINK_MINUTES * 60)


def use_up(token: str) -> bool:
    """Use a token; False when it has been used before."""
    return bool(ratelimit.hit("portal.history.used", token, 1, 2 * LINK_MINUTES * 60))


def open_history(response: HttpResponse, store_id: UUID, order_id: UUID) -> None:
    """Let this browser see the history for one sitting."""
    response.set_cookie(
        COOKIE,
        _signer("cookie").sign(_pack(store_id, order_id)),
        max_age=_COOKIE_SECONDS,
        path=_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def close_history(response: HttpResponse) -> None:
    """Take the key out of this browser."""
    response.delete_cookie(COOKIE, path=_PATH, samesite="Lax")


def read_cookie(request: HttpRequest) -> tuple[UUID, UUID]:
    """Return the store and the order whose shopper this browser has shown to be.

    :raises NotFound: it has not, or too long ago.
    """
    return _read("cookie", request.COOKIES.get(COOKIE, ""), _COOKIE_SECONDS)


def _pack(store_id: UUID, order_id: UUID) -> str:
    return base64.urlsafe_b64encode(store_id.bytes + order_id.bytes).decode().rstrip("=")


def _read(use: str, token: str, seconds: int) -> tuple[UUID, UUID]:
    try:
        packed = _signer(use).unsign(token, max_age=seconds)
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        return UUID(bytes=raw[:16]), UUID(bytes=raw[16:])
    except (signing.BadSignature, binascii.Error, ValueError) as error:
        raise NotFound("There is no such page.") from error


def _signer(use: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"doorstep.portal.history.{use}", sep=".")
