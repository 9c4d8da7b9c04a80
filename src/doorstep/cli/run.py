"""``doorstep run``: everything on one machine."""

from __future__ import annotations

import os
import sys

import click

from doorstep.cli.options import bind_options, data_option
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.supervisor import RunOptions, Supervisor


@click.command()
@bind_options
@data_option
@click.option(
    "--demo/--no-demo",
    envvar="DOORSTEP_DEMO",
    show_envvar=True,
    default=True,
    show_default=True,
    help="Fill an empty installation with the demo shop.",
)
@click.option(
    "--workers",
    envvar="DOORSTEP_WORKERS",
    show_envvar=True,
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Worker processes; each fills one core at most.",
)
@click.option(
    "--live-port",
    envvar="DOORSTEP_LIVE_PORT",
    show_envvar=True,
    type=click.IntRange(1, 65535),
    help="Port that open pages listen to.  [default: the next free one after --port]",
)
def run(
    host: str, port: int, data: DataFolder, demo: bool, workers: int, live_port: int | None
) -> None:
    """Start the database, the web server, the worker and the live streams; keep them running.

    Ends with Ctrl-C, and ends everything with it; the data stays. What dies is started again.
    Set DATABASE_URL to use a PostgreSQL server of your own in place of the embedded one.
    """
    options = RunOptions(
        data=data,
        host=host,
        port=port,
        database_url=os.environ.get("DATABASE_URL"),
        demo=demo,
        workers=workers,
        live_port=live_port,
    )
    sys.exit(Supervisor(options, say=click.echo).run())
