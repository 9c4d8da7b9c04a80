"""A small database server serves two workers and the web server beside them."""

from __future__ import annotations

from doorstep.kernel import worker


def test_a_worker_holds_few_connections() -> None:
    # PostgreSQL allows 100 unless told otherwise, of which it keeps three for its owner.
    assert 10 < worker.count_connections() <= 40
