"""The worker process: loops that claim due work in sets, the event lanes, and the jobs.

A room registers a loop with :func:`worker_loop`. One that looks often runs in a thread with its own
database connection; those that look seldom share ``TIMER_THREADS``. A loop that fails says so, waits
and goes on: one broken part does not stop the rest.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import close_old_connections, connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django.utils import connector_params

from doorstep.kernel import idempotency, jobs, ratelimit
from doorstep.kernel.clock import now
from doorstep.kernel.events import lanes, parking
from doorstep.kernel.models.heartbeat import WorkerHeartbeat
from doorstep.kernel.timers import Timers

log = structlog.get_logger(__name__)

Tick = Callable[[], int]

RESCUE_SECONDS = 15
TIMER_SECONDS = 5
"""A loop that waits as long as this when there is nothing to do needs no thread of its own."""
TIMER_THREADS = 3
_JOB_CONNECTIONS = 3  # one listens, two work


@dataclass(frozen=True)
class WorkerLoop:
    """A registered loop."""

    name: str
    tick: Tick
    idle_seconds: float
    threads: int


_loops: dict[str, WorkerLoop] = {}


class Bell:
    """Wakes the loops that wait: work that is done mostly means work for the next."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self._times = 0

    def times(self) -> int:
        """Return how often it was rung."""
        return self._times

    def ring(self) -> None:
        """Wake all that wait."""
        with self._rung:
            self._times += 1
            self._rung.notify_all()

    def wait(self, heard: int, seconds: float) -> None:
        """Wait until it is rung more than ``heard`` times, at most ``seconds``."""
        with self._rung:
            self._rung.wait_for(lambda: self._times > heard, seconds)


def worker_loop(
    name: str, *, idle_seconds: float = 0.05, threads: int = 1
) -> Callable[[Tick], Tick]:
    """Register ``tick() -> int``: do one set of due work and return how much was done.

    Anything above 0 means "call me again at once"; at 0 the loop waits ``idle_seconds``. One that
    waits less than a second is called earlier when another loop of this process has done
    something, which mostly is what it waits for. One that waits ``TIMER_SECONDS`` or more shares
    its threads with others of its kind, so ``threads`` must be 1.
    """
    if threads > 1 and idle_seconds >= TIMER_SECONDS:
        raise ValueError(f"{name} looks too seldom for threads of its own.")

    def register(tick: Tick) -> Tick:
        _loops[name] = WorkerLoop(name, tick, idle_seconds, threads)
        return tick

    return register


def all_loops() -> list[WorkerLoop]:
    """List the registered loops by name."""
    return [_loops[name] for name in sorted(_loops)]


def count_connections() -> int:
    """Return how many database connections a worker of this process holds at most."""
    loops = sum(loop.threads for loop in _own_threads())
    return loops + TIMER_THREADS + 1 + _JOB_CONNECTIONS  # 1: the heartbeat


def _own_threads() -> list[WorkerLoop]:
    return [loop for loop in all_loops() if loop.idle_seconds < TIMER_SECONDS]


@worker_loop("events")
def handle_events() -> int:
    """Sequence committed events and give them to their handlers."""
    return lanes.run_once()


@worker_loop("parked", idle_seconds=5)
def retry_parked() -> int:
    """Retry parked events whose time has come."""
    return parking.retry_due(now())


@worker_loop("sweep", idle_seconds=60)
def sweep() -> int:
    """Delete rate limit windows and kept answers whose time is over."""
    return ratelimit.purge() + idempotency.purge(now())


@functools.cache
def this_worker() -> str:
    """Return this process's name: host, process number, and a part that no later process repeats."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def run_worker(stop: threading.Event) -> None:
    """Run every loop and the job runner until ``stop`` is set; then finish what is in hand."""
    worker_id = this_worker()
    look_for_garbage_seldom()
    lanes.ensure_cursors()
    bell = Bell()
    timers = Timers(
        functools.partial(_look, loop, bell, [0])
        for loop in all_loops()
        if loop.idle_seconds >= TIMER_SECONDS
    )
    threads = [
        threading.Thread(target=_run_loop, args=(loop, stop, bell, nth), name=f"{loop.name}-{nth}")
        for loop in _own_threads()
        for nth in range(loop.threads)
    ]
    threads += [
        threading.Thread(target=_run_timers, args=(timers,), name=f"timers-{nth}")
        for nth in range(TIMER_THREADS)
    ]
    threads.append(threading.Thread(target=_beat, args=(worker_id, stop), name="heartbeat"))
    threads.append(threading.Thread(target=_run_jobs, args=(stop,), name="jobs"))
    for thread in threads:
        thread.start()
    log.info("worker_started", worker=worker_id, loops=[loop.name for loop in all_loops()])
    stop.wait()
    bell.ring()
    timers.end()
    for thread in threads:
        thread.join()
    WorkerHeartbeat.objects.filter(worker_id=worker_id).delete()
    log.info("worker_stopped", worker=worker_id)


def look_for_garbage_seldom() -> None:
    """Let the cycle collector pass over what was loaded at the start, and look less often.

    A set of orders is hundreds of thousands of objects without a cycle among them: looking for
    some after every 700 new ones took a tenth of the worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _run_loop(loop: WorkerLoop, stop: threading.Event, bell: Bell, nth: int) -> None:
    """Tick until ``stop``. Of a loop's threads the first listens to the bell, for all to come at
    once would be a crowd at an empty table; the others look in from time to time.
    """
    failures = 0
    while not stop.is_set():
        heard = bell.times()
        done = _tick(loop, failures)
        if done is None:
            failures += 1
            stop.wait(_pause_after(failures))
            continue
        failures = 0
        if done:
            bell.ring()
        elif nth == 0 and loop.idle_seconds < 1:
            bell.wait(heard, loop.idle_seconds)
        else:
            stop.wait(loop.idle_seconds * loop.threads)
    connection.close()


def _run_timers(timers: Timers) -> None:
    """Look after the loops that share this thread, until they end."""
    timers.serve()
    connection.close()


def _look(loop: WorkerLoop, bell: Bell, failures: list[int]) -> float:
    """Tick once, counting failures in a row; return the seconds until the next time."""
    done = _tick(loop, failures[0])
    if done is None:
        failures[0] += 1
        return _pause_after(failures[0])
    failures[0] = 0
    if done:
        bell.ring()
    return 0 if done else loop.idle_seconds


def _tick(loop: WorkerLoop, failures: int) -> int | None:
    """Tick once; return what was done, or nothing when it failed."""
    try:
        return loop.tick()
    except Exception:
        log.exception("worker_loop_failed", loop=loop.name, failures=failures + 1)
        # A lost database connection is found and replaced here; others survive a rollback.
        close_old_connections()
        connection.close()
        return None


def _pause_after(failures: int) -> float:
    """Return the seconds to wait after this many failures in a row."""
    return min(30.0, 0.2 * 2 ** min(failures, 8))


def _beat(worker_id: str, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            at = now()
            WorkerHeartbeat.objects.update_or_create(worker_id=worker_id, defaults={"at": at})
            WorkerHeartbeat.objects.filter(at__lt=at - timedelta(hours=1)).delete()
        except Exception:
            log.exception("heartbeat_failed")
            connection.close()
        stop.wait(2)
    connection.close()


def _run_jobs(stop: threading.Event) -> None:
    """Run procrastinate's worker in this thread until ``stop``; start it again when it fails."""
    while not stop.is_set():
        try:
            asyncio.run(_jobs_until(stop))
        except Exception:
            log.exception("job_runner_failed")
            stop.wait(5)


async def _jobs_until(stop: threading.Event) -> None:
    # A second app beside the first, not `replace_connector`: what the loops of this process defer
    # must go through Django's connection, or it would not belong to their transaction.
    # Its pool is small: one job runs at a time.
    app = jobs.app.with_connector(
        PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=_JOB_CONNECTIONS - 1)
    )
    async with app.open_async():
        runner = asyncio.create_task(
            app.run_worker_async(
                install_signal_handlers=False, listen_notify=True, delete_jobs="successful"
            )
        )
        rescue = asyncio.create_task(_rescue_jobs(app))
        while not stop.is_set() and not runner.done():
            await asyncio.sleep(0.2)
        rescue.cancel()
        if runner.done():
            runner.result()  # it should run for ever: say why it did not
        runner.cancel()
        await asyncio.gather(runner, rescue, return_exceptions=True)


async def _rescue_jobs(app: Any) -> None:
    """Put jobs of workers that died back into the queue, from time to time."""
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs():
                log.warning("job_of_a_dead_worker_again", job=job.id, task=job.task_name)
                await app.job_manager.retry_job(job)
        except Exception:
            log.exception("rescue_of_jobs_failed")
        await asyncio.sleep(RESCUE_SECONDS)
