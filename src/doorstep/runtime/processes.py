"""Know one's own processes again, also after everything was killed.

Process numbers are reused, so a number alone proves nothing. Each run draws a random mark, writes it
down *before* it starts anything, and passes it to its children in their environment. A later start
looks for processes that carry the mark: nothing it started escapes, not even a server's own worker,
and nothing of anybody else's is touched.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

MARK = "DOORSTEP_RUN_MARK"


def new_mark(file: Path) -> str:
    """Draw the mark for this run's children and write it to ``file``."""
    mark = secrets.token_hex(16)
    draft = file.with_suffix(".new")
    draft.write_text(mark, encoding="ascii")
    draft.replace(file)
    return mark


def marked(mark: str) -> list[psutil.Process]:
    """List the living processes that carry ``mark`` in their environment."""
    found = []
    for process in psutil.process_iter():
        # A process that ended meanwhile or belongs to somebody else is not one of ours.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found


def end_leftovers(file: Path) -> list[int]:
    """End what an earlier run left behind, and return the process numbers.

    :param file: where :func:`new_mark` of that run wrote its mark; may be missing.
    """
    try:
        mark = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return []
    processes = marked(mark) if mark else []
    end(processes, patience=5)
    file.unlink(missing_ok=True)
    return [process.pid for process in processes]


def end(processes: Sequence[psutil.Process], *, patience: float) -> None:
    """Ask processes to end, and kill those that have not after ``patience`` seconds.

    ``psutil`` compares the start time before it signals, so a reused number is left alone.
    """
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


def wait_gone(processes: Sequence[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    """Wait until processes have ended by themselves; return those still there."""
    deadline = time.monotonic() + seconds
    _, alive = psutil.wait_procs(processes, timeout=max(0.0, deadline - time.monotonic()))
    return list(alive)
