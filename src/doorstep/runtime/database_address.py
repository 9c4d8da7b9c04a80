"""Where the embedded database listens, and how it is named."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

DATABASE = "doorstep"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103
"""Bytes in a unix socket's path: 107 on Linux, 103 on macOS."""


def connection_url(sockets: Path, database: str = DATABASE) -> str:
    """Return the URL of a database behind the socket in ``sockets``."""
    return f"postgresql://postgres@/{database}?host={quote(str(sockets), safe='/')}"
