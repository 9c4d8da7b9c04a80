"""Start ``make run`` as a newcomer would, look at what it offers, and end it with Ctrl-C.

python -m dev.smoke
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from dev.testing.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 120
"""Generous: the first start on a busy machine. What was measured is printed."""
ADDRESS = re.compile(r"^  \S.*?\s{2}(https?://\S+)$")


def main() -> None:
    """Run the smoke test; exit 1 with a reason when something is not as it should be."""
    with tempfile.TemporaryDirectory(prefix="doorstep-smoke-") as folder:
        data = Path(folder) / "data"
        for start in ("first", "second"):
            _once(start, data)
    print("smoke: passed", flush=True)


def _once(start: str, data: Path) -> None:
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "DATA": str(data)}
    environment.pop("DATABASE_URL", None)
    began = time.monotonic()
    run = subprocess.Popen(
        ["make", "--no-print-directory", "run"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A group of its own, so that the signal below is what Ctrl-C is: for all of it at once.
        start_new_session=True,
    )
    family: list[psutil.Process] = []
    try:
        addresses = _read_addresses(run)
        print(f"smoke: {start} start ready after {time.monotonic() - began:.1f} s", flush=True)
        base = f"http://127.0.0.1:{port}"
        for address in [f"{base}/healthz", f"{base}/api/v1/openapi.json", *addresses]:
            _fetch(address)
        family = psutil.Process(run.pid).children(recursive=True)
    finally:
        os.killpg(run.pid, signal.SIGINT)
        rest = run.communicate(timeout=60)[0]
    print(rest, end="", flush=True)
    _, alive = psutil.wait_procs(family, timeout=2)
    if alive:
        sys.exit(f"smoke: still running after Ctrl-C: {[process.cmdline() for process in alive]}")


def _read_addresses(run: subprocess.Popen[str]) -> list[str]:
    assert run.stdout is not None
    addresses: list[str] = []
    deadline = time.monotonic() + READY_SECONDS
    for line in run.stdout:
        print(line, end="", flush=True)
        if found := ADDRESS.match(line):
            addresses.append(found[1])
        if "Ctrl-C ends everything" in line:
            break
        if time.monotonic() > deadline:
            sys.exit(f"smoke: not ready after {READY_SECONDS} s")
    if len(addresses) < 4:
        sys.exit(f"smoke: {len(addresses)} addresses were printed, not four")
    return addresses


def _fetch(address: str) -> None:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            size = len(answer.read())
    except urllib.error.HTTPError as error:
        sys.exit(f"smoke: {address} answered {error.code}: {error.read(500).decode()}")
    if not size:
        sys.exit(f"smoke: {address} answered with nothing")
    print(f"smoke: 200 {address} ({size} bytes)", flush=True)


if __name__ == "__main__":
    main()
