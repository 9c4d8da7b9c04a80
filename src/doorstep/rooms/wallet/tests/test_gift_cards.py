"""Gift cards: codes nobody can read again, partial use, disabling, redeeming."""

from __future__ import annotations

import pytest

from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.ids import new_id
from doorstep.kernel.ledger.api import CauseReused
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api
from doorstep.rooms.wallet.books import NotEnoughValue
from doorstep.rooms.wallet.models import GiftCard
from doorstep.rooms.wallet.tests.purses import (
    AT,
    DAY,
    INES,
    SYSTEM,
    WANDA,
    card,
    give,
    pay_by_card,
    shopper,
)

pytestmark = pytest.mark.django_db


def test_the_code_is_whole_once_and_stored_nowhere(store: StoreInfo) -> None:
    made = card()
    plain = made.code.replace("-", "")
    assert len(plain) == 20
    row = GiftCard.objects.get()
    stored = " ".join(str(getattr(row, f.attname)) for f in row._meta.fields)
    assert plain not in stored
    assert plain[:16] not in stored
    assert api.get_gift_card(made.id, at=AT).code == f"•••• {plain[-4:]}"
    again = card()
    assert (again.id, again.code) == (made.id, f"•••• {plain[-4:]}")


def test_a_reference_issues_one_card(store: StoreInfo) -> None:
    card(5000, "counter-1")
    with pytest.raises(CauseReused):
        card(6000, "counter-1")
    assert GiftCard.objects.count() == 1


def test_a_card_is_used_bit_by_bit(store: StoreInfo) -> None:
    code = card(5000).code
    assert pay_by_card(code.lower(), 2000, "order-1").balance_minor == 3000
    assert pay_by_card(code, 2000, "order-1").balance_minor == 3000
    with pytest.raises(NotEnoughValue):
        pay_by_card(code, 3001, "order-2")
    assert pay_by_card(code, 3000, "order-2").state == "empty"
    back = api.give_back_spend(
        cause="order-2", amount_minor=500, give_back_cause="return-1", by=SYSTEM, at=AT
    )
    assert (back.kind, back.balance_minor) == ("gift_card", 500)


def test_other_money_does_not_mix(store: StoreInfo) -> None:
    code = card(5000, currency="USD").code
    with pytest.raises(Conflict, match="USD"):
        pay_by_card(code, 100, "order-1")


@pytest.mark.parametrize("code", ["", "ABCD", "0000-0000-0000-0000-0001", "x" * 5000, "\x00"])
def test_a_wrong_code_finds_nothing(store: StoreInfo, code: str) -> None:
    card()
    with pytest.raises(NotFound):
        pay_by_card(code, 100, "order-1")
    with pytest.raises(NotFound):
        api.check_gift_card(code=code, by=INES, at=AT)


def test_a_disabled_card_pays_nothing_and_keeps_its_value(store: StoreInfo) -> None:
    made = card(5000)
    seen = api.disable_gift_card(gift_card_id=made.id, reason="Lost", by=INES, at=AT)
    assert (seen.state, seen.balance_minor, seen.disabled_reason) == ("disabled", 5000, "Lost")
    with pytest.raises(Conflict, match="disabled"):
        pay_by_card(made.code, 100, "order-1")
    with pytest.raises(Conflict):
        api.resend_gift_card(gift_card_id=made.id, recipient_email="t@example.com", by=INES, at=AT)
    api.enable_gift_card(gift_card_id=made.id, by=INES, at=AT)
    assert pay_by_card(made.code, 100, "order-1").balance_minor == 4900


def test_a_card_ends(store: StoreInfo) -> None:
    made = card(5000, expires_at=AT + 10 * DAY)
    later = AT + 11 * DAY
    assert api.check_gift_card(code=made.code, by=INES, at=later).state == "expired"
    with pytest.raises(Conflict, match="ended"):
        pay_by_card(made.code, 100, "order-1", at=later)


def test_only_who_may_issues_and_looks(store: StoreInfo) -> None:
    with pytest.raises(PermissionDenied):
        card(by=WANDA)
    made = card()
    with pytest.raises(PermissionDenied):
        api.check_gift_card(code=made.code, by=WANDA, at=AT)
    with pytest.raises(PermissionDenied):
        api.disable_gift_card(gift_card_id=made.id, reason="", by=WANDA, at=AT)
    assert api.get_gift_card(made.id, at=AT).state == "active"
    assert GiftCard.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipient_email": "nobody"},
        {"send_on": (AT + DAY).date()},
        {"expires_at": AT},
        {"words": "x" * 1001},
        {"recipient_email": "t@example.com", "send_on": (AT + DAY).date(),
         "recipient_time_zone": "Mars/Base"},
        {"amount_minor": 0},
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused(store: StoreInfo, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        card(**wrong)  # type: ignore[arg-type]
    assert not GiftCard.objects.exists()


def test_a_card_becomes_store_credit_once(store: StoreInfo) -> None:
    maya, ends = shopper(), AT + 400 * DAY
    made = card(5000, expires_at=ends)
    pay_by_card(made.code, 1000, "order-1")
    for _ in range(2):
        balance = api.redeem_gift_card(
            code=made.code, customer_id=maya, cause="redeem-1", by=SYSTEM, at=AT
        )
    assert (balance.balance_minor, balance.next_expiry_at) == (4000, ends)
    with pytest.raises(Conflict, match="nothing left"):
        api.redeem_gift_card(code=made.code, customer_id=maya, cause="redeem-2", by=SYSTEM, at=AT)


def test_pay_at_the_merchants_own_checkout(store: StoreInfo) -> None:
    maya, made = shopper(), card(5000)
    give(maya, 1000, "m")
    paid = api.spend(
        currency="EUR", amount_minor=400, cause="t-1", customer_id=maya, by=INES, at=AT
    )
    assert (paid.kind, paid.balance_minor, paid.is_repeat) == ("store_credit", 600, False)
    paid = api.spend(currency="EUR", amount_minor=400, cause="t-2", code=made.code, by=INES, at=AT)
    again = api.spend(currency="EUR", amount_minor=400, cause="t-2", code=made.code, by=INES, at=AT)
    assert (paid.balance_minor, again.balance_minor) == (4600, 4600)
    assert (paid.is_repeat, again.is_repeat) == (False, True)
    for both in ({}, {"customer_id": maya, "code": made.code}):
        with pytest.raises(Invalid):
            api.spend(currency="EUR", amount_minor=1, cause="t-3", by=INES, at=AT, **both)  # type: ignore[arg-type]


def test_a_line_of_an_order_issues_a_card_a_piece_once(store: StoreInfo) -> None:
    maya, order, line = shopper(), new_id(), new_id()

    def issue() -> list[str]:
        made = api.issue_for_line(
            order_id=order, line_id=line, quantity=3, currency="EUR", unit_minor=2500,
            buyer_id=maya, by=SYSTEM, at=AT,
        )  # fmt: skip
        return [view.code for view in made]

    first, second = issue(), issue()
    assert len({code for code in first if len(code) == 24}) == 3
    assert all(code.startswith("••••") for code in second)
    assert len(api.list_gift_cards(buyer_id=maya, at=AT).items) == 3


def test_the_list_by_state_and_text(store: StoreInfo) -> None:
    plain = card(100, "a", recipient_name="Tom")
    waiting = card(100, "b", recipient_email="rose@example.com", send_on=(AT + 9 * DAY).date())
    ended = card(100, "c", expires_at=AT + DAY)
    empty = card(100, "d")
    pay_by_card(empty.code, 100, "order")
    stopped = card(100, "e")
    api.disable_gift_card(gift_card_id=stopped.id, reason="", by=INES, at=AT)
    later = AT + 2 * DAY
    for state, one in [("active", plain), ("waiting", waiting), ("expired", ended),
                       ("empty", empty), ("disabled", stopped)]:  # fmt: skip
        found = api.list_gift_cards(state=state, at=later).items
        assert [(view.id, view.state) for view in found] == [(one.id, state)]
    assert [v.id for v in api.list_gift_cards(text="rose@", at=AT).items] == [waiting.id]
    assert [v.id for v in api.list_gift_cards(text=plain.code, at=AT).items] == [plain.id]
    page = api.list_gift_cards(limit=3, at=AT)
    rest = api.list_gift_cards(limit=3, cursor=page.next_cursor, at=AT)
    assert (len(page.items), len(rest.items)) == (3, 2)


def test_former_keys_still_find_a_card(store: StoreInfo, settings: object) -> None:
    made = card()
    old = settings.SECRET_KEY  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another-key-another-key-another-key-another-key"  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        api.check_gift_card(code=made.code, by=INES, at=AT)
    settings.SECRET_KEY_FALLBACKS = [old]  # type: ignore[attr-defined]
    assert api.check_gift_card(code=made.code, by=INES, at=AT).balance_minor == 5000


@pytest.mark.django_db(transaction=True)
def test_two_who_issue_for_one_reference_get_one_card(store: StoreInfo) -> None:
    def issue(_: int) -> str:
        with store_scope(store.id):
            try:
                return str(card().id)
            except CauseReused:
                return ""

    ids = set(at_once(6, issue)) - {""}
    assert len(ids) == 1
    assert GiftCard.objects.count() == 1
