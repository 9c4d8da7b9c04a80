"""A store with any number of customers, made by SQL alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

_PEOPLE = """
    INSERT INTO customers_customer
        (id, store_id, name, search_name, email, email_is_relay, phone, phone_shown, locale,
         timezone, preferred_channel, country_code, tags, note, created_at, first_seen_at,
         last_seen_at)
    SELECT overlay(overlay(gen_random_uuid()::text placing lpad(to_hex(n), 8, '0') from 1)
                   placing '7' from 15)::uuid,
           %s, 'Shopper ' || n, 'shopper ' || n, 'shopper' || n || '@example.com', false, '', '',
           (ARRAY['en', 'de', 'fr', 'es'])[1 + n %% 4],
           (ARRAY['', 'Europe/Berlin', 'Europe/Paris', 'America/New_York'])[1 + n %% 4], '',
           (ARRAY['DE', 'FR', 'ES', 'US', 'GB'])[1 + n %% 5],
           CASE WHEN n %% 50 = 0 THEN ARRAY['wholesale'] ELSE '{}' END, '', %s, %s, %s
    FROM generate_series(1, %s) AS n
"""


def make_store(at: datetime) -> UUID:
    """Make a store and return its id."""
    from doorstep.rooms.stores import api as stores

    return stores.create_store(
        slug="bench", name="Bench", currency="EUR", timezone="Europe/Berlin", country_code="DE",
        at=at,
    ).id  # fmt: skip


def make_people(store_id: UUID, count: int, at: datetime) -> None:
    """Make customers who can be written to: ids in order, four languages and zones, five countries.

    One in fifty is tagged "wholesale".
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [store_id, at, at, at, count])
        cursor.execute("ANALYZE customers_customer")
