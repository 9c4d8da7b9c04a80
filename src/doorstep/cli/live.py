"""``doorstep live``: the streams that open pages listen to."""

from __future__ import annotations

import logging.config
import os

import click

from doorstep.cli.environment import find_database
from doorstep.cli.options import data_option, host_option
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.ports import check_free


@click.command()
@host_option
@click.option(
    "--port",
    envvar="DOORSTEP_LIVE_PORT",
    default=8001,
    show_default=True,
    show_envvar=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@data_option
@click.option(
    "--streams",
    envvar="DOORSTEP_LIVE_STREAMS",
    default=5000,
    show_default=True,
    show_envvar=True,
    type=click.IntRange(1, 100_000),
    help="Pages that may listen at once.",
)
@click.option(
    "--per-client",
    envvar="DOORSTEP_LIVE_PER_CLIENT",
    default=100,
    show_default=True,
    show_envvar=True,
    type=click.IntRange(1, 100_000),
    help="Pages of one network address that may listen at once.",
)
def live(host: str, port: int, data: DataFolder, streams: int, per_client: int) -> None:
    """Tell open order pages when they have changed.

    Pages work without it; with it they show what is new by themselves. Needs a database:
    DATABASE_URL, or the one that `doorstep run` started in the data folder.
    """
    find_database(data)
    check_free(host, port)
    # No Django settings here, nor anything that needs them: this process stays small.
    from doorstep.config import environment, logs
    from doorstep.live.hub import Limits
    from doorstep.live.server import LiveOptions, serve

    form, level = logs.wanted()
    logs.configure(form)
    logging.config.dictConfig(logs.dictionary(form, level))
    serve(
        LiveOptions(
            host=host,
            port=port,
            database_url=os.environ["DATABASE_URL"],
            secrets=(
                environment.text("DOORSTEP_SECRET_KEY"),
                *environment.names("DOORSTEP_OLD_SECRET_KEYS"),
            ),
            behind_proxy=environment.flag("DOORSTEP_BEHIND_PROXY"),
            limits=Limits(streams, per_client),
        )
    )
