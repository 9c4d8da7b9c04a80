"""The real process over real HTTP: pages hear of what happens in the database."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from django.conf import settings
from django.db import connection, transaction

from dev.testing.servers import LiveProcess, live_process
from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import publish
from doorstep.kernel.events.sequencer import sequence
from doorstep.kernel.ids import new_id
from doorstep.kernel.live import make_ticket
from doorstep.kernel.tests.conftest import KettleBoiled
from doorstep.live.tests.reader import Reader
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.runtime.supervisor import probe
from tests.crash.running import until

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = new_id()
SMALL = 80_000_000


@pytest.fixture
def process(transactional_db: None, tmp_path: Path) -> Iterator[LiveProcess]:
    with live_process(tmp_path) as started:
        yield started


@pytest.fixture
def connect() -> Iterator[Callable[..., Reader]]:
    """Open streams, and close them at the end."""
    with ExitStack() as opened:

        def one(process: LiveProcess, ticket: str, **headers: str) -> Reader:
            return opened.enter_context(closing(Reader(process.url, ticket, **headers)))

        yield one


@pytest.fixture
def open_page(
    process: LiveProcess, store: StoreInfo, connect: Callable[..., Reader]
) -> Callable[..., Reader]:
    """Open a stream as a page does that was made just now."""

    def open_one(order_id: UUID = ORDER) -> Reader:
        at = datetime.now(UTC) + timedelta(seconds=10)  # made after all that is past
        return connect(process, make_ticket(store.id, f"order:{order_id}", at=at))

    return open_one


def happen(order_id: UUID = ORDER) -> None:
    """Let something happen to an order, and the worker find it."""
    at, by = datetime.now(UTC), Actor.system("live.tests")
    with transaction.atomic():
        publish(KettleBoiled(1), key="maya", at=at, by=by, subject=f"order:{order_id}")
    sequence()


def cut() -> int:
    """Cut the process off from the database; return how many connections it had."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'doorstep live' AND datname = current_database()"
        )
        return len(cursor.fetchall())


def health(process: LiveProcess) -> dict[str, Any]:
    with urllib.request.urlopen(f"{process.url}/healthz") as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def test_an_open_page_hears_of_its_order_only(
    open_page: Callable[..., Reader], store: StoreInfo
) -> None:
    ours, others = open_page(), open_page(new_id())
    assert ours.status == 200
    assert "content-type: text/event-stream" in ours.head
    assert "access-control-allow-origin: *" in ours.head
    ours.read_until("retry: ")
    began = time.monotonic()
    happen()
    ours.wait_changes(1)
    assert time.monotonic() - began < 2
    happen()
    ours.wait_changes(2)
    assert others.changes == 0


def test_a_change_between_the_page_and_its_stream_is_told(
    process: LiveProcess,
    store: StoreInfo,
    open_page: Callable[..., Reader],
    connect: Callable[..., Reader],
) -> None:
    ticket = make_ticket(store.id, f"order:{ORDER}", at=datetime.now(UTC))
    early = open_page()
    happen()
    early.wait_changes(1)  # the process knows by now
    connect(process, ticket).wait_changes(1)


def test_nobody_listens_without_a_good_ticket(
    process: LiveProcess, store: StoreInfo, connect: Callable[..., Reader]
) -> None:
    now = datetime.now(UTC)
    good = make_ticket(store.id, f"order:{ORDER}", at=now)
    expired = make_ticket(store.id, f"order:{ORDER}", at=now - timedelta(hours=12))
    changed = good[:-1] + ("A" if good[-1] != "A" else "B")
    for ticket, status in ((expired, 401), (changed, 404), ("", 404), ("x" * 5000, 404)):
        assert connect(process, ticket).status == status
    for path, method in (("/", "GET"), ("/live/", "POST"), (f"/live/{good}", "POST")):
        request = urllib.request.Request(process.url + path, method=method)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code in {404, 405}
        assert json.load(refused.value)["detail"]
    assert health(process)["streams"] == 0


def test_a_ticket_of_another_installation_is_refused(
    process: LiveProcess,
    store: StoreInfo,
    monkeypatch: pytest.MonkeyPatch,
    connect: Callable[..., Reader],
) -> None:
    monkeypatch.setattr(settings, "SECRET_KEY", "of somebody else")
    foreign = make_ticket(store.id, f"order:{ORDER}", at=datetime.now(UTC))
    assert connect(process, foreign).status == 404


def test_three_hundred_pages_share_one_connection(
    process: LiveProcess, open_page: Callable[..., Reader], store: StoreInfo
) -> None:
    orders = [new_id() for _ in range(300)]
    # They come from one network address, as an office does.
    pages = [open_page(order) for order in orders]
    assert {page.status for page in pages} == {200}
    began = time.monotonic()
    at, by = datetime.now(UTC), Actor.system("live.tests")
    with transaction.atomic():
        for order in orders:
            publish(KettleBoiled(1), key="maya", at=at, by=by, subject=f"order:{order}")
    sequence()
    for page in pages:
        page.wait_changes(1)
    assert time.monotonic() - began < 2
    assert psutil.Process(process.child.pid).memory_info().rss < SMALL
    for page in pages[:299]:
        page.close()
    until(lambda: health(process)["streams"] == 1, "the others to be forgotten")
    assert cut() == 1


def test_one_too_many_is_refused(
    transactional_db: None, tmp_path: Path, store: StoreInfo, connect: Callable[..., Reader]
) -> None:
    ticket = make_ticket(store.id, f"order:{ORDER}", at=datetime.now(UTC))
    limits = {"DOORSTEP_LIVE_STREAMS": "3", "DOORSTEP_LIVE_PER_CLIENT": "2"}
    with live_process(tmp_path, DOORSTEP_BEHIND_PROXY="yes", **limits) as process:
        pages = [
            connect(process, ticket, X_Forwarded_For=f"9.9.9.9, 10.0.0.{client}")
            for client in (1, 1, 1, 2, 3)
        ]
        assert [page.status for page in pages] == [200, 200, 429, 200, 503]
        assert "retry-after: 30" in pages[-1].head
        pages[0].close()
        until(lambda: health(process)["streams"] == 2, "the first to be forgotten")
        assert connect(process, ticket, X_Forwarded_For="10.0.0.3").status == 200


def test_a_lost_database_closes_no_page_and_all_look_again(
    process: LiveProcess, open_page: Callable[..., Reader], store: StoreInfo
) -> None:
    pages = [open_page(), open_page(new_id())]
    assert cut() == 1
    for page in pages:
        page.wait_changes(1)
    assert probe(f"{process.url}/healthz") == ""
    happen()
    pages[0].wait_changes(2)
    assert pages[1].changes == 1


def test_the_end_closes_all_streams_at_once(
    process: LiveProcess, open_page: Callable[..., Reader]
) -> None:
    pages = [open_page() for _ in range(20)]
    began = time.monotonic()
    os.kill(process.child.pid or 0, signal.SIGTERM)
    for page in pages:
        assert page.read_rest().endswith("0\r\n\r\n")  # whole, not cut off
    until(lambda: process.child.exit_code is not None, "the process to end")
    assert time.monotonic() - began < 2
    assert process.child.exit_code == 0
