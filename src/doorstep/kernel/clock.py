"""The clock. Read only at the edges (views, jobs, the worker); the domain is told the time."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)
