"""At the receiving table: what a scanner may read, and what may lie in the parcel."""

from __future__ import annotations

from uuid import uuid4

import pytest

from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.billing import api as billing
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Disposition,
    Finding,
    MethodKind,
    Mismatch,
    Outcome,
    PieceCondition,
    PieceOrigin,
    ReceivedItem,
    ReturnState,
)
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    LATER,
    REASON,
    SAM,
    WANDA,
    asked,
    bought,
    inspected,
    received,
    set_offers,
    shelf,
    stocked,
)
from doorstep.rooms.returns.tests.policy_cast import INES, line, lines_of

pytestmark = pytest.mark.django_db
# The number inside a USPS bar code stands behind 420 and the postal code (Publication 199).
USPS = "9400111206206406260787"


def with_barcodes() -> dict:
    """Two kettles with bar codes, five and five there."""
    ids = stocked(K_1=5, K_2=5)
    catalog.upsert_products(
        [
            ListedProduct(
                "p1",
                "Kettle",
                variants=(
                    ListedVariant("v0", "K-1", title="K-1", barcode="4006381333931"),
                    ListedVariant("v1", "K-2", title="K-2", barcode="4006381333948"),
                ),
            )
        ],
        channel="shopify",
        at=AT,
    )
    return ids


def two_kettles(ids, **more):
    return asked(bought(line(quantity=2, sku="K-1", variant_id=ids["K-1"])), **more)


# -- finding the return --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "{number}",
        " {number}\r\n",
        "{small}",
        "https://fern.example/returns/{number}",
        "https://fern.example/r/{number}/",
        USPS,
        "9400 1112 0620 6406 2607 87",
        f"42094704{USPS}",
        f"\x1d42094704{USPS}",
    ],
)
def test_a_scan_finds_the_return(store, code):
    view = two_kettles(stocked(K_1=5))
    api.add_tracking_number(return_id=view.summary.id, tracking_number=USPS, by=SAM, at=AT)
    number = view.summary.number
    assert api.find_by_scan(code.format(number=number, small=number.lower())) == view.summary.id


@pytest.mark.parametrize(
    "code", ["", " ", "R-", "R-9999", "4006381333931", "1Z", "\x00", "/", "%s"]
)
def test_a_scan_of_something_else_finds_none(store, code):
    two_kettles(with_barcodes())
    assert api.find_by_scan(code) is None


def test_two_returns_in_one_box_are_found_one_after_the_other(store):
    ids = stocked(K_1=5)
    order_id = bought(line(quantity=2, sku="K-1", variant_id=ids["K-1"]))
    one = AskedLine(lines_of(order_id)[0].id, 1, REASON, Outcome.REFUND)
    first, second = asked(order_id, one), asked(order_id, one)
    for view in (first, second):
        api.add_tracking_number(return_id=view.summary.id, tracking_number=USPS, by=SAM, at=AT)
    assert api.find_by_scan(USPS) == second.summary.id
    inspected(received(second), disposition=Disposition.SCRAP)
    assert api.find_by_scan(USPS) == first.summary.id  # the other in the same box


def test_another_stores_scanner_finds_nothing(store, other_store):
    view = two_kettles(stocked(K_1=5))
    with store_scope(other_store.id):
        assert api.find_by_scan(view.summary.number) is None
        with pytest.raises(NotFound):
            received(view, "K-1")


# -- opening the parcel --------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["K-1", "k-1", " 4006381333931 ", "4006381333931"])
def test_a_sku_or_bar_code_is_the_announced_thing(store, code):
    view = received(two_kettles(with_barcodes()), code)
    [piece] = view.pieces
    assert (piece.origin, piece.line_id) == (PieceOrigin.EXPECTED, view.lines[0].id)
    assert view.lines[0].received == 1


def test_a_parcel_in_two_halves_is_one_return(store):
    view = received(two_kettles(with_barcodes()), "K-1")
    assert view.summary.needs == "inspect"
    view = inspected(view, disposition=Disposition.RESTOCK)
    assert view.summary.state is ReturnState.APPROVED
    assert [one.amount_minor for one in view.settlements] == [2000]
    view = inspected(received(view, "4006381333931"), disposition=Disposition.RESTOCK)
    assert [one.amount_minor for one in view.settlements] == [2000, 2000]
    assert view.summary.state is ReturnState.CLOSED


def test_nothing_more_will_come_pays_what_came(store):
    view = received(two_kettles(with_barcodes()), "K-1", is_final=True)
    view = inspected(view, disposition=Disposition.RESTOCK)
    assert view.summary.state is ReturnState.CLOSED
    assert [one.amount_minor for one in view.settlements] == [2000]
    # The other kettle is theirs, and may come another time.
    again = asked(view.summary.order_id, AskedLine(
        lines_of(view.summary.order_id)[0].id, 1, REASON, Outcome.REFUND))  # fmt: skip
    assert again.summary.state is ReturnState.APPROVED


def test_an_empty_box_pays_nothing_and_ends(store):
    view = api.record_reception(
        return_id=two_kettles(with_barcodes()).summary.id, items=[], key="empty", is_final=True,
        note="A brick", by=WANDA, at=LATER,
    )  # fmt: skip
    assert view.summary.state is ReturnState.CLOSED
    assert not view.settlements
    assert billing.get_money(view.summary.order_id).pending_minor == 0


def test_the_wrong_item_is_kept_apart_and_never_paid(store):
    ids = with_barcodes()
    view = received(two_kettles(ids), "4006381333948", "4006381333948")
    assert {one.origin for one in view.pieces} == {PieceOrigin.UNEXPECTED}
    assert [one.title for one in view.pieces] == ["Kettle", "Kettle"]
    assert view.lines[0].received == 0
    piece = view.pieces[0]
    for field, finding in (
        ("is_accepted", Finding(piece.id, PieceCondition.AS_NEW, True, Mismatch.NONE)),
    ):
        with pytest.raises(Invalid) as caught:
            api.inspect_return(return_id=view.summary.id, findings=[finding], by=WANDA, at=LATER)
        assert caught.value.field == f"findings.0.{field}"
    # It is a kettle of ours all the same: it may go to its own shelf.
    findings = [
        Finding(one.id, PieceCondition.AS_NEW, False, Mismatch.WRONG_ITEM,
                disposition=Disposition.RESTOCK)
        for one in view.pieces
    ]  # fmt: skip
    view = api.inspect_return(return_id=view.summary.id, findings=findings, by=WANDA, at=LATER)
    [row] = [one for one in inventory.list_stock().rows if one.variant_id == ids["K-2"]]
    assert row.on_hand == 7
    assert not view.settlements
    assert view.summary.state is ReturnState.APPROVED  # the announced ones may still come


def test_what_nobody_knows_has_no_shelf(store):
    view = received(two_kettles(with_barcodes()), "978-0-201-63361-0")
    [piece] = view.pieces
    assert (piece.origin, piece.title) == (PieceOrigin.UNEXPECTED, "978-0-201-63361-0")
    with pytest.raises(Conflict, match="it has no shelf"):
        inspect_away(view, Disposition.RESTOCK)
    view = inspect_away(view, Disposition.BACK_TO_SHOPPER)
    assert view.pieces[0].disposition == Disposition.BACK_TO_SHOPPER


def inspect_away(view, disposition):
    finding = Finding(
        view.pieces[0].id, PieceCondition.AS_NEW, False, Mismatch.WRONG_ITEM,
        disposition=disposition,
    )  # fmt: skip
    return api.inspect_return(return_id=view.summary.id, findings=[finding], by=WANDA, at=LATER)


def test_more_than_announced_is_paid_up_to_what_was_bought(store):
    ids = with_barcodes()
    order_id = bought(line(quantity=2, sku="K-1", variant_id=ids["K-1"]))
    one = AskedLine(lines_of(order_id)[0].id, 1, REASON, Outcome.REFUND)
    view = received(asked(order_id, one), "K-1", "K-1", "K-1")
    assert [x.origin for x in view.pieces] == ["expected", "extra", "extra"]
    with pytest.raises(Conflict, match="only 2 can be accepted"):
        inspected(view)
    view = inspected(view, refuse=1, disposition=Disposition.SCRAP)
    # One was refused of the three: the other two are what was bought.
    assert sum(x.amount_minor for x in view.settlements) == 4000
    assert billing.get_money(order_id).pending_minor == 4000


def test_what_was_handed_in_at_the_shop_is_received_the_same_way(store):
    set_offers(Outcome.REFUND, methods=(MethodKind.IN_STORE,))
    view = two_kettles(with_barcodes(), method=MethodKind.IN_STORE)
    view = inspected(received(view), disposition=Disposition.RESTOCK)
    assert view.summary.state is ReturnState.CLOSED


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([], "items"),
        ([ReceivedItem("K-1", 0)], "items"),
        ([ReceivedItem("K-1", -1)], "items"),
        ([ReceivedItem("K-1", 501)], "items"),
        ([ReceivedItem("  ", 1)], "items"),
    ],
)
def test_a_reception_that_makes_no_sense_is_refused(store, items, field):
    view = two_kettles(with_barcodes())
    with pytest.raises(Invalid) as caught:
        api.record_reception(
            return_id=view.summary.id, items=items, key=str(uuid4()), by=WANDA, at=LATER
        )
    assert caught.value.field == field
    assert not api.get_return(view.summary.id, at=LATER).pieces


def test_a_place_that_is_not_there_is_refused(store):
    view = two_kettles(with_barcodes())
    closed = inventory.create_location(name="Old shed", by=INES, at=AT)
    inventory.edit_location(location_id=closed.id, is_active=False, by=INES, at=AT)
    for place in (uuid4(), closed.id):
        with pytest.raises(Invalid) as caught:
            api.record_reception(
                return_id=view.summary.id, items=[ReceivedItem("K-1")], key="k",
                location_id=place, by=WANDA, at=LATER,
            )  # fmt: skip
        assert caught.value.field == "location_id"
    view = api.record_reception(
        return_id=view.summary.id, items=[ReceivedItem("K-1", 2)], key="k", location_id=shelf(),
        by=WANDA, at=LATER,
    )  # fmt: skip
    assert len(view.pieces) == 2
