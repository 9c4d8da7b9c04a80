"""The ledger against a simple model of it: whatever is done in whatever order, the books agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from doorstep.kernel.errors import NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.ledger import api
from doorstep.kernel.ledger.api import AccountKey, Credit, Debit
from doorstep.kernel.models import LedgerAccount
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.conftest import AT, BY

BOOK = "jars"
DAY = timedelta(days=1)
holders = st.sampled_from(["shelf:1", "shelf:2", "shelf:3"])
amounts = st.integers(1, 50)
# Few causes, so that they come again; each has one meaning.
causes = st.integers(0, 12)


@contextmanager
def _undone() -> Iterator[None]:
    """Run a step of the machine in a savepoint whose deferred checks come at once."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class Books(RuleBasedStateMachine):
    """A pantry: what went in and out, counted twice."""

    @initialize()
    def open(self) -> None:
        """Begin with an empty pantry in a transaction that is never committed."""
        self.stack = ExitStack()
        outer = transaction.atomic()
        self.stack.enter_context(outer)
        self.stack.callback(transaction.set_rollback, True)
        self.stack.enter_context(store_scope(new_id()))
        self.at: datetime = AT
        self.given: dict[str, int] = {}
        self.spent: dict[str, int] = {}
        self.back: dict[str, int] = {}
        self.total = 0  # what all holders have, pending included, by our own counting

    def teardown(self) -> None:
        """Leave nothing."""
        if hasattr(self, "stack"):
            self.stack.close()

    @rule(holder=holders, amount=amounts, nth=causes, days=st.none() | st.integers(1, 40),
          pending=st.booleans())  # fmt: skip
    def credit(self, holder: str, amount: int, nth: int, days: int | None, pending: bool) -> None:
        """Put some in."""
        cause = f"give {nth}"
        ends = self.at + days * DAY if days else None
        ripe = self.at + 3 * DAY if pending else None
        wish = Credit(AccountKey(BOOK, holder, "beans"), amount, cause, "", ends, pending, ripe)
        try:
            with _undone():
                (entry,) = api.credit_many([wish], by=BY, at=self.at)
        except api.CauseReused:
            assert cause in self.given
            return
        if not entry.is_repeat:
            assert cause not in self.given
            self.given[cause] = amount
            self.total += amount

    @rule(holder=holders, amount=amounts, nth=causes, partly=st.booleans())
    def spend(self, holder: str, amount: int, nth: int, partly: bool) -> None:
        """Take some out, or all there is."""
        cause = f"spend {nth}"
        wish = Debit(AccountKey(BOOK, holder, "beans"), amount, cause, as_far_as_possible=partly)
        before = self._stored()
        try:
            with _undone():
                entry = api.spend(wish, by=BY, at=self.at)
        except (api.NotEnough, api.CauseReused):
            assert self._stored() == before
            return
        if entry is not None and not entry.is_repeat:
            self.spent[cause] = -entry.amount
        self.total += self._stored() - before
        assert self._stored() <= before

    @rule(nth=causes, amount=st.none() | amounts, again=st.integers(0, 3))
    def give_back(self, nth: int, amount: int | None, again: int) -> None:
        """Give back what was spent."""
        cause = f"back {nth} {again}"
        before = self._stored()
        try:
            with _undone():
                entries = api.give_back(
                    BOOK, f"spend {nth}", cause=cause, amount=amount, by=BY, at=self.at
                )
        except (NotFound, api.MoreThanSpent, api.CauseReused):
            assert self._stored() == before
            return
        if entries[0].is_repeat:
            assert self._stored() == before
            return
        came = sum(entry.amount for entry in entries)
        assert self._stored() == before + came
        self.back[f"spend {nth}"] = self.back.get(f"spend {nth}", 0) + came
        assert self.back[f"spend {nth}"] <= self.spent[f"spend {nth}"]
        self.total += came

    @rule(nth=causes, amount=st.none() | amounts, others=st.booleans(), again=st.integers(0, 3))
    def take_back(self, nth: int, amount: int | None, others: bool, again: int) -> None:
        """Take back what was given."""
        before = self._stored()
        try:
            with _undone():
                taken = api.take_back(
                    BOOK, f"give {nth}", cause=f"take {nth} {again}", amount=amount,
                    from_others=others, by=BY, at=self.at,
                )  # fmt: skip
        except NotFound:
            assert f"give {nth}" not in self.given
            return
        gone = before - self._stored()
        if taken.entry is not None and not taken.entry.is_repeat:
            assert gone == -(taken.entry.amount + taken.entry.pending)
        self.total -= gone

    @rule(one=holders, other=holders, nth=st.integers(0, 10**6))
    def move(self, one: str, other: str, nth: int) -> None:
        """Make two holders one."""
        before = self._stored()
        with _undone():
            api.move_holder(BOOK, one, other, cause=f"move {nth} {new_id()}", words="", by=BY,
                            at=self.at)  # fmt: skip
        assert self._stored() == before

    @rule(days=st.integers(1, 10))
    def wait(self, days: int) -> None:
        """Let time pass, and book what it did."""
        self.at += days * DAY
        before = self._stored()
        with _undone():
            ripe = api.mature_due(BOOK, by=BY, at=self.at)
            assert self._stored() == before
            ended = api.expire_due(BOOK, by=BY, at=self.at)
        assert all(entry.amount > 0 for entry in ripe)
        assert self._stored() == before + sum(entry.amount for entry in ended)
        self.total = self._stored()

    def _stored(self) -> int:
        rows = LedgerAccount.objects.values_list("balance", "pending")
        return sum(balance + pending for balance, pending in rows)

    @invariant()
    def books_agree(self) -> None:
        """Entries, lots and balances say the same, and nothing is below zero."""
        if not hasattr(self, "stack"):
            return
        assert api.find_discrepancies() == []
        assert self._stored() == self.total
        assert all(
            b >= 0 and p >= 0 for b, p in LedgerAccount.objects.values_list("balance", "pending")
        )


@pytest.mark.django_db(transaction=True)
def test_the_books_agree_whatever_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    Books.TestCase.settings = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    Books.TestCase("runTest").debug()


@pytest.mark.django_db
def test_the_database_says_no_at_the_commit_too(store_id: object) -> None:
    """An entry without parts passes its statement and fails the commit."""
    api.credit_many([Credit(AccountKey(BOOK, "shelf:1", "beans"), 5, "give")], by=BY, at=AT)
    with pytest.raises(IntegrityError), _undone(), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kernel_ledger_entry (id, store_id, account_id, book, nth, kind, amount,
                pending, balance_after, pending_after, cause, words, rule, at, by, by_label)
            SELECT gen_random_uuid(), store_id, id, book, 2, 'credited', 7, 0, 12, 0, 'forged', '',
                '{}', now(), 'nobody', ''
            FROM kernel_ledger_account
            """
        )
