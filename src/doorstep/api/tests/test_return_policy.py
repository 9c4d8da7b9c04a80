"""The return policy over the API: what may come back, and the policy in words."""

from __future__ import annotations

from uuid import uuid4

from doorstep.api.tests.conftest import Caller, make_key
from doorstep.rooms.returns.tests.policy_cast import deliver, line, place
from doorstep.rooms.stores.contracts import StoreInfo


def test_eligibility_of_an_order(call: Caller) -> None:
    order_id = place(line(1), line(2, is_gift_card=True, requires_shipping=False))
    deliver(order_id)
    answer = call("GET", f"/orders/{order_id}/return-eligibility?locale=de")
    assert answer.status_code == 200
    first, second = answer.json()["lines"]
    assert first["reason_code"] == "window_over"
    assert first["reason"].startswith("Die Rückgabefrist")
    assert first["trace"]
    assert second["reason_code"] == "gift_card"
    claim = call("GET", f"/orders/{order_id}/return-eligibility?kind=warranty").json()["lines"][0]
    assert claim["is_allowed"]
    assert claim["terms"]["offers"][0]["outcome"] == "replacement"


def test_what_can_not_be_asked(call: Caller, store: StoreInfo) -> None:
    assert call("GET", f"/orders/{uuid4()}/return-eligibility").status_code == 404
    order_id = place()
    path = f"/orders/{order_id}/return-eligibility"
    assert call("GET", f"{path}?kind=withdrawal").status_code == 422
    assert make_key(store, "orders.view")("GET", path).status_code == 403


def test_the_policy_in_words(call: Caller) -> None:
    answer = call("GET", "/return-policy?locale=fr").json()
    assert answer["language"] == "fr"
    assert answer["title"] == "Retours et échanges"
    assert any("30 jours" in line for line in answer["sections"][0]["lines"])
