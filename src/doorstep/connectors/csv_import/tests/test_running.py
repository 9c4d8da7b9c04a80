"""Imports end to end: counted, resumable, silent, and the same again without effect."""

from __future__ import annotations

import io
import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from doorstep.connectors.csv_import import jobs, running
from doorstep.connectors.csv_import.actions import start_import
from doorstep.connectors.csv_import.models import ImportRun, UploadPiece
from doorstep.connectors.csv_import.queries import get_import, list_imports, write_problems
from doorstep.connectors.csv_import.running import AlreadyRunning, import_file
from doorstep.connectors.csv_import.tests.test_parsing import JONAS, MAYA, MAYA_2, shopify
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound, PermissionDenied
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
INES = Actor("user", "ines", "Ines", role="owner")


def bad(row: str) -> str:
    return row.replace("#1002", "#5").replace("9002", "9005").replace(",1,Cup", ",-1,Cup")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(shopify(MAYA, MAYA_2, bad(JONAS), JONAS))
    return path


def history(count: int) -> bytes:
    return b"".join(
        json.dumps(
            {
                "external_id": f"h-{number}",
                "currency": "EUR",
                "placed_at": "2025-03-02T09:15:00+01:00",
                "person": {"email": f"shopper{number}@example.com"},
                "lines": [
                    {"title": "Sencha", "sku": "TEA-1", "quantity": 2, "unit_price_minor": 1250},
                    {"title": "Cup", "sku": "CUP-1", "quantity": 1, "unit_price_minor": 900},
                ],
            }
        ).encode()
        + b"\n"
        for number in range(count)
    )


def all_numbers() -> set[str]:
    return {one.number for one in orders.list_orders(OrderFilter(), limit=200).items}


def test_the_good_go_in_and_the_bad_are_listed(store: Any, export: Path) -> None:
    report = import_file(export, store_id=store.id, by=INES, at=AT)
    assert (report.format, report.mode, report.sales_channel) == ("shopify", "history", "shopify")
    assert report.status == "finished"
    assert (report.orders_seen, report.orders_new, report.orders_refused) == (3, 2, 1)
    assert all_numbers() == {"#1001", "#1002"}
    (problem,) = report.problems
    assert (problem.line, problem.column, problem.order) == (5, "Lineitem quantity", "#5")
    assert "".join(write_problems(report.run_id)).splitlines() == [
        "line,column,order,problem",
        "5,Lineitem quantity,#5,must not be negative (-1)",
    ]


def test_the_same_file_again_changes_nothing(store: Any, export: Path) -> None:
    import_file(export, store_id=store.id, by=INES, at=AT)
    before = orders.list_orders(OrderFilter(), limit=200).items
    report = import_file(export, store_id=store.id, by=INES, at=AT)
    assert (report.orders_new, report.orders_known, report.orders_refused) == (0, 2, 1)
    assert orders.list_orders(OrderFilter(), limit=200).items == before
    assert len(list_imports()) == 2


def test_history_tells_nobody(store: Any, export: Path) -> None:
    import_file(export, store_id=store.id, by=INES, at=AT)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT name FROM kernel_outbox WHERE name LIKE 'orders.%%'", [])
        assert {row[0] for row in cursor.fetchall()} == {"orders.orders_imported"}
    assert all(one.is_history for one in orders.list_orders(OrderFilter(), limit=9).items)


def test_live_treats_them_as_arrived(store: Any, tmp_path: Path) -> None:
    path = tmp_path / "today.csv"
    path.write_text(shopify(MAYA, MAYA_2, bad(JONAS)))
    at = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    report = import_file(path, store_id=store.id, mode="live", by=INES, at=at)
    assert (report.orders_new, report.orders_refused) == (1, 1)
    (found,) = orders.list_orders(OrderFilter(), limit=9).items
    assert not found.is_history


def test_a_killed_import_goes_on_where_it_stopped(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "HISTORY_CHUNK", 10)
    path = tmp_path / "history.jsonl"
    path.write_bytes(history(35))

    class Killed(BaseException):
        pass

    def die_after_twenty(report: Any) -> None:
        if report.orders_seen == 20:
            raise Killed

    with pytest.raises(Killed):
        import_file(path, store_id=store.id, by=INES, at=AT, progress=die_after_twenty)
    (half,) = list_imports()
    assert (half.status, half.orders_new) == ("running", 20)
    seen: list[int] = []
    report = import_file(
        path, store_id=store.id, by=INES, at=AT, progress=lambda one: seen.append(one.orders_seen)
    )
    assert report.run_id == half.run_id
    assert seen == [30, 35]
    assert (report.orders_new, report.orders_known) == (35, 0)
    assert len(all_numbers()) == 35


@pytest.mark.django_db(transaction=True)
def test_one_file_is_worked_on_by_one_process(store: Any, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(history(5))
    refused: list[str] = []

    def meanwhile(report: Any) -> None:
        def second() -> None:
            try:
                import_file(path, store_id=store.id, by=INES, at=AT)
            except AlreadyRunning as error:
                refused.append(error.message)
            finally:
                connections.close_all()

        thread = threading.Thread(target=second)
        thread.start()
        thread.join(30)

    report = import_file(path, store_id=store.id, by=INES, at=AT, progress=meanwhile)
    assert len(refused) == 1
    assert (report.orders_seen, report.orders_new) == (5, 5)
    again = import_file(path, store_id=store.id, by=INES, at=AT)
    assert again.orders_known == 5, "the lock is given back"


def test_an_upload_is_kept_for_the_worker_and_gone_afterwards(store: Any) -> None:
    stream = io.BytesIO(shopify(MAYA, MAYA_2, bad(JONAS), JONAS).encode("utf-16"))
    run_id = start_import(stream=stream, file_name="orders.csv", by=INES, at=AT)
    assert get_import(run_id).status == "queued"
    assert UploadPiece.objects.filter(run_id=run_id).exists()
    again = start_import(stream=stream, file_name="orders.csv", by=INES, at=AT)
    assert again == run_id
    jobs.work_off_upload(store_id=str(store.id), run_id=str(run_id))
    report = get_import(run_id)
    assert (report.status, report.orders_new, report.orders_refused) == ("finished", 2, 1)
    assert not UploadPiece.objects.exists()


def test_who_may_and_what_may_not(store: Any, other_store: Any, export: Path) -> None:
    mia = Actor("user", "mia", "Mia", role="marketer")
    with pytest.raises(PermissionDenied):
        start_import(stream=io.BytesIO(b"x"), file_name="x.csv", by=mia, at=AT)
    for wrong in ({"format": "excel"}, {"mode": "loud"}, {"sales_channel": "x" * 51}):
        with pytest.raises(Invalid):
            import_file(export, store_id=store.id, by=INES, at=AT, **wrong)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        import_file(export.with_name("missing.csv"), store_id=store.id, by=INES, at=AT)
    export.write_text("nothing,of,the,kind\n1,2,3,4\n")
    with pytest.raises(Invalid) as caught:
        import_file(export, store_id=store.id, by=INES, at=AT)
    assert caught.value.field == "file"
    assert not ImportRun.objects.exists()
    export.write_text(shopify(JONAS))
    report = import_file(export, store_id=store.id, by=INES, at=AT)
    with store_scope(other_store.id):
        assert list_imports() == []
        with pytest.raises(NotFound):
            get_import(report.run_id)
        with pytest.raises(NotFound):
            list(write_problems(report.run_id))
