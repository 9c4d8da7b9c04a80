"""Sets of rows as arrays: whatever goes in comes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kernel.columns import as_columns, as_uuids

pytestmark = pytest.mark.django_db

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
rows = st.lists(
    st.tuples(
        st.uuids(),
        st.one_of(st.none(), texts, st.sampled_from(["NULL", "", " ", "{}", '"', "\\", "a,b"])),
        st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)),
        st.booleans(),
        st.one_of(st.none(), instants),
    ),
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows)
def test_what_goes_in_comes_out(some: list[tuple[object, ...]]) -> None:
    assert _through_the_database(some) == some


def test_instants_keep_their_zone() -> None:
    local = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    ((*_, found),) = _through_the_database([(UUID(int=1), "", 1, True, local)])
    assert found == local


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(st.none(), st.uuids()), max_size=6))
def test_ids_come_out_as_they_went_in(ids: list[UUID | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::uuid[]", [as_uuids(ids)])
        assert cursor.fetchone() == (ids,)


def _through_the_database(some: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, words, number, flag, at
            FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::bool[], %s::timestamptz[])
                 WITH ORDINALITY AS t(id, words, number, flag, at, nth)
            ORDER BY nth
            """,
            as_columns(some, 5),
        )
        return list(cursor.fetchall())
