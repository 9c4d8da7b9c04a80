"""What conditions find out about customers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from doorstep.kernel.actors import Actor
from doorstep.kernel.conditions.api import compile_sql, evaluate_many, parse
from doorstep.rooms.customers import api
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.stores.contracts import StoreInfo

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SAM = Actor("user", "sam", "Sam", role="support")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tree", "names"),
    [
        ({"fact": "customer.tags", "op": "contains", "value": "vip"}, {"Maya"}),
        ({"fact": "customer.locale", "op": "starts_with", "value": "fr"}, {"Amélie"}),
        ({"fact": "customer.country", "op": "is_not_set"}, {"Maya", ""}),
        ({"fact": "customer.preferred_channel", "op": "eq", "value": "email"}, {"Maya"}),
        ({"fact": "customer.is_anonymous", "op": "eq", "value": True}, {""}),
        (
            {"fact": "customer.last_seen_at", "op": "lt", "value": "2026-11-01T00:00:00+00:00"},
            {"Amélie"},
        ),
        (
            {"fact": "customer.first_seen_at", "op": "gte", "value": "2026-11-01T00:00:00+00:00"},
            {"Maya", ""},
        ),
    ],
)
def test_conditions_find_customers(store: StoreInfo, tree: dict[str, Any], names: set[str]) -> None:
    people = api.resolve_customers(
        [
            PersonClaim(email="maya@example.com", name="Maya"),
            PersonClaim(
                email="al@example.fr",
                name="Amélie",
                locale="fr-FR",
                country="FR",
                seen_at=AT - timedelta(days=90),
            ),
            PersonClaim(),
        ],
        at=AT,
    )
    api.edit_customer(customer_id=people[0], tags=["vip", "tea"], by=SAM, at=AT)
    api.set_preferences(customer_id=people[0], preferred_channel="email", by=SAM, at=AT)
    condition = parse(tree, "customer")

    statement, params = compile_sql(condition, at=AT, zone=BERLIN, store_id=store.id)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found: set[UUID] = {key for (key,) in cursor.fetchall()}
    assert {one.name for one in api.get_customers(found).values()} == names
    decided = evaluate_many(condition, people, at=AT, zone=BERLIN, store_id=store.id)
    assert {key for key, decision in decided.items() if decision} == found
