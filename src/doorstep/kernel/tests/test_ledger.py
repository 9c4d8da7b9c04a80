"""The ledger: entries add up to balances, lots end and come back, nothing goes below zero."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.ledger import api
from doorstep.kernel.ledger.api import AccountKey, Credit, Debit, EntryKind
from doorstep.kernel.models import LedgerAccount, LedgerEntry, LedgerLot, LedgerPart
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.conftest import AT, BY
from doorstep.kernel.tests.threads import at_once

BOOK = "jars"
JAR = AccountKey(BOOK, "shelf:1", "beans")
OTHER = AccountKey(BOOK, "shelf:2", "beans")
DAY = timedelta(days=1)


def put(amount: int, cause: str, *, days: int | None = None, key: AccountKey = JAR) -> None:
    """Put beans into a jar, which end after so many days."""
    ends = None if days is None else AT + days * DAY
    api.credit_many([Credit(key, amount, cause, expires_at=ends)], by=BY, at=AT)


def take(amount: int, cause: str, *, key: AccountKey = JAR, at: datetime = AT) -> None:
    """Take beans out."""
    api.spend(Debit(key, amount, cause), by=BY, at=at)


def left(key: AccountKey = JAR, at: datetime | None = None) -> int:
    """Return how many can be taken."""
    return api.list_accounts(BOOK, [key.holder], at=at)[key.holder][0].balance


def lots() -> list[int]:
    """Return what is left of each lot, in the order they are spent."""
    return [lot.remaining for lot in api.list_lots(list(account_ids()))]


def account_ids() -> set[UUID]:
    """Return all accounts."""
    return set(LedgerAccount.objects.values_list("id", flat=True))


@pytest.mark.django_db
def test_what_ends_soonest_is_spent_first(store_id: UUID) -> None:
    put(10, "forever")
    put(10, "late", days=20)
    put(10, "soon", days=10)
    take(15, "soup")
    assert lots() == [5, 10]
    (jar,) = api.list_accounts(BOOK, [JAR.holder])[JAR.holder]
    assert (jar.balance, jar.next_expiry_at, jar.next_expiry_amount) == (15, AT + 20 * DAY, 5)
    assert api.find_discrepancies() == []


@pytest.mark.django_db
def test_a_cause_moves_once(store_id: UUID) -> None:
    put(10, "harvest")
    put(10, "harvest")
    take(4, "soup")
    take(4, "soup")
    assert left() == 6
    with pytest.raises(api.CauseReused):
        put(11, "harvest")
    with pytest.raises(api.CauseReused):
        take(4, "soup", key=OTHER)
    with pytest.raises(api.CauseReused):
        put(10, "harvest", key=OTHER)
    assert left() == 6


@pytest.mark.django_db
def test_one_call_may_name_a_cause_twice(store_id: UUID) -> None:
    same = Credit(JAR, 5, "harvest")
    first, second = api.credit_many([same, same], by=BY, at=AT)
    assert (first.is_repeat, second.is_repeat, first.id == second.id) == (False, True, True)
    assert left() == 5


@pytest.mark.django_db
def test_more_than_there_is_is_refused_whole(store_id: UUID) -> None:
    put(10, "harvest")
    with pytest.raises(api.NotEnough) as refused:
        api.spend_many([Debit(JAR, 4, "soup"), Debit(JAR, 7, "stew")], by=BY, at=AT)
    assert (refused.value.has, refused.value.wanted) == (6, 7)
    assert left() == 10
    entry = api.spend(Debit(JAR, 99, "feast", as_far_as_possible=True), by=BY, at=AT)
    assert entry is not None
    assert (entry.amount, left()) == (-10, 0)
    assert api.spend(Debit(JAR, 1, "crumb", as_far_as_possible=True), by=BY, at=AT) is None


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [0, -5])
def test_amounts_are_above_zero(store_id: UUID, amount: int) -> None:
    with pytest.raises(Invalid):
        put(amount, "nothing")
    with pytest.raises(Invalid):
        take(amount, "nothing")
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_what_has_ended_can_not_be_spent_though_nobody_booked_it(store_id: UUID) -> None:
    put(10, "soon", days=1)
    put(10, "late", days=9)
    later = AT + 2 * DAY
    assert (left(), left(at=later)) == (20, 10)
    with pytest.raises(api.NotEnough):
        take(11, "soup", at=later)
    take(10, "soup", at=later)
    kinds = [entry.kind for entry in api.list_entries(next(iter(account_ids())))]
    assert kinds[:2] == [EntryKind.SPENT, EntryKind.EXPIRED]
    assert left() == 0


@pytest.mark.django_db
def test_expiring_in_sets_takes_each_lot_once(store_id: UUID) -> None:
    for nth in range(30):
        put(3, f"harvest-{nth}", days=1, key=AccountKey(BOOK, f"shelf:{nth}", "beans"))
    later = AT + 2 * DAY
    assert api.list_stores_due(BOOK, at=later) == [store_id]
    with CaptureQueriesContext(connection) as few:
        assert len(api.expire_due(BOOK, by=BY, at=later, limit=10)) == 10
    with CaptureQueriesContext(connection) as many:
        assert len(api.expire_due(BOOK, by=BY, at=later)) == 20
    assert len(few) == len(many)
    assert api.expire_due(BOOK, by=BY, at=later) == []
    assert api.list_stores_due(BOOK, at=later) == []
    assert api.find_discrepancies() == []


@pytest.mark.django_db
def test_crediting_thousands_takes_the_same_queries(store_id: UUID) -> None:
    def credit(first: int, count: int) -> int:
        credits = [
            Credit(AccountKey(BOOK, f"shelf:{n}", "beans"), 5, f"gift-{n}")
            for n in range(first, first + count)
        ]
        with CaptureQueriesContext(connection) as queries:
            api.credit_many(credits, by=BY, at=AT)
        return len(queries)

    assert credit(0, 2) == credit(2, 2000)
    assert LedgerEntry.objects.count() == 2002
    assert api.find_discrepancies() == []


@pytest.mark.django_db
def test_given_back_goes_to_the_lots_it_came_from(store_id: UUID) -> None:
    put(10, "soon", days=10)
    put(10, "late", days=20)
    take(15, "soup")
    api.give_back(BOOK, "soup", cause="return-1", amount=8, by=BY, at=AT)
    assert lots() == [3, 10]  # what lasts longest came back first
    with pytest.raises(api.MoreThanSpent):
        api.give_back(BOOK, "soup", cause="return-2", amount=8, by=BY, at=AT)
    (rest,) = api.give_back(BOOK, "soup", cause="return-3", by=BY, at=AT)
    assert (rest.amount, lots()) == (7, [10, 10])
    with pytest.raises(api.MoreThanSpent):
        api.give_back(BOOK, "soup", cause="return-4", by=BY, at=AT)
    with pytest.raises(NotFound):
        api.give_back(BOOK, "stew", cause="return-5", by=BY, at=AT)


@pytest.mark.django_db
def test_giving_back_twice_for_one_cause_gives_once(store_id: UUID) -> None:
    put(10, "harvest")
    take(10, "soup")
    for _ in range(2):
        (entry,) = api.give_back(BOOK, "soup", cause="return", amount=4, by=BY, at=AT)
    assert (entry.is_repeat, left()) == (True, 4)
    with pytest.raises(api.CauseReused):
        api.give_back(BOOK, "soup", cause="return", amount=5, by=BY, at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "lasts"), [(100, 90), (15, 30)])
def test_what_ended_meanwhile_comes_back_as_a_new_lot(
    store_id: UUID, days: int, lasts: int
) -> None:
    put(10, "harvest", days=days)
    take(10, "soup", at=AT + 10 * DAY)
    back_at = AT + 200 * DAY
    api.give_back(BOOK, "soup", cause="return", by=BY, at=back_at)
    (lot,) = api.list_lots(list(account_ids()))
    assert (lot.remaining, lot.expires_at) == (10, back_at + lasts * DAY)
    assert api.find_discrepancies() == []


@pytest.mark.django_db
def test_pending_can_not_be_spent_before_its_day(store_id: UUID) -> None:
    ripe = AT + 14 * DAY
    credit = Credit(JAR, 10, "order", is_pending=True, matures_at=ripe, expires_at=AT + 50 * DAY)
    api.credit_many([credit], by=BY, at=AT)
    (jar,) = api.list_accounts(BOOK, [JAR.holder])[JAR.holder]
    assert (jar.balance, jar.pending) == (0, 10)
    with pytest.raises(api.NotEnough):
        take(1, "soup")
    assert api.mature_due(BOOK, by=BY, at=ripe - DAY) == []
    (entry,) = api.mature_due(BOOK, by=BY, at=ripe)
    assert (entry.amount, entry.pending, entry.kind) == (10, -10, EntryKind.MATURED)
    take(10, "soup", at=ripe)
    assert api.find_discrepancies() == []


@pytest.mark.django_db
def test_pending_without_a_day_waits_for_a_word(store_id: UUID) -> None:
    api.credit_many([Credit(JAR, 10, "order", is_pending=True)], by=BY, at=AT)
    assert api.mature_due(BOOK, by=BY, at=AT + 999 * DAY) == []
    assert len(api.mature(BOOK, ["order"], by=BY, at=AT)) == 1
    assert api.mature(BOOK, ["order"], by=BY, at=AT) == []
    assert left() == 10


@pytest.mark.django_db
def test_taking_back_takes_what_that_credit_gave(store_id: UUID) -> None:
    rule = {"points_per_euro": 2}
    api.credit_many([Credit(JAR, 10, "order", rule=rule)], by=BY, at=AT)
    put(10, "gift")
    take(7, "soup")  # of the order's lot, which came first
    back = api.take_back(BOOK, "order", cause="return", by=BY, at=AT)
    assert back.entry is not None
    assert (back.entry.amount, back.missing, back.entry.rule) == (-3, 7, rule)
    again = api.take_back(BOOK, "order", cause="return", by=BY, at=AT)
    assert (again.missing, left()) == (7, 10)
    more = api.take_back(BOOK, "order", cause="return-2", from_others=True, by=BY, at=AT)
    assert (more.missing, left()) == (0, 3)
    assert api.take_back(BOOK, "order", cause="return-3", by=BY, at=AT).entry is None
    with pytest.raises(NotFound):
        api.take_back(BOOK, "soup", cause="return-4", by=BY, at=AT)


@pytest.mark.django_db
def test_pending_is_taken_back_as_pending(store_id: UUID) -> None:
    api.credit_many([Credit(JAR, 10, "order", is_pending=True)], by=BY, at=AT)
    back = api.take_back(BOOK, "order", cause="return", amount=4, by=BY, at=AT)
    assert back.entry is not None
    assert (back.entry.amount, back.entry.pending, back.missing) == (0, -4, 0)
    assert api.find_discrepancies() == []


@pytest.mark.django_db
def test_a_holders_lots_move_and_come_back(store_id: UUID) -> None:
    put(10, "mine", days=10)
    put(5, "theirs", days=5, key=OTHER)
    take(4, "soup")
    moved = api.move_holder(
        BOOK, JAR.holder, OTHER.holder, cause="merge", words="Moved", by=BY, at=AT
    )
    assert (left(), left(OTHER)) == (0, 11)
    api.give_back(BOOK, "soup", cause="return", by=BY, at=AT)  # finds its lot at the other's
    assert (left(), left(OTHER)) == (0, 15)
    take(8, "stew", key=OTHER)
    api.move_lots(
        moved, JAR.holder, cause="undo", words="Back", by=BY, at=AT, from_holder=OTHER.holder
    )
    assert (left(), left(OTHER)) == (7, 0)
    assert api.find_discrepancies() == []


@pytest.mark.django_db
def test_what_ends_soon_is_told_once(store_id: UUID) -> None:
    put(10, "a", days=5)
    put(10, "b", days=5)
    put(10, "c", days=50)
    assert api.list_stores_due(BOOK, at=AT, within=14 * DAY) == [store_id]
    (ending,) = api.claim_ending(BOOK, at=AT, within=14 * DAY)
    assert (ending.key, ending.amount, ending.ends_at) == (JAR, 20, AT + 5 * DAY)
    assert api.claim_ending(BOOK, at=AT, within=14 * DAY) == []


@pytest.mark.django_db
def test_what_is_owed_by_age_and_end(store_id: UUID) -> None:
    put(10, "a", days=5)
    put(20, "b")
    api.credit_many([Credit(JAR, 7, "c", is_pending=True)], by=BY, at=AT)
    api.credit_many([Credit(OTHER, 3, "d")], by=BY, at=AT - 100 * DAY)
    (owed,) = api.list_owed(BOOK, at=AT + DAY)
    assert (owed.total, owed.pending, owed.accounts) == (33, 7, 2)
    assert [amount for _, _, amount in owed.by_age] == [30, 0, 3, 0, 0]
    assert dict(owed.ending) == {30: 10, 90: 0, 180: 0, 365: 0, 0: 0, None: 23}


@pytest.mark.django_db
def test_another_stores_books_do_not_exist_here(store_id: UUID) -> None:
    put(10, "harvest")
    with store_scope(new_id()):
        assert api.list_accounts(BOOK, [JAR.holder]) == {}
        with pytest.raises(api.NotEnough):
            take(1, "soup")
        put(1, "harvest")  # the same cause is another one there
    assert left() == 10


# The database keeps the books, whatever the code does.


def bad(statement: str) -> None:
    """Run a statement that the database must refuse, deferred checks included."""
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_ledger_account SET balance = 99",
        "UPDATE kernel_ledger_account SET pending = 99",
        "UPDATE kernel_ledger_lot SET remaining = 1",
        "UPDATE kernel_ledger_lot SET amount = 99",
        "UPDATE kernel_ledger_entry SET amount = 99",
        "UPDATE kernel_ledger_part SET amount = 99",
        "DELETE FROM kernel_ledger_part",
        "DELETE FROM kernel_ledger_entry",
        "DELETE FROM kernel_ledger_lot",
        "DELETE FROM kernel_ledger_account",
    ],
)
def test_nothing_is_rewritten(store_id: UUID, statement: str) -> None:
    put(10, "harvest")
    bad(statement)
    assert left() == 10


def _entry(amount: int, kind: EntryKind = EntryKind.SPENT, **changed: object) -> LedgerEntry:
    account = LedgerAccount.objects.get()
    given = {
        "store_id": account.store_id, "account": account, "book": BOOK, "nth": 2, "kind": kind,
        "amount": amount, "balance_after": 0, "pending_after": 0, "cause": "by hand", "at": AT,
        "by": "test",
    }  # fmt: skip
    return LedgerEntry(**(given | changed))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        {"amount": -11},  # below zero
        {"amount": -1},  # no parts
        {"amount": 0},
        {"cause": "harvest", "amount": -1},
        {"cause": "", "amount": -1},
        {"kind": "stolen", "amount": -1},
        {"book": "tins", "amount": -1},
        {"nth": 1, "amount": -1},
    ],
)
def test_bad_entries_are_refused(store_id: UUID, changed: dict[str, object]) -> None:
    put(10, "harvest")
    with pytest.raises(IntegrityError), transaction.atomic():
        entry = _entry(int(str(changed["amount"])))
        for name, value in changed.items():
            setattr(entry, name, value)
        entry.save(force_insert=True)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert left() == 10


@pytest.mark.django_db
def test_more_than_was_spent_is_not_given_back_even_by_hand(store_id: UUID) -> None:
    put(10, "harvest")
    take(4, "soup")
    with pytest.raises(IntegrityError), transaction.atomic():
        entry = _entry(5, EntryKind.GIVEN_BACK, nth=3, source=LedgerEntry.objects.get(nth=2))
        entry.save(force_insert=True)
        lot = LedgerLot.objects.get()
        LedgerPart.objects.create(store_id=store_id, entry=entry, lot=lot, amount=5)
    assert left() == 6


# Everybody at once.


@pytest.mark.django_db(transaction=True)
def test_64_spends_at_once_never_go_below_zero(store_id: UUID) -> None:
    put(5, "soon", days=3)
    put(5, "late", days=9)

    def spend(nth: int) -> int:
        with store_scope(store_id):
            try:
                take(1, f"bean-{nth}")
            except api.NotEnough:
                return 0
            return 1

    assert sum(at_once(64, spend)) == 10
    assert (left(), lots()) == (0, [])
    assert api.find_discrepancies() == []


@pytest.mark.django_db(transaction=True)
def test_one_cause_from_many_threads_moves_once(store_id: UUID) -> None:
    def both(nth: int) -> bool:
        with store_scope(store_id):
            (entry,) = api.credit_many([Credit(JAR, 10, "harvest")], by=BY, at=AT)
            spent = api.spend(Debit(JAR, 3, "soup"), by=BY, at=AT)
            assert spent is not None
            return entry.is_repeat

    assert sorted(at_once(12, both)) == [False] + [True] * 11
    assert left() == 7


@pytest.mark.django_db(transaction=True)
def test_one_cause_on_two_accounts_at_once_moves_one_of_them(store_id: UUID) -> None:
    put(10, "a")
    put(10, "b", key=OTHER)

    def spend(nth: int) -> int:
        with store_scope(store_id):
            try:
                take(4, "soup", key=[JAR, OTHER][nth % 2])
            except api.CauseReused:
                return 0
            return 1

    at_once(8, spend)
    assert left() + left(OTHER) == 16


@pytest.mark.django_db(transaction=True)
def test_everything_at_once_adds_up_and_nobody_waits_in_a_circle(store_id: UUID) -> None:
    for key in (JAR, OTHER):
        put(100, f"start {key.holder}", days=1, key=key)
        put(100, f"more {key.holder}", key=key)
    take(50, "soup")

    def do(nth: int) -> None:
        keys = [JAR, OTHER] if nth % 2 else [OTHER, JAR]
        with store_scope(store_id):
            match nth % 5:
                case 0:
                    api.spend_many(
                        [Debit(key, 1, f"bean {nth} {key.holder}") for key in keys], by=BY, at=AT
                    )
                case 1:
                    api.give_back(BOOK, "soup", cause=f"back {nth}", amount=2, by=BY, at=AT)
                case 2:
                    api.expire_due(BOOK, by=BY, at=AT + 2 * DAY)
                case 3:
                    api.move_holder(
                        BOOK, keys[0].holder, keys[1].holder,
                        cause=f"move {nth}", words="", by=BY, at=AT,
                    )  # fmt: skip
                case 4:
                    api.credit_many(
                        [Credit(key, 5, f"gift {nth} {key.holder}") for key in keys],
                        by=BY, at=AT,
                    )  # fmt: skip

    def bravely(nth: int) -> None:
        try:
            do(nth)
        except api.NotEnough:
            return  # everything was moved away or had ended: as it should be

    at_once(20, bravely)
    assert api.find_discrepancies() == []
