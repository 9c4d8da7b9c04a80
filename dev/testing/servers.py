"""The real processes, on this test's database."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from dev.testing.database import ROOT
from doorstep.runtime.child import Child
from doorstep.runtime.embedded_postgres import tail
from doorstep.runtime.supervisor import probe


@dataclass
class LiveServer:
    """A web server and a worker."""

    url: str
    web: Child
    worker: Child


@dataclass
class LiveProcess:
    """A process that tells open pages news."""

    url: str
    child: Child


def free_port() -> int:
    """Return a port that nobody listens on right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def database_url() -> str:
    """Return the address of the database that the tests use now."""
    found = connection.settings_dict
    password = f":{found['PASSWORD']}" if found["PASSWORD"] else ""
    port = f"&port={found['PORT']}" if found["PORT"] else ""
    return f"postgresql://{found['USER']}{password}@/{found['NAME']}?host={found['HOST']}{port}"


def environment(data: Path) -> dict[str, str]:
    """Return what a ``doorstep`` process needs to run from this checkout."""
    paths = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    inherited = dict(os.environ)
    # Tests start hundreds of processes: compiling all modules in each takes a second of its own.
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**inherited, "PYTHONPATH": os.pathsep.join(paths), "DATA": str(data)}


@pytest.fixture
def live_server_process(transactional_db: None, tmp_path: Path) -> Iterator[LiveServer]:
    """Run ``doorstep web`` and ``doorstep worker`` on the test database."""
    with web_and_worker(tmp_path) as started:
        yield started


@contextlib.contextmanager
def web_and_worker(folder: Path, **settings: str) -> Iterator[LiveServer]:
    """Run ``doorstep web`` and ``doorstep worker`` with some more settings of the environment."""
    url, env, web_child = _web(folder, settings)
    worker = Child("worker", ["worker"], log=folder / "worker.log", environment=env)
    with _running(url, web_child, worker):
        yield LiveServer(url, web_child, worker)


@contextlib.contextmanager
def web(folder: Path, **settings: str) -> Iterator[str]:
    """Run ``doorstep web`` alone, beside a worker that runs already; gives its address."""
    url, _env, child = _web(folder, settings)
    with _running(url, child):
        yield url


def _web(folder: Path, settings: dict[str, str]) -> tuple[str, dict[str, str], Child]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = environment(folder) | {"DATABASE_URL": database_url(), "DOORSTEP_BASE_URL": url}
    env |= settings
    command = ["web", "--port", str(port)]
    return url, env, Child("web", command, log=folder / "web.log", environment=env)


@contextlib.contextmanager
def live_process(folder: Path, port: int | None = None, **settings: str) -> Iterator[LiveProcess]:
    """Run ``doorstep live`` on the test database."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    # No one's limit is in the way of tests that open hundreds of pages.
    env = environment(folder) | {"DATABASE_URL": database_url(), "DOORSTEP_LIVE_PER_CLIENT": "1000"}
    env |= settings
    child = Child("live", ["live", "--port", str(port)], log=folder / "live.log", environment=env)
    with _running(url, child):
        yield LiveProcess(url, child)


@contextlib.contextmanager
def _running(url: str, *children: Child) -> Iterator[None]:
    for child in children:
        child.start()
    try:
        _wait(url, children)
        yield
    finally:
        for child in children:
            child.ask_to_end()
        for child in children:
            child.wait_end(10)


def _wait(url: str, children: tuple[Child, ...]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not (problem := probe(f"{url}/healthz")):
            return
        for child in children:
            if child.exit_code is not None:
                pytest.fail(f"{child.name} ended:\n{tail(child.log)}")
        time.sleep(0.1)
    pytest.fail(f"not ready: {problem}\n" + "\n".join(tail(child.log) for child in children))
