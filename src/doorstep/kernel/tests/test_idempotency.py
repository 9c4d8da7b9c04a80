"""Idempotency keys: one request, one effect, one answer; and no key taken by the dead."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from doorstep.kernel.errors import Invalid
from doorstep.kernel.idempotency import (
    KEPT_FOR,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    RequestInProgress,
    purge,
    remember,
)
from doorstep.kernel.ids import new_id
from doorstep.kernel.models.idempotency import IdempotencyRecord
from doorstep.kernel.models.rate import RateWindow
from doorstep.kernel.tests.threads import at_once

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
STORE = UUID("01939c00-0000-7000-8000-000000000001")


def work(key: str = "k1", request: bytes = b"{}", at: datetime = AT, **options: Any) -> Any:
    """Do something that leaves a row (a rate window stands for any effect), once per key."""
    place = {"store_id": STORE, "scope": "orders.create"} | options
    with remember(key=key, request=request, at=at, **place) as memory:
        if memory.answer is None:
            row = RateWindow.objects.create(key=uuid4().hex, hits=1, expires_at=at)
            memory.store(201, {"id": row.key, "at": at})
    return memory.answer or memory.fresh


@pytest.mark.django_db
def test_the_same_request_gets_the_same_answer_and_is_done_once() -> None:
    first, second = work(), work()
    assert first == second
    assert (first.status, first.body["at"]) == (201, "2026-11-20T09:30:00Z")
    assert RateWindow.objects.count() == 1


@pytest.mark.django_db
def test_another_request_under_the_key_is_refused() -> None:
    work()
    with pytest.raises(IdempotencyKeyReused) as caught:
        work(request=b'{"other": 1}')
    assert caught.value.status == 422
    assert RateWindow.objects.count() == 1


@pytest.mark.django_db
def test_endpoints_and_stores_have_keys_of_their_own() -> None:
    work()
    work(scope="orders.cancel")
    work(store_id=new_id())
    assert RateWindow.objects.count() == 3


@pytest.mark.django_db
def test_a_failed_request_keeps_nothing_and_may_be_repeated() -> None:
    with (
        pytest.raises(Invalid, match="no stock"),
        remember(store_id=STORE, scope="x", key="k", request=b"", at=AT) as memory,
    ):
        RateWindow.objects.create(key="half", hits=1, expires_at=AT)
        memory.store(201, {})
        raise Invalid("no stock")
    assert RateWindow.objects.count() == IdempotencyRecord.objects.count() == 0
    assert work(scope="x", key="k").status == 201


@pytest.mark.django_db
def test_answers_are_kept_a_day_and_then_purged() -> None:
    first = work()
    assert work(at=AT + KEPT_FOR - timedelta(seconds=1)) == first
    assert work(at=AT + KEPT_FOR) != first
    assert IdempotencyRecord.objects.count() == 1
    assert purge(AT + KEPT_FOR) == 0
    assert purge(AT + 2 * KEPT_FOR) == 1


@pytest.mark.django_db
def test_an_answer_is_given_once() -> None:
    work()
    with (
        pytest.raises(RuntimeError, match="already"),
        remember(store_id=STORE, scope="orders.create", key="k1", request=b"{}", at=AT) as memory,
    ):
        memory.store(200, {})


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "schlüssel", "a\x00"])
def test_a_key_must_be_plain(key: str) -> None:
    with pytest.raises(InvalidIdempotencyKey):
        work(key=key)


@pytest.mark.django_db
def test_the_database_refuses_a_second_answer_and_a_wrong_status() -> None:
    work()
    row = IdempotencyRecord.objects.get()
    row.pk = new_id()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    row.scope, row.response_status = "other", 99
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_works_and_the_others_are_asked_to_wait() -> None:
    inside, done = threading.Event(), threading.Event()

    def ask(nth: int) -> str:
        if nth:
            inside.wait(10)
            try:
                work()
            except RequestInProgress as error:
                return f"{error.status} {error.retry_after}"
            return "worked"
        with remember(
            store_id=STORE, scope="orders.create", key="k1", request=b"{}", at=AT
        ) as memory:
            memory.store(201, {"by": "first"})
            inside.set()
            done.wait(10)
        return "first"

    def ask_and_count(nth: int) -> str:
        result = ask(nth)
        if nth:
            waiting.release()
        return result

    waiting = threading.Semaphore(0)
    release = threading.Thread(target=lambda: [waiting.acquire() for _ in range(4)] and done.set())
    release.start()
    results = at_once(5, ask_and_count)
    release.join()
    assert results == ["first"] + ["409 1"] * 4
    assert work().body == {"by": "first"}
    assert RateWindow.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_between_leaves_the_key_free() -> None:
    def crash() -> None:
        try:
            with remember(
                store_id=STORE, scope="orders.create", key="k1", request=b"{}", at=AT
            ) as memory:
                RateWindow.objects.create(key="half", hits=1, expires_at=AT)
                memory.store(201, {})
                with connection.cursor() as cursor:  # what the server sees of a kill -9
                    cursor.execute("SELECT pg_backend_pid()")
                    pid.append(cursor.fetchone()[0])
                killed.wait(10)
        except OperationalError:
            lost.set()
        finally:
            connection.close()

    pid: list[int] = []
    killed, lost = threading.Event(), threading.Event()
    victim = threading.Thread(target=crash)
    victim.start()
    while not pid and victim.is_alive():
        killed.wait(0.01)
    with pytest.raises(RequestInProgress):
        work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", pid)
    killed.set()
    victim.join(10)
    assert lost.is_set()
    assert RateWindow.objects.count() == 0
    assert work().status == 201
    assert RateWindow.objects.count() == 1
