"""bench-migrations: the last migrations of each room while others write the same tables.

A database of its own is brought to where the rooms stood before, N rows are put into each table
that changes, and then everything is migrated while writers insert and update rows of these tables.
The value is the longest that one write was held up; a write that failed makes the run fail. Rows
are made up column by column, so foreign keys and checks are not looked at, but for the keys that a
migration itself checks.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping

import psycopg

from bench import harness

BEFORE = {
    "orders": "0004_changes",
    "returns": "0003_flow_guards",
    "messaging": "0010_message_indexes",
    "journeys": "0002_enrollment_indexes",
}
LONGEST_SECONDS = 2.0
STORE, JOURNEY, VERSION = (f"00000000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))
_MADE_UP = {
    "uuid": "gen_random_uuid()", "text": "gen_random_uuid()::text", "jsonb": "'{}'::jsonb",
    "boolean": "false", "timestamp with time zone": "now()", "date": "now()::date",
    "integer": "1", "smallint": "1", "bigint": "1", "bytea": "''::bytea", "ARRAY": "'{}'",
    "character varying": "'DE'",
}  # fmt: skip
_KNOWN: Mapping[str, Mapping[str, str]] = {
    "journeys_enrollment": {"journey_id": f"'{JOURNEY}'", "version_id": f"'{VERSION}'"},
    "messaging_message": {"batch_id": "gen_random_uuid()"},
    "messaging_deliveryevent": {
        "kind": "'opened'",
        "message_id": "(SELECT id FROM messaging_message OFFSET (n % 50) LIMIT 1)",
    },
}
TABLES = (
    "orders_order", "orders_refund", "returns_returnlabel", "messaging_message",
    "messaging_deliveryevent", "messaging_signup", "messaging_customermove",
    "journeys_enrollment", "journeys_campaignrecipient",
)  # fmt: skip


class Writers:
    """Somebody who writes each table, over and over, and notes how long that took."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.waits: list[tuple[float, str]] = []
        self.errors: list[str] = []
        self.writes = 0
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def begin(self, statements: Mapping[str, tuple[str, str]]) -> None:
        """Start a thread for each table."""
        for table, pair in statements.items():
            thread = threading.Thread(target=self._write, args=(table, pair), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Stop them, and wait until they have."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _write(self, table: str, pair: tuple[str, str]) -> None:
        with psycopg.connect(self.url, autocommit=True) as own:
            own.execute("SET session_replication_role = replica")
            while not self._over.is_set():
                for statement in pair:
                    began = time.monotonic()
                    try:
                        own.execute(statement.encode())
                    except psycopg.Error as error:
                        self.errors.append(f"{table}: {error}")
                    self.waits.append((time.monotonic() - began, table))
                    self.writes += 1
                time.sleep(0.005)


def main() -> None:
    """Fill, migrate beside writers, and report."""
    rows = harness.size(200_000)
    os.environ["BENCH_TEMPLATE"] = "template0"  # not migrated there, but here, step by step
    with harness.fresh_database() as url:
        from django.core.management import call_command
        from django.db import connections

        harness.say("migrating to where the rooms stood before …")
        for app, migration in BEFORE.items():
            call_command("migrate", app, migration, verbosity=0)
        connections.close_all()
        harness.say(f"filling {len(TABLES)} tables with {rows:,} rows each …")
        statements = _fill(url, rows)
        writers = Writers(url)
        writers.begin(statements)
        time.sleep(1)
        took = {}
        for app in BEFORE:
            began = time.monotonic()
            call_command("migrate", app, verbosity=0)
            took[app] = round(time.monotonic() - began, 2)
        writers.end()
        longest, table = max(writers.waits)
        harness.say(json.dumps({"took": took, "writes": writers.writes, "longest in": table}))
        for error in dict.fromkeys(writers.errors[:20]):
            harness.say(error)
        harness.report(
            "migrations", n=rows, value=longest, unit="s one write was held up at most",
            baseline=LONGEST_SECONDS,
        )  # fmt: skip
        if writers.errors or longest > LONGEST_SECONDS:
            sys.exit(1)


def _fill(url: str, rows: int) -> dict[str, tuple[str, str]]:
    """Fill the tables; return what each one's writer does: an insert and an update."""
    statements = {}
    with psycopg.connect(url, autocommit=True) as own:
        own.execute("SET session_replication_role = replica")
        for table in ("journeys_journey", "journeys_journeyversion", *TABLES):
            for (check,) in own.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'"
                " AND conname <> 'customer_move_kind'", [table]
            ).fetchall():  # fmt: skip
                own.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{check}"'.encode())
        own.execute(_insert(own, "journeys_journey", {"id": f"'{JOURNEY}'"}, 1).encode())
        version = {"id": f"'{VERSION}'", "journey_id": f"'{JOURNEY}'"}
        own.execute(_insert(own, "journeys_journeyversion", version, 1).encode())
        for table in TABLES:
            known = {**_KNOWN.get(table, {})}
            if table == "messaging_customermove":
                known["kind"] = "'message'"
            own.execute(_insert(own, table, known, rows).encode())
            own.execute(f"ANALYZE {table}".encode())
            update = f"UPDATE {table} SET store_id = store_id WHERE id = (SELECT id FROM {table} LIMIT 1)"
            statements[table] = (_insert(own, table, known, 1), update)
    return statements


def _insert(
    own: psycopg.Connection[tuple[object, ...]], table: str, known: Mapping[str, str], rows: int
) -> str:
    """Return an insert of made-up rows that names only columns there were before."""
    columns = own.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
        " AND (is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
        "      OR column_name = ANY(%s)) ORDER BY ordinal_position",
        [table, list(known)],
    ).fetchall()
    values = {
        str(name): known.get(str(name))
        or (f"'{STORE}'::uuid" if name == "store_id" else _MADE_UP[str(kind)])
        for name, kind in columns
    }
    names, made = ", ".join(values), ", ".join(values.values())
    return f"INSERT INTO {table} ({names}) SELECT {made} FROM generate_series(1, {rows}) AS n"


if __name__ == "__main__":
    main()
