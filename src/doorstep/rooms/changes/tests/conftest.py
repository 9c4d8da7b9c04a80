from __future__ import annotations

from collections.abc import Iterator

import pytest

from doorstep.kernel.events.lanes import ensure_cursors
from doorstep.rooms.changes.tests.cast import Shop, shop_platform
from doorstep.rooms.payments.tests.vendor import Vendor, vendor


@pytest.fixture
def listening(db: None) -> None:
    """Let events reach their handlers when a test runs them."""
    ensure_cursors()


@pytest.fixture
def shop_vendor() -> Iterator[Vendor]:
    """The only payment provider there is."""
    with vendor() as one:
        yield one


@pytest.fixture
def platform() -> Iterator[Shop]:
    """A shop platform that is told."""
    with shop_platform() as one:
        yield one
