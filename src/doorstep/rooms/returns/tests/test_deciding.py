"""What may come back, on what terms, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    Eligibility,
    LabelPayer,
    MethodKind,
    Outcome,
    RefusalCode,
    ReturnKind,
)
from doorstep.rooms.returns.models.policy import HolidayExtension, PolicyRule, PolicyVersion
from doorstep.rooms.returns.tests.policy_cast import (
    AT,
    DELIVERED,
    INES,
    ORDERED,
    deliver,
    line,
    lines_of,
    place,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def decide_one(order_id: UUID, at: datetime = AT, **more: Any) -> Eligibility:
    """Decide about an order of one line."""
    [answer] = api.decide([order_id], at=at, **more).values()
    return answer


def draft(*rules: tuple[dict[str, Any], dict[str, Any]], **base: Any) -> UUID:
    """Make a draft with rules of (one comparison, effects); returns its id."""
    api.decide([place(nth=99)], at=AT)  # publishes the default
    live = PolicyVersion.objects.get()
    version = PolicyVersion.objects.create(
        store_id=live.store_id,
        number=2,
        base=live.base | base,
        created_at=AT,
        created_by="user:ines",
        updated_at=AT,
    )
    for position, (comparison, effects) in enumerate(rules, 1):
        PolicyRule.objects.create(
            store_id=live.store_id,
            version=version,
            position=position,
            name=f"Rule {position}",
            condition={"version": 1, "subject": "return_line", "where": comparison},
            effects=effects,
        )
    return version.id


def test_a_new_store_takes_everything_back_for_thirty_days(store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id)
    answer = decide_one(order_id, datetime(2026, 5, 3, 21, 59, tzinfo=UTC))  # 23:59 in Berlin
    assert answer.is_allowed
    assert answer.quantity == 1
    assert answer.terms is not None
    assert answer.terms.until_date == date(2026, 5, 3)
    assert [offer.outcome for offer in answer.terms.offers] == [
        Outcome.REFUND,
        Outcome.EXCHANGE,
        Outcome.STORE_CREDIT,
    ]
    assert answer.policy_version_id == PolicyVersion.objects.get().id


def test_the_window_ends_with_the_stores_day(store: StoreInfo) -> None:
    order_id = place(locale="de-DE")
    deliver(order_id)
    answer = decide_one(order_id, datetime(2026, 5, 3, 22, 0, tzinfo=UTC))  # midnight in Berlin
    assert not answer.is_allowed
    assert answer.reason_code == RefusalCode.WINDOW_OVER
    assert answer.reason == "Die Rückgabefrist für diesen Artikel endete am 3. Mai 2026."
    assert answer.trace[-1].words == ("not eligible: The window ended on May 3, 2026.",)
    english = decide_one(order_id, AT, locale="en")
    assert english.reason == "The time to return this item ended on May 3, 2026."


def test_after_the_window_it_may_come_back_for_our_faults(store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id)
    answer = decide_one(order_id)
    assert "broken" in answer.allowed_reasons
    assert "no_longer_needed" not in answer.allowed_reasons
    line_id = answer.line_id
    damaged = decide_one(order_id, reasons={line_id: "broken"})
    assert damaged.is_allowed
    assert damaged.terms is not None
    assert damaged.terms.until_date == date(2026, 6, 2)
    assert damaged.terms.label_payer is LabelPayer.STORE
    assert damaged.terms.needs_photos == 1  # the reason asks for one
    assert not decide_one(order_id, reasons={line_id: "no_longer_needed"}).is_allowed
    assert not decide_one(order_id, reasons={line_id: "no-such-reason"}).is_allowed


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"canceled_at": ORDERED}, RefusalCode.CANCELED),
        ({}, RefusalCode.NOT_DELIVERED),
    ],
)
def test_what_no_rule_can_allow(store: StoreInfo, order: dict[str, Any], code: str) -> None:
    answer = decide_one(place(**order), ORDERED + timedelta(days=1))
    assert not answer.is_allowed
    assert answer.reason_code == code
    assert answer.quantity == 0
    assert answer.reason


def test_gift_cards_never_come_back(store: StoreInfo) -> None:
    order_id = place(line(is_gift_card=True, requires_shipping=False))
    assert decide_one(order_id).reason_code == RefusalCode.GIFT_CARD


def test_only_pieces_that_arrived_may_come_back(store: StoreInfo) -> None:
    order_id = place(line(quantity=3))
    [bought] = lines_of(order_id)
    deliver(order_id, pieces={bought.id: 2})
    deliver(order_id, None, pieces={bought.id: 1})
    assert decide_one(order_id, DELIVERED + timedelta(days=1)).quantity == 2


def test_a_scanned_parcel_is_not_there_until_the_carrier_says_so(store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id, None)
    late = decide_one(order_id, DELIVERED + timedelta(days=90))
    assert late.reason_code == RefusalCode.NOT_DELIVERED


def test_without_a_carriers_word_the_delivery_is_estimated(store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id, None, scanned=False)  # left on 1 April, four days at most
    early = decide_one(order_id, datetime(2026, 4, 4, 12, 0, tzinfo=UTC), locale="en")
    assert early.reason_code == RefusalCode.NOT_DELIVERED
    assert "April 5, 2026" in early.reason
    there = decide_one(order_id, datetime(2026, 4, 6, 12, 0, tzinfo=UTC))
    assert there.terms is not None
    assert there.terms.until_date == date(2026, 5, 5)
    assert any("estimated delivery" in word for step in there.trace for word in step.words)


def test_the_first_matching_rule_sets_each_effect(store: StoreInfo) -> None:
    germany = {"fact": "return_line.country", "op": "eq", "value": "DE"}
    cheap = {
        "fact": "return_line.price",
        "op": "lt",
        "value": {"amount_minor": 5000, "currency": "EUR"},
    }
    version_id = draft(
        (germany, {"window": {"days": 60, "start": "delivery"}}),
        (cheap, {"window": {"days": 7, "start": "order"}, "needs_photos": 2}),
    )
    order_id = place()
    deliver(order_id)
    answer = decide_one(order_id, version_id=version_id)
    assert answer.terms is not None
    assert answer.terms.until_date == date(2026, 6, 2)  # the first rule's
    assert answer.terms.needs_photos == 2  # the second's, which the first leaves open
    assert [(step.rule, step.matched) for step in answer.trace[:2]] == [
        ("Rule 1", True),
        ("Rule 2", True),
    ]
    assert answer.trace[0].words == ("the delivery country is “DE”",)


def test_final_sale_and_nothing_offered(store: StoreInfo) -> None:
    sale = {"fact": "return_line.was_on_sale", "op": "eq", "value": True}
    pricey = {
        "fact": "return_line.price",
        "op": "gt",
        "value": {"amount_minor": 100_000, "currency": "EUR"},
    }
    version_id = draft((sale, {"final_sale": True}), (pricey, {"offers": []}))
    order_id = place(line(1, off=500), line(2, price=200_000), line(3))
    deliver(order_id)
    found = api.decide([order_id], at=DELIVERED, version_id=version_id)
    codes = [found[row.id].reason_code for row in lines_of(order_id)]
    assert codes == [RefusalCode.FINAL_SALE, RefusalCode.NOT_OFFERED, ""]


def test_a_cheap_thing_need_not_come_back(store: StoreInfo) -> None:
    version_id = draft(keep_below_minor=1000, label={"payer": "shopper", "fee_minor": 400})
    order_id = place(line(1, price=999), line(2, price=1000))
    deliver(order_id)
    found = api.decide([order_id], at=DELIVERED, version_id=version_id)
    kept, back = (found[row.id].terms for row in lines_of(order_id))
    assert kept is not None
    assert back is not None
    assert kept.keep_item
    assert kept.methods == (MethodKind.KEEP,)
    assert kept.label_fee_minor == 0
    assert not back.keep_item
    assert back.label_fee_minor == 400
    assert MethodKind.KEEP not in back.methods


def test_a_holiday_extension_only_lengthens(store: StoreInfo) -> None:
    HolidayExtension.objects.create(
        store_id=store.id,
        name="Spring",
        orders_from=date(2026, 3, 20),
        orders_to=date(2026, 4, 10),
        until_date=date(2026, 5, 20),
        created_at=ORDERED,
        created_by="user:ines",
    )
    order_id = place()
    deliver(order_id)
    answer = decide_one(order_id)
    assert answer.terms is not None
    assert answer.terms.until_date == date(2026, 5, 20)
    assert any(step.rule == "Extension: Spring" for step in answer.trace)
    later = place(nth=2, ordered=datetime(2026, 4, 10, 22, 0, tzinfo=UTC))  # the 11th in Berlin
    deliver(later, datetime(2026, 4, 12, 12, 0, tzinfo=UTC))
    assert decide_one(later).terms.until_date == date(2026, 5, 12)  # type: ignore[union-attr]


def test_an_order_keeps_the_policy_it_was_placed_under(store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id)
    decide_one(order_id, ORDERED)
    PolicyVersion.objects.create(
        store_id=store.id,
        number=2,
        base=PolicyVersion.objects.get().base | {"window": {"days": 5, "start": "delivery"}},
        created_at=DELIVERED,
        created_by="user:ines",
        updated_at=DELIVERED,
        published_at=DELIVERED,
        published_by="user:ines",
        live_from=DELIVERED,
    )
    later = place(nth=2, ordered=DELIVERED + timedelta(hours=1))
    deliver(later, DELIVERED + timedelta(days=1))
    at = DELIVERED + timedelta(days=2)
    before, after = decide_one(order_id, at).terms, decide_one(later, at).terms
    assert before is not None
    assert after is not None
    assert before.until_date == date(2026, 5, 3)
    assert after.until_date == date(2026, 4, 9)


def test_a_warranty_lasts_by_the_month_and_offers_its_resolutions(store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id)
    claim = decide_one(order_id, kind=ReturnKind.WARRANTY)
    assert claim.terms is not None
    assert claim.terms.until_date == date(2028, 4, 3)
    assert [offer.outcome for offer in claim.terms.offers] == [
        Outcome.REPLACEMENT,
        Outcome.REPAIR,
        Outcome.REFUND,
    ]
    assert not claim.terms.is_auto
    over = decide_one(order_id, datetime(2028, 4, 4, 12, 0, tzinfo=UTC), kind=ReturnKind.WARRANTY)
    assert over.reason_code == RefusalCode.WARRANTY_OVER


def test_another_stores_order_does_not_exist(store: StoreInfo, other_store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id)
    with store_scope(other_store.id):
        assert api.decide([order_id], at=AT) == {}


def test_the_queries_do_not_grow_with_orders(store: StoreInfo) -> None:
    many = [place(line(1), line(2), nth=nth) for nth in range(1, 8)]
    for order_id in many:
        deliver(order_id)
    api.decide(many, at=AT)
    with CaptureQueriesContext(connection) as one:
        api.decide(many[:1], at=AT)
    with CaptureQueriesContext(connection) as all_of_them:
        found = api.decide(many, at=AT)
    assert len(found) == 14
    assert len(all_of_them) == len(one) == 5


def test_without_a_trace_the_answer_is_the_same(store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id)
    for at in (AT, DELIVERED + timedelta(days=1)):
        shown = decide_one(order_id, at)
        quick = decide_one(order_id, at, with_trace=False)
        assert shown.trace
        assert quick.trace == ()
        assert replace(shown, trace=()) == quick


def test_thirty_rules_cost_no_more_queries_than_one(store: StoreInfo) -> None:
    order_id = place(line(1), line(2))
    deliver(order_id)

    def rule(count: int, nth: int) -> dict[str, Any]:
        comparison = {"fact": "return_line.days_since_delivery", "op": "gte", "value": 1 + nth}
        condition = {"version": 1, "subject": "return_line", "where": comparison}
        effects = {"needs_photos": nth % 5}
        return {"name": f"{nth} of {count}", "condition": condition, "effects": effects}

    def publish(count: int) -> int:
        api.begin_policy(by=INES, at=AT)
        for nth in range(count):
            api.save_policy_rule(**rule(count, nth), by=INES, at=AT)
        api.publish_policy(covers_past=True, by=INES, at=AT)
        first = api.decide([order_id], at=AT)  # reads the version, for the process
        with CaptureQueriesContext(connection) as queries:
            answers = api.decide([order_id], at=AT)
        assert answers == first
        assert not [one for one in queries if "returns_policyrule" in one["sql"]]
        assert min(len(one.trace) for one in answers.values()) > count
        return len(queries)

    assert publish(1) == publish(30)


def test_reasons_fit_the_product(store: StoreInfo) -> None:
    order_id = place()
    [bought] = lines_of(order_id)
    codes = {view.code for view in api.reasons_for([bought.id], at=AT)[bought.id]}
    assert {"damaged", "changed_mind", "other"} <= codes
    assert not codes & {"size", "faulty", "space"}
