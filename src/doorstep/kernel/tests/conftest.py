"""What the kernel's tests share: a made-up event, a handler that writes rows, a store's scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.events import registry
from doorstep.kernel.events.lanes import ensure_cursors
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.events.registry import Recorded, event, handles
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BY = Actor.system("kernel.tests")


@event("kernel_tests.kettle_boiled")
@dataclass(frozen=True, slots=True)
class KettleBoiled:
    """A kettle boiled (tests only)."""

    number: int
    poison: bool = False


@event("kernel_tests.kettle_emptied")
@dataclass(frozen=True, slots=True)
class KettleEmptied:
    """A kettle was emptied (tests only)."""


def boil(key: str, *numbers: int, poison: bool = False) -> None:
    """Publish one event per number, in its own transaction."""
    with transaction.atomic():
        publish_many(
            [EventDraft(KettleBoiled(n, poison), key, AT, BY, subject="kettle:1") for n in numbers]
        )


@pytest.fixture
def store_id() -> Iterator[UUID]:
    """An active scope of a store that needs no row."""
    store = new_id()
    with store_scope(store):
        yield store


@pytest.fixture
def own_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the handlers that the test itself registers."""
    monkeypatch.setattr(registry, "_handlers", {})


@pytest.fixture
def effects(transactional_db: None, own_handlers: None) -> Iterator[Callable[[], list[tuple]]]:
    """A handler that writes a row for each event; gives a reader of these rows."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS kernel_test_effect")
        cursor.execute(
            "CREATE TABLE kernel_test_effect (nth bigserial, key text, number int, position bigint)"
        )

    @handles(KettleBoiled, name="kernel_tests.note", start="beginning")
    def note(batch: Sequence[Recorded]) -> None:
        write_effects(batch)

    ensure_cursors()

    def read() -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT key, number FROM kernel_test_effect ORDER BY nth")
            return cursor.fetchall()

    yield read
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE kernel_test_effect")


def write_effects(batch: Sequence[Recorded]) -> None:
    """Write one row per event with one statement; a poisonous event raises."""
    if any(r.event.poison for r in batch):
        raise ValueError("this kettle whistles out of tune")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_test_effect (key, number, position) "
            "SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[])",
            [[r.key for r in batch], [r.event.number for r in batch], [r.position for r in batch]],
        )
