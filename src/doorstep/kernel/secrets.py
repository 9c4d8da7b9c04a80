"""Secrets at rest, and tokens in links.

Credentials of shops and providers are stored encrypted (Fernet: AES-128-CBC with HMAC-SHA256),
under a key derived from the installation's secret key. Former keys (``DOORSTEP_OLD_SECRET_KEYS``)
still decrypt, so a key is rotated by moving it there and running :func:`reencrypt` over the rows.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core import signing
from django.core.exceptions import FieldError
from django.db import models

from doorstep.kernel.errors import Invalid


class UnreadableSecret(RuntimeError):
    """Stored secrets were encrypted with a key that this installation does not have."""


class InvalidSignedToken(Invalid):
    """The token was not made by us for this purpose, or was changed."""

    code = "invalid_token"


class ExpiredSignedToken(InvalidSignedToken):
    """The token was ours, but its time is over."""

    code = "expired_token"


def derive_key(secret: str, purpose: str) -> bytes:
    """Derive 32 bytes for one purpose (HKDF with SHA-256, RFC 5869)."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"doorstep {purpose}".encode())
    return kdf.derive(secret.encode())


@lru_cache(maxsize=8)
def _fernet(secrets: tuple[str, ...]) -> MultiFernet:
    keys = (base64.urlsafe_b64encode(derive_key(secret, "secrets v1")) for secret in secrets)
    return MultiFernet([Fernet(key) for key in keys])


def _ring() -> MultiFernet:
    return _fernet((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def encrypt(plain: bytes) -> str:
    """Encrypt bytes with the present key; the result is ASCII."""
    return _ring().encrypt(plain).decode()


def decrypt(sealed: str) -> bytes:
    """Decrypt with the present or a former key.

    :raises UnreadableSecret: no key fits, or the text was changed.
    """
    try:
        return _ring().decrypt(sealed.encode())
    except InvalidToken:
        raise UnreadableSecret(
            "A stored secret cannot be read: add the key it was stored with to "
            "DOORSTEP_OLD_SECRET_KEYS, or enter the secret again."
        ) from None


def encrypt_json(value: Any) -> str:
    """Encrypt something JSON-able."""
    return encrypt(json.dumps(value, separators=(",", ":")).encode())


def decrypt_json(sealed: str) -> Any:
    """Undo :func:`encrypt_json`; raises like :func:`decrypt`."""
    return json.loads(decrypt(sealed))


def reencrypt(sealed: str) -> str:
    """Encrypt again with the present key what any known key can read."""
    try:
        return _ring().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise UnreadableSecret("A stored secret cannot be read with any known key.") from None


class SecretDict(dict[str, Any]):
    """Secrets by name. Shows the names only, so that a log or a traceback gives nothing away."""

    def __repr__(self) -> str:
        return f"<secrets: {', '.join(sorted(map(str, self))) or 'none'}>"

    __str__ = __repr__


class EncryptedJSONField(models.TextField):
    """A JSON object stored encrypted: ``{"api_key": …}``.

    It cannot be searched, is left out of dumps, and shows its names only.
    """

    description = "An encrypted JSON object"

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise TypeError(f"{self.name} takes a dict, got {type(value).__name__}")
        return encrypt_json(value)

    def from_db_value(self, value: str | None, *_: Any) -> SecretDict | None:
        return None if value is None else SecretDict(decrypt_json(value))

    def to_python(self, value: Any) -> SecretDict | None:
        return None if value is None else SecretDict(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":  # each encryption differs: nothing would ever match
            raise FieldError(f"{self.name} is encrypted and cannot be searched")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} is secret and not serialized")


def sign(payload: Any, *, purpose: str, at: datetime, lifetime: timedelta | None = None) -> str:
    """Return a URL-safe token that carries a small JSON-able payload in readable form.

    :param purpose: what the token is for; one made for another purpose is refused.
    :param lifetime: how long after ``at`` it holds; None for ever.
    """
    expires = None if lifetime is None else int((at + lifetime).timestamp())
    return signing.Signer(salt=f"doorstep.{purpose}").sign_object([payload, expires], compress=True)


def verify(token: str, *, purpose: str, at: datetime) -> Any:
    """Return the payload of a token.

    :raises ExpiredSignedToken: it was ours, but its time is over.
    :raises InvalidSignedToken: it is not ours, was changed, or is for another purpose.
    """
    try:
        payload, expires = signing.Signer(salt=f"doorstep.{purpose}").unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        raise InvalidSignedToken("This link is not valid. Ask for a new one.") from None
    if expires is not None and at.timestamp() >= expires:
        raise ExpiredSignedToken("This link has expired. Ask for a new one.")
    return payload


def constant_time_equal(one: str | bytes, other: str | bytes) -> bool:
    """Compare without telling by the time taken how much of it was right."""
    sides = (side.encode() if isinstance(side, str) else side for side in (one, other))
    return hmac.compare_digest(*sides)


def keyed_hash(parts: Iterable[str], *, purpose: str) -> str:
    """Return a hash that cannot be reversed by trying inputs without the installation's key.

    For keys that stand for people (addresses, e-mail): 64 hexadecimal digits. Parts are kept
    apart: ("ab", "c") is not ("a", "bc").
    """
    message = json.dumps(list(parts), ensure_ascii=True).encode()
    return hmac.new(_hash_key(settings.SECRET_KEY, purpose), message, "sha256").hexdigest()


@lru_cache(maxsize=32)
def _hash_key(secret: str, purpose: str) -> bytes:
    return derive_key(secret, f"hash {purpose}")
