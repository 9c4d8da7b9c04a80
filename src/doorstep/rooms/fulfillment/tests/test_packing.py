"""Plans for shipments: what goes in which box, with what care, and what else goes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actions.catalog import run_action
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.fulfillment import api
from doorstep.rooms.fulfillment.contracts import HandlingClass, PackingPlan
from doorstep.rooms.fulfillment.models import Shipment, ShipmentLine
from doorstep.rooms.fulfillment.models.packing import PlannedExtra, SampleGiven
from doorstep.rooms.fulfillment.packing import extras, reading, settings
from doorstep.rooms.fulfillment.packing.effects import fill_places, read_effects
from doorstep.rooms.fulfillment.packing.matching import replay_rule
from doorstep.rooms.fulfillment.packing.plan import get_packing_plan, get_packing_plans
from doorstep.rooms.fulfillment.packing.shapes import PackingOptions
from doorstep.rooms.fulfillment.rules.handling import STARTING
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import IncomingOrder, IncomingPerson
from doorstep.rooms.orders.tests.cast import (
    AT,
    INES,
    JONAS,
    LATER,
    MIA,
    free,
    line,
    order,
    record,
    stock,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
ALWAYS: dict[str, Any] = {"all": []}
GIFT = {"fact": "order.is_gift", "op": "eq", "value": True}


def ship(incoming: IncomingOrder, nth: int = 1) -> UUID:
    """Record an order and make a shipment of all its lines."""
    [answer] = record(incoming)
    found = orders.get_order(answer.order_id)
    return shipment_of(found.summary.id, [(one.id, one.quantity) for one in found.lines], nth)


def shipment_of(order_id: UUID, pieces: list[tuple[UUID, int]], nth: int = 1) -> UUID:
    row = Shipment.objects.create(
        store_id=current_store_id(),
        order_id=order_id,
        nth=nth,
        number=f"#1-{nth}",
        number_key=f"1{nth}",
        state="to_pack",
        created_at=AT,
        created_by="test",
    )
    for line_id, quantity in pieces:
        ShipmentLine.objects.create(
            store_id=row.store_id, shipment=row, order_line_id=line_id, quantity=quantity
        )
    return row.id


def rule(name: str, effects: dict[str, Any], scope: str = "order", when: Any = None) -> UUID:
    info = settings.save_packing_rule(
        name=name, scope=scope, condition=when or ALWAYS, effects=effects, by=INES, at=AT
    )
    return info.id


def box(name: str = "M", side: int = 300, **more: Any) -> None:
    given: dict[str, Any] = {"max_weight_grams": 10_000, "tare_grams": 100} | more
    settings.save_box(
        name=name, length_mm=side, width_mm=side, height_mm=side, by=INES, at=AT, **given
    )


def plan(shipment_id: UUID) -> PackingPlan:
    return get_packing_plan(shipment_id, at=LATER)


def sized(sku: str, *sides: int, weight: int = 200) -> UUID:
    variant = stock(sku, 1_000)
    catalog.edit_variant(
        variant_id=variant,
        size_mm=(sides[0], sides[1], sides[2]),
        weight_grams=weight,
        by=INES,
        at=AT,
    )
    return variant


def test_things_go_into_the_smallest_box(store: StoreInfo) -> None:
    sized("TEA", 100, 80, 60)
    box("S", 150)
    box("L", 500)
    found = plan(ship(order(1, lines=[line("TEA", 2)])))
    [parcel] = found.parcels
    assert parcel.box is not None
    assert (parcel.box.name, parcel.weight_grams) == ("S", 500)
    assert [(thing.sku, thing.quantity) for thing in parcel.things] == [("TEA", 2)]
    assert found.warnings == ()


def test_what_is_not_known_is_said(store: StoreInfo) -> None:
    found = plan(ship(order(1)))
    assert found.parcels[0].box is None
    assert found.warnings[0].startswith("Weight not known: Thing TEA")
    assert "No boxes are set up" in found.warnings[1]
    box()
    assert "Size not known: Thing TEA" in plan(ship(order(2))).warnings[0]


def test_a_class_brings_the_stores_own_instructions(store: StoreInfo) -> None:
    vase = sized("VASE", 100, 100, 100)
    settings.set_variant_handling(variant_id=vase, handling_classes=["fragile"], by=INES, at=AT)
    shipment = ship(order(1, lines=[line("VASE")]))
    [care] = plan(shipment).parcels[0].instructions
    assert (care.cause, care.container) == ("fragile", STARTING["fragile"].container)
    own = replace(STARTING["fragile"], container="The blue crate", is_insured=True)
    settings.change_handling(handling=own, by=INES, at=AT)
    [care] = plan(shipment).parcels[0].instructions
    assert (care.container, care.is_insured) == ("The blue crate", True)


def test_line_rules_add_classes_and_care_to_their_things_alone(store: StoreInfo) -> None:
    sized("FISH", 50, 50, 50)
    sized("TEA", 50, 50, 50)
    box()
    when = {"fact": "line.sku", "op": "eq", "value": "FISH"}
    rule(
        "Live fish",
        {"handling_classes": ["live_animals"], "words": "Bag with oxygen"},
        "line",
        when,
    )
    found = plan(ship(order(1, lines=[line("FISH"), line("TEA")])))
    by_sku = {parcel.things[0].sku: parcel for parcel in found.parcels}
    causes = [one.cause for one in by_sku["FISH"].instructions]
    assert causes == ["live_animals", "Live fish"]
    assert by_sku["TEA"].instructions == ()
    assert found.instructions == ()


def test_order_rules_are_for_the_whole_shipment(store: StoreInfo) -> None:
    rule("Notes", {"note_prompt": "Thank you, {first name}! {order number}", "gift_wrap": True})
    rule("Only gifts", {"words": "Ribbon"}, when=GIFT)
    found = plan(ship(order(1)))
    assert found.note_prompt == "Thank you, Maya! #1001"
    assert found.gift_wrap
    assert found.instructions == ()
    gift = plan(ship(order(2, is_gift=True, gift_message="For {first name}")))
    assert [one.words for one in gift.instructions] == ["Ribbon"]
    assert (gift.is_gift, gift.hides_prices, gift.gift_message) == (True, True, "For {first name}")


def test_premium_begins_at_the_stores_threshold(store: StoreInfo) -> None:
    sized("TEA", 50, 50, 50)
    box("plain", 200)
    box("fine", 200, is_premium=True)
    settings.change_packing_options(
        options=PackingOptions(premium_from_minor=5_000), by=INES, at=AT
    )
    cheap, dear = (
        plan(ship(order(nth, lines=[line("TEA", price=price)])))
        for nth, price in ((1, 1_000), (2, 5_000))
    )
    assert cheap.parcels[0].box is not None
    assert dear.parcels[0].box is not None
    assert (cheap.is_premium, cheap.parcels[0].box.name) == (False, "plain")
    assert (dear.is_premium, dear.parcels[0].box.name) == (True, "fine")


def test_plans_are_made_in_sets(store: StoreInfo) -> None:
    sized("TEA", 50, 50, 50)
    box()
    rule("All", {"words": "x"})
    rule("Lines", {"words": "y"}, "line")

    def queries(shipments: list[UUID]) -> int:
        with CaptureQueriesContext(connection) as found:
            assert len(get_packing_plans(shipments, at=LATER)) == len(shipments)
        return len(found)

    one = [ship(order(1))]
    many = [ship(order(nth)) for nth in range(2, 12)]
    assert queries(one) == queries(many) <= 24


def decide(*shipments: UUID) -> None:
    extras.decide_extras(shipments, by=INES, at=LATER)


def test_the_same_sample_is_never_given_twice(store: StoreInfo) -> None:
    stock("TEA", 100)
    mint, rose = stock("MINT", 10), stock("ROSE", 10)
    rule("Samples", {"samples": [str(mint), str(rose)]})
    shipments = [ship(order(nth)) for nth in (1, 2, 3)]
    decide(*shipments)
    given = [tuple(thing.variant_id for thing in plan(one).extras) for one in shipments]
    assert given == [(mint,), (rose,), ()]
    assert (free(mint), free(rose)) == (9, 9)
    decide(*shipments)  # stays as it is
    assert (free(mint), free(rose)) == (9, 9)
    other = ship(order(4, person=JONAS))
    decide(other)
    assert [thing.variant_id for thing in plan(other).extras] == [mint]
    assert plan(other).parcels[0].things[-1].extra == "sample"


def test_guests_are_known_by_their_address(store: StoreInfo) -> None:
    found = orders.get_order(record(order(1))[0].order_id)
    guest = replace(found, summary=replace(found.summary, customer_id=None))
    same = replace(guest, summary=replace(guest.summary, email=" MAYA@example.com"))
    assert extras.person_key(found) == f"customer:{found.summary.customer_id}"
    assert extras.person_key(guest) == extras.person_key(same)
    assert extras.person_key(guest).startswith("email:")
    assert "maya" not in extras.person_key(guest)
    nobody = replace(guest, summary=replace(guest.summary, email=""))
    assert extras.person_key(nobody) == ""


def test_only_what_is_in_stock_is_given(store: StoreInfo) -> None:
    stock("TEA", 100)
    mint = stock("MINT", 1)
    rule("Bonus", {"bonus": str(mint), "bonus_quantity": 1})
    shipments = [
        ship(order(nth, person=IncomingPerson(email=f"a{nth}@b.example"))) for nth in (1, 2)
    ]
    decide(*shipments)
    assert [len(plan(one).extras) for one in shipments] == [1, 0]
    assert free(mint) == 0


def test_canceling_gives_the_sample_back(store: StoreInfo) -> None:
    stock("TEA", 100)
    mint = stock("MINT", 5)
    rule("Samples", {"samples": [str(mint)]})
    first = ship(order(1))
    decide(first)
    assert extras.release_extras([first], by=INES, at=LATER) == 1
    assert extras.release_extras([first], by=INES, at=LATER) == 0
    assert free(mint) == 5
    assert plan(first).extras == ()
    second = ship(order(2))
    decide(second)
    assert [thing.variant_id for thing in plan(second).extras] == [mint]


def test_shipping_takes_the_sample_off_the_shelf(store: StoreInfo) -> None:
    stock("TEA", 100)
    mint = stock("MINT", 5)
    rule("Samples", {"samples": [str(mint)]})
    first = ship(order(1))
    decide(first)
    extras.consume_extras([first], by=INES, at=LATER)
    [level] = inventory.list_levels(mint)
    assert (level.on_hand, level.reserved) == (4, 0)


def test_a_second_sending_of_an_order_gets_nothing_more(store: StoreInfo) -> None:
    stock("TEA", 100)
    mint, rose = stock("MINT", 5), stock("ROSE", 5)
    rule("Samples", {"samples": [str(mint), str(rose)]})
    [answer] = record(order(1, lines=[line("TEA", 2)]))
    [bought] = orders.get_order(answer.order_id).lines
    shipments = [shipment_of(answer.order_id, [(bought.id, 1)], nth) for nth in (1, 2)]
    decide(*shipments)
    assert [len(plan(one).extras) for one in shipments] == [1, 0]


def test_merged_customers_share_what_they_had(store: StoreInfo) -> None:
    stock("TEA", 100)
    mint = stock("MINT", 5)
    rule("Samples", {"samples": [str(mint)]})
    first, second = ship(order(1)), ship(order(2, person=JONAS))
    decide(first)
    maya = orders.get_order(Shipment.objects.get(id=first).order_id).summary.customer_id
    jonas = orders.get_order(Shipment.objects.get(id=second).order_id).summary.customer_id
    assert maya is not None
    assert jonas is not None
    merge = new_id()
    extras.follow_merge(merge, maya, jonas)
    decide(second)
    assert plan(second).extras == ()
    extras.undo_merge(merge, maya)
    assert SampleGiven.objects.get().person == f"customer:{maya}"


@pytest.mark.django_db(transaction=True)
def test_two_workers_give_one_sample(store: StoreInfo) -> None:
    stock("TEA", 100)
    mint = stock("MINT", 50)
    rule("Samples", {"samples": [str(mint)]})
    shipments = [ship(order(nth)) for nth in range(1, 5)]

    def run(nth: int) -> None:
        with store_scope(store.id):
            decide(shipments[nth])

    at_once(4, run)
    assert PlannedExtra.objects.count() == SampleGiven.objects.count() == 1
    assert free(mint) == 49


def test_the_database_refuses_the_same_sample_again(store: StoreInfo) -> None:
    mint = stock("MINT", 5)
    shipment = ship(order(1))
    given = {"store_id": store.id, "person": "email:x", "variant_id": mint}
    SampleGiven.objects.create(**given, shipment_id=shipment, given_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        SampleGiven.objects.create(**given, shipment_id=shipment, given_at=LATER)


def test_a_plan_says_that_samples_are_still_being_chosen(store: StoreInfo) -> None:
    mint = stock("MINT", 5)
    rule("Samples", {"samples": [str(mint)]})
    shipment = ship(order(1))
    assert any("still being chosen" in one for one in plan(shipment).warnings)
    decide(shipment)
    assert not any("still being chosen" in one for one in plan(shipment).warnings)


def test_rules_are_replayed_over_history(store: StoreInfo) -> None:
    record(order(1, is_gift=True), order(2), order(3, placed_at=AT - timedelta(days=100)))
    found = replay_rule(scope="order", condition=GIFT, at=LATER)
    assert (found.matching, found.orders) == (1, 2)


def test_rules_keep_their_order_and_can_be_moved(store: StoreInfo) -> None:
    ids = [rule(name, {"words": name}) for name in "abc"]
    settings.move_packing_rule(rule_id=ids[2], is_earlier=True, by=INES, at=AT)
    assert [one.name for one in reading.list_packing_rules()] == ["a", "c", "b"]
    settings.move_packing_rule(rule_id=ids[0], is_earlier=True, by=INES, at=AT)
    settings.delete_packing_rule(rule_id=ids[1], by=INES, at=AT)
    assert [one.name for one in reading.list_packing_rules()] == ["a", "c"]
    with pytest.raises(NotFound):
        settings.delete_packing_rule(rule_id=ids[1], by=INES, at=AT)


@pytest.mark.parametrize(
    ("effects", "field"),
    [
        ({}, "effects"),
        ({"cold_packs": 99}, "cold_packs"),
        ({"note_prompt": "Dear {surname}"}, "note_prompt"),
        ({"handling_classes": ["sharp"]}, "handling_classes"),
        ({"samples": ["01939c00-0000-7000-8000-000000000001"]}, "samples"),
        ({"bonus": "01939c00-0000-7000-8000-000000000001"}, "bonus"),
        ({"explode": True}, "explode"),
    ],
)
def test_effects_say_what_is_wrong(store: StoreInfo, effects: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        rule("x", effects)
    assert error.value.field == field
    assert reading.list_packing_rules() == []


def test_settings_say_what_is_wrong(store: StoreInfo) -> None:
    box("M")
    with pytest.raises(Conflict, match="name"):
        box("M")
    with pytest.raises(Invalid, match="from 1"):
        box("N", 0)
    rule("x", {"words": "y"})
    with pytest.raises(Conflict, match="name"):
        rule("x", {"words": "z"})
    with pytest.raises(Invalid) as error:
        rule("n", {"words": "z"}, when={"fact": "order.nonsense", "op": "eq", "value": 1})
    assert error.value.field == "condition"
    with pytest.raises(Invalid, match="tax id"):
        settings.change_packing_options(options=PackingOptions(is_invoice=True), by=INES, at=AT)
    with pytest.raises(PermissionDenied):
        run_action("fulfillment.delete_packing_rule", {"rule_id": new_id()}, by=MIA, at=AT)
    assert len(reading.list_packing_rules()) == 1


def test_every_class_has_starting_words() -> None:
    assert set(STARTING) == {one.value for one in HandlingClass}
    assert all(one.container and one.infill and one.words for one in STARTING.values())


def test_a_shoppers_name_is_no_place() -> None:
    effects = read_effects({"note_prompt": "Hi {first name}"})
    assert fill_places(effects.note_prompt, {"first name": "{store}", "store": "x"}) == "Hi {store}"


def test_extras_follow_a_shipment_from_its_order_to_its_cancelation(store: StoreInfo) -> None:
    ensure_cursors()
    stock("TEA", 100)
    mint = stock("MINT", 5)
    rule("Samples", {"samples": [str(mint)]})
    [answer] = record(order(1))
    run_until_idle()
    [shipment] = api.list_shipments_of([answer.order_id])[answer.order_id]
    assert [thing.variant_id for thing in plan(shipment.summary.id).extras] == [mint]
    assert free(mint) == 4
    record(order(1, version_at=LATER, canceled_at=LATER), at=LATER)
    run_until_idle()
    assert plan(shipment.summary.id).extras == ()
    assert free(mint) == 5
