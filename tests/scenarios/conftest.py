"""Real servers that the stories need beside Doorstep's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev.testing.database import ROOT, prepared_database
from dev.testing.servers import LiveServer, web_and_worker


@pytest.fixture(scope="module")
def shared_server(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """A web server and a worker on a database of their own, for all tests of a module."""
    folder = tmp_path_factory.mktemp("server")
    with (
        django_db_blocker.unblock(),
        prepared_database("story", lambda: None),
        web_and_worker(folder) as started,
    ):
        yield started


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A real SMTP server in a process of its own; keeps what it accepts as files."""
    folder = tmp_path / "mails"
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "dev.fakes.smtp_server", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield int(process.stdout.readline()), folder
    process.kill()
    process.wait()
    process.stdout.close()
