"""``doorstep web``: the web server."""

from __future__ import annotations

import os

import click

from doorstep.cli.environment import find_database
from doorstep.cli.options import bind_options, data_option
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.ports import check_free, local_url


@click.command()
@bind_options
@data_option
@click.option(
    "--threads",
    envvar="DOORSTEP_WEB_THREADS",
    default=8,
    show_default=True,
    show_envvar=True,
    type=click.IntRange(1, 200),
    help="Requests worked on at once; each keeps one database connection.",
)
@click.option(
    "--processes",
    envvar="DOORSTEP_WEB_PROCESSES",
    default=1,
    show_default=True,
    show_envvar=True,
    type=click.IntRange(1, 64),
    help="Server processes; one for each core that serving may fill.",
)
def web(host: str, port: int, data: DataFolder, threads: int, processes: int) -> None:
    """Serve the portal, the console and the API.

    Needs a database: DATABASE_URL, or the one that `doorstep run` started in the data folder.
    """
    find_database(data)
    check_free(host, port)
    os.environ.setdefault("DOORSTEP_BASE_URL", local_url(host, port))
    serve("doorstep.config.wsgi:application", host, port, threads=threads, processes=processes)


def serve(target: str, host: str, port: int, *, threads: int = 8, processes: int = 1) -> None:
    """Serve a WSGI application, named as ``module:attribute``, until told to stop."""
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.log import LogLevels
    from granian.server import Server

    # This process only holds the socket and watches its workers; they import Django themselves.
    Server(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        loop=Loops.asyncio,
        workers=processes,
        blocking_threads=threads,
        # Threads that come and go would open and close database connections all day.
        blocking_threads_idle_timeout=600,
        runtime_blocking_threads=2,
        backlog=1024,
        backpressure=max(64, threads * 8),
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=10,
    ).serve()
