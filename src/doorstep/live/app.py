"""The addresses of the live process, as a plain ASGI application.

``/live/<ticket>`` is a stream of server-sent events (HTML Standard, section 9.2) that says
``changed`` whenever the page that holds the ticket should ask for itself again; ``/healthz`` says
whether this process hears the database.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from doorstep.kernel.live_tickets import BadTicket, ExpiredTicket, Ticket, read_ticket
from doorstep.live.hub import Follower, Full, Hub, TooManyFromOne
from doorstep.live.stream import pour

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PREFIX = "/live/"
JSON = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request gets no stream."""

    status: int
    detail: str
    retry_after: int = 0


NOWHERE = Refusal(404, "There is nothing at this address.")
NOT_READ = Refusal(405, "A stream is asked for with GET.")
EXPIRED = Refusal(401, "This ticket has expired. Ask for the page again: it brings a new one.")
FULL = Refusal(503, "Too many pages are open here just now. Try again later.", 30)
TOO_MANY = Refusal(429, "Too many pages are open at your address. Close some of them.", 30)


class LiveApp:
    """Answers requests with the streams of one hub."""

    def __init__(self, hub: Hub, secrets: Sequence[str], *, behind_proxy: bool) -> None:
        self._hub = hub
        self._secrets = secrets
        self._behind_proxy = behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["path"] == "/healthz":
            await self._tell_health(send)
            return
        ticket = self._read_ticket(scope)
        if isinstance(ticket, Refusal):
            await _refuse(send, ticket)
            return
        follower = self._join(ticket, scope)
        if isinstance(follower, Refusal):
            await _refuse(send, follower)
            return
        await self._follow(follower, ticket, receive, send)

    async def _tell_health(self, send: Send) -> None:
        problems = [] if self._hub.hears else ["the database does not answer"]
        state = "not ready" if problems else "ready"
        body = {"status": state, "problems": problems, "streams": self._hub.count}
        await _answer(send, 503 if problems else 200, b"application/json", body)

    def _read_ticket(self, scope: Scope) -> Ticket | Refusal:
        path = scope["path"]
        if not path.startswith(PREFIX):
            return NOWHERE
        if scope["method"] != "GET":
            return NOT_READ
        text = path.removeprefix(PREFIX)
        try:
            return read_ticket(text, secrets=self._secrets, at=datetime.now(UTC))
        except BadTicket:
            return NOWHERE
        except ExpiredTicket:
            return EXPIRED

    def _join(self, ticket: Ticket, scope: Scope) -> Follower | Refusal:
        try:
            return self._hub.join(ticket.topic, self._address(scope))
        except Full:
            return FULL
        except TooManyFromOne:
            return TOO_MANY

    async def _follow(
        self, follower: Follower, ticket: Ticket, receive: Receive, send: Send
    ) -> None:
        missed = self._hub.missed(ticket.topic, ticket.made_at.timestamp())
        if missed is not None:
            follower.tell(missed)
        reader = asyncio.create_task(_wait_gone(receive, follower.end))
        try:
            await pour(follower, send, until=ticket.ends_at)
        finally:
            reader.cancel()
            self._hub.leave(follower)

    def _address(self, scope: Scope) -> str:
        """Return the client's address; only the last forwarded one was written by our own proxy."""
        if self._behind_proxy:
            for name, value in reversed(scope["headers"]):
                if name == b"x-forwarded-for":
                    return str(value.decode("latin-1").rsplit(",", 1)[-1].strip())
        client = scope["client"]
        return str(client[0]) if client else ""


async def _wait_gone(receive: Receive, end: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    end()


async def _refuse(send: Send, refusal: Refusal) -> None:
    body = {"status": refusal.status, "detail": refusal.detail}
    more = [(b"retry-after", str(refusal.retry_after).encode())] if refusal.retry_after else []
    await _answer(send, refusal.status, JSON, body, more)


async def _answer(
    send: Send,
    status: int,
    content_type: bytes,
    body: dict[str, Any],
    more: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    text = json.dumps(body).encode()
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(text)).encode()),
        (b"cache-control", b"no-store"),
        (b"access-control-allow-origin", b"*"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": False})
