"""Message providers' HTTP APIs on the loopback, as far as sending goes: Postmark, Twilio, Kannel.

Used in a thread of the test (``with provider_api() as fake``); it speaks real HTTP. What the
recipient is called decides the answer, as with the real sandbox addresses.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Fake:
    """Where it listens, and what it was asked."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Kannel takes messages by GET."""
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self._note(query)
        if query.get("password") != "secret":
            self._answer(403, "Authorization failed for sendsms", "text/plain")
        elif query["to"].endswith("99"):
            self._answer(503, "Temporal failure, try again later.", "text/plain")
        else:
            self._answer(202, "0: Accepted for delivery", "text/plain")

    def do_POST(self) -> None:
        """Postmark takes JSON, Twilio a form."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path.startswith("/2010-04-01/"):
            form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
            self._note(form)
            self._twilio(form)
        else:
            mail = json.loads(body)
            self._note(mail)
            self._postmark(mail)

    def _note(self, body: Any) -> None:
        self.fake.requests.append({"path": self.path, "body": body, "headers": dict(self.headers)})

    def _twilio(self, form: dict[str, str]) -> None:
        errors = {
            "0001": (400, 21211),
            "0002": (400, 21610),
            "0003": (429, 20429),
            "0004": (401, 20003),
        }
        found = errors.get(form["To"][-4:])
        if found:
            status, code = found
            self._json(status, {"code": code, "message": f"Error {code}", "status": status})
            return
        self._json(201, {"sid": f"SM{len(self.fake.requests):032x}", "status": "queued"})

    def _postmark(self, mail: dict[str, Any]) -> None:
        if self.headers.get("X-Postmark-Server-Token") != "token":
            self._json(401, {"ErrorCode": 10, "Message": "Bad or missing Server API token."})
        elif "nobody@" in mail["To"]:
            words = "You tried to send to a recipient that has been marked as inactive.\n"
            words += "Found inactive addresses: nobody@example.com.\n"
            words += "Inactive recipients are ones that have generated a hard bounce."
            self._json(422, {"ErrorCode": 406, "Message": words})
        elif "busy@" in mail["To"]:
            self._json(503, {"ErrorCode": 100, "Message": "Maintenance"})
        else:
            answer = {"To": mail["To"], "MessageID": f"pm-{len(self.fake.requests)}"}
            self._json(200, answer | {"ErrorCode": 0, "Message": "OK"})

    def _json(self, status: int, body: Any) -> None:
        self._answer(status, json.dumps(body), "application/json")

    def _answer(self, status: int, text: str, kind: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def provider_api() -> Iterator[Fake]:
    """Serve until the block ends."""
    fake = Fake()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
