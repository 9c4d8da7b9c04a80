"""How much memory the embedded PostgreSQL may use: a part of what the machine has.

After PostgreSQL's manual, 19.4: a server with a machine of its own takes a quarter of the memory
for ``shared_buffers``; ours shares it with Doorstep and takes half of that.
"""

from __future__ import annotations

import os
from pathlib import Path

MB = 1024 * 1024
LEAST, MOST = 128 * MB, 1024 * MB
_LIMIT = Path("/sys/fs/cgroup/memory.max")
"""What a container may use; "max" outside of one."""


def memory_settings(memory: int) -> dict[str, str]:
    """Return the server's settings for a machine with ``memory`` bytes.

    Between two checkpoints a large import or campaign writes several times ``max_wal_size`` when
    that is small, and the pages it touches are written whole after each.
    """
    shared = max(LEAST, min(MOST, memory // 8))
    return {
        "shared_buffers": f"{shared // MB}MB",
        "effective_cache_size": f"{max(LEAST, memory // 2) // MB}MB",
        "max_wal_size": "1GB" if memory < 4096 * MB else "4GB",
    }


def find_memory(limit: Path = _LIMIT) -> int:
    """Return the bytes of memory of this machine, or of the container it is in."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(whole, int(limit.read_text()))
    except (OSError, ValueError):  # no container, or one without a limit
        return whole
