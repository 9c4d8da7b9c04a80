"""Warranty claims, spare parts, repairs: from the wish to the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.rooms.billing import api as billing
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import MovementReason, StockCount
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Disposition,
    MethodKind,
    NewThingState,
    Outcome,
    ReturnKind,
    ReturnState,
    ReturnView,
)
from doorstep.rooms.returns.models import (
    PolicyVersion,
    ReturnAuthorization,
    ReturnLabel,
    WarrantyPolicy,
)
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    LATER,
    MAYA,
    REASON,
    SAM,
    WANDA,
    asked,
    bought,
    inspected,
    received,
    run_events,
    set_offers,
    shelf,
    stocked,
    wish,
)
from doorstep.rooms.returns.tests.policy_cast import INES, line, lines_of

pytestmark = pytest.mark.django_db


def _where(*comparisons: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "subject": "return_line", "where": {"all": list(comparisons)}}


ALWAYS, FRANCE = _where(), _where({"fact": "return_line.country", "op": "eq", "value": "FR"})
LAST_DAY = datetime(2028, 4, 3, 20, 0, tzinfo=UTC)  # two years after delivery, in Berlin


SOLD = 1  # the one that was bought: its parcel left without telling the shelf


def kettle_with_parts() -> dict[str, UUID]:
    """A kettle (five there), its lid and its filter (three each), and a lid of another thing."""
    ids = stocked(K_1=5)
    catalog.upsert_products(
        [
            ListedProduct("p-lid", "Lid", variants=(ListedVariant("lid", "LID", title="Lid"),)),
            ListedProduct("p-no", "Cup", variants=(ListedVariant("cup", "CUP", title="Cup"),)),
        ],
        channel="shopify",
        at=AT - timedelta(days=100),
    )
    ids |= catalog.find_variants_by_sku(["LID", "CUP"])
    counts = [StockCount(ids[sku], shelf(), 3) for sku in ("LID", "CUP")]
    inventory.set_stock(counts, reason=MovementReason.COUNTED, at=AT - timedelta(days=90), by=INES)
    own = catalog.get_variants([ids["K-1"]])[ids["K-1"]].product_id
    api.save_part(product_id=own, variant_id=ids["LID"], name="Lid", by=INES, at=AT)
    return ids


def kettles(ids: dict[str, UUID], quantity: int = 1) -> UUID:
    return bought(line(quantity=quantity, sku="K-1", variant_id=ids["K-1"]))


def on_shelf(ids: dict[str, UUID], sku: str) -> tuple[int, int]:
    [row] = [one for one in inventory.list_stock().rows if one.variant_id == ids[sku]]
    return row.on_hand, row.reserved


def claim(order_id: UUID, outcome: Outcome, at: datetime = AT, **more: Any) -> ReturnView:
    """Claim the warranty of the first line, for a reason without pictures."""
    first = lines_of(order_id)[0]
    pieces = more.pop("quantity", 1)
    one = AskedLine(first.id, pieces, REASON, outcome, **more)
    request = replace(wish(order_id, one, method=MethodKind.LABEL), kind=ReturnKind.WARRANTY)
    return api.request_return(request=request, by=MAYA, at=at)


def warranty(*resolutions: Outcome, **more: Any) -> None:
    """Publish a policy of refunds with a warranty of two years on everything."""
    set_offers(Outcome.REFUND, keep_below_minor=more.pop("keep_below_minor", 0))
    version = PolicyVersion.objects.latest("number")
    given = {"months": 24, "is_auto": True, "needs_photos": 0, "condition": ALWAYS} | more
    WarrantyPolicy.objects.create(
        store_id=version.store_id,
        version=version,
        position=1,
        name="Kettles",
        resolutions=[one.value for one in resolutions],
        **given,
    )


# -- by the policy -------------------------------------------------------------------------------


def test_a_claim_counts_from_delivery_to_the_last_day_of_its_months(store):
    warranty(Outcome.REPLACEMENT)
    order_id = kettles(kettle_with_parts())
    with pytest.raises(Conflict) as late:
        claim(order_id, Outcome.REPLACEMENT, at=LAST_DAY + timedelta(days=1))
    assert late.value.code == "warranty_over"
    with pytest.raises(Invalid) as other:
        claim(order_id, Outcome.REFUND, at=LAST_DAY)
    assert other.value.field == "lines.0.outcome"
    view = claim(order_id, Outcome.REPLACEMENT, at=LAST_DAY)
    assert (view.summary.kind, view.summary.state) == (ReturnKind.WARRANTY, ReturnState.APPROVED)
    # What broke comes back at the seller's cost (directive (EU) 2019/771, art. 14).
    assert (view.label_payer, view.label_fee_minor) == ("store", 0)


def test_a_claim_that_asks_for_a_look_waits_for_a_person(store):
    warranty(Outcome.REPLACEMENT, is_auto=False)
    ids = kettle_with_parts()
    view = claim(kettles(ids), Outcome.REPLACEMENT)
    assert view.summary.needs == "review"
    assert on_shelf(ids, "K-1") == (5, SOLD + 1)
    api.decline_return(return_id=view.summary.id, reason="It fell", by=SAM, at=AT)
    assert on_shelf(ids, "K-1") == (5, SOLD)


def test_pictures_that_are_asked_for_are_needed(store):
    warranty(Outcome.REPLACEMENT, needs_photos=2)
    with pytest.raises(Invalid, match="2 more pictures"):
        claim(kettles(kettle_with_parts()), Outcome.REPLACEMENT)


def test_nothing_is_covered_without_a_warranty_for_it(store):
    warranty(Outcome.REPLACEMENT, condition=FRANCE)
    with pytest.raises(Conflict) as caught:
        claim(kettles(kettle_with_parts()), Outcome.REPLACEMENT)
    assert caught.value.code == "no_warranty"


# -- spare parts ---------------------------------------------------------------------------------


def test_a_part_goes_out_at_once_and_nothing_comes_back(store):
    warranty(Outcome.REPLACEMENT_PART, Outcome.REPAIR)
    ids = kettle_with_parts()
    order_id = kettles(ids)
    view = claim(order_id, Outcome.REPLACEMENT_PART, exchange_variant_id=ids["LID"])
    assert (view.summary.state, view.summary.method) == (ReturnState.CLOSED, MethodKind.KEEP)
    assert not ReturnLabel.objects.exists()
    [thing] = view.new_things
    assert (thing.kind, thing.state, thing.title) == ("part", NewThingState.ORDERED, "Lid")
    sent = orders.get_order(thing.order_id)
    assert sent.summary.total_minor == 0
    assert sent.summary.state == "ready"
    assert on_shelf(ids, "LID") == (3, 1)
    assert on_shelf(ids, "K-1")[0] == 5
    assert billing.get_money(order_id).pending_minor == 0
    # The kettle is still theirs: it may have another claim, or come back.
    again = claim(order_id, Outcome.REPAIR)
    assert again.summary.state is ReturnState.APPROVED


def test_only_a_part_of_the_product_and_only_one_that_is_there(store):
    warranty(Outcome.REPLACEMENT_PART)
    ids = kettle_with_parts()
    order_id = kettles(ids)
    for wrong, words in (
        (ids["CUP"], "does not belong"),
        (None, "Choose what"),
        (ids["K-1"], "does not belong"),
    ):
        with pytest.raises(Invalid, match=words):
            claim(order_id, Outcome.REPLACEMENT_PART, exchange_variant_id=wrong)
    with pytest.raises(Conflict) as caught:
        claim(
            order_id, Outcome.REPLACEMENT_PART, exchange_variant_id=ids["LID"], exchange_quantity=4
        )
    assert caught.value.code == "sold_out"
    assert on_shelf(ids, "LID") == (3, 0)
    assert not ReturnAuthorization.objects.exists()


def test_the_list_of_parts_is_kept(store):
    ids = kettle_with_parts()
    own = catalog.get_variants([ids["K-1"]])[ids["K-1"]].product_id
    for field, change in (("name", {"name": " "}), ("variant_id", {"variant_id": ids["K-1"]})):
        with pytest.raises(Invalid) as caught:
            given = {"product_id": own, "variant_id": ids["CUP"], "name": "Cup"} | change
            api.save_part(**given, by=INES, at=AT)
        assert caught.value.field == field
    api.save_part(product_id=own, variant_id=ids["LID"], name="Glass lid", by=INES, at=AT)
    [part] = api.list_parts([own])
    assert part.name == "Glass lid"
    api.delete_part(part_id=part.id, by=INES, at=AT)
    with pytest.raises(NotFound):
        api.delete_part(part_id=part.id, by=INES, at=AT)
    warranty(Outcome.REPLACEMENT_PART)
    with pytest.raises(Invalid):
        claim(kettles(ids), Outcome.REPLACEMENT_PART, exchange_variant_id=ids["LID"])


def test_a_part_and_a_refund_in_one_return_are_two_things(store):
    set_offers(Outcome.REFUND, Outcome.REPLACEMENT_PART)
    ids = kettle_with_parts()
    order_id = kettles(ids, 2)
    first = lines_of(order_id)[0]
    view = asked(
        order_id,
        AskedLine(first.id, 1, REASON, Outcome.REFUND),
        AskedLine(first.id, 1, REASON, Outcome.REPLACEMENT_PART, exchange_variant_id=ids["LID"]),
    )
    assert view.summary.state is ReturnState.APPROVED
    assert view.new_things[0].state == NewThingState.ORDERED
    view = inspected(received(view, "K-1"), disposition=Disposition.RESTOCK)
    assert view.summary.state is ReturnState.CLOSED
    assert [one.amount_minor for one in view.settlements if one.amount_minor] == [2000]


# -- repairs -------------------------------------------------------------------------------------


def test_a_repair_comes_is_mended_and_goes_back_to_its_owner(store):
    warranty(Outcome.REPAIR, keep_below_minor=100_000)  # cheap things are kept, but not these
    ids = kettle_with_parts()
    order_id = kettles(ids)
    view = claim(order_id, Outcome.REPAIR)
    assert (view.summary.method, view.label.state) == (MethodKind.LABEL, "ready")
    view = received(view, "K-1")
    [piece] = view.pieces
    with pytest.raises(Conflict, match="goes back to its owner"):
        inspected(view, disposition=Disposition.RESTOCK)
    view = inspected(view)
    assert view.new_things[0].state == NewThingState.IN_REPAIR
    with pytest.raises(Conflict, match="goes back to its owner"):
        api.set_disposition(
            return_id=view.summary.id, piece_ids=[piece.id], disposition=Disposition.SCRAP,
            by=WANDA, at=LATER,
        )  # fmt: skip
    assert view.summary.state is ReturnState.APPROVED
    view = api.send_repair_back(
        return_id=view.summary.id, tracking_number="00340434", by=WANDA, at=LATER
    )
    assert view.summary.state is ReturnState.CLOSED
    assert view.new_things[0].state == NewThingState.SENT_BACK
    assert [one.disposition for one in view.pieces] == [Disposition.BACK_TO_SHOPPER]
    assert on_shelf(ids, "K-1") == (5, SOLD)
    assert billing.get_money(order_id).pending_minor == 0
    with pytest.raises(Conflict):
        api.send_repair_back(return_id=view.summary.id, by=WANDA, at=LATER)
    # Mended it is theirs as before: it can break again.
    assert claim(order_id, Outcome.REPAIR, at=LATER).summary.state is ReturnState.APPROVED


def test_who_waits_hears_that_what_is_mended_or_replaced_is_on_its_way(store):
    warranty(Outcome.REPAIR, Outcome.REPLACEMENT_PART)
    ids = kettle_with_parts()
    order_id = kettles(ids, 2)
    claim(order_id, Outcome.REPLACEMENT_PART, exchange_variant_id=ids["LID"])
    view = inspected(received(claim(order_id, Outcome.REPAIR), "K-1"))
    api.send_repair_back(return_id=view.summary.id, tracking_number="00340434", by=WANDA, at=LATER)
    run_events()
    told = {one.kind: one for one in messaging.list_messages().items}
    assert "exchange_ordered" not in told, "nothing was exchanged"
    part = messaging.get_message(told["replacement_ordered"].id, at=LATER)
    assert "- 1 × Lid" in part.text
    assert "-S1, at no cost" in part.text
    mended = messaging.get_message(told["repair_sent_back"].id, at=LATER)
    assert mended.summary.purpose == "transactional"
    assert "- 1 × Kettle" in mended.text
    assert "Parcel number: 00340434" in mended.text


def test_what_can_not_be_mended_goes_back_too(store):
    warranty(Outcome.REPAIR)
    ids = kettle_with_parts()
    view = received(claim(kettles(ids), Outcome.REPAIR), "K-1")
    view = inspected(view, refuse=1)
    assert view.new_things[0].state == NewThingState.RESERVED
    view = api.set_disposition(
        return_id=view.summary.id, piece_ids=[view.pieces[0].id],
        disposition=Disposition.BACK_TO_SHOPPER, by=WANDA, at=LATER,
    )  # fmt: skip
    assert view.summary.state is ReturnState.CLOSED
    assert view.new_things[0].state == NewThingState.CANCELED
    with pytest.raises(Conflict, match="Nothing of this return is being repaired"):
        api.send_repair_back(return_id=view.summary.id, by=WANDA, at=LATER)


def test_a_replacement_under_warranty_is_a_free_order_when_the_old_one_is_in(store):
    warranty(Outcome.REPLACEMENT)
    ids = kettle_with_parts()
    order_id = kettles(ids)
    view = claim(order_id, Outcome.REPLACEMENT)
    assert view.new_things[0].order_id is None
    view = inspected(received(view, "K-1"), disposition=Disposition.SCRAP)
    assert view.summary.state is ReturnState.CLOSED
    assert orders.get_order(view.new_things[0].order_id).summary.total_minor == 0
    assert on_shelf(ids, "K-1") == (5, SOLD + 1)
    with pytest.raises(Conflict):
        claim(order_id, Outcome.REPLACEMENT)  # that kettle is gone; the new one has its own order
