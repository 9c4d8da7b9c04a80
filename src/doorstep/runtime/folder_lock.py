"""One Doorstep at a time on a data folder.

The operating system holds the lock, not the file's presence: it falls with the process, also after
``kill -9``, so no stale lock ever has to be guessed at.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doorstep.runtime.errors import DataFolderBusy


@contextmanager
def hold(path: Path, purpose: str) -> Iterator[None]:
    """Hold the lock file while the block runs.

    :raises DataFolderBusy: another process holds it; says which and for what.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataFolderBusy(
                f"Another Doorstep already works on this data folder ({_holder(descriptor)}).",
                "Stop that one first, or choose another folder with DATA=.",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "for": purpose}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    try:
        held = json.loads(os.pread(descriptor, 200, 0))
        return f"{held['for']}, process {held['pid']}"
    except (ValueError, KeyError, TypeError):
        return "its process has not written its name yet"
