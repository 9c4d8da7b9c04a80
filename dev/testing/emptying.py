"""After a test that commits, the tables it has filled are emptied, and no others.

Django's own way truncates all of some two hundred tables and fills those of content types and
permissions anew: half a second after each of hundreds of tests, most of which fill ten.
"""

from __future__ import annotations

import functools

import pytest
from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

KEPT = frozenset({"django_content_type", "auth_permission"})
"""What migrating fills and no test changes."""


@pytest.fixture(scope="session", autouse=True)
def only_what_was_filled(django_test_environment: None) -> None:
    """Let Django empty tables in our way."""
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]


def _empty(*_case: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_which_are_filled(_tables()))
        filled = [sql.Identifier(row[0]) for row in cursor.fetchall()]
        if filled:
            # Whatever points to them goes with them, as it must.
            cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(filled)))


@functools.cache
def _tables() -> tuple[str, ...]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return tuple(sorted(set(names) - KEPT))


def _which_are_filled(tables: tuple[str, ...]) -> sql.Composed:
    one = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    asked = [one.format(sql.Literal(name), sql.Identifier(name)) for name in tables]
    return sql.SQL(" UNION ALL ").join(asked)
