"""``doorstep worker``: what happens after the answer."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click

from doorstep.cli.environment import use_running
from doorstep.cli.options import data_option
from doorstep.runtime.data_folder import DataFolder


@click.command()
@data_option
def worker(data: DataFolder) -> None:
    """Process deliveries, events, messages and jobs.

    Start as many as you need, on as many machines: they share the work and never do a thing twice.
    Ends orderly on SIGTERM and Ctrl-C: what is in hand is finished first.
    """
    use_running(data)
    from doorstep.kernel.worker import run_worker

    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    run_worker(stop)
