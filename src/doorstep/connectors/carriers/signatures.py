"""How aggregators and carriers prove that a body is theirs. All comparisons take constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from doorstep.connectors.base.contracts import TOKEN

Headers = Mapping[str, str]
# Headers, body and one secret: is it that secret?
Check = Callable[[Headers, bytes, str], bool]


def header(headers: Headers, name: str) -> str:
    """Return a header by its lower-cased name; proxies may strip the "x-"."""
    return (headers.get(name) or headers.get(name.removeprefix("x-")) or "").strip()


def any_secret(check: Check, headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    """Tell whether one of the secrets fits; all are tried, whatever the answer so far."""
    found = False
    for secret in secrets or ("no secret",):
        found |= check(headers, body, secret) and bool(secret) and bool(secrets)
    return found


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def _base64(body: bytes, key: bytes) -> str:
    return base64.b64encode(hmac.digest(key, body, hashlib.sha256)).decode()


def _hex(body: bytes, key: bytes) -> str:
    return hmac.digest(key, body, hashlib.sha256).hex()


def aftership(headers: Headers, body: bytes, secret: str) -> bool:
    """Check ``aftership-hmac-sha256``: base64 of HMAC-SHA256 over the body."""
    return _same(_base64(body, secret.encode()), header(headers, "aftership-hmac-sha256"))


def easypost(headers: Headers, body: bytes, secret: str) -> bool:
    """Check ``X-Hmac-Signature``: "hmac-sha256-hex=" and the digest; the secret is NFKD."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return _same(f"hmac-sha256-hex={_hex(body, key)}", header(headers, "x-hmac-signature"))


_SHIPPO = re.compile(r"t=(?P<t>\d{1,20}),\s*v1=(?P<v1>[0-9a-fA-F]{64})")


def shippo(headers: Headers, body: bytes, secret: str) -> bool:
    """Check ``Shippo-Auth-Signature`` (t=…,v1=HMAC over "t.body"), else the address's token.

    Shippo signs only for accounts that asked for it; everybody else puts the secret into the
    address, as Shippo's guide advises.
    """
    found = _SHIPPO.fullmatch(header(headers, "shippo-auth-signature"))
    signed = found is not None and _same(
        _hex(found["t"].encode() + b"." + body, secret.encode()), found["v1"].lower()
    )
    return signed | in_address(headers, body, secret)


def seventeen_track(headers: Headers, body: bytes, secret: str) -> bool:
    """Check ``sign``: the hex SHA-256 of the body, a slash and the account's key."""
    expected = hashlib.sha256(body + b"/" + secret.encode()).hexdigest()
    return _same(expected, header(headers, "sign").lower())


def ups(headers: Headers, body: bytes, secret: str) -> bool:
    """Check ``credential``: what was told UPS when the alerts were subscribed to."""
    return _same(secret, header(headers, "credential"))


def fedex(headers: Headers, body: bytes, secret: str) -> bool:
    """Check ``fdx-signature``: HMAC-SHA256 over the body, in hex or base64."""
    given, key = header(headers, "fdx-signature"), secret.encode()
    return _same(_hex(body, key), given.lower()) | _same(_base64(body, key), given)


def in_address(headers: Headers, body: bytes, secret: str) -> bool:
    """Check the ``token`` of the address."""
    return _same(secret, headers.get(TOKEN, ""))


def token(headers: Headers, body: bytes, secret: str) -> bool:
    """Check a secret word: ``X-Doorstep-Token``, ``Authorization: Bearer …`` or in the address."""
    bearer = header(headers, "authorization").removeprefix("Bearer ").strip()
    return (
        _same(secret, header(headers, "x-doorstep-token"))
        | _same(secret, bearer)
        | in_address(headers, body, secret)
    )
