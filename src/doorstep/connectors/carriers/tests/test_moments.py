"""Times in the ways that carriers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.connectors.carriers.moments import join, read_when, read_zone

EST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-02T10:11:12Z", datetime(2026, 3, 2, 10, 11, 12, tzinfo=UTC)),
        ("2026-03-02T10:11:12.123456789Z", datetime(2026, 3, 2, 10, 11, 12, tzinfo=UTC)),
        ("2026-03-02T10:11:12-0500", datetime(2026, 3, 2, 10, 11, 12, tzinfo=EST)),
        ("2026-03-02 10:11:12 GMT-05:00", datetime(2026, 3, 2, 10, 11, 12, tzinfo=EST)),
        ("2026-03-02T10:11:12", datetime(2026, 3, 2, 10, 11, 12)),
        ("2026-03-02 1:10 PM", datetime(2026, 3, 2, 13, 10)),
        ("2026-03-02 13:10 PM", datetime(2026, 3, 2, 13, 10)),
        ("March 2, 2026 9:01 am", datetime(2026, 3, 2, 9, 1)),
        ("March 2, 2026, 12:05 am", datetime(2026, 3, 2, 0, 5)),
        ("2 mars 2026 14h30", datetime(2026, 3, 2, 14, 30)),
        ("03/02/2026 14:30", datetime(2026, 3, 2, 14, 30)),
        ("02.03.2026 14:30:15", datetime(2026, 3, 2, 14, 30, 15)),
        ("20260302143015", datetime(2026, 3, 2, 14, 30, 15)),
        (1772446272, datetime(2026, 3, 2, 10, 11, 12, tzinfo=UTC)),
        ("1772446272000", datetime(2026, 3, 2, 10, 11, 12, tzinfo=UTC)),
        ("2026-03-02T10:11:12 EST", datetime(2026, 3, 2, 10, 11, 12, tzinfo=EST)),
    ],
)
def test_times_keep_their_zone_or_have_none(written: Any, meant: datetime) -> None:
    found = read_when(written)
    assert found.at == meant
    assert found.at is not None
    assert (found.at.tzinfo is None) == (meant.tzinfo is None)
    assert not found.is_date_only


@pytest.mark.parametrize("written", ["2026-03-02", "20260302", "March 2, 2026", "2 March 2026",
                                     "03/02/2026", "2026/3/2", "02.03.2026"])  # fmt: skip
def test_a_day_alone_is_a_day_alone(written: str) -> None:
    found = read_when(written)
    assert found.is_date_only
    assert found.day() == date(2026, 3, 2)


@pytest.mark.parametrize(
    "written",
    [None, "", "null", "string", "0000-00-00", "2026-13-40", "soon", True, [], {}, "0001-01-01",
     "9999-12-31T23:59:59Z", 12, "٢٠٢٦٠٣٠٢", 10**40],
)  # fmt: skip
def test_what_is_no_time_is_none(written: Any) -> None:
    assert read_when(written).at is None


def test_date_and_time_in_two_fields() -> None:
    assert join("2004-01-13", "172300").at == datetime(2004, 1, 13, 17, 23)
    assert join("20210210", "071356").at == datetime(2021, 2, 10, 7, 13, 56)
    assert join("April 28, 2015", "8:29 am").at == datetime(2015, 4, 28, 8, 29)
    assert join("2011-02-03", "11:59:59", zone="EST").at == datetime(
        2011, 2, 3, 11, 59, 59, tzinfo=EST
    )
    assert join("20210210", "14:13:56", zone="-05:00").at == datetime(
        2021, 2, 10, 14, 13, 56, tzinfo=EST
    )
    assert join("2011-02-03", "").is_date_only
    assert join("", "10:00").at is None


def test_zones() -> None:
    assert read_zone("Nowhere/Here") is None
    assert read_zone("../../etc/passwd") is None
    assert read_zone("+99:00") is None
    assert str(read_zone("Europe/Berlin")) == "Europe/Berlin"


@given(st.one_of(st.text(max_size=60), st.integers(), st.floats(), st.none()), st.text(max_size=20))
def test_nothing_raises(written: Any, zone: str) -> None:
    read_when(written, zone=zone)
    join(written, zone, zone=zone)
