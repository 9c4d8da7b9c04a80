"""What headers say before anything is signed: whatever they say, the door stays standing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from doorstep.connectors.base.signatures import parse_header_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T09:30:00.123456789Z", datetime(2026, 11, 20, 9, 30, 0, 123456, UTC)),
        ("2026-11-20T09:30:00+02:00", datetime(2026, 11, 20, 7, 30, tzinfo=UTC)),
        ("9999-12-31T23:59:59-14:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
        ("", None),
    ],
)
def test_header_times(text: str, expected: datetime | None) -> None:
    assert parse_header_time(text) == expected
