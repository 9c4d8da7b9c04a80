"""A push service with its browsers on the loopback: it checks who sends, and opens what it gets.

Real HTTP and real keys: every browser has a private key of its own, which decrypts the notification
the way a browser does, and the VAPID token is verified against the key it names (RFC 8292).
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Browser:
    """One subscription: what the page hands over, and the key that stays in the browser."""

    name: str
    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    # The status 0 takes the notification and hangs up without a word.
    answer: tuple[int, dict[str, str]] = (201, {})
    got: list[dict[str, Any]] = field(default_factory=list)

    @property
    def keys(self) -> dict[str, str]:
        """What ``PushSubscription.toJSON()`` has under ``keys``."""
        return {"p256dh": _encode(_point(self.key.public_key())), "auth": _encode(self.secret)}

    def open(self, body: bytes) -> bytes:
        """Decrypt a message as a browser does (RFC 8291, 3.4; RFC 8188, 2)."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        if len(record) > size:
            raise ValueError("more than one record")
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.key.exchange(ec.ECDH(), theirs)
        info = b"WebPush: info\x00" + _point(self.key.public_key()) + sender
        material = HKDF(SHA256(), 32, self.secret, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(material)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(material)
        plain = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\x00")
        if plain[-1:] != b"\x02":
            raise ValueError("the last record is not marked")
        return plain[:-1]


@dataclass
class PushService:
    """Where it listens, its browsers, and what it refused."""

    url: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def browser(self, name: str) -> Browser:
        """Subscribe one more browser."""
        made = Browser(name, f"{self.url}/push/{name}")
        self.browsers[f"/push/{name}"] = made
        return made


def verify(authorization: str, audience: str) -> dict[str, Any]:
    """Check a VAPID header and return what the token claims.

    :raises ValueError: it is not signed by the key it names, is for another service, or is over.
    """
    scheme, _, rest = authorization.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    head, claims = (json.loads(_decode(part)) for part in signed.split("."))
    raw = _decode(signature)
    both = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decode(parts["k"]))
    try:
        key.verify(both, signed.encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise ValueError("the token is not signed by the key") from None
    if scheme != "vapid" or head["alg"] != "ES256" or claims["aud"] != audience:
        raise ValueError("the token is for somebody else")
    if not time.time() < claims["exp"] <= time.time() + 24 * 3600 or "sub" not in claims:
        raise ValueError("the token's times are wrong")
    return {**claims, "k": parts["k"]}


class _Handler(BaseHTTPRequestHandler):
    service: PushService
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take a notification."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        browser = self.service.browsers.get(self.path)
        if browser is None:
            return self._answer(404, {})
        try:
            claims = verify(self.headers.get("Authorization", ""), self.service.url)
        except (ValueError, KeyError) as error:
            self.service.refused.append(str(error))
            return self._answer(403, {})
        if "TTL" not in self.headers or self.headers.get("Content-Encoding") != "aes128gcm":
            return self._answer(400, {})
        if len(body) > 4096:
            return self._answer(413, {})
        status, headers = browser.answer
        if status < 300:
            news = json.loads(browser.open(body))
            browser.got.append({"news": news, "claims": claims, "headers": dict(self.headers)})
        return self._answer(status, headers)

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in ({"Content-Length": "0"} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def push_service() -> Iterator[PushService]:
    """Serve until the block ends."""
    service = PushService()
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
