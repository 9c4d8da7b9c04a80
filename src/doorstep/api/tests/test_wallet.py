"""Stored value over the API: paid once, given back, issued without a code that anybody keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from doorstep.api.tests.conftest import Caller, make_key
from doorstep.kernel.models import IdempotencyRecord
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.stores.contracts import StoreInfo


@pytest.fixture
def maya(store: StoreInfo) -> str:
    """A customer's id."""
    claim = PersonClaim(email="maya@example.com", name="Maya")
    return str(customers.resolve_customers([claim], at=datetime.now(UTC))[0])


def euros(amount: int, reference: str, **more: Any) -> dict[str, Any]:
    return {"currency": "EUR", "amount_minor": amount, "reference": reference, **more}


def left(call: Caller, customer: str) -> int:
    found = call("GET", f"/wallet/balances?customer_id={customer}").json()
    return sum(balance["balance_minor"] for balance in found[0]["balances"])


def test_credit_is_given_and_spent_once(call: Caller, maya: str) -> None:
    given = euros(2000, "thanks", customer_id=maya, words="Thank you")
    for _ in range(2):
        answer = call("POST", "/wallet/credits", given)
        assert (answer.status_code, answer.json()["balance_minor"]) == (201, 2000)
    for key in ("a", "a", "b"):
        paid = call("POST", "/wallet/spends", euros(500, "till-1", customer_id=maya), key=key)
        assert (paid.status_code, paid.json()["balance_minor"]) == (201, 1500)
    assert left(call, maya) == 1500
    statement = call("GET", f"/customers/{maya}/credit?currency=EUR").json()
    assert [line["kind"] for line in statement["lines"]] == ["spent", "issued"]


def test_less_than_asked_takes_nothing_and_says_how_much_there_is(call: Caller, maya: str) -> None:
    call("POST", "/wallet/credits", euros(2000, "thanks", customer_id=maya, words="Thank you"))
    refused = call("POST", "/wallet/spends", euros(2001, "till-1", customer_id=maya))
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/not_enough")
    assert "€20.00" in refused.json()["title"]
    other = call("POST", "/wallet/reversals", euros(1, "thanks", customer_id=maya, words="No"))
    assert other.json()["type"].endswith("/cause_reused")
    assert left(call, maya) == 2000


def test_a_payment_goes_back(call: Caller, maya: str) -> None:
    call("POST", "/wallet/credits", euros(2000, "thanks", customer_id=maya, words="Thank you"))
    call("POST", "/wallet/spends", euros(800, "till-1", customer_id=maya))
    back = {"spend_reference": "till-1", "amount_minor": 300, "reference": "back-1"}
    for _ in range(2):
        assert call("POST", "/wallet/give-backs", back).json()["balance_minor"] == 1500
    more = call("POST", "/wallet/give-backs", back | {"amount_minor": 501, "reference": "back-2"})
    assert more.json()["type"].endswith("/more_than_spent")
    assert left(call, maya) == 1500


def test_a_card_is_issued_once_and_its_code_kept_nowhere(call: Caller) -> None:
    path, body = "/gift-cards/references/counter-1", {"currency": "EUR", "amount_minor": 5000}
    first = call("PUT", path, body, key="k")
    code = first.json()["code"]
    assert (first.status_code, len(code)) == (200, 24)
    assert call("PUT", path, body, key="k").json()["code"] == f"•••• {code[-4:]}"
    assert not IdempotencyRecord.objects.exists()
    assert call("POST", "/gift-cards/checks", {"code": code}).json()["balance_minor"] == 5000
    paid = call("POST", "/wallet/spends", euros(1500, "till-1", code=code.lower()))
    assert paid.json()["balance_minor"] == 3500
    listed = call("GET", "/gift-cards?state=active").json()["items"]
    assert [card["last4"] for card in listed] == [code[-4:]]
    assert code not in str(listed)


def test_a_disabled_card_pays_nothing(call: Caller) -> None:
    body = {"currency": "EUR", "amount_minor": 5000}
    made = call("PUT", "/gift-cards/references/c", body).json()
    path = f"/gift-cards/{made['id']}"
    assert call("PUT", f"{path}/block", {"reason": "Lost"}).json()["state"] == "disabled"
    refused = call("POST", "/wallet/spends", euros(1, "till", code=made["code"]))
    assert refused.status_code == 409
    assert call("DELETE", f"{path}/block").json()["state"] == "active"
    assert call("GET", path).json()["balance_minor"] == 5000
    sent = call("POST", f"{path}/sendings", {"recipient_email": "tom@example.com"})
    assert (sent.status_code, sent.json()["recipient_email"]) == (202, "tom@example.com")


@pytest.mark.parametrize("code", ["", "nothing", "0000-0000-0000-0000-0000", "x" * 400])
def test_a_wrong_code_is_a_404(call: Caller, code: str) -> None:
    assert call("POST", "/gift-cards/checks", {"code": code}).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": "5"}, "amount_minor"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "QQQ"}, ""),
        ({"reference": ""}, "reference"),
        ({"reference": "a\x00b"}, "reference"),
        ({"customer_id": "me"}, "customer_id"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ],
)
def test_what_does_not_fit(call: Caller, maya: str, changes: dict[str, Any], field: str) -> None:
    good = euros(5, "r", customer_id=maya, words="Thanks")
    answer = call("POST", "/wallet/credits", good | changes)
    assert answer.status_code == 422, answer.content
    if field:
        assert field in [error["field"] for error in answer.json()["errors"]]
    assert left(call, maya) == 0


def test_name_one_purse(call: Caller, maya: str) -> None:
    assert call("POST", "/wallet/spends", euros(5, "r")).status_code == 422
    both = euros(5, "r", customer_id=maya, code="x")
    assert call("POST", "/wallet/spends", both).status_code == 422


def test_what_is_owed(call: Caller, maya: str) -> None:
    call("POST", "/wallet/credits", euros(2000, "thanks", customer_id=maya, words="Thank you"))
    (row,) = call("GET", "/wallet/liability").json()["rows"]
    assert (row["kind"], row["currency"], row["total_minor"]) == ("store_credit", "EUR", 2000)


def test_a_key_for_looking_moves_nothing(call: Caller, store: StoreInfo, maya: str) -> None:
    looking = make_key(store, "wallet.view")
    given = euros(5, "r", customer_id=maya, words="Thanks")
    assert looking("POST", "/wallet/credits", given).status_code == 403
    assert looking("POST", "/wallet/spends", euros(5, "r", customer_id=maya)).status_code == 403
    assert left(call, maya) == 0


def test_another_stores_wallet_is_not_there(call: Caller, stranger: Caller, maya: str) -> None:
    call("POST", "/wallet/credits", euros(2000, "thanks", customer_id=maya, words="Thank you"))
    assert left(stranger, maya) == 0
    assert stranger("GET", f"/customers/{maya}/credit?currency=EUR").status_code == 404
    assert stranger("POST", "/wallet/spends", euros(5, "r", customer_id=maya)).status_code == 404
    assert stranger("GET", f"/gift-cards/{uuid4()}").status_code == 404


def test_what_orders_move_is_not_moved_past_their_books(call: Caller, maya: str) -> None:
    own = f"order:{uuid4()}:credit:1:1"
    given = euros(2000, own, customer_id=maya, words="x")
    assert call("POST", "/wallet/credits", given).status_code == 422
    back = euros(100, "back-1", spend_reference=own)
    assert call("POST", "/wallet/give-backs", back).status_code == 422
    named = euros(2000, "order:1042", customer_id=maya, words="Your own names are yours")
    assert call("POST", "/wallet/credits", named).status_code == 201
