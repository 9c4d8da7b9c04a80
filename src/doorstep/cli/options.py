"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from doorstep.runtime.data_folder import DataFolder


def _open(_context: click.Context, _parameter: click.Parameter, value: str) -> DataFolder:
    return DataFolder.open(value)


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--data``: hands the command an open :class:`DataFolder`."""
    return click.option(
        "--data",
        envvar="DATA",
        default=".data",
        show_default=True,
        show_envvar=True,
        callback=_open,
        metavar="FOLDER",
        help="Where the database, the secret key and the logs are kept.",
    )(command)


def host_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--host``."""
    return click.option(
        "--host",
        envvar="DOORSTEP_BIND",
        default="127.0.0.1",
        show_default=True,
        show_envvar=True,
        help="Address to listen on; 0.0.0.0 for every one of the machine's.",
    )(command)


def bind_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--host`` and ``--port``."""
    command = click.option(
        "--port",
        envvar="PORT",
        default=8000,
        show_default=True,
        show_envvar=True,
        type=click.IntRange(1, 65535),
        help="Port to listen on.",
    )(command)
    return host_option(command)
