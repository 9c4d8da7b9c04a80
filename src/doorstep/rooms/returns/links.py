"""Signed links to what only those may see who were given it: pictures and labels."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from doorstep.kernel.errors import NotFound
from doorstep.kernel.secrets import sign, verify
from doorstep.rooms.stores.contracts import StoreInfo

PHOTO, LABEL = "returns.photo", "returns.label"
PHOTO_LIFE = timedelta(hours=12)  # a page that shows it makes a new one
LABEL_LIFE = timedelta(days=120)  # it stands in a mail, and a return may be given more time


def photo_url(store_id: UUID, photo_id: UUID, *, at: datetime) -> str:
    """Return the address of a picture, good for half a day."""
    token = sign([str(store_id), str(photo_id)], purpose=PHOTO, at=at, lifetime=PHOTO_LIFE)
    return f"/returns/photos/{token}"


def label_url(store: StoreInfo, label_id: UUID, *, at: datetime) -> str:
    """Return the absolute address of the page with the way back, on the store's own domain."""
    host = f"https://{store.portal_host}" if store.portal_host else str(settings.BASE_URL)
    token = sign([str(store.id), str(label_id)], purpose=LABEL, at=at, lifetime=LABEL_LIFE)
    return f"{host}/returns/labels/{token}"


def policy_url(store: StoreInfo, language: str) -> str:
    """Return the absolute address of the policy's page, in one of its languages."""
    host = f"https://{store.portal_host}" if store.portal_host else str(settings.BASE_URL)
    return f"{host}/s/{store.slug}/returns-policy?lang={language}"


def read_photo_token(token: str, *, at: datetime) -> tuple[UUID, UUID]:
    """Return store and picture. :raises NotFound: forged. :raises ExpiredSignedToken: too old."""
    return _read(token, PHOTO, at)


def read_label_token(token: str, *, at: datetime) -> tuple[UUID, UUID]:
    """Return store and label. :raises NotFound: forged. :raises ExpiredSignedToken: too old."""
    return _read(token, LABEL, at)


def _read(token: str, purpose: str, at: datetime) -> tuple[UUID, UUID]:
    try:
        store, thing = verify(token, purpose=purpose, at=at)
        return UUID(store), UUID(thing)
    except (ValueError, TypeError) as error:
        raise NotFound("There is no such page.") from error
