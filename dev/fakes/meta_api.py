"""Meta's Graph API on the loopback, as far as sending goes: WhatsApp's and Messenger's messages.

It checks what Meta checks: the token, the shape of the call, the 24 hours of each conversation. What
the recipient's number ends with decides on errors, as with sandbox addresses.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "EAAtoken"
# Last four digits -> status, code, subcode, headers
_ERRORS: dict[str, tuple[int, int, int, dict[str, str]]] = {
    "0190": (401, 190, 0, {}),
    "1026": (400, 131026, 0, {}),
    "1047": (400, 131047, 0, {}),
    "0429": (429, 130429, 0, {"Retry-After": "120"}),
    "0007": (400, 80007, 0, {}),
    "0500": (500, 131000, 0, {}),
    "2001": (400, 132001, 0, {}),
    "8278": (403, 10, 2018278, {}),
    "8001": (400, 100, 2018001, {}),
    "0551": (400, 551, 0, {}),
}


@dataclass
class MetaApi:
    """Where it listens, what it took, and who is inside the 24 hours."""

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    open: set[str] = field(default_factory=set)


class _Handler(BaseHTTPRequestHandler):
    api: MetaApi
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.api.calls += 1
        message = json.loads(body)
        version, account, what = self.path.strip("/").split("/")
        if what != "messages" or not version.startswith("v"):
            return self._error(404, 100)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._error(401, 190)
        is_whatsapp = message.get("messaging_product") == "whatsapp"
        to = message["to"] if is_whatsapp else message["recipient"]["id"]
        if found := _ERRORS.get(to[-4:]):
            return self._error(*found)
        if is_whatsapp and message["type"] == "text" and to not in self.api.open:
            return self._error(400, 131047)
        if not is_whatsapp and "tag" not in message and to not in self.api.open:
            return self._error(403, 10, 2018278)
        self.api.taken.append({"account": account, **message})
        number = len(self.api.taken)
        if is_whatsapp:
            sent = {"messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}],
                    "messages": [{"id": f"wamid.{number}"}]}  # fmt: skip
            return self._answer(200, sent)
        return self._answer(200, {"recipient_id": to, "message_id": f"m_{number}"})

    def _error(
        self, status: int, code: int, subcode: int = 0, headers: dict[str, str] | None = None
    ) -> None:
        error = {"message": f"(#{code}) as Meta says it", "type": "OAuthException", "code": code,
                 "fbtrace_id": "A1"}  # fmt: skip
        if subcode:
            error["error_subcode"] = subcode
        self._answer(status, {"error": error}, headers or {})

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def meta_api() -> Iterator[MetaApi]:
    """Serve until the block ends."""
    api = MetaApi()
    handler = type("Handler", (_Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
