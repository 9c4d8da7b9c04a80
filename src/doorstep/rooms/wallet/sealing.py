"""Keeping codes: found by a keyed hash, sent from a sealed copy, readable nowhere."""

from __future__ import annotations

import hmac
from uuid import UUID

from django.conf import settings

from doorstep.kernel import secrets
from doorstep.kernel.tenancy import current_store_id


def hash_code(code: str) -> str:
    """Return the hash a new card is stored under."""
    return _hash(current_store_id(), code, settings.SECRET_KEY)


def hashes_of(code: str) -> list[str]:
    """Return what a code may be stored under: with the present key and with former ones."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [_hash(current_store_id(), code, key) for key in keys]


def _hash(store_id: UUID, code: str, secret: str) -> str:
    key = secrets.derive_key(secret, "gift card codes")
    return hmac.new(key, store_id.bytes + code.encode(), "sha256").hexdigest()


def seal(code: str) -> str:
    """Return a code as it rests."""
    return secrets.encrypt(code.encode())


def unseal(sealed: str) -> str:
    """Return a sealed code. :raises UnreadableSecret: the key it was sealed with is gone."""
    return secrets.decrypt(sealed).decode()
