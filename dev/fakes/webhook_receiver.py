"""A merchant's system that takes webhooks, on the loopback.

Used in a thread of the test (``with webhook_receiver() as receiver``); it speaks real HTTP. What
it answers is set per path.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What a path answers, after so many seconds."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Where it listens, what it answers, what it got, and how many it had in hand at most."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    in_hand: dict[str, int] = field(default_factory=dict)
    most_in_hand: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str = "/hooks", host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"http://{host}:{self.port}{path}"

    def of(self, path: str) -> list[Received]:
        """Return what a path got."""
        return [one for one in self.received if one.path == path]


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Keep the request and answer as the test wants."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.receiver.lock:
            self.receiver.received.append(Received(self.path, headers, body))
            busy = self.receiver.in_hand.get(self.path, 0) + 1
            self.receiver.in_hand[self.path] = busy
            self.receiver.most_in_hand[self.path] = max(
                busy, self.receiver.most_in_hand.get(self.path, 0)
            )
        answer = self.receiver.answers.get(self.path, Answer())
        time.sleep(answer.seconds)
        with self.receiver.lock:
            self.receiver.in_hand[self.path] -= 1
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the sender gave up, or was killed

    def do_GET(self) -> None:
        """Only a sender that followed a redirect would come here."""
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    """Serve until the block ends."""
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
