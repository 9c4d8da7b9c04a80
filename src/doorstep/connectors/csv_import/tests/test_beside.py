"""A large file is worked on by several processes, and counted as if it were one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dev.testing.servers import database_url
from doorstep.connectors.csv_import import running
from doorstep.connectors.csv_import.queries import list_imports
from doorstep.connectors.csv_import.running import import_file
from doorstep.connectors.csv_import.tests.test_running import AT, INES, history
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders import api as orders

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """Stands for a kill between two chunks."""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history that counts as large: 95 good orders, two bad lines, an empty one."""
    monkeypatch.setattr(running, "HISTORY_CHUNK", 20)
    monkeypatch.setattr(running, "WORTH_BYTES", 1)
    monkeypatch.setenv("DATABASE_URL", database_url())  # where the other processes look
    lines = history(95).splitlines(keepends=True)
    lines[30:30] = [b"{broken\n"]
    lines[50:50] = [b"\n"]
    lines.append(lines[0].replace(b'"EUR"', b'"EURO"').replace(b"h-0", b"h-bad"))
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def test_chunks_are_kept_in_parallel_and_counted_in_order(store: Any, file: Path) -> None:
    seen: list[int] = []
    report = import_file(
        file,
        store_id=store.id,
        by=INES,
        at=AT,
        processes=2,
        progress=lambda so_far: seen.append(so_far.lines_done),
    )
    assert seen == [20, 40, 60, 80, 98]
    assert (report.orders_seen, report.orders_new, report.orders_refused) == (97, 95, 2)
    assert [(p.line, p.column) for p in report.problems] == [(31, ""), (98, "currency")]
    with store_scope(store.id):
        assert orders.count_orders().all == 0, "history stands apart"
        assert len(orders.list_orders(limit=200).items) == 95


def test_broken_off_it_goes_on_behind_the_last_counted_chunk(store: Any, file: Path) -> None:
    def break_off(so_far: Any) -> None:
        if so_far.lines_done == 40:
            raise Killed

    with pytest.raises(Killed):
        import_file(file, store_id=store.id, by=INES, at=AT, processes=2, progress=break_off)
    with store_scope(store.id):
        [half] = list_imports()
    assert (half.status, half.lines_done) == ("running", 40)

    report = import_file(file, store_id=store.id, by=INES, at=AT, processes=2)
    assert report.run_id == half.run_id
    assert (report.orders_seen, report.orders_refused) == (97, 2)
    # What was kept but not yet counted when it broke off is known by now: nothing is doubled.
    assert report.orders_new + report.orders_known == 95
    with store_scope(store.id):
        assert len(orders.list_orders(limit=200).items) == 95
