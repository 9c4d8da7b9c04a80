"""One stream of server-sent events, from its first byte to its last."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from doorstep.live.hub import Follower

HEARTBEAT = 15.0
"""Seconds. Proxies close what is silent for 30 or 60, and a dead connection shows by writing."""
SLOWEST = 10.0
"""Seconds in which a client must take what is sent; else it is let go."""
PAUSE = 0.5
"""Seconds between two pieces of news: what comes meanwhile is one piece."""
RETRY = (2_000, 6_000)
"""Milliseconds after which a browser comes back, apart so that not all come at once."""
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    # The ticket is the key, there are no cookies: a page of any origin may read.
    (b"access-control-allow-origin", b"*"),
    (b"x-accel-buffering", b"no"),  # nginx would keep the news until there is more of it
    (b"x-content-type-options", b"nosniff"),
]

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def pour(follower: Follower, send: Send, *, until: datetime) -> None:
    """Send a follower's news until it is gone, too slow, or its ticket ends."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    try:
        await _write(send, f"retry: {random.randint(*RETRY)}\n\n")  # noqa: S311
        while not follower.gone:
            left = (until - datetime.now(UTC)).total_seconds()
            if left <= 0:
                break
            within = await follower.wait(min(HEARTBEAT, left))
            if follower.gone:
                break
            if within is None:
                await _write(send, ": still here\n\n")
            else:
                await _write(send, f'event: changed\ndata: {{"within":{within}}}\n\n')
                await asyncio.sleep(PAUSE)
        await _write(send, "", more=False)
    except TimeoutError:
        return  # the server closes what is not finished


async def _write(send: Send, text: str, *, more: bool = True) -> None:
    async with asyncio.timeout(SLOWEST):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": more})
