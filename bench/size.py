"""``make bench-size``: how much disk a runtime installation takes, and how much memory it runs in.

Installs requirements.lock and the wheel into an empty environment, starts it with the demo shop, asks
each kind of page a few times, and reads the memory of web server and worker. Closes with two lines:
memory, then disk; the baseline is the limit that each must stay under.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

import psutil

from bench.harness import ROOT, report, say, size
from dev.testing.servers import free_port

DISK_LIMIT_MB = 300.0
MEMORY_LIMIT_MB = 200.0


def main() -> None:
    """Measure and report."""
    requests = size(200)
    with tempfile.TemporaryDirectory(prefix="doorstep-size-") as folder:
        root = Path(folder)
        # Others (the database's account) must be able to read what is installed.
        root.chmod(0o755)
        program = _install(root / "venv")
        disk = _megabytes(root / "venv")
        say(f"installed: {disk:.0f} MB on disk")
        memory = _run(program, root / "data", requests)
    for name, mb in memory.items():
        say(f"{name}: {mb:.0f} MB")
    report(
        "bench-size-memory",
        n=requests,
        value=max(memory.values()),
        unit="MB RSS of the larger of web and worker",
        baseline=MEMORY_LIMIT_MB,
        peak=max(memory.values()),
    )
    report(
        "size", n=1, value=disk, unit="MB on disk", baseline=DISK_LIMIT_MB,
        peak=max(memory.values()),
    )  # fmt: skip


def _install(folder: Path) -> Path:
    say("installing into an empty environment …")
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    for what in (["-r", str(ROOT / "requirements.lock")], ["--no-deps", str(ROOT)]):
        subprocess.run([*pip, "install", *what], check=True, stdout=sys.stderr)
    # The extra "pdf" is measured aside: who prints from the browser leaves it out.
    pins = (ROOT / "requirements-pdf.lock").read_text().splitlines()
    extra = [pin for pin in pins if "==" in pin]
    aside = folder.parent / "pdf"
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", str(aside), *extra],
        check=True,
        stdout=sys.stderr,
    )
    say(f"the extra 'pdf' on top: {_megabytes(aside):.0f} MB on disk")
    # What makes environments is no part of what runs.
    subprocess.run([*pip, "uninstall", "-y", "setuptools", "pip"], check=True, stdout=sys.stderr)
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    return folder / "bin" / "doorstep"


def _megabytes(folder: Path) -> float:
    """Return what the files take on disk (whole blocks: more than the sum of their lengths)."""
    files = [file.stat() for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]
    say(f"installed: {sum(file.st_size for file in files) / 1e6:.0f} MB of content")
    return sum(file.st_blocks * 512 for file in files) / 1e6


def _run(program: Path, data: Path, requests: int) -> dict[str, float]:
    say("starting it …")
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "DATA": str(data), "PYTHONUNBUFFERED": "1"}
    environment.pop("DATABASE_URL", None)
    environment.pop("PYTHONPATH", None)
    run = subprocess.Popen(
        [str(program), "run"], cwd=data.parent, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert run.stdout is not None
        addresses = []
        for line in run.stdout:
            say(line.rstrip())
            addresses += [word for word in line.split() if word.startswith("http://")]
            if "Ctrl-C" in line:
                break
        for nth in range(requests):
            with urllib.request.urlopen(addresses[nth % len(addresses)], timeout=30) as answer:
                answer.read()
        return _memory(run.pid)
    finally:
        run.terminate()
        run.wait(60)


def _memory(supervisor: int) -> dict[str, float]:
    """Return the resident memory of web (all its processes) and worker, in MB."""
    found = {"web": 0.0, "worker": 0.0, "live": 0.0}
    for process in psutil.Process(supervisor).children(recursive=True):
        command = process.cmdline()
        for name in found:
            if name in command:
                found[name] += process.memory_info().rss / 1e6
    return found


if __name__ == "__main__":
    main()
