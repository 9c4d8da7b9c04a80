"""Why orders wait, and how waiting ends by itself or by somebody's decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from doorstep.kernel import audit
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.ids import new_id
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api, following
from doorstep.rooms.orders.contracts import (
    AddressView,
    FinancialStatus,
    HoldReason,
    IncomingRefund,
    IncomingRefundLine,
)
from doorstep.rooms.orders.tests.cast import (
    AT,
    BERLIN,
    CHANNEL,
    INES,
    LATER,
    MIA,
    SAM,
    SHOP,
    events_of,
    free,
    line,
    order,
    record,
    refund,
    stock,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def open_reasons(order_id: UUID) -> tuple[str, ...]:
    found = api.get_order(order_id).summary
    assert (found.state == "on_hold") == bool(found.hold_reasons)
    return found.hold_reasons


def hold_of(order_id: UUID, reason: str) -> UUID:
    return next(
        h.id for h in api.get_order(order_id).holds if h.reason == reason and h.lifted_at is None
    )


def test_what_is_there_is_reserved_and_the_rest_named(store: StoreInfo) -> None:
    tea = stock("TEA", 2)
    [answer] = record(order(lines=[line("TEA", 5), line("MUG", 1)]))
    found = api.get_order(answer.order_id)
    [hold] = found.holds
    assert hold.details["lines"] == [
        {"line_id": str(found.lines[0].id), "title": "Thing TEA", "missing": 3}
    ]
    assert hold.words == "Not enough stock: 3 × Thing TEA missing."
    assert free(tea) == 0


def test_new_stock_goes_to_the_oldest_order_first(store: StoreInfo) -> None:
    ensure_cursors()
    stock("TEA", 0)
    young = order(1, lines=[line("TEA", 2)], placed_at=AT - timedelta(minutes=1))
    old = order(2, lines=[line("TEA", 2)], placed_at=AT - timedelta(hours=1))
    first, second = record(young), record(old)
    run_until_idle()
    stock("TEA", 3, at=LATER)
    run_until_idle()
    assert open_reasons(second[0].order_id) == ()
    assert open_reasons(first[0].order_id) == ("out_of_stock",)
    [hold] = api.get_order(first[0].order_id).holds
    assert hold.details["lines"][0]["missing"] == 1
    assert events_of(second[0].order_id)[-1] == "order_released"
    stock("TEA", 4, at=LATER)
    run_until_idle()
    assert open_reasons(first[0].order_id) == ()


def test_no_order_is_left_waiting_however_many_wait(
    store: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_cursors()
    monkeypatch.setattr(following, "MAX_WAITING", 2)
    stock("TEA", 0)
    answers = record(*(order(nth) for nth in range(1, 6)))
    stock("TEA", 5, at=LATER)
    run_until_idle()
    assert [open_reasons(one.order_id) for one in answers] == [()] * 5


def test_nobody_waits_for_what_is_counted_no_more(store: StoreInfo) -> None:
    ensure_cursors()
    tea = stock("TEA", 0)
    [answer] = record(order(lines=[line("TEA", 2)]))
    assert open_reasons(answer.order_id) == ("out_of_stock",)
    catalog.edit_variant(variant_id=tea, is_tracked=False, by=INES, at=LATER)
    run_until_idle()
    assert open_reasons(answer.order_id) == ()


def test_what_was_released_by_decision_stays_released_when_stock_comes(store: StoreInfo) -> None:
    ensure_cursors()
    api.change_order_settings(
        settings={"required_properties": {"MUG": ["Engraving"]}}, by=INES, at=AT
    )
    stock("TEA", 0)
    [answer] = record(order(lines=[line("TEA", 2), line("MUG", 1)]))
    assert set(open_reasons(answer.order_id)) == {"options_incomplete", "out_of_stock"}
    hold_id = hold_of(answer.order_id, "options_incomplete")
    api.release_hold(order_id=answer.order_id, hold_id=hold_id, by=SAM, at=LATER)
    for pieces, reasons in ((1, ("out_of_stock",)), (2, ())):
        stock("TEA", pieces, at=LATER)
        run_until_idle()
        assert open_reasons(answer.order_id) == reasons


def restocking(nth: int, pieces: int) -> IncomingRefund:
    found = refund(nth)
    return replace(found, lines=(IncomingRefundLine("line-TEA", pieces, 500, restock=True),))


def test_pieces_taken_off_an_order_by_a_refund_are_free_again(store: StoreInfo) -> None:
    """Shopify leaves a line's quantity as it was when pieces are edited off or canceled."""
    ensure_cursors()
    tea = stock("TEA", 5)
    record(order(1, lines=[line("TEA", 4)]))
    [second] = record(order(2, lines=[line("TEA", 3)]))
    assert open_reasons(second.order_id) == ("out_of_stock",)
    api.record_refunds([restocking(1, 1)], sales_channel=CHANNEL, by=SHOP, at=LATER)
    run_until_idle()
    assert free(tea) == 0
    [hold] = api.get_order(second.order_id).holds
    assert hold.details["lines"][0]["missing"] == 1
    record(order(1, lines=[line("TEA", 4)], version_at=LATER, refunds=(restocking(2, 1),)))
    run_until_idle()
    assert open_reasons(second.order_id) == ()
    [third] = record(order(3, lines=[line("TEA", 4)], refunds=(restocking(3, 4),)))
    assert open_reasons(third.order_id) == ()
    record(order(1, lines=[line("TEA", 4)], version_at=LATER + timedelta(1), fulfilled_at=LATER))
    assert inventory.list_levels(tea)[0].on_hand == 3


def test_a_canceled_order_feeds_the_one_that_waits(store: StoreInfo) -> None:
    ensure_cursors()
    stock("TEA", 1)
    record(order(1))
    [waiting] = record(order(2))
    assert open_reasons(waiting.order_id) == ("out_of_stock",)
    record(order(1, version_at=LATER, canceled_at=LATER), at=LATER)
    run_until_idle()
    assert open_reasons(waiting.order_id) == ()


def test_a_count_that_finds_less_puts_orders_back_on_hold(store: StoreInfo) -> None:
    ensure_cursors()
    stock("TEA", 3)
    [answer] = record(order(lines=[line("TEA", 3)]))
    assert open_reasons(answer.order_id) == ()
    stock("TEA", 1, at=LATER)
    run_until_idle()
    assert open_reasons(answer.order_id) == ("out_of_stock",)
    assert sum(level.reserved for level in inventory.list_stock().rows) == 1


def test_the_payment_comes_in(store: StoreInfo) -> None:
    waiting = order(financial_status=FinancialStatus.PENDING)
    [answer] = record(waiting)
    assert open_reasons(answer.order_id) == ("payment_pending",)
    promised = api.get_order(answer.order_id).estimate.ship_by_date
    monday = AT + timedelta(days=3)
    record(replace(waiting, version_at=monday, financial_status=FinancialStatus.PAID), at=monday)
    found = api.get_order(answer.order_id)
    assert found.summary.state == "ready"
    assert events_of(answer.order_id)[-1] == "order_released"
    # What waited could not be begun: the days count from the release.
    assert promised == date(2026, 11, 24)
    assert found.estimate.ship_by_date == date(2026, 11, 25)


def test_several_reasons_go_one_by_one(store: StoreInfo) -> None:
    bad = replace(BERLIN, city="")
    both = order(financial_status=FinancialStatus.PENDING, shipping_address=bad)
    [answer] = record(both)
    assert set(open_reasons(answer.order_id)) == {"payment_pending", "address_invalid"}
    record(replace(both, version_at=LATER, financial_status=FinancialStatus.PAID), at=LATER)
    assert open_reasons(answer.order_id) == ("address_invalid",)
    assert events_of(answer.order_id)[-1] == "hold_lifted"
    api.edit_address(
        order_id=answer.order_id, address=fixed(), by=SAM, at=LATER + timedelta(minutes=1)
    )
    assert open_reasons(answer.order_id) == ()
    assert events_of(answer.order_id)[-2:] == ["order_updated", "order_released"]


def fixed(**more: str) -> AddressView:
    given = {"name": "Maya", "line1": "Kastanienallee 12", "city": "Berlin"}
    return AddressView(**given | {"postal_code": "10435", "country_code": "DE"} | more)


def test_an_address_that_is_still_wrong_keeps_the_hold_with_new_words(store: StoreInfo) -> None:
    [answer] = record(order(shipping_address=replace(BERLIN, city="")))
    api.edit_address(order_id=answer.order_id, address=fixed(postal_code="1"), by=SAM, at=LATER)
    [hold] = api.get_order(answer.order_id).holds
    assert hold.lifted_at is None
    assert list(hold.details["fields"]) == ["postal_code"]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (fixed(country_code="Germany"), "country_code"),
        (fixed(line1="x" * 300), "line1"),
        (fixed(city="a\x00b"), "city"),
    ],
)
def test_an_address_that_cant_be_kept_changes_nothing(
    store: StoreInfo, address: AddressView, field: str
) -> None:
    [answer] = record(order())
    with pytest.raises(Invalid) as caught:
        api.edit_address(order_id=answer.order_id, address=address, by=SAM, at=LATER)
    assert caught.value.field == field
    assert not api.get_order(answer.order_id).address_is_edited
    assert events_of(answer.order_id) == ["order_placed"]


def test_holding_by_hand_and_letting_go(store: StoreInfo) -> None:
    [answer] = record(order())
    hold = api.place_hold(order_id=answer.order_id, note="Gift wrap first", by=SAM, at=LATER)
    assert hold.words == "Gift wrap first"
    with pytest.raises(Conflict):
        api.place_hold(order_id=answer.order_id, note="", by=SAM, at=LATER)
    lifted = api.release_hold(order_id=answer.order_id, hold_id=hold.id, by=INES, at=LATER)
    assert (lifted.lifted_how, lifted.lifted_by) == ("released", "user:ines")
    with pytest.raises(Conflict):
        api.release_hold(order_id=answer.order_id, hold_id=hold.id, by=INES, at=LATER)
    with pytest.raises(NotFound):
        api.release_hold(order_id=answer.order_id, hold_id=new_id(), by=INES, at=LATER)
    entries = audit.list_entries(store.id, subject=f"order:{answer.order_id}")
    assert {one.action for one in entries} == {"orders.release_hold", "orders.place_hold"}


def test_a_reason_somebody_released_comes_back_only_for_a_cause(store: StoreInfo) -> None:
    waiting = order(financial_status=FinancialStatus.PENDING)
    [answer] = record(waiting)
    api.release_hold(
        order_id=answer.order_id,
        hold_id=hold_of(answer.order_id, HoldReason.PAYMENT_PENDING),
        by=INES,
        at=LATER,
    )
    record(replace(waiting, version_at=LATER, note="hello"), at=LATER)
    assert open_reasons(answer.order_id) == ()
    voided = replace(
        waiting,
        version_at=LATER + timedelta(hours=1),
        financial_status=FinancialStatus.VOIDED,
    )
    record(voided, at=LATER + timedelta(hours=1))
    assert open_reasons(answer.order_id) == ("payment_pending",)


def test_what_is_over_can_be_neither_held_nor_readdressed(store: StoreInfo) -> None:
    [answer] = record(order(canceled_at=AT))
    with pytest.raises(Conflict):
        api.place_hold(order_id=answer.order_id, note="", by=SAM, at=LATER)
    with pytest.raises(Conflict):
        api.edit_address(order_id=answer.order_id, address=fixed(), by=SAM, at=LATER)
    assert events_of(answer.order_id) == []


def test_who_may_not_change_orders_changes_nothing(store: StoreInfo) -> None:
    [answer] = record(order())
    with pytest.raises(PermissionDenied):
        api.place_hold(order_id=answer.order_id, note="", by=MIA, at=LATER)
    assert open_reasons(answer.order_id) == ()
    assert audit.list_entries(store.id, subject=f"order:{answer.order_id}") == []


def test_the_stores_own_rules(store: StoreInfo) -> None:
    api.change_order_settings(
        settings={
            "review_above_minor": 1000,
            "live_days": 10,
            "closed_dates": ["2026-11-23"],
            "required_properties": {"MUG": ["Engraving"]},
        },
        by=INES,
        at=AT,
    )
    abroad = replace(BERLIN, country_code="FR", postal_code="75001")
    answers = record(
        order(1, billing_address=abroad),
        order(2, lines=[line("MUG")]),
        order(3, placed_at=AT - timedelta(days=9)),
    )
    assert [open_reasons(a.order_id) for a in answers] == [
        ("risk_review",),
        ("options_incomplete",),
        (),
    ]
    record(
        order(2, lines=[line("MUG", properties=(("Engraving", "M"),))], version_at=LATER), at=LATER
    )
    assert open_reasons(answers[1].order_id) == ()
    # Monday is closed: two working days after Friday are Tuesday and Wednesday.
    assert api.get_order(answers[0].order_id).estimate.ship_by_date == date(2026, 11, 25)


@pytest.mark.parametrize(
    "settings",
    [
        {"live_days": -1},
        {"live_days": "3"},
        {"review_above_minor": -5},
        {"closed_dates": ["tomorrow"]},
        {"required_properties": {"MUG": "Engraving"}},
        {"nonsense": 1},
    ],
)
def test_settings_that_make_no_sense_are_refused(store: StoreInfo, settings: dict) -> None:
    before = api.get_order_settings()
    with pytest.raises(Invalid) as caught:
        api.change_order_settings(settings=settings, by=INES, at=AT)
    assert caught.value.field == next(iter(settings))
    assert api.get_order_settings() == before


def test_notes_are_kept_and_empty_ones_not(store: StoreInfo) -> None:
    [answer] = record(order())
    api.add_note(order_id=answer.order_id, text=" Called her. ", by=SAM, at=LATER)
    with pytest.raises(Invalid):
        api.add_note(order_id=answer.order_id, text=" ", by=SAM, at=LATER)
    [note] = api.get_order(answer.order_id).notes
    assert (note.text, note.written_by_label) == ("Called her.", "Sam")
