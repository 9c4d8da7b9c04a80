"""A change from the wish to its end: rows, stock and money, and all of it taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actions import approvals
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.rooms.billing import api as billing
from doorstep.rooms.changes import api
from doorstep.rooms.changes.contracts import (
    Addition,
    ChangeAct,
    ChangeAsk,
    ChangeKind,
    ChangeState,
    LineWish,
)
from doorstep.rooms.changes.ports import Done, No, ShopPower, TryAgain
from doorstep.rooms.changes.tests.cast import (
    AT,
    CONNECTION,
    HAMBURG,
    INES,
    MAYA,
    SAM,
    SOON,
    Shop,
    again,
    ask_lines,
    line,
    lines_of,
    pay,
    place,
    record,
    shelves,
    want,
)
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.tests.cast import pack, sent
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.tests.cast import free
from doorstep.rooms.orders.tests.cast import order as incoming
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.tests.vendor import Vendor
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "listening")]


def refunds(order_id: object) -> list[int]:
    subject = f"order:{order_id}"
    return [one.amount_minor for one in payments.list_refunds([subject]).get(subject, [])]


def test_less_is_applied_at_once_and_the_difference_goes_back(shop_vendor: Vendor) -> None:
    shelf = shelves()
    order = place()
    change = want(order, ask_lines(TEA=1)(order))
    assert change.state is ChangeState.APPLIED
    assert change.difference_minor == -950
    after = again(order)
    assert after.summary.total_minor == 3590 - 950
    assert after.summary.state == "ready"
    assert free(shelf["TEA"]) == 9
    assert refunds(order.summary.id) == [950]
    assert billing.get_money(order.summary.id).outstanding_minor == 0
    run_until_idle()
    [shipment] = [one for one in sent(order.summary.id) if one.summary.state == "to_pack"]
    assert sorted(thing.quantity for thing in shipment.things) == [1, 1]


def test_the_same_form_twice_is_one_change(shop_vendor: Vendor) -> None:
    shelves()
    order = place()
    first = want(order, ask_lines(TEA=1)(order), key="once")
    second = want(order, ask_lines(TEA=1)(order), key="once")
    assert second.id == first.id
    assert refunds(order.summary.id) == [950]


def test_more_waits_for_its_payment_with_stock_kept(shop_vendor: Vendor) -> None:
    shelf = shelves()
    order = place()
    ask = ChangeAsk(ChangeKind.LINES, additions=(Addition(shelf["FERN"], 2),))
    quote = api.quote_change(order.summary.id, ask, by=MAYA, at=SOON)
    assert (quote.pay_minor, quote.back_minor) == (1600, 0)
    change = want(order, ask)
    assert change.state is ChangeState.AWAITING_PAYMENT
    assert change.pay_url
    assert again(order).summary.hold_reasons == ("changing",)
    assert free(shelf["FERN"]) == 8
    with pytest.raises(Conflict, match="under way"):
        want(order, ask_lines(TEA=1)(order), key="second tab")
    pay(change, at=SOON + timedelta(minutes=5))
    assert api.get_change(change.id).state is ChangeState.APPLIED
    after = again(order)
    assert after.summary.state == "ready"
    assert after.summary.total_minor == 3590 + 1600
    assert billing.get_money(order.summary.id).outstanding_minor == 0


def test_unpaid_it_undoes_itself_and_a_late_payment_goes_back(shop_vendor: Vendor) -> None:
    shelf = shelves()
    order = place()
    change = want(order, ChangeAsk(ChangeKind.LINES, additions=(Addition(shelf["FERN"], 2),)))
    assert api.expire_due(SOON + timedelta(hours=23)) == 0
    late = SOON + timedelta(hours=25)
    assert api.expire_due(late) == 1
    assert api.get_change(change.id).state is ChangeState.EXPIRED
    after = again(order)
    assert after.totals == order.totals
    assert after.summary.state == "ready"
    assert free(shelf["FERN"]) == 10
    assert billing.get_money(order.summary.id).outstanding_minor == 0
    pay(change, at=late + timedelta(minutes=1))
    assert refunds(order.summary.id) == [1600]
    assert api.get_change(change.id).state is ChangeState.EXPIRED


def test_a_withdrawn_change_leaves_nothing(shop_vendor: Vendor) -> None:
    shelf = shelves()
    order = place()
    change = want(order, ChangeAsk(ChangeKind.LINES, additions=(Addition(shelf["FERN"], 1),)))
    done = api.withdraw_change(change_id=change.id, by=MAYA, at=SOON)
    assert done.state is ChangeState.WITHDRAWN
    assert again(order).totals == order.totals
    with pytest.raises(Conflict, match="was withdrawn"):
        api.withdraw_change(change_id=change.id, by=MAYA, at=SOON)


def test_a_cancellation_gives_everything_back(shop_vendor: Vendor) -> None:
    shelf = shelves()
    order = place()
    ask = ChangeAsk(ChangeKind.CANCEL, reason="bought twice")
    assert api.quote_change(order.summary.id, ask, by=MAYA, at=SOON).back_minor == 3590
    change = want(order, ask)
    assert change.state is ChangeState.APPLIED
    after = again(order)
    assert (after.summary.state, after.cancel_reason) == ("canceled", "customer")
    assert free(shelf["TEA"]) == 10
    assert refunds(order.summary.id) == [3590]
    run_until_idle()
    assert {one.summary.state for one in sent(order.summary.id)} == {"canceled"}


def test_an_address_is_checked_and_goes_to_the_same_zone_only() -> None:
    order = place()

    def to(**more: str) -> ChangeAsk:
        return ChangeAsk(ChangeKind.ADDRESS, address=replace(HAMBURG, **more))

    with pytest.raises(Invalid) as wrong:
        want(order, to(postal_code="1"))
    assert wrong.value.field == "address.postal_code"
    with pytest.raises(Invalid, match="Taxes or customs"):
        want(order, to(country_code="CH", postal_code="8001", city="Zürich"))
    with pytest.raises(Invalid, match="Taxes or customs"):
        want(order, to(country_code="ES", postal_code="35001", city="Las Palmas", region="GC"))
    assert want(order, to()).state is ChangeState.APPLIED
    assert again(order).shipping_address == HAMBURG


def test_a_gift_card_is_taken_back_by_a_person(shop_vendor: Vendor) -> None:
    [made] = record(incoming(lines=[line("CARD", 1, is_gift_card=True)]))
    run_until_idle()
    ask = ChangeAsk(ChangeKind.CANCEL)
    order = orders.get_order(made.order_id)
    assert api.quote_change(made.order_id, ask, by=MAYA, at=SOON).needs_approval
    change = want(order, ask)
    assert change.state is ChangeState.AWAITING_APPROVAL
    assert not refunds(made.order_id)


def test_what_a_change_pays_back_has_limits(shop_vendor: Vendor) -> None:
    shelves()
    order = place()
    approvals.set_limit(
        action="changes.request_change", role="support", currency="EUR", amount_minor=1000,
        by=INES, at=AT,
    )  # fmt: skip
    with pytest.raises(approvals.AskedForApproval) as asked:
        want(order, ChangeAsk(ChangeKind.CANCEL), by=SAM)
    assert not refunds(order.summary.id)
    want(order, ask_lines(TEA=1)(order), key="form-2", by=SAM)
    assert refunds(order.summary.id) == [950]
    approvals.decide(approval_id=asked.value.approval_id, is_approved=True, by=INES, at=SOON)
    assert again(order).summary.state == "canceled"


def test_approving_what_pays_back_has_limits(shop_vendor: Vendor) -> None:
    api.change_settings(settings={"rules": {"cancel": {"mode": "approval"}}}, by=INES, at=AT)
    order = place()
    change = want(order, ChangeAsk(ChangeKind.CANCEL))
    marco = Actor("user", "marco", "Marco", role="manager")
    approvals.set_limit(
        action="changes.approve_change", role="manager", currency="EUR", amount_minor=1000,
        by=INES, at=AT,
    )  # fmt: skip
    with pytest.raises(approvals.AskedForApproval) as asked:
        api.approve_change(change_id=change.id, by=marco, at=SOON)
    assert api.get_change(change.id).state is ChangeState.AWAITING_APPROVAL
    assert not refunds(order.summary.id)
    approvals.decide(approval_id=asked.value.approval_id, is_approved=True, by=INES, at=SOON)
    assert again(order).summary.state == "canceled"
    later = place(nth=2)
    delay = want(later, ChangeAsk(ChangeKind.DELAY, until=date(2026, 12, 10)), key="form-2")
    assert delay.state is ChangeState.APPLIED, "what moves no money has no limit"


def test_a_delay_holds_until_its_day() -> None:
    order = place()
    with pytest.raises(Invalid, match="60 days"):
        want(order, ChangeAsk(ChangeKind.DELAY, until=date(2027, 6, 1)))
    change = want(order, ChangeAsk(ChangeKind.DELAY, until=date(2026, 12, 10)))
    assert change.state is ChangeState.APPLIED
    assert again(order).summary.hold_reasons == ("delayed",)


def test_what_needs_approval_waits_and_can_be_declined(shop_vendor: Vendor) -> None:
    shelves()
    api.change_settings(settings={"rules": {"cancel": {"mode": "approval"}}}, by=INES, at=AT)
    order = place()
    change = want(order, ChangeAsk(ChangeKind.CANCEL))
    assert change.state is ChangeState.AWAITING_APPROVAL
    assert change.policy_version == 1
    assert again(order).summary.hold_reasons == ("changing",)
    done = api.decline_change(change_id=change.id, words="Being engraved", by=INES, at=SOON)
    assert (done.state, done.words) == (ChangeState.DECLINED, "Being engraved")
    assert again(order).summary.state == "ready"
    second = want(order, ChangeAsk(ChangeKind.CANCEL), key="form-2")
    approved = api.approve_change(change_id=second.id, by=INES, at=SOON)
    assert approved.state is ChangeState.APPLIED
    assert again(order).summary.state == "canceled"


def test_windows_bind_shoppers_and_say_why(shop_vendor: Vendor) -> None:
    shelves()
    rule = {
        "condition": {
            "all": [
                {"fact": "order.is_packed", "op": "eq", "value": False},
                {"fact": "order.minutes_since_placed", "op": "lte", "value": 30},
            ]
        }
    }
    api.change_settings(settings={"rules": {"quantity": rule}}, by=INES, at=AT)
    order = place()
    option = api.options_for(order.summary.id, at=SOON).acts[ChangeAct.QUANTITY]
    assert option.is_allowed
    assert option.until == order.summary.placed_at + timedelta(minutes=30)
    late = SOON + timedelta(hours=1)
    with pytest.raises(api.ChangeNotAllowed) as refused:
        want(order, ask_lines(TEA=1)(order), at=late)
    [why] = refused.value.options
    assert (why.code, why.until) == ("window", None)
    assert any("was placed 85 minutes ago, which is more than 30" in words for words in why.trace)
    assert again(order) == order
    assert want(order, ask_lines(TEA=1)(order), by=INES, at=late).state is ChangeState.APPLIED


def test_once_packed_it_says_so(shop_vendor: Vendor) -> None:
    shelves()
    order = place()
    [shipment] = sent(order.summary.id)
    pack(shipment)
    options = api.options_for(order.summary.id, at=SOON)
    assert options.is_packed
    assert not options.is_any
    for by in (MAYA, INES):
        with pytest.raises(api.ChangeNotAllowed, match="packed"):
            want(order, ChangeAsk(ChangeKind.CANCEL), by=by)


def test_the_platform_is_told_before_it_counts(platform: Shop, shop_vendor: Vendor) -> None:
    shelves()
    order = place(connection_id=CONNECTION)
    change = want(order, ChangeAsk(ChangeKind.CANCEL, reason="no need"))
    assert change.state is ChangeState.TELLING_PLATFORM
    assert again(order).summary.hold_reasons == ("changing",)
    with pytest.raises(Conflict, match="carried out"):
        api.withdraw_change(change_id=change.id, by=MAYA, at=SOON)
    platform.answers = [TryAgain("busy", after_seconds=7)]
    assert api.tell_next(at=SOON) == 1
    assert api.tell_next(at=SOON + timedelta(seconds=6)) == 0
    assert api.tell_next(at=SOON + timedelta(seconds=8)) == 1
    assert [one.power for one in platform.told] == [ShopPower.CANCEL] * 2
    assert len({one.task_id for one in platform.told}) == 1
    assert api.get_change(change.id).state is ChangeState.APPLIED
    assert again(order).summary.state == "canceled"
    assert refunds(order.summary.id) == [3590]


def test_a_platform_that_says_no_undoes_it_and_gives_the_money_back(
    platform: Shop, shop_vendor: Vendor
) -> None:
    shelf = shelves()
    order = place(connection_id=CONNECTION)
    change = want(
        order,
        ChangeAsk(
            ChangeKind.LINES,
            lines=(LineWish(lines_of(order)["MUG"], 0),),
            additions=(Addition(shelf["FERN"], 3),),
        ),
    )
    assert change.state is ChangeState.AWAITING_PAYMENT
    pay(change, at=SOON)
    assert api.get_change(change.id).state is ChangeState.TELLING_PLATFORM
    platform.answers = [No("locked", "The order is being fulfilled.")]
    api.tell_next(at=SOON + timedelta(minutes=1))
    [told] = platform.told
    assert {(one.sku, one.quantity) for one in told.lines} == {("MUG", 0), ("FERN", 3)}
    after = again(order)
    assert api.get_change(change.id).state is ChangeState.FAILED
    assert after.totals == order.totals
    assert {one.sku for one in after.lines if not one.is_removed} == {"TEA", "MUG"}
    assert free(shelf["FERN"]) == 10
    assert refunds(order.summary.id) == [1200]
    assert billing.get_money(order.summary.id).outstanding_minor == 0


def test_what_stays_unknown_is_parked_for_a_person(platform: Shop, shop_vendor: Vendor) -> None:
    shelves()
    order = place(connection_id=CONNECTION)
    change = want(order, ask_lines(TEA=1)(order))
    platform.answers = [TryAgain("502")] * 8
    at = SOON
    while api.tell_next(at=at):
        at += timedelta(hours=7)
    [parked] = api.list_parked_tasks()
    assert (parked.attempts, parked.words) == (8, "502")
    assert refunds(order.summary.id) == []
    api.retry_task(task_id=parked.id, by=INES, at=at)
    platform.answers = [TryAgain("503")] * 8
    while api.tell_next(at=at):
        at += timedelta(hours=7)
    api.settle_task(task_id=parked.id, was_done=False, by=INES, at=at)
    assert api.get_change(change.id).state is ChangeState.FAILED
    assert again(order).totals == order.totals


def test_a_platform_without_the_power_is_said_before(platform: Shop) -> None:
    platform.can = frozenset({ShopPower.CANCEL})
    order = place(connection_id=CONNECTION)
    options = api.options_for(order.summary.id, at=SOON).acts
    assert options[ChangeAct.CANCEL].is_allowed
    assert options[ChangeAct.ADDRESS].code == "platform"


def test_an_outcome_learned_twice_counts_once(platform: Shop, shop_vendor: Vendor) -> None:
    from doorstep.rooms.changes.flow.telling import record_outcome

    shelves()
    order = place(connection_id=CONNECTION)
    change = want(order, ask_lines(TEA=1)(order))
    assert change.task
    record_outcome(change.task.id, Done(), at=SOON)
    record_outcome(change.task.id, No("x", "y"), at=SOON)
    assert api.get_change(change.id).state is ChangeState.APPLIED
    assert refunds(order.summary.id) == [950]


def test_a_price_nobody_told_is_not_offered(shop_vendor: Vendor, store: StoreInfo) -> None:
    from doorstep.rooms.orders.tests.cast import stock

    shelves()
    plain = stock("PLAIN", 3)
    order = place()
    assert plain not in {one.variant_id for one in api.addable(order)}
    with pytest.raises(api.PriceNotKnown):
        want(order, ChangeAsk(ChangeKind.LINES, additions=(Addition(plain, 1),)))


def test_packed_pieces_show_that_the_order_changed(shop_vendor: Vendor) -> None:
    """The team mends an address after packing: the parcel must not leave as it is."""
    from doorstep.rooms.orders import api as orders

    shelves()
    order = place()
    [shipment] = sent(order.summary.id)
    pack(shipment)
    orders.edit_address(order_id=order.summary.id, address=HAMBURG, by=INES, at=SOON)
    run_until_idle()
    [packed] = fulfillment.list_shipments_of([order.summary.id])[order.summary.id]
    assert packed.order_changed_at is not None


@pytest.mark.parametrize(("kind", "most"), [(ChangeKind.LINES, 94), (ChangeKind.CANCEL, 85)])
def test_an_action_reads_the_order_again_only_after_it_wrote_to_it(kind, most):
    shelves()
    for nth in (1, 2):  # the first time also reads what is read once in a process
        order = place(nth=nth)
        tea = order.lines[0]
        ask = ChangeAsk(kind, lines=(LineWish(tea.id, 1),) if kind is ChangeKind.LINES else ())
        with CaptureQueriesContext(connection) as queries:
            api.request_change(order_id=order.summary.id, ask=ask, by=MAYA, at=SOON)
    assert len(queries) <= most, [one["sql"][:100] for one in queries]
