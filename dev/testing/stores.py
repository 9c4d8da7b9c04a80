"""Stores for tests: the cast's own, and somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores import api
from doorstep.rooms.stores.contracts import StoreInfo

OPENED = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def store(db: None) -> Iterator[StoreInfo]:
    """Fern & Kettle, its scope active."""
    info = api.create_store(
        slug="fern-and-kettle",
        name="Fern & Kettle",
        currency="EUR",
        timezone="Europe/Berlin",
        country_code="DE",
        at=OPENED,
    )
    with store_scope(info.id):
        yield info


@pytest.fixture
def other_store(db: None) -> StoreInfo:
    """Another merchant's store, its scope not active: what must stay invisible."""
    return api.create_store(
        slug="tidewater-books", name="Tidewater Books", currency="USD", at=OPENED
    )
