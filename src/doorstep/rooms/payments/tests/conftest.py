from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from doorstep.rooms.payments.tests.vendor import Vendor, vendor


@pytest.fixture
def shop_vendor() -> Iterator[Vendor]:
    """The only provider there is, whose answers the test chooses."""
    with vendor() as one:
        yield one


@pytest.fixture
def told(db: None) -> Callable[[], list[tuple[str, Any]]]:
    """Read what was published: names and payloads, in order."""

    def read() -> list[tuple[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, payload FROM kernel_outbox ORDER BY event_id")
            return [(name, payload) for name, payload in cursor.fetchall()]

    return read
