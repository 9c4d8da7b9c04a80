"""The one connection on which this process hears from the database."""

from __future__ import annotations

import asyncio
import random
import time

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict

from doorstep.kernel.live_tickets import CHANNEL
from doorstep.live.hub import Hub

log = structlog.get_logger(__name__)

FIRST_WAIT = 0.25
LONGEST_WAIT = 10.0
ASK_EVERY = 30.0
ANSWER_WITHIN = 10.0
"""Seconds. A machine that is just gone closes no connection: asking finds out."""


async def listen(hub: Hub, url: str) -> None:
    """Pass the database's news to the hub for ever; come back whenever the connection is lost."""
    wait = FIRST_WAIT
    while True:
        try:
            async with await _connect(url) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                hub.hear(time.time())
                log.info("live_listening", streams=hub.count)
                wait = FIRST_WAIT
                await _pass_on(hub, connection)
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.warning("live_database_away", error=str(error).strip(), again_in=wait)
        finally:
            hub.go_deaf()
        await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311
        wait = min(wait * 2, LONGEST_WAIT)


async def _connect(url: str) -> psycopg.AsyncConnection:
    # As the settings do: without a name in the address, it is this one, not that of the account.
    user = conninfo_to_dict(url).get("user") or "postgres"
    return await psycopg.AsyncConnection.connect(
        url, user=user, autocommit=True, connect_timeout=5, application_name="doorstep live"
    )


async def _pass_on(hub: Hub, connection: psycopg.AsyncConnection) -> None:
    while True:
        async for news in connection.notifies(timeout=ASK_EVERY):
            hub.tell(news.payload.split(), time.time())
        async with asyncio.timeout(ANSWER_WITHIN):
            await connection.execute("SELECT 1")
