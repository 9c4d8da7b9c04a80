"""A real ``doorstep run`` to be hurt."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg

from dev.testing.database import copy_template
from dev.testing.servers import environment, free_port
from doorstep.kernel.live_tickets import CHANNEL
from doorstep.runtime import database_leftovers, processes
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.embedded_postgres import EmbeddedPostgres
from doorstep.runtime.supervisor import probe

PATIENCE = 120.0


class Running:
    """One installation in a folder; started, killed and started again by a test."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.log = data.parent / f"{data.name}.out"
        self.supervisor: subprocess.Popen[bytes] | None = None

    def make_database(self) -> None:
        """Make its database and copy the tests' migrated one into it: a tenth of the time.

        What the first start of all does on an empty folder is shown by ``dev.smoke``.
        """
        data = DataFolder.open(self.data)
        server = EmbeddedPostgres(data.postgres, log=data.logs / "postgres.log", throw_away=True)
        try:
            copy_template(server.start())
        finally:
            server.stop()

    def start(self) -> None:
        """Start it and wait until the addresses are printed."""
        env = environment(self.data) | {"PORT": str(self.port)}
        env.pop("DATABASE_URL", None)  # this is about the database that comes with it
        with self.log.open("wb") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "doorstep.cli", "run", "--no-demo"],
                stdout=log,
                stderr=log,
                env=env | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        until(lambda: "Doorstep is ready" in self.output() or self._ended(), "it to be ready")
        assert self.supervisor.poll() is None, self.output()

    def _ended(self) -> bool:
        return self.supervisor is not None and self.supervisor.poll() is not None

    def output(self) -> str:
        """Return what it has printed."""
        return self.log.read_text()

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ask it to end; return the exit code."""
        assert self.supervisor is not None
        self.supervisor.send_signal(number)
        return self.supervisor.wait(30)

    def kill(self) -> None:
        """Kill the supervisor alone."""
        assert self.supervisor is not None
        self.supervisor.kill()
        self.supervisor.wait()

    def clean(self) -> None:
        """End whatever is left, so that a failed test hurts no other."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.stop()
        processes.end_leftovers(self.data / "run" / "mark")
        database_leftovers.end_leftovers(self.data / "postgres")

    def part(self, name: str) -> psutil.Process | None:
        """Return one of its processes: web, web server, worker, live or database."""
        found = self.databases()
        if name != "database":
            found = [p for p in self.marked() if name.split()[0] in p.cmdline()]
        found.sort(key=lambda process: process.create_time())
        if not found:
            return None
        return found[-1] if name == "web server" else found[0]

    def marked(self) -> list[psutil.Process]:
        """List the web, worker and live processes."""
        return processes.marked((self.data / "run" / "mark").read_text())

    def databases(self) -> list[psutil.Process]:
        """List the database's processes."""
        return database_leftovers.servers_of(self.data / "postgres")

    def healthy(self) -> bool:
        """Tell whether its web server and its live process answer that they are ready."""
        live = self.live_url()
        return not probe(f"http://127.0.0.1:{self.port}/healthz") and (
            live is not None and not probe(f"{live}/healthz")
        )

    def live_url(self) -> str | None:
        """Return where open pages listen, while that process runs."""
        process = self.part("live")
        if process is None:
            return None
        words = process.cmdline()
        return f"http://127.0.0.1:{words[words.index('--port') + 1]}"

    def keep(self, word: str) -> None:
        """Commit a word to the database."""
        with self._connect() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS crash_test (word text)")
            connection.execute("INSERT INTO crash_test VALUES (%s)", [word])

    def tell(self, topic: str) -> None:
        """Tell open pages that something changed, as the worker does."""
        with self._connect() as connection:
            connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, topic])

    def kept(self) -> list[str]:
        """Return the words that are in the database."""
        with self._connect() as connection:
            return [row[0] for row in connection.execute("SELECT word FROM crash_test")]

    def _connect(self) -> psycopg.Connection:
        url = database_leftovers.find_running(self.data / "postgres")
        assert url is not None
        return psycopg.connect(url)


def until(condition, what: str) -> None:
    """Wait until a condition holds; fail after two minutes."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)
