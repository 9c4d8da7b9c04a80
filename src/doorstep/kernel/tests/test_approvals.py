"""Above somebody's limit nothing moves; what they asked for waits for somebody with more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions import approvals, catalog
from doorstep.kernel.actions.catalog import action, run_action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.ids import new_id
from doorstep.kernel.models.approvals import Approval
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.conftest import AT

pytestmark = pytest.mark.django_db
SAM = Actor("user", "sam", "Sam", role="support")
MARCO = Actor("user", "marco", "Marco", role="manager")
INES = Actor("user", "ines", "Ines", role="owner")
PAID: list[int] = []


@pytest.fixture(autouse=True)
def pay(monkeypatch: pytest.MonkeyPatch, store_id: UUID) -> None:
    """Register an action that moves money, with a limit of 50 euros for support."""
    monkeypatch.setattr(catalog, "_entries", {})
    PAID.clear()

    @action(
        "kernel_tests.pay",
        permission="money.move",
        summary="Pay",
        amount=lambda *, cents, **_: ("EUR", cents),
    )
    def pay_out(*, cents: int, by: Actor, at: datetime) -> int:
        if cents == 666_00:
            raise Conflict("That is all gone.")
        PAID.append(cents)
        return cents

    approvals.set_limit(
        action="kernel_tests.pay",
        role="support",
        currency="EUR",
        amount_minor=50_00,
        by=INES,
        at=AT,
    )


def ask(cents: int, by: Actor = SAM) -> UUID:
    with pytest.raises(approvals.AskedForApproval) as asked:
        run_action("kernel_tests.pay", {"cents": cents}, by=by, at=AT)
    return asked.value.approval_id


def test_up_to_the_limit_one_decides_alone() -> None:
    assert run_action("kernel_tests.pay", {"cents": 50_00}, by=SAM, at=AT) == 50_00
    assert run_action("kernel_tests.pay", {"cents": 500_00}, by=MARCO, at=AT) == 500_00
    assert not Approval.objects.exists()


def test_above_it_nothing_moves_until_somebody_else_approves(store_id: UUID) -> None:
    approval_id = ask(50_01)
    assert not PAID
    assert not audit.list_entries(store_id)
    assert approvals.count_waiting() == 1
    done = approvals.decide(approval_id=approval_id, is_approved=True, by=MARCO, at=AT)
    assert (done.state, PAID) == ("approved", [50_01])
    with pytest.raises(Conflict, match="approved already"):
        approvals.decide(approval_id=approval_id, is_approved=True, by=INES, at=AT)
    assert PAID == [50_01]


def test_the_same_request_twice_is_one() -> None:
    assert ask(60_00) == ask(60_00)
    assert ask(60_00) != ask(61_00)


def test_nobody_approves_their_own_or_above_their_limit() -> None:
    approval_id = ask(60_00)
    with pytest.raises(PermissionDenied):
        approvals.decide(approval_id=approval_id, is_approved=True, by=SAM, at=AT)
    approvals.set_limit(
        action="kernel_tests.pay",
        role="manager",
        currency="EUR",
        amount_minor=55_00,
        by=INES,
        at=AT,
    )
    with pytest.raises(approvals.OverLimit):
        approvals.decide(approval_id=approval_id, is_approved=True, by=MARCO, at=AT)
    own = ask(60_00, by=MARCO)
    with pytest.raises(PermissionDenied, match="Somebody else"):
        approvals.decide(approval_id=own, is_approved=True, by=MARCO, at=AT)
    assert not PAID
    assert approvals.decide(approval_id=approval_id, is_approved=True, by=INES, at=AT)
    assert PAID == [60_00]


def test_declining_moves_nothing_and_says_why() -> None:
    found = approvals.decide(
        approval_id=ask(60_00), is_approved=False, words="Too much", by=MARCO, at=AT
    )
    assert (found.state, found.words, PAID) == ("declined", "Too much", [])


def test_what_fails_when_it_runs_keeps_the_reason() -> None:
    found = approvals.decide(approval_id=ask(666_00), is_approved=True, by=MARCO, at=AT)
    assert (found.state, found.words) == ("failed", "That is all gone.")


def test_another_currency_has_no_room_in_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = catalog.find_action("kernel_tests.pay")
    assert entry
    object.__setattr__(entry, "amount", lambda **_: ("SEK", 1))
    ask(1)


def test_a_request_can_be_withdrawn_by_who_asked_only() -> None:
    approval_id = ask(60_00)
    with pytest.raises(NotFound):
        approvals.withdraw(approval_id=approval_id, by=MARCO, at=AT)
    assert approvals.withdraw(approval_id=approval_id, by=SAM, at=AT).state == "withdrawn"


def test_another_store_sees_nothing_of_it() -> None:
    approval_id = ask(60_00)
    with store_scope(new_id()):
        assert approvals.count_waiting() == 0
        with pytest.raises(NotFound):
            approvals.decide(approval_id=approval_id, is_approved=True, by=INES, at=AT)
    assert not PAID


def test_limits_are_for_actions_with_amounts_and_roles_below_the_owner() -> None:
    for wrong in (
        {"action": "kernel_tests.none"},
        {"role": "owner"},
        {"currency": "XXX1"},
        {"amount_minor": -1},
    ):
        fine = {"action": "kernel_tests.pay", "role": "support", "currency": "EUR"}
        with pytest.raises(Invalid):
            approvals.set_limit(**{**fine, "amount_minor": 1, **wrong}, by=INES, at=AT)
    approvals.set_limit(**fine, amount_minor=None, by=INES, at=AT)
    assert not approvals.list_limits()


@pytest.mark.parametrize("wrong", [{"state": "sold"}, {"state": "approved"}])
def test_the_database_keeps_the_states(wrong: dict, store_id: UUID) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(
            store_id=store_id,
            action="a",
            payload={},
            currency="EUR",
            amount_minor=1,
            limit_minor=0,
            asked_at=AT,
            asked_by="user:sam",
            **wrong,
        )


def test_nobody_sets_the_limit_of_their_own_role() -> None:
    mine = {"action": "kernel_tests.pay", "role": "manager", "currency": "EUR"}
    with pytest.raises(PermissionDenied):
        approvals.set_limit(**mine, amount_minor=None, by=MARCO, at=AT)
    approvals.set_limit(**mine, amount_minor=100_00, by=INES, at=AT)
    approvals.set_limit(**{**mine, "role": "support"}, amount_minor=1, by=MARCO, at=AT)
