"""Commit without waiting for the disk, where whatever is lost with it is done again.

PostgreSQL's manual, 30.4: with ``synchronous_commit`` off a crash of the server (not of a worker)
may undo the last moments' transactions, but never leaves one half done, nor keeps a later one and
loses an earlier. So an engine whose whole work lies in the database may commit this way: what is
undone is due again. Whatever leaves the house (a mail, a webhook, a call to a provider) is noted
by a commit that waits, and that one makes everything durable that was committed before it.
"""

from __future__ import annotations

from django.db import connection


def commit_without_waiting() -> None:
    """Let the current transaction's commit return before the disk has it.

    Only for work that the database alone knows of and that is done again when it is undone. Never
    before something leaves the house, nor for what a person or another system is told was done.

    :raises RuntimeError: no transaction is open, so that it would say nothing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("commit_without_waiting needs a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
