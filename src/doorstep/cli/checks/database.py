"""Checks of what lies in the database: version, tables, clock, worker, mail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection

from doorstep.cli.checks import live
from doorstep.cli.checks.finding import Finding, note, ok, problem
from doorstep.config.health import pending_migrations, worker_problems
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.worker import count_connections
from doorstep.rooms.messaging.api import list_senders
from doorstep.rooms.stores.api import list_stores
from doorstep.rooms.stores.contracts import StoreInfo

OLDEST_SERVER = 150000
_FEW = 4
"""Connections of the live pages, and of somebody at the command line."""
LARGEST_SKEW = timedelta(seconds=5)
"""Signatures of webhooks are good for minutes, leases for seconds: a wrong clock breaks both."""


def address() -> Finding:
    """Check that links and the way requests come in agree."""
    check = "address"
    if settings.BASE_URL.startswith("https://") and not settings.BEHIND_PROXY:
        return problem(
            check,
            f"links start with {settings.BASE_URL}, but no proxy is named that ends HTTPS",
            "Set DOORSTEP_BEHIND_PROXY=yes when one does; else use an http:// address.",
        )
    return ok(check, f"links start with {settings.BASE_URL}")


def look(*, running: bool) -> Iterator[Finding]:
    """Check the database that Django is set up on.

    :param running: whether Doorstep is meant to be running now, so that a worker is expected.
    """
    yield address()
    try:
        yield server()
    except DatabaseError as error:
        yield problem(
            "database",
            f"{settings.DATABASES['default']['NAME']} does not answer: {str(error).strip()}",
            "Check DATABASE_URL, and that the server runs and lets this machine in.",
        )
        return
    yield clock()
    pending = pending_migrations()
    if pending:
        yield problem(
            "migrations",
            f"{len(pending)} are to be applied, first {pending[0]}",
            "doorstep migrate",
        )
        return
    yield ok("migrations", "all applied")
    yield connections()
    yield worker(running)
    for store in list_stores():
        yield mail(store)
        if not store.is_demo:
            with store_scope(store.id):
                yield from live.parcels(store.slug, now())


def server() -> Finding:
    """Check that the server answers and is new enough."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
        )
        number, name = cursor.fetchone()
    if number < OLDEST_SERVER:
        return problem("database", f"PostgreSQL {name} is too old", "Use version 15 or newer.")
    return ok("database", f"PostgreSQL {name}, database {settings.DATABASES['default']['NAME']}")


def connections() -> Finding:
    """Check that the server lets in as many connections as all parts may open together."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT current_setting('max_connections')::int
                   - current_setting('superuser_reserved_connections')::int,
                   (SELECT count(*) FROM kernel_worker_heartbeat WHERE at > now() - interval '1 minute')
            """
        )
        allowed, living = cursor.fetchone()
    workers = max(living, _number("DOORSTEP_WORKERS", 1))
    web = _number("DOORSTEP_WEB_PROCESSES", 1) * _number("DOORSTEP_WEB_THREADS", 8)
    needed = workers * count_connections() + web + _FEW
    words = f"{allowed} allowed; {workers} worker(s) and the web server open at most {needed}"
    if needed <= allowed:
        return ok("connections", words)
    return problem(
        "connections", words, "Raise max_connections in postgresql.conf, or run fewer workers."
    )


def _number(name: str, usual: int) -> int:
    value = os.environ.get(name, "")
    return int(value) if value.isdigit() else usual


def clock() -> Finding:
    """Check that this machine and the database agree on the time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        skew = now() - cursor.fetchone()[0]
    seconds = skew.total_seconds()
    if abs(skew) > LARGEST_SKEW:
        return problem(
            "clock",
            f"this machine's clock is {seconds:+.1f} s off the database's",
            "Keep both right with NTP (systemd-timesyncd, chrony).",
        )
    return ok("clock", f"{seconds:+.2f} s off the database's")


def worker(running: bool) -> Finding:
    """Check that a worker lives."""
    problems = worker_problems(now())
    if not problems:
        return ok("worker", "gave a sign of life just now")
    if not running:
        return note("worker", "Doorstep is not running", "Start it with: doorstep run")
    return problem("worker", problems[0], "Start one with: doorstep worker, and look at its log.")


def mail(store: StoreInfo) -> Finding:
    """Check where a store's mails go: out, or into the built-in mailbox."""
    check = f"e-mail of {store.slug}"
    if store.is_demo:
        return note(check, "a demo store: its messages go into the mailbox and never leave")
    with store_scope(store.id):
        senders = [s for s in list_senders() if s.channel == "email" and s.is_active]
    if not senders:
        return note(
            check,
            "no provider is connected: messages go into the mailbox and reach nobody",
            "Connect one in the console, under Settings, Connections.",
        )
    return ok(check, ", ".join(sorted(sender.provider for sender in senders)))
