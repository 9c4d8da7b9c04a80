"""``doorstep run`` survives the death of any part of it, also its own."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from django.conf import settings

from doorstep.kernel.live_tickets import topic_of, write_ticket
from doorstep.live.tests.reader import Reader
from doorstep.runtime import processes
from tests.crash.running import PATIENCE, Running, until

pytestmark = pytest.mark.crash


@pytest.fixture(scope="session")
def prepared(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Path:
    """A data folder that was started once and ended well: its database is there and migrated."""
    first = Running(tmp_path_factory.mktemp("prepared") / "data")
    with django_db_blocker.unblock():
        first.make_database()
    try:
        first.start()
        assert first.stop() == 0
    finally:
        first.clean()
    return first.data


@pytest.fixture
def running(tmp_path: Path, prepared: Path) -> Iterator[Running]:
    # With owners and modes, which the database is particular about.
    subprocess.run(["cp", "-a", str(prepared), str(tmp_path / "data")], check=True)
    installation = Running(tmp_path / "data")
    yield installation
    installation.clean()


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with Doorstep."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def end(process: psutil.Process) -> None:
    """Kill it, unless it went by itself meanwhile, as a database's passing helpers do."""
    with suppress(psutil.NoSuchProcess):
        process.kill()


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_each_killed_part_comes_back(running: Running) -> None:
    running.start()
    running.keep("before")
    for name in ("worker", "web server", "web", "live", "database"):
        killed = running.part(name)
        assert killed is not None
        killed.kill()
        until(lambda killed=killed: not alive(killed), f"{name} to end")
        until(
            lambda name=name: running.part(name) is not None and running.healthy(),
            f"{name} to come back\n{running.output()}",
        )
        running.keep(f"after {name}")
    assert running.kept()[0] == "before"
    assert len(running.kept()) == 6


def test_an_open_page_outlives_the_database(running: Running) -> None:
    running.start()
    topic = topic_of(UUID(int=1), "order:1")
    at = datetime.now(UTC) + timedelta(seconds=10)  # made after all that is past
    url = running.live_url()
    assert url is not None
    with closing(Reader(url, write_ticket(topic, secret=settings.SECRET_KEY, at=at))) as page:
        database = running.part("database")
        assert database is not None
        database.kill()
        page.wait_changes(1, seconds=PATIENCE)  # it may have missed something
        until(running.healthy, "all to be well again")
        running.tell(topic)
        page.wait_changes(2)


def test_a_run_minds_its_neighbors_and_leaves_nothing_behind(running: Running) -> None:
    with socket.socket() as other:
        # The next port is taken: it gives way to whoever was first.
        other.bind(("127.0.0.1", running.port + 1))
        other.listen()
        running.start()
        url = running.live_url()
    # Pages are told where the live process listens.
    assert url is not None
    assert url != f"http://127.0.0.1:{running.port + 1}"
    web = running.part("web server")
    assert web is not None
    assert url.endswith(f":{web.environ()['DOORSTEP_LIVE_PORT']}")
    # A second run on the same folder is refused.
    second = Running(running.data)
    second.log = running.log.with_suffix(".second")
    with pytest.raises(AssertionError, match="already works on this data folder"):
        second.start()
    assert running.healthy()
    # Its end leaves nothing running.
    started = running.marked() + running.databases()
    assert running.stop() == 0
    assert not any(alive(process) for process in started)
    assert not (running.data / "postgres" / "postmaster.pid").exists()


def test_it_starts_cleanly_after_whatever_was_killed(
    running: Running, bystander: subprocess.Popen[bytes]
) -> None:
    running.start()
    running.keep("before")
    # The supervisor alone: what it leaves behind is ended by the next.
    running.kill()
    orphans = running.marked() + running.databases()
    assert len(orphans) > 3
    running.start()
    assert not any(alive(orphan) for orphan in orphans)
    assert running.healthy()
    assert running.kept() == ["before"]
    # All of it at once.
    kill_all(running)
    running.start()
    assert running.kept() == ["before"]
    # All of it, and somebody else has the database's process number since.
    kill_all(running)
    pid_file = running.data / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
    running.start()
    assert bystander.poll() is None
    assert running.healthy()
    assert running.kept() == ["before"]
    assert running.stop() == 0


def kill_all(running: Running) -> None:
    running.kill()
    for process in running.marked() + running.databases():
        end(process)


def test_only_marked_processes_are_ended(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    file = tmp_path / "mark"
    mark = processes.new_mark(file)
    ours = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], env={processes.MARK: mark}
    )
    until(lambda: bool(processes.marked(mark)), "the process to carry its mark")
    processes.end_leftovers(file)
    ours.wait(5)
    assert not psutil.pid_exists(ours.pid)
    assert bystander.poll() is None
    assert not file.exists()


def test_a_taken_port_is_said_and_nothing_is_started(running: Running) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", running.port))
        other.listen()
        with pytest.raises(AssertionError, match=f"Port {running.port} .* is taken"):
            running.start()
    assert running.databases() == []


@pytest.mark.django_db
def test_a_deep_folder_still_gets_a_database(tmp_path: Path) -> None:
    """A unix socket's path has 107 bytes at most."""
    installation = Running(tmp_path.joinpath(*["quite-a-deep-folder"] * 8))
    installation.data.parent.mkdir(parents=True)
    installation.make_database()
    try:
        installation.start()
        assert installation.healthy()
    finally:
        installation.clean()
