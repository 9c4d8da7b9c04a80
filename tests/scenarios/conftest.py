"""Real servers that the stories need beside Doorstep's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.testing.database import ROOT


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
