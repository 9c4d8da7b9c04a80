"""Say to a push service who sends (VAPID, RFC 8292): a key per store, a token per push service."""

from __future__ import annotations

import json
import time
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from doorstep.connectors.webpush.encryption import base64url, point_of, read_base64url

PRIVATE, PUBLIC = "vapid_private", "vapid_public"
_TOKEN_SECONDS = 12 * 3600  # the RFC allows 24 hours; clocks differ
_RENEW_BEFORE = 3600


def generate_keys() -> dict[str, str]:
    """Make a store's pair of keys, base64url; browsers subscribe to the public one for good."""
    private = ec.generate_private_key(ec.SECP256R1())
    number = private.private_numbers().private_value.to_bytes(32, "big")
    return {PRIVATE: base64url(number), PUBLIC: base64url(point_of(private.public_key()))}


@lru_cache(maxsize=64)
def read_key(private: str) -> ec.EllipticCurvePrivateKey:
    """Return the key behind its stored form.

    :raises ValueError: it is none.
    """
    return ec.derive_private_key(int.from_bytes(read_base64url(private), "big"), ec.SECP256R1())


class Tokens:
    """Signs and keeps one token per push service: signing one per message would cost the most."""

    def __init__(self, private: str, contact: str) -> None:
        """Read the key; ``contact`` is where a push service complains (``mailto:``).

        :raises ValueError: the key is none.
        """
        self._key = read_key(private)
        self._public = base64url(point_of(self._key.public_key()))
        self._contact = contact
        self._kept: dict[str, tuple[float, str]] = {}

    def authorization(self, endpoint: str) -> str:
        """Return the ``Authorization`` header for a push address."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        expires, token = self._kept.get(audience, (0.0, ""))
        if expires - _RENEW_BEFORE < time.time():
            expires = time.time() + _TOKEN_SECONDS
            token = self._sign({"aud": audience, "exp": int(expires), "sub": self._contact})
            self._kept[audience] = expires, token
        return f"vapid t={token}, k={self._public}"

    def _sign(self, claims: dict[str, object]) -> str:
        """Return a JWT with ES256 (RFC 7515; RFC 7518, 3.4: the signature is r and s, raw)."""
        head = {"typ": "JWT", "alg": "ES256"}
        signed = ".".join(
            base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims)
        )
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
