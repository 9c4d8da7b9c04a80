"""Checks of the machine: Python, disk, secret key, port, browser."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator

from doorstep.cli.checks import live
from doorstep.cli.checks.finding import Finding, note, ok, problem
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.errors import RuntimeProblem
from doorstep.runtime.ports import check_free, local_url
from doorstep.runtime.supervisor import probe

OLDEST_PYTHON = (3, 11)
LOW_DISK = 1024**3
"""Bytes; PostgreSQL stops altogether when the disk is full."""
KEY_LENGTH = 32
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def look(data: DataFolder, host: str, port: int) -> Iterator[Finding]:
    """Check what can be checked without a database."""
    yield python()
    yield disk(data)
    yield secret_key(data)
    yield listening(host, port)
    yield live.streams(host, port)
    yield browser()


def python() -> Finding:
    """Check the version of Python."""
    if sys.version_info < OLDEST_PYTHON:
        return problem("python", f"Python {platform.python_version()}", "Install 3.11 or newer.")
    return ok("python", f"Python {platform.python_version()}")


def disk(data: DataFolder) -> Finding:
    """Check that there is room for data to grow."""
    free = shutil.disk_usage(data.root).free
    said = f"{free / 1024**3:.1f} GB free for {data.root}"
    if free < LOW_DISK:
        return problem("disk", said, "Free some space, or move the data folder (DATA=).")
    return ok("disk", said)


def secret_key(data: DataFolder) -> Finding:
    """Check that there is a key and that nobody else reads it."""
    if key := os.environ.get("DOORSTEP_SECRET_KEY"):
        if len(key) < KEY_LENGTH:
            return problem(
                "secret key",
                f"DOORSTEP_SECRET_KEY has {len(key)} characters; that can be guessed.",
                f"Use at least {KEY_LENGTH} random ones, and keep the former key in "
                "DOORSTEP_OLD_SECRET_KEYS.",
            )
        return ok("secret key", "from DOORSTEP_SECRET_KEY")
    if not data.key_file.exists():
        return note("secret key", f"{data.key_file} is made at the first start")
    try:
        data.secret_key()
    except RuntimeProblem as error:
        return problem("secret key", error.what, error.mend)
    if (mode := stat.S_IMODE(data.key_file.stat().st_mode)) & 0o077:
        return problem(
            "secret key",
            f"{data.key_file} may be read by others (mode {mode:03o}).",
            f"chmod 600 {data.key_file}",
        )
    return ok("secret key", str(data.key_file))


def listening(host: str, port: int) -> Finding:
    """Check that the port is free, or that Doorstep itself answers there."""
    try:
        check_free(host, port)
    except RuntimeProblem as error:
        trouble = probe(f"{local_url(host, port)}/healthz")
        if not trouble:
            return ok("port", f"Doorstep answers on {host}:{port}")
        if '"problems"' in trouble:
            return problem(
                "port", f"Doorstep on {host}:{port} is not ready: {trouble}", "See below."
            )
        return problem("port", error.what, error.mend)
    return note("port", f"nothing listens on {host}:{port}", "Start Doorstep with: doorstep run")


def browser() -> Finding:
    """Check for the browser that only the project's own tests use."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return ok("browser for tests", found)
    return note(
        "browser for tests",
        "no Chromium; the project's browser tests would be skipped",
        "Only for working on Doorstep: apt-get install chromium",
    )
