"""Drafts, versions, extensions and reasons: what the editors may do, and what not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import Outcome, ReturnKind
from doorstep.rooms.returns.models.policy import PolicyVersion, ReturnReason
from doorstep.rooms.returns.policy.effects import BASE
from doorstep.rooms.returns.tests.policy_cast import (
    AT,
    DELIVERED,
    INES,
    MIA,
    ORDERED,
    deliver,
    lines_of,
    place,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
GERMANY = {"fact": "return_line.country", "op": "eq", "value": "DE"}
LONG: dict[str, Any] = {"window": {"days": 90, "start": "delivery"}}


def test_a_draft_is_begun_edited_and_published(store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id)
    draft = api.begin_policy(by=INES, at=DELIVERED)
    assert draft.is_draft
    assert api.begin_policy(by=INES, at=DELIVERED).id == draft.id
    rule_id = api.save_policy_rule(
        name="Germany", condition=GERMANY, effects=LONG, by=INES, at=DELIVERED
    )
    [answer] = api.decide([order_id], at=AT).values()
    assert not answer.is_allowed  # a draft changes nothing
    api.publish_policy(note="Longer", covers_past=True, by=INES, at=DELIVERED)
    [answer] = api.decide([order_id], at=AT).values()
    assert answer.is_allowed
    detail = api.get_version(draft.id)
    assert [rule.name for rule in detail.rules][-1] == "Germany"
    assert detail.rules[-1].words == "the delivery country is “DE”"
    assert detail.rules[-1].changes == ("You can return it within 90 days of delivery.",)
    with pytest.raises(Conflict):
        api.delete_policy_rule(rule_id=rule_id, by=INES, at=AT)
    assert api.get_version(draft.id) == detail


def test_going_back_publishes_a_copy(store: StoreInfo) -> None:
    first = api.get_live_version(at=ORDERED)
    api.begin_policy(by=INES, at=ORDERED)
    api.change_policy_base(base=BASE.model_copy(update={"needs_photos": 2}), by=INES, at=ORDERED)
    api.publish_policy(by=INES, at=ORDERED + timedelta(hours=1))
    assert api.get_live_version(at=AT).base.needs_photos == 2
    back = api.restore_policy(version_id=first.info.id, by=INES, at=AT)
    assert back.number == 3
    assert api.get_live_version(at=AT).base.needs_photos == 0
    assert [rule.name for rule in api.get_live_version(at=AT).rules] == [
        rule.name for rule in first.rules
    ]


def test_rules_move_and_go(store: StoreInfo) -> None:
    api.begin_policy(by=INES, at=AT)
    api.save_policy_rule(name="Germany", condition=GERMANY, effects=LONG, by=INES, at=AT)
    draft = api.find_draft()
    assert draft is not None
    last = api.get_version(draft.id).rules[-1]
    api.move_policy_rule(rule_id=last.id, is_earlier=True, by=INES, at=AT)
    names = [rule.name for rule in api.get_version(draft.id).rules]
    assert names == ["Damaged, wrong or faulty", "Germany", "Final sale"]
    api.delete_policy_rule(rule_id=last.id, by=INES, at=AT)
    assert "Germany" not in [rule.name for rule in api.get_version(draft.id).rules]
    api.discard_policy(by=INES, at=AT)
    assert api.find_draft() is None


@pytest.mark.parametrize(
    ("name", "condition", "effects", "field"),
    [
        ("", GERMANY, LONG, "name"),
        ("A", {"fact": "return_line.color", "op": "eq", "value": "red"}, LONG, "condition"),
        ("A", GERMANY, {}, "effects"),
        ("A", GERMANY, {"window": {"days": -1}}, "window.days"),
        ("A", GERMANY, {"offers": [{"outcome": "refund", "fee_percent": 101}]}, None),
        ("A", GERMANY, {"methods": []}, "methods"),
        ("A", GERMANY, {"price": 1}, "price"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    store: StoreInfo, name: str, condition: Any, effects: Any, field: str | None
) -> None:
    draft = api.begin_policy(by=INES, at=AT)
    before = api.get_version(draft.id)
    with pytest.raises(Invalid) as caught:
        api.save_policy_rule(name=name, condition=condition, effects=effects, by=INES, at=AT)
    assert field is None or caught.value.field == field
    assert api.get_version(draft.id) == before


def test_who_may_not_edit_changes_nothing(store: StoreInfo) -> None:
    api.list_versions(at=AT)
    with pytest.raises(PermissionDenied):
        api.begin_policy(by=MIA, at=AT)
    assert PolicyVersion.objects.count() == 1


def test_a_name_is_taken_once(store: StoreInfo) -> None:
    api.begin_policy(by=INES, at=AT)
    api.save_policy_rule(name="Germany", condition=GERMANY, effects=LONG, by=INES, at=AT)
    with pytest.raises(Conflict):
        api.save_policy_rule(name="Germany", condition=GERMANY, effects=LONG, by=INES, at=AT)


def test_another_stores_version_does_not_exist(store: StoreInfo, other_store: StoreInfo) -> None:
    version = api.get_live_version(at=AT)
    with store_scope(other_store.id), pytest.raises(NotFound):
        api.get_version(version.info.id)


def test_a_withdrawn_extension_holds_for_orders_before(store: StoreInfo) -> None:
    extension_id = api.save_holiday_extension(
        name="Spring",
        orders_from=date(2026, 3, 20),
        orders_to=date(2026, 4, 30),
        until_date=date(2026, 6, 30),
        words={"de": "Frühling"},
        by=INES,
        at=ORDERED,
    )
    before = place()
    deliver(before)
    api.withdraw_holiday_extension(extension_id=extension_id, by=INES, at=DELIVERED)
    after = place(nth=2, ordered=DELIVERED + timedelta(hours=1))
    deliver(after, DELIVERED + timedelta(days=2))
    found = api.decide([before, after], at=AT)
    assert found[lines_of(before)[0].id].terms.until_date == date(2026, 6, 30)  # type: ignore[union-attr]
    assert found[lines_of(after)[0].id].terms.until_date == date(2026, 5, 5)  # type: ignore[union-attr]
    told = api.policy_text(at=AT, locale="de", order_id=before).plain
    assert "Frühling: Bestellungen vom 20. März 2026 bis 30. April 2026" in told
    assert "Frühling" not in api.policy_text(at=AT, locale="de").plain
    with pytest.raises(Invalid):
        api.save_holiday_extension(
            name="Wrong",
            orders_from=date(2026, 4, 30),
            orders_to=date(2026, 4, 1),
            until_date=date(2026, 6, 30),
            by=INES,
            at=AT,
        )


def test_reasons_are_the_stores_own_once_changed(store: StoreInfo) -> None:
    order_id = place()
    [line] = lines_of(order_id)
    assert ReturnReason.objects.count() == 0
    api.save_reason(
        code="leaks",
        parent="damaged",
        words={"en": "It leaks", "de": "Es tropft"},
        fault="merchant",
        damage="leaks",
        asks_photo=True,
        is_new=True,
        by=INES,
        at=AT,
    )
    [damaged] = [v for v in api.reasons_for([line.id], at=AT)[line.id] if v.code == "damaged"]
    leaks = damaged.children[-1]
    assert (leaks.code, leaks.fault, leaks.asks_photo) == ("leaks", "merchant", True)
    api.move_reason(code="leaks", is_earlier=True, by=INES, at=AT)
    [damaged] = [v for v in api.reasons_for([line.id], at=AT)[line.id] if v.code == "damaged"]
    assert damaged.children[-1].code != "leaks"
    api.save_reason(
        code="damaged", words={"en": "Damaged"}, fault="carrier", is_active=False, by=INES, at=AT
    )
    codes = {view.code for view in api.reasons_for([line.id], at=AT)[line.id]}
    assert "damaged" not in codes


@pytest.mark.parametrize(
    "more",
    [
        {"code": "Bad Code"},
        {"words": {"de": "Nur deutsch"}},
        {"words": {"xx": "?", "en": "A"}},
        {"fault": "nobody"},
        {"code": "damaged", "parent": "broken"},
    ],
)
def test_a_reason_that_makes_no_sense_is_refused(store: StoreInfo, more: dict[str, Any]) -> None:
    given: dict[str, Any] = {"code": "fine", "words": {"en": "Fine"}} | more
    with pytest.raises(Invalid):
        api.save_reason(**given, by=INES, at=AT)
    assert not ReturnReason.objects.filter(code=given["code"], words=given["words"]).exists()


def test_warranties_are_asked_in_order(store: StoreInfo) -> None:
    order_id = place()
    deliver(order_id)
    api.begin_policy(by=INES, at=DELIVERED)
    api.save_warranty(
        name="Germany",
        condition=GERMANY,
        months=36,
        resolutions=["repair"],
        by=INES,
        at=DELIVERED,
    )
    draft = api.find_draft()
    assert draft is not None
    mine = api.get_version(draft.id).warranties[-1]
    api.move_warranty(warranty_id=mine.id, is_earlier=True, by=INES, at=DELIVERED)
    api.publish_policy(covers_past=True, by=INES, at=DELIVERED)
    [claim] = api.decide([order_id], at=AT, kind=ReturnKind.WARRANTY).values()
    assert claim.terms is not None
    assert claim.terms.until_date == date(2029, 4, 3)
    assert [offer.outcome for offer in claim.terms.offers] == [Outcome.REPAIR]
    with pytest.raises(Conflict):
        api.save_warranty(
            name="X", condition=GERMANY, months=1, resolutions=["repair"], by=INES, at=AT
        )
