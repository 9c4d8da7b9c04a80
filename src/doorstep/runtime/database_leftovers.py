"""Find the servers that run on a database folder, and clear what a killed one left there."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import psutil

from doorstep.runtime.database_address import SOCKET_NAME, connection_url
from doorstep.runtime.errors import DatabaseUnavailable
from doorstep.runtime.processes import wait_gone


def find_running(folder: Path) -> str | None:
    """Return the URL of the server that runs on ``folder`` now, or ``None``."""
    lines = _pid_file_lines(folder)
    if len(lines) < 5 or not any(p.pid == int(lines[0]) for p in servers_of(folder)):
        return None
    return connection_url(Path(lines[4]))


def end_leftovers(folder: Path) -> None:
    """End what still runs on ``folder`` and clear stale pid and socket files.

    PostgreSQL believes a pid file as long as *some* process has the number; after ``kill -9`` and a
    reused number it would refuse to start for ever. A server is recognized by its working folder.

    :raises DatabaseUnavailable: a process on the folder cannot be ended.
    """
    lines = _pid_file_lines(folder)
    for number, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        servers = servers_of(folder)
        if not servers:
            break
        main = [p for p in servers if lines and p.pid == int(lines[0])]
        for process in main or servers:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        wait_gone(servers, seconds=seconds)
    if alive := servers_of(folder):
        raise DatabaseUnavailable(
            f"A database process of an earlier run does not end: {[p.pid for p in alive]}.",
            "End it by hand, or restart the machine.",
        )
    (folder / "postmaster.pid").unlink(missing_ok=True)
    for place in {folder, Path(lines[4]) if len(lines) > 4 else folder}:
        (place / SOCKET_NAME).unlink(missing_ok=True)
        (place / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)


def _pid_file_lines(folder: Path) -> list[str]:
    try:
        lines = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return lines if lines and lines[0].strip().isdigit() else []


def servers_of(folder: Path) -> list[psutil.Process]:
    """List PostgreSQL processes whose working folder is ``folder``: main process and sessions."""
    found = []
    for process in psutil.process_iter(["name"]):
        if process.info["name"] != "postgres":
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if os.path.samefile(process.cwd(), folder):
                found.append(process)
    return found
