"""A child process that is started again when it dies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from doorstep.runtime.embedded_postgres import roll
from doorstep.runtime.processes import end

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
SETTLED = 60.0
"""Seconds after which a child counts as healthy again, so the next restart is quick."""


class Child:
    """Run one ``doorstep`` command beside the supervisor."""

    def __init__(
        self, name: str, arguments: Sequence[str], *, log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.log = log
        self._command = [sys.executable, "-m", "doorstep.cli", *arguments]
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._wait = FIRST_WAIT
        self._due: float | None = None

    def start(self) -> None:
        """Start the process; its output goes to the end of its log."""
        roll(self.log)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Its own session: Ctrl-C reaches the supervisor only, which ends things in order.
                start_new_session=True,
                env=self._environment,
            )
        self._started = time.monotonic()
        self._due = None

    @property
    def pid(self) -> int | None:
        """Return the process number while there is one."""
        return self._process.pid if self._process is not None else None

    @property
    def exit_code(self) -> int | None:
        """Return how the process ended; ``None`` while it runs."""
        return self._process.poll() if self._process is not None else None

    def look_after(self) -> str | None:
        """Start a dead process again once its waiting time is over; return what to tell the user."""
        if self._process is None or self._process.poll() is None:
            return None
        now = time.monotonic()
        if self._due is None:
            if now - self._started > SETTLED:
                self._wait = FIRST_WAIT
            self._due = now + self._wait
            wait, self._wait = self._wait, min(self._wait * 2, LONGEST_WAIT)
            self._end_group()
            return (
                f"{self.name} ended ({describe(self._process.returncode)}), "
                f"starting it again in {wait:g} s. Its log: {self.log}"
            )
        if now >= self._due:
            self.start()
        return None

    def _end_group(self) -> None:
        """End what a dead server left: a killed web server's own worker would hold the port."""
        if self._process is None:
            return
        session = self._process.pid
        rest = []
        for process in psutil.process_iter():
            try:
                # The number of a session cannot be given away while a member of it lives.
                if os.getsid(process.pid) == session:
                    rest.append(process)
            except (ProcessLookupError, PermissionError):
                continue
        end(rest, patience=2)

    def ask_to_end(self) -> None:
        """Send the signal that asks for an orderly end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait_end(self, seconds: float) -> None:
        """Wait for the end, and kill what does not end in time."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.05, seconds))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._end_group()


def describe(code: int) -> str:
    """Say in words how a process ended."""
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
