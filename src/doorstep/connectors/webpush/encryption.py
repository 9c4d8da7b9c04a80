"""Encrypt a notification for one browser (RFC 8291 over the coding of RFC 8188).

Only the browser can read it: the push service in between sees its size and for whom it is. Written
on ``cryptography`` alone, which the product has anyway: the kept library for this comes as a source
archive only, which an installation from pinned wheels can't build, and is no shorter. The RFC's own
example is among the tests.
"""

from __future__ import annotations

import base64
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# Push services take bodies of 4096 bytes (RFC 8030, 7.2): header 86, tag 16, delimiter 1.
RECORD_BYTES = 4096
MAX_PLAIN_BYTES = RECORD_BYTES - 86 - 16 - 1
_LAST_RECORD = b"\x02"


class UnusableKey(ValueError):
    """The browser's key is not a point on P-256, or its secret not 16 bytes."""


def encrypt(
    plain: bytes,
    p256dh: str,
    auth: str,
    *,
    salt: bytes | None = None,
    own_key: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Return the body of the push request: header and one record.

    :param p256dh: the browser's public key; ``auth`` its secret, both base64url.
    :param salt: 16 bytes, ``own_key``: new for every message unless a test gives the RFC's.
    :raises UnusableKey: nothing can be encrypted for this browser.
    :raises ValueError: more than :data:`MAX_PLAIN_BYTES`.
    """
    if len(plain) > MAX_PLAIN_BYTES:
        raise ValueError(f"A notification has at most {MAX_PLAIN_BYTES} bytes.")
    secret, their_point = read_base64url(auth), read_base64url(p256dh)
    if len(secret) != 16:
        raise UnusableKey("The shared secret has 16 bytes.")
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), their_point)
    except ValueError as error:
        raise UnusableKey("The key is no point on P-256.") from error
    salt = salt or os.urandom(16)
    own = own_key or ec.generate_private_key(ec.SECP256R1())
    own_point = point_of(own.public_key())
    shared = own.exchange(ec.ECDH(), theirs)
    # RFC 8291, 3.4: the browser's secret goes in, so that knowing both public keys is not enough.
    info = b"WebPush: info\x00" + their_point + own_point
    material = _derive(shared, salt=secret, info=info, length=32)
    key = _derive(material, salt=salt, info=b"Content-Encoding: aes128gcm\x00", length=16)
    nonce = _derive(material, salt=salt, info=b"Content-Encoding: nonce\x00", length=12)
    record = AESGCM(key).encrypt(nonce, plain + _LAST_RECORD, None)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(own_point)]) + own_point
    return header + record


def _derive(material: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(material)


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as 65 bytes, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def read_base64url(text: str) -> bytes:
    """Decode base64url without padding.

    :raises UnusableKey: it is none.
    """
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise UnusableKey("A key is not base64url.") from error


def base64url(data: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
