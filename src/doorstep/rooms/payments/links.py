"""Signed addresses of our own pages for requests to pay."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

from doorstep.kernel import secrets
from doorstep.kernel.errors import NotFound
from doorstep.rooms.stores.contracts import StoreInfo

_PURPOSE = "payments.link"
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # these tokens have no end: the request has one


def pay_page_url(store: StoreInfo, link_id: UUID) -> str:
    """Return the absolute address of a request's page on the store's own domain.

    It holds as long as the request stands; the page itself says when that is over.
    """
    host = f"https://{store.portal_host}" if store.portal_host else str(settings.BASE_URL)
    token = secrets.sign([store.id.hex, link_id.hex], purpose=_PURPOSE, at=_ANY_TIME)
    return f"{host}/pay/{token}"


def read_pay_token(token: str) -> tuple[UUID, UUID]:
    """Return store and request of a genuine token.

    :raises NotFound: forged or cut off.
    """
    try:
        store_id, link_id = secrets.verify(token, purpose=_PURPOSE, at=_ANY_TIME)
        return UUID(store_id), UUID(link_id)
    except (secrets.InvalidSignedToken, TypeError, ValueError):
        raise NotFound("There is no such page.") from None
