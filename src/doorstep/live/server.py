"""Run the live process: one event loop with its streams and its one database connection."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
from dataclasses import dataclass
from typing import NoReturn

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from doorstep.live.app import LiveApp
from doorstep.live.hub import Hub, Limits
from doorstep.live.news import listen

log = structlog.get_logger(__name__)

SPARE_FILES = 64
"""Open files besides the streams: libraries, logs, the database, requests that are refused."""
END_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """Say where to serve, for whom, and how much."""

    host: str
    port: int
    database_url: str
    secrets: tuple[str, ...]
    """The installation's present key, then former ones."""
    behind_proxy: bool
    limits: Limits


def serve(options: LiveOptions) -> NoReturn:
    """Serve until told to end (SIGTERM, SIGINT): the streams are closed at once, then the process."""
    asyncio.run(_serve(options))
    # All is closed. The server's own threads may still be giving back what they held; when the
    # interpreter is taken down under them they abort (one end in six, of 5,000 streams).
    logging.shutdown()
    os._exit(0)


async def _serve(options: LiveOptions) -> None:
    limits = Limits(_allow_files(options.limits.streams), options.limits.per_client)
    hub = Hub(limits)
    server = Server(
        LiveApp(hub, options.secrets, behind_proxy=options.behind_proxy),
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        # Above the limit of streams, so that one too many is told so and does not just wait.
        backpressure=limits.streams + SPARE_FILES,
        log_level=LogLevels.error,
    )
    loop = asyncio.get_running_loop()
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    news = loop.create_task(listen(hub, options.database_url))
    serving = loop.create_task(server.serve())
    asked = loop.create_task(ending.wait())
    log.info("live_started", host=options.host, port=options.port, streams=limits.streams)
    await asyncio.wait({serving, asked, news}, return_when=asyncio.FIRST_COMPLETED)
    await _end(hub, server, serving)
    news.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await news
    log.info("live_stopped")


async def _end(hub: Hub, server: Server, serving: asyncio.Task[None]) -> None:
    hub.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            while hub.count:
                await asyncio.sleep(0.02)
    server.stop()
    await serving


def _allow_files(streams: int) -> int:
    """Let this process open as many files as it has streams; return how many it can hold.

    Many systems allow 1,024 by default and far more on request.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = streams + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return streams
    log.warning("live_few_files", allowed=soft, streams=soft - SPARE_FILES)
    return soft - SPARE_FILES
