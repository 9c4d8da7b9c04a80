"""Work that is done again when it is undone does not wait for the disk; and so it commits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection, transaction

from doorstep.kernel.durability import commit_without_waiting
from doorstep.kernel.events import lanes
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.kernel.tests.conftest import KettleBoiled, boil

pytestmark = pytest.mark.django_db(transaction=True)


def _waits() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


def test_it_holds_for_one_transaction_only() -> None:
    usual = _waits()
    with transaction.atomic():
        commit_without_waiting()
        assert _waits() == "off"
    assert _waits() == usual


def test_without_a_transaction_it_would_say_nothing() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        commit_without_waiting()


@pytest.mark.usefixtures("store_id", "own_handlers")
def test_handlers_of_events_commit_so() -> None:
    seen: list[str] = []

    @handles(KettleBoiled, name="kernel_tests.durability", start="beginning")
    def look(events: Sequence[Recorded]) -> None:
        seen.append(_waits())

    lanes.ensure_cursors()
    boil("maya", 1)
    lanes.run_until_idle()
    assert seen == ["off"]
