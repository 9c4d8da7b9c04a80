"""Who is forgotten is forgotten also where only an address says who it was."""

from __future__ import annotations

import pytest

from doorstep.kernel.actions import approvals
from doorstep.kernel.models.approvals import Approval
from doorstep.rooms.billing import api as billing
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api
from doorstep.rooms.returns.models import Withdrawal
from doorstep.rooms.returns.tests.flow_cast import AT, INES, LATER, MAYA, SAM, bought
from doorstep.rooms.wallet import api as wallet

pytestmark = pytest.mark.django_db


def withdraw(contact: str, number: str = "#9999") -> Withdrawal:
    made = api.withdraw_from_contract(
        name="Maya Lindqvist", order_number=number, contact=contact, text="Please", by=MAYA, at=AT
    )
    return Withdrawal.objects.get(id=made.id)


def test_a_withdrawal_without_an_order_is_copied_and_erased_by_its_contact(store):
    [maya] = customers.resolve_customers(
        [PersonClaim(email="maya@example.com", phone="+4915112345678", name="Maya")], at=AT
    )
    mine = [
        withdraw(" Maya@Example.com "),
        withdraw("0151 123 456 78"),
        withdraw("+49 15112345678"),
    ]
    others = [withdraw("jonas@example.com"), withdraw("+43 15112345678"), withdraw("5678")]
    copy = customers.export_customer(customer_id=maya, by=INES, at=LATER)
    assert {one.id for one in copy["withdrawals"]} == {row.id for row in mine}
    customers.erase_customer(customer_id=maya, by=INES, at=LATER)
    for row in mine:
        row.refresh_from_db()
        assert (row.name, row.contact, row.text, row.order_number) == (
            "erased",
            "erased",
            "",
            "erased",
        )
        assert "Maya" not in row.content
        assert row.erased_at == LATER
        assert row.received_at == AT, "that it came stays"
    for row in others:
        row.refresh_from_db()
        assert row.name == "Maya Lindqvist"


def test_what_the_team_asked_to_do_about_somebody_is_copied_and_erased(store):
    order_id = bought()
    customer = orders.get_customers_of([order_id])[order_id]
    assert customer is not None
    for name in ("billing.refund", "wallet.issue_gift_card"):
        approvals.set_limit(
            action=name, role="support", currency="EUR", amount_minor=0, by=INES, at=AT
        )
    with pytest.raises(approvals.AskedForApproval) as refund:
        billing.refund(
            order_id=order_id, key="k1", amount_minor=100, reason="Maya called", by=SAM, at=AT
        )
    with pytest.raises(approvals.AskedForApproval):
        wallet.issue_gift_card(
            currency="EUR", amount_minor=500, cause="sorry-1", recipient_email="Maya@example.com",
            recipient_name="Maya", words="Sorry, Maya", by=SAM, at=AT,
        )  # fmt: skip
    with pytest.raises(approvals.AskedForApproval):
        wallet.issue_gift_card(
            currency="EUR", amount_minor=500, cause="sorry-2", recipient_email="jonas@example.com",
            recipient_name="Jonas", by=SAM, at=AT,
        )  # fmt: skip
    copy = customers.export_customer(customer_id=customer, by=INES, at=LATER)
    assert [one.action for one in copy["approvals"]] == ["billing.refund", "wallet.issue_gift_card"]
    customers.erase_customer(customer_id=customer, by=INES, at=LATER)
    kept = {row.payload.get("cause", "refund"): row.payload for row in Approval.objects.all()}
    assert "maya" not in str(kept["refund"]).lower()
    assert "maya" not in str(kept["sorry-1"]).lower()
    assert kept["sorry-2"]["recipient_name"] == "Jonas"
    # What moves is still there, so it can still be decided.
    done = approvals.decide(
        approval_id=refund.value.approval_id, is_approved=True, by=INES, at=LATER
    )
    assert done.state == "approved", done.words
