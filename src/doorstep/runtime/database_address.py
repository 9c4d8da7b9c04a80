"""Where the embedded database listens, and how it is named."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import psycopg

DATABASE = "doorstep"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103
"""Bytes in a unix socket's path: 107 on Linux, 103 on macOS."""


def connection_url(sockets: Path, database: str = DATABASE) -> str:
    """Return the URL of a database behind the socket in ``sockets``."""
    return f"postgresql://postgres@/{database}?host={quote(str(sockets), safe='/')}"


def ensure_database(sockets: Path) -> None:
    """Make the database on a running server where it is missing."""
    with psycopg.connect(connection_url(sockets, "postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')
