"""The log loses no event, applies none twice, keeps a key's order, and survives poison."""

from __future__ import annotations

import os
import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.events import lanes, parking, reading, registry, sequencer
from doorstep.kernel.events.lanes import ensure_cursors
from doorstep.kernel.events.publish import PublishedOutsideTransaction, publish
from doorstep.kernel.events.reading import list_events
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.kernel.ids import new_id
from doorstep.kernel.models.events import LaneCursor, LoggedEvent, OutboxEvent, ParkedEvent
from doorstep.kernel.tenancy import MissingStoreScope, store_scope
from doorstep.kernel.tests.conftest import AT, BY, KettleBoiled, KettleEmptied, boil, write_effects
from doorstep.kernel.tests.threads import wait_for_the_dead

pytestmark = pytest.mark.django_db(transaction=True)
Effects = Callable[[], list[tuple[str, int]]]


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    """Start ``work`` in a thread with a database connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_an_event_needs_a_transaction_and_a_store(store_id: UUID) -> None:
    with pytest.raises(PublishedOutsideTransaction):
        publish(KettleBoiled(1), key="maya", at=AT, by=BY)
    assert OutboxEvent.objects.count() == 0


def test_an_event_outside_of_a_store_is_refused() -> None:
    with pytest.raises(MissingStoreScope), transaction.atomic():
        publish(KettleBoiled(1), key="maya", at=AT, by=BY)
    assert OutboxEvent.objects.count() == 0


def test_an_event_of_a_rolled_back_transaction_never_happened(
    store_id: UUID, effects: Effects
) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        publish(KettleBoiled(1), key="maya", at=AT, by=BY)
        raise RuntimeError
    lanes.run_until_idle()
    assert effects() == []


def test_transactions_that_commit_out_of_order_lose_no_event(
    store_id: UUID, effects: Effects
) -> None:
    first_is_written, second_is_read = threading.Event(), threading.Event()

    def slow_first() -> None:
        with store_scope(store_id), transaction.atomic():
            publish(KettleBoiled(1), key="maya", at=AT, by=BY)
            first_is_written.set()
            assert second_is_read.wait(10)

    thread = in_thread(slow_first)
    assert first_is_written.wait(10)
    boil("jonas", 2)
    lanes.run_until_idle()
    assert effects() == [("jonas", 2)]
    second_is_read.set()
    thread.join()
    lanes.run_until_idle()
    assert effects() == [("jonas", 2), ("maya", 1)]


def test_workers_side_by_side_apply_each_event_once_and_keep_each_keys_order(
    store_id: UUID, effects: Effects
) -> None:
    keys = [f"customer-{n}" for n in range(40)]

    def publish_some(offset: int) -> None:
        with store_scope(store_id):
            for n in range(25):
                for key in keys[offset::2]:
                    boil(key, n)

    def work(done: threading.Event) -> None:
        while not done.is_set() or lanes.handlers_behind() or OutboxEvent.objects.exists():
            for handler in lanes.handlers_behind():
                lanes.run_handler(handler, batch=50)
            sequencer.sequence(limit=37)

    done = threading.Event()
    workers = [in_thread(lambda: work(done)) for _ in range(3)]
    publishers = [in_thread(lambda o=o: publish_some(o)) for o in (0, 1)]
    for thread in publishers:
        thread.join()
    done.set()
    for thread in workers:
        thread.join()

    seen = defaultdict(list)
    for key, number in effects():
        seen[key].append(number)
    assert seen == {key: list(range(25)) for key in keys}


def test_poison_is_parked_with_those_behind_it_and_can_be_retried(
    store_id: UUID, effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    boil("maya", 1)
    boil("maya", 2, poison=True)
    boil("maya", 3)
    boil("jonas", 4)
    lanes.run_until_idle()
    boil("maya", 5)
    lanes.run_until_idle()

    assert sorted(effects()) == [("jonas", 4), ("maya", 1)]
    parked = list(ParkedEvent.objects.order_by("position").values_list("status", "error"))
    assert parked == [
        ("failed", "ValueError: this kettle whistles out of tune"),
        ("behind", ""),
        ("behind", ""),
    ]
    assert parking.retry_parked("kernel_tests.note", "maya") == 0
    assert ParkedEvent.objects.filter(attempts=2, status="failed").count() == 1

    # The code is mended: everything goes through, in order.
    mended = registry.Handler(
        "kernel_tests.note",
        ("kernel_tests.kettle_boiled",),
        lambda batch: write_effects(
            [_without_poison(recorded) for recorded in batch],
        ),
        "beginning",
    )
    monkeypatch.setitem(registry._handlers, "kernel_tests.note", mended)
    assert parking.retry_parked("kernel_tests.note", "maya") == 3
    assert [number for key, number in effects() if key == "maya"] == [1, 2, 3, 5]
    assert not ParkedEvent.objects.exists()


def _without_poison(recorded: Any) -> Any:
    from dataclasses import replace

    return replace(recorded, event=KettleBoiled(recorded.event.number))


def test_a_discarded_event_lets_those_behind_it_go_on(store_id: UUID, effects: Effects) -> None:
    boil("maya", 1, poison=True)
    boil("maya", 2)
    lanes.run_until_idle()
    position = ParkedEvent.objects.get(status="failed").position
    assert parking.discard_parked("kernel_tests.note", position)
    assert not parking.discard_parked("kernel_tests.note", position)
    assert parking.retry_parked("kernel_tests.note", "maya") == 1
    assert effects() == [("maya", 2)]


def test_parked_events_are_retried_by_themselves_when_due(store_id: UUID, effects: Effects) -> None:
    boil("maya", 1, poison=True)
    lanes.run_until_idle()
    due = ParkedEvent.objects.get().next_attempt_at
    assert due is not None
    assert parking.retry_due(AT) == 0
    assert ParkedEvent.objects.get().attempts == 1
    parking.retry_due(due)
    assert ParkedEvent.objects.get().attempts == 2


def test_what_stays_wrong_is_poison_even_if_the_database_calls_it_operational(
    store_id: UUID, effects: Effects
) -> None:
    @handles(KettleBoiled, name="kernel_tests.index", start="beginning")
    def index(batch: Any) -> None:
        size = 100_000 if any(r.event.number == 2 for r in batch) else 1
        with connection.cursor() as cursor:  # a limit of PostgreSQL: SQLSTATE 54000
            cursor.execute("SELECT repeat('x', %s)::tsvector", [size])

    lanes.ensure_cursors()
    boil("maya", 1, 2)
    boil("jonas", 3)
    lanes.run_until_idle()
    [parked] = ParkedEvent.objects.all()
    assert parked.handler == "kernel_tests.index"
    assert parked.error.startswith("OperationalError")


def test_a_statement_that_takes_too_long_is_poison_once_it_stands_alone(
    store_id: UUID, effects: Effects
) -> None:
    @handles(KettleBoiled, name="kernel_tests.slow", start="beginning")
    def slow(batch: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 50")
            cursor.execute("SELECT pg_sleep(%s)", [sum(r.event.poison for r in batch)])

    lanes.ensure_cursors()
    boil("maya", 1, poison=True)
    boil("jonas", 2)
    lanes.run_until_idle()
    assert [p.key for p in ParkedEvent.objects.filter(handler="kernel_tests.slow")] == ["maya"]


def test_a_handler_that_fails_as_a_whole_stops_no_other(store_id: UUID, effects: Effects) -> None:
    @handles(KettleBoiled, name="kernel_tests.a_first", start="beginning")
    def first(batch: Any) -> None:
        raise OperationalError("the server closed the connection")

    lanes.ensure_cursors()
    boil("maya", 1)
    with pytest.raises(OperationalError):
        lanes.run_once()
    assert effects() == [("maya", 1)]
    assert not ParkedEvent.objects.exists()


def test_who_is_not_concerned_is_moved_on_without_reading(
    store_id: UUID, effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "FAR", 20)

    @handles(KettleEmptied, name="kernel_tests.empty")
    def empty(batch: Sequence[Recorded]) -> None:
        emptied.extend(event.position for event in batch)

    emptied: list[int] = []
    boil("maya", 0)
    sequencer.sequence()  # "now" is then a place in the log, not its beginning
    ensure_cursors()
    boil("maya", *range(15))
    with CaptureQueriesContext(connection) as queries:
        lanes.run_until_idle()
    of_others = LaneCursor.objects.filter(handler="kernel_tests.empty")
    assert set(of_others.values_list("position", flat=True)) == {reading.head_position()}
    assert not [
        one for one in queries if "kernel_tests.empty" in one["sql"] and "LIMIT" in one["sql"]
    ]
    with transaction.atomic():
        publish(KettleEmptied(), key="maya", at=AT, by=BY)
    boil("jonas", *range(30))
    lanes.run_until_idle()
    assert len(emptied) == 1


def test_an_event_that_fits_its_class_no_more_is_parked(store_id: UUID, effects: Effects) -> None:
    with transaction.atomic():
        publish(KettleBoiled(1), key="maya", at=AT, by=BY)
        publish(KettleBoiled(2), key="jonas", at=AT, by=BY)
    OutboxEvent.objects.filter(key="maya").update(payload={"kettle": "old"})
    lanes.run_until_idle()
    assert effects() == [("jonas", 2)]
    assert [p.key for p in ParkedEvent.objects.all()] == ["maya"]


def test_what_was_parked_behind_nothing_goes_on_by_itself(store_id: UUID, effects: Effects) -> None:
    boil("maya", 1, poison=True)
    boil("maya", 2)
    lanes.run_until_idle()
    # What is left when a retry lets the first one through while a lane parks the second.
    ParkedEvent.objects.filter(status="failed").delete()
    assert parking.retry_due(AT) == 1
    assert effects() == [("maya", 2)]
    assert not ParkedEvent.objects.exists()


def test_a_handler_added_later_starts_where_it_says(store_id: UUID, effects: Effects) -> None:
    boil("maya", 1, 2)
    lanes.run_until_idle()
    seen: dict[str, list[int]] = {"from_now": [], "from_start": []}

    @handles(KettleBoiled, name="kernel_tests.from_now")
    def from_now(batch: Any) -> None:
        seen["from_now"] += [r.event.number for r in batch]

    @handles(KettleBoiled, name="kernel_tests.from_start", start="beginning")
    def from_start(batch: Any) -> None:
        seen["from_start"] += [r.event.number for r in batch]

    lanes.ensure_cursors()
    boil("maya", 3)
    lanes.run_until_idle()
    assert seen == {"from_now": [3], "from_start": [1, 2, 3]}
    lanes.rewind("kernel_tests.from_now")
    lanes.run_until_idle()
    assert seen["from_now"] == [3, 1, 2, 3]


def test_the_timeline_shows_events_before_and_after_they_are_sequenced(store_id: UUID) -> None:
    boil("maya", 1)
    sequencer.sequence()
    boil("maya", 2)
    shown = list_events(subjects=["kettle:1"])
    assert [row["payload"]["number"] for row in shown] == [2, 1]
    with store_scope(UUID(int=1)):
        assert list_events(subjects=["kettle:1"]) == []


def test_the_log_cannot_be_rewritten(store_id: UUID) -> None:
    boil("maya", 1)
    sequencer.sequence()
    with pytest.raises(IntegrityError, match="append-only"):
        LoggedEvent.objects.update(name="something.else")


def test_a_worker_killed_between_any_two_statements_loses_and_doubles_nothing(
    store_id: UUID, effects: Effects
) -> None:
    """Kill -9 a process that sequences and handles, one statement later each time."""
    kills = 0
    for statement in range(1, 60):
        boil("maya", statement)
        if not _killed_at(statement):
            break
        kills += 1
    assert kills >= 8, "the worker ended before it was killed often enough to prove anything"
    lanes.run_until_idle()
    assert effects() == [("maya", n) for n in range(1, statement + 1)]
    assert not OutboxEvent.objects.exists()
    assert LaneCursor.objects.count() == sequencer.LANES


def _killed_at(statement: int) -> bool:
    """Run a worker's round in a child that dies before its Nth statement; False if it got done."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        left = statement

        def die(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(die):
            lanes.run_once()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    wait_for_the_dead()
    return os.WIFSIGNALED(status)


def test_what_happened_since_is_read_from_the_end_of_the_log(
    transactional_db: None, store_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_STEP", 4)
    for number in range(10):
        with transaction.atomic():
            at = AT + timedelta(hours=number)
            publish(KettleBoiled(number), key="k", at=at, by=BY)
    with store_scope(new_id()), transaction.atomic():
        publish(KettleBoiled(99), key="k", at=AT + timedelta(hours=9), by=BY)
    while sequencer.sequence():
        pass

    def since(hours: int, limit: int = 100, name: str = "kernel_tests.kettle_boiled") -> list[int]:
        found = reading.read_since([name], AT + timedelta(hours=hours), limit=limit)
        return [one.event.number for one in found]

    assert since(7) == [7, 8, 9]
    assert since(0) == list(range(10))
    assert since(0, limit=3) == [7, 8, 9]
    assert since(10) == []
    assert since(0, name="kernel_tests.other") == []
