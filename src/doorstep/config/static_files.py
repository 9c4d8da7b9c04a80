"""Static files under names that carry their content's hash, collected when they changed.

An installed wheel has them in many folders, under names that browsers must ask again for. The first
web process of a version collects them into ``DATA/static``; from then on a browser keeps each for
ever, and a new version has new names.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

STAMP = ".collected"


def collect_when_changed() -> bool:
    """Collect the static files unless they are there already; tell whether it was done.

    Processes that start at once wait for the first of them.
    """
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root / ".lock"):
        wanted = _fingerprint()
        stamp = root / STAMP
        if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return False
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(wanted, encoding="ascii")
        return True


def _fingerprint() -> str:
    """Hash where the files are, how large and how old; reading them all would slow the start."""
    lines = []
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            lines.append(f"{path} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
