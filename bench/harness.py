"""What the benchmarks share: a database of their own, progress, and the closing JSON line."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent


def size(default: int) -> int:
    """Return ``N`` from the environment, or the benchmark's own size."""
    return int(os.environ.get("N") or default)


def say(text: str) -> None:
    """Print progress to standard error, so that the last line of standard output is the result."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def fresh_database() -> Iterator[str]:
    """Give a migrated database of its own and set Django up on it; gone afterwards.

    On the server of ``DATABASE_URL`` where that is set, else on an embedded one with its
    production settings (nothing is made unsafe for speed).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
    os.environ.setdefault("DOORSTEP_SECRET_KEY", "benchmarks-only-" + "x" * 40)
    os.environ.setdefault("DOORSTEP_LOG_LEVEL", "WARNING")
    with contextlib.ExitStack() as stack:
        url = os.environ.get("DATABASE_URL") or stack.enter_context(_embedded())
        stack.enter_context(_own_database(url))
        import django

        django.setup()
        from django.core.management import call_command

        if "BENCH_TEMPLATE" not in os.environ:
            say("migrating …")
            call_command("migrate", verbosity=0)
        try:
            yield os.environ["DATABASE_URL"]
        finally:
            from django.db import connections

            connections.close_all()


@contextlib.contextmanager
def _embedded() -> Iterator[str]:
    from doorstep.runtime.embedded_postgres import EmbeddedPostgres

    folder = Path(tempfile.mkdtemp(prefix="doorstep-bench-"))
    server = EmbeddedPostgres(folder / "postgres", log=folder / "postgres.log")
    say("starting an embedded PostgreSQL …")
    atexit.register(server.stop)
    url = server.start()
    try:
        yield url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _own_database(url: str) -> Iterator[None]:
    """Make a database beside the one of ``url`` and point ``DATABASE_URL`` to it."""
    name = f"doorstep_bench_{os.getpid()}"
    base, _, query = url.partition("?")
    own = base.rpartition("/")[0] + "/" + name + (f"?{query}" if query else "")
    before = os.environ.get("DATABASE_URL")
    with psycopg.connect(url, autocommit=True) as admin:
        # A migrated database to copy, where somebody has one already (the test suite does).
        template = os.environ.get("BENCH_TEMPLATE", "template0")
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    os.environ["DATABASE_URL"] = own
    try:
        yield
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        if before is None:
            os.environ.pop("DATABASE_URL")
        else:
            os.environ["DATABASE_URL"] = before


def start(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start ``python -m …`` as a child on the same database; the caller ends it."""
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **environment},
    )
    atexit.register(_end, child)
    return child


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(10)
        child.kill()


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a child and wait for it, so that its memory counts."""
    _end(child)
    child.wait()


class Watch:
    """Watch how much memory a process and its children hold together, ten times a second."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._peak = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, name=f"watch-{pid}", daemon=True)
        self._thread.start()

    def peak_mb(self) -> float:
        """Return the most memory (RSS) held at once so far, in MB."""
        return round(self._peak / 1e6, 1)

    def end(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            with contextlib.suppress(psutil.NoSuchProcess):
                root = psutil.Process(self.pid)
                tree = [root, *root.children(recursive=True)]
                self._peak = max(self._peak, sum(_rss(process) for process in tree))


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:  # it ended between the two looks
        return 0


class Server:
    """A running ``doorstep web`` and how much memory it takes."""

    def __init__(self, port: int, watch: Watch) -> None:
        self.port = port
        self.peak_mb = watch.peak_mb


@contextlib.contextmanager
def web(folder: Path, **environment: str) -> Iterator[Server]:
    """Run the real web process on the benchmark's database, answering on loopback."""
    port = free_port()
    environment = {
        "DATA": str(folder),
        "DOORSTEP_BASE_URL": f"http://127.0.0.1:{port}",
        **environment,
    }
    child = start("doorstep.cli", "web", "--port", str(port), **environment)
    watch = Watch(child.pid)
    try:
        wait_for_port(port)
        yield Server(port, watch)
    finally:
        watch.end()
        stop(child)


@contextlib.contextmanager
def worker(folder: Path, **environment: str) -> Iterator[Watch]:
    """Run the real worker process on the benchmark's database."""
    child = start("doorstep.cli", "worker", DATA=str(folder), **environment)
    watch = Watch(child.pid)
    try:
        wait_until(_worker_lives, seconds=60, what="the worker")
        yield watch
    finally:
        watch.end()
        stop(child)


def _worker_lives() -> bool:
    from doorstep.kernel.models.heartbeat import WorkerHeartbeat

    return WorkerHeartbeat.objects.exists()


def free_port() -> int:
    """Return a port of this machine that nobody listens on right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for_port(port: int) -> None:
    """Wait until a server on this machine takes connections."""

    def answers() -> bool:
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", port)) == 0

    wait_until(answers, seconds=60, what=f"the server on port {port}")


def peak_mb() -> float:
    """Return the most memory (RSS) this process or one finished child of it has held, in MB."""
    kib = max(
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
    )
    return round(kib / 1024, 1)


def p99(milliseconds: list[float]) -> float | None:
    """Return the 99th percentile (nearest rank), None of nothing."""
    if not milliseconds:
        return None
    ranked = sorted(milliseconds)
    return round(ranked[max(0, -(-99 * len(ranked) // 100) - 1)], 2)


def wait_until(ready: object, *, seconds: float, what: str) -> None:
    """Call ``ready`` until it is true. :raises TimeoutError: it was not in time."""
    deadline = time.monotonic() + seconds
    assert callable(ready)
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready within {seconds} s")
        time.sleep(0.02)


def report(
    name: str,
    *,
    n: int,
    value: float,
    unit: str,
    baseline: float | None,
    p99_ms: float | None = None,
    peak: float | None = None,
) -> None:
    """Print the closing line: the figure beside the same work done raw in the same run."""
    print(
        json.dumps(
            {
                "name": name,
                "n": n,
                "value": round(value, 2),
                "unit": unit,
                "p99_ms": p99_ms,
                "peak_mb": peak if peak is not None else peak_mb(),
                "baseline": round(baseline, 2) if baseline is not None else None,
                "ratio": round(value / baseline, 4) if baseline else None,
            }
        ),
        flush=True,
    )
