"""What a browser must hand over before anything is encrypted for it, and what we call it."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

MAX_ENDPOINT_CHARS = 1000
_POINT_BYTES, _SECRET_BYTES = 65, 16
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


class UnusableDevice(ValueError):
    """What the browser gave can't be used; the message says why."""


def check_device(endpoint: str, p256dh: str, auth: str, *, allowed_hosts: frozenset[str]) -> None:
    """Check a subscription before it is kept.

    Where the host's name leads is looked at when something is sent, by the outbound guard: a name
    that is harmless today may lead inside tomorrow.

    :param allowed_hosts: ``host:port`` of this installation's own peers (a test's push service),
        which may be reached without TLS.
    :raises UnusableDevice: the address is none of a push service, or a key is no key.
    """
    if len(endpoint) > MAX_ENDPOINT_CHARS or not endpoint.isascii() or re.search(r"\s", endpoint):
        raise UnusableDevice("The push address is too long or has strange signs.")
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError as error:
        raise UnusableDevice("The push address is none.") from error
    if parts.netloc not in allowed_hosts and (
        parts.scheme != "https"
        or port not in (None, 443)
        or "@" in parts.netloc
        or not re.fullmatch(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}", parts.hostname or "")
    ):
        raise UnusableDevice("The push address is not one of a push service on the internet.")
    if len(_decoded(auth)) != _SECRET_BYTES:
        raise UnusableDevice("The shared secret has 16 bytes.")
    point = _decoded(p256dh)
    try:
        if len(point) != _POINT_BYTES:
            raise ValueError
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError as error:
        raise UnusableDevice("The public key is no point on P-256.") from error


def _decoded(text: str) -> bytes:
    """Read base64url with or without padding (browsers leave it away)."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}={0,2}", text):
        raise UnusableDevice("A key is not base64url.")
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except binascii.Error as error:
        raise UnusableDevice("A key is not base64url.") from error


def agent_words(user_agent: str) -> str:
    """Return what people call a browser, for a list of devices: ``"Firefox on Android"``."""
    browser = next((words for sign, words in _BROWSERS if sign in user_agent), "Browser")
    system = next((words for sign, words in _SYSTEMS if sign in user_agent), "")
    return f"{browser} on {system}" if system else browser
