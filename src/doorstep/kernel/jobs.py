"""Jobs: work with the outside world that must happen after a commit, and may take its time.

A job's row joins the transaction that asked for it (procrastinate), so it is there exactly when
its cause is. What moves thousands of customers does not go one job each: see ``worker``.
"""

from __future__ import annotations

from procrastinate.contrib.django import app

__all__ = ["app", "job"]

job = app.task
