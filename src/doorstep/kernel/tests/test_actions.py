"""Actions check the permission, own their transaction and leave an audit entry."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions import catalog, permissions
from doorstep.kernel.actions.catalog import action, run_action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound, PermissionDenied
from doorstep.kernel.models.audit import AuditEntry
from doorstep.kernel.tests.conftest import AT

pytestmark = pytest.mark.django_db
MANAGER = Actor("user", "marco", "Marco", role="manager")
MARKETER = Actor("user", "mia", "Mia", role="marketer")


@pytest.fixture
def pour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register an action that the tests run."""
    monkeypatch.setattr(catalog, "_entries", {})

    @action("kernel_tests.pour", permission="inventory.adjust", summary="Pour tea")
    def pour_tea(*, cups: int, sort: str = "Assam", by: Actor, at: datetime) -> int:
        audit.note(subject="pot:1", changes={"cups": [0, cups]})
        if cups > 5:
            raise Invalid("The pot holds five cups.", field="cups")
        return cups


def test_an_action_leaves_an_audit_entry(pour: None, store_id: UUID) -> None:
    assert run_action("kernel_tests.pour", {"cups": "3"}, by=MANAGER, at=AT) == 3
    (entry,) = audit.list_entries(store_id, subject="pot:1")
    assert (entry.action, entry.actor, entry.actor_label) == (
        "kernel_tests.pour",
        "user:marco",
        "Marco",
    )
    assert entry.changes == {"cups": [0, 3]}


def test_an_action_that_fails_leaves_nothing(pour: None, store_id: UUID) -> None:
    with pytest.raises(Invalid):
        run_action("kernel_tests.pour", {"cups": 6}, by=MANAGER, at=AT)
    assert not AuditEntry.objects.exists()


def test_a_role_without_the_permission_is_refused(pour: None, store_id: UUID) -> None:
    with pytest.raises(PermissionDenied, match="marketer"):
        run_action("kernel_tests.pour", {"cups": 1}, by=MARKETER, at=AT)
    assert not AuditEntry.objects.exists()


def test_a_key_is_limited_to_its_scopes(pour: None, store_id: UUID) -> None:
    key = Actor("api_key", "k", "ERP", role="owner", permissions=frozenset({"orders.view"}))
    with pytest.raises(PermissionDenied):
        run_action("kernel_tests.pour", {"cups": 1}, by=key, at=AT)


@pytest.mark.parametrize(
    ("payload", "field"),
    [({}, "cups"), ({"cups": "many"}, "cups"), ({"cups": 1, "milk": True}, "milk")],
)
def test_input_that_does_not_fit_names_its_field(
    pour: None, store_id: UUID, payload: dict, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        run_action("kernel_tests.pour", payload, by=MANAGER, at=AT)
    assert caught.value.field == field


def test_an_unknown_action_is_not_found(pour: None, store_id: UUID) -> None:
    with pytest.raises(NotFound):
        run_action("kernel_tests.spill", {}, by=MANAGER, at=AT)


def test_the_audit_trail_cannot_be_rewritten(pour: None, store_id: UUID) -> None:
    run_action("kernel_tests.pour", {"cups": 2}, by=MANAGER, at=AT)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE kernel_audit_entry SET actor = 'user:nobody'")


def test_every_role_can_do_something_and_only_owners_manage_staff() -> None:
    assert set(permissions.ROLES) == {
        "owner", "manager", "warehouse", "support", "marketer", "contributor",
    }  # fmt: skip
    with_staff = {role for role, may in permissions.ROLES.items() if "staff.edit" in may}
    assert with_staff == {"owner"}
