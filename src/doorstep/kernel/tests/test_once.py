"""What an action read is read again as soon as it may be another."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from doorstep.kernel import once

pytestmark = pytest.mark.django_db


class Reader:
    """Reads a thing, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times

    def look(self, key: str = "order") -> int:
        return once.remember(key, "shop_", self)


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def read() -> Reader:
    run("CREATE TEMPORARY TABLE shop_order (id integer) ON COMMIT DROP")
    run("CREATE TEMPORARY TABLE other_order (id integer) ON COMMIT DROP")
    return Reader()


def test_outside_of_an_action_everything_is_read(read: Reader) -> None:
    assert [read.look(), read.look()] == [1, 2]


def test_within_one_it_is_read_once(read: Reader) -> None:
    with once.remembering():
        assert [read.look(), read.look(), read.look("another")] == [1, 1, 2]
        with once.remembering():
            assert read.look() == 1
        run("SELECT * FROM shop_order FOR UPDATE")
        run("INSERT INTO other_order VALUES (1)")
        run("WITH seen AS (SELECT id FROM shop_order) UPDATE other_order SET id = 2")
        assert read.look() == 1
    assert read.look() == 3


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO shop_order VALUES (1)",
        'UPDATE "shop_order" AS t SET id = 2',
        "  delete from shop_order",
        "WITH gone AS (DELETE FROM shop_order RETURNING id) SELECT * FROM gone",
        "DO $$ BEGIN END $$",
    ],
)
def test_what_this_transaction_writes_is_read_again(read: Reader, statement: str) -> None:
    with once.remembering():
        read.look()
        run(statement)
        assert [read.look(), read.look()] == [2, 2]


def test_copied_rows_are_read_again(read: Reader) -> None:
    with once.remembering():
        read.look()
        once.forget("shop_order")
        assert read.look() == 2


def test_what_is_taken_back_was_not_read_and_not_locked(read: Reader) -> None:
    with once.remembering():
        once.hold({"before"})
        read.look()
        with pytest.raises(ValueError, match="no"), transaction.atomic():
            once.hold({"order"})
            read.look("another")
            raise ValueError("no")
        assert not once.is_held("order")
        assert read.look() == 3
    assert not once.is_held("before")
