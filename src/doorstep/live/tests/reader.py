"""A page's side of a stream, over a plain socket: hundreds of them cost nothing."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit


class Reader:
    """One open stream."""

    def __init__(self, base: str, ticket: str, **headers: str) -> None:
        place = urlsplit(base)
        self._socket = socket.create_connection((place.hostname, place.port), timeout=60)
        lines = [f"GET /live/{ticket} HTTP/1.1", "Host: live", "Accept: text/event-stream"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._text = ""
        self.read_until("\r\n\r\n")

    @property
    def status(self) -> int:
        """Return the answer's status."""
        return int(self._text.split(" ", 2)[1])

    @property
    def head(self) -> str:
        """Return the answer's headers, lower case."""
        return self._text.partition("\r\n\r\n")[0].lower()

    @property
    def changes(self) -> int:
        """Return how often ``changed`` has come."""
        return self._text.count("event: changed\n")

    def read_until(self, words: str, *, seconds: float = 60) -> None:
        """Read until these words have come; fail when they do not."""
        self._wait(lambda: words in self._text, seconds, words)

    def wait_changes(self, count: int, *, seconds: float = 60) -> None:
        """Read until ``changed`` has come ``count`` times."""
        self._wait(lambda: self.changes >= count, seconds, f"{count} changes")

    def _wait(self, reached, seconds: float, what: str) -> None:  # type: ignore[no-untyped-def]
        deadline = time.monotonic() + seconds
        while not reached():
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                part = self._socket.recv(65536)
            except TimeoutError:
                raise AssertionError(f"waited in vain for {what}: {self._text}") from None
            assert part, f"ended before {what}: {self._text}"
            self._text += part.decode()

    def read_rest(self, *, seconds: float = 30) -> str:
        """Return everything until the other side ends the connection or the answer."""
        self._socket.settimeout(seconds)
        while not self._text.endswith("\r\n0\r\n\r\n") and (part := self._socket.recv(65536)):
            self._text += part.decode()
        return self._text

    def close(self) -> None:
        """Go away."""
        self._socket.close()
