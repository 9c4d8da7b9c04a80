"""Taking the demo shop away again, without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.errors import Conflict
from doorstep.rooms.stores import api as stores


def remove_demo(slug: str) -> int:
    """Delete a demo store with everything that belongs to it; returns how many rows went.

    Foreign keys are checked at the end of the transaction, so the order of tables is no matter.
    People who are in no other store go as well.

    :raises NotFound: there is no such store.
    :raises Conflict: it is not a demo store.
    """
    store = stores.get_store_by_slug(slug)
    if not store.is_demo:
        raise Conflict(f"“{store.name}” is a real store: it is not removed.")
    with transaction.atomic(), connection.cursor() as cursor, _may_delete():
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        people = _people_only_in(store.id)
        rows = 0
        for table in _tables_with_a_store():
            cursor.execute(f'DELETE FROM "{table}" WHERE store_id = %s', [store.id])  # noqa: S608
            rows += cursor.rowcount
        for table in ("mfa_authenticator", "account_emailaddress"):
            cursor.execute(f"DELETE FROM {table} WHERE user_id = ANY(%s)", [people])  # noqa: S608
        cursor.execute("DELETE FROM stores_user WHERE id = ANY(%s)", [people])
        cursor.execute("DELETE FROM stores_store WHERE id = %s", [store.id])
    return rows


@contextmanager
def _may_delete() -> Iterator[None]:
    """Lift the guards of append-only tables for this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
            AND c.relname NOT LIKE 'procrastinate%'
            """
        )
        guarded = [name for (name,) in cursor.fetchall()]
        for table in guarded:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        yield
        # A table with foreign keys still to be checked can't be altered: check them now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in guarded:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def _tables_with_a_store() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'store_id'
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            ORDER BY c.relname
            """
        )
        return [name for (name,) in cursor.fetchall()]


def _people_only_in(store_id: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT user_id FROM stores_membership GROUP BY user_id
            HAVING bool_and(store_id = %s)
            """,
            [store_id],
        )
        return [user_id for (user_id,) in cursor.fetchall()]
