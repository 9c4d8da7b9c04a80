"""Choosing boxes: nothing is lost, nothing exceeds its box, and what must go apart does."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.ids import new_id
from doorstep.rooms.fulfillment.contracts import BoxInfo, HandlingClass, Size
from doorstep.rooms.fulfillment.rules.boxes import FILL_PERCENT, Piece, can_hold, inside, pack


def box(*sides: int, weight: int = 10_000, premium: bool = False, name: str = "") -> BoxInfo:
    return BoxInfo(new_id(), name or str(sides), Size(*sides), weight, 100, premium, True)


def piece(key: int, *sides: int, weight: int | None = 100, classes: str = "") -> Piece:
    return Piece(key, Size(*sides) if sides else None, weight, frozenset(classes.split()))


SIDES = st.integers(1, 600)
SIZES = st.builds(Size, SIDES, SIDES, SIDES)
CLASSES = st.frozensets(st.sampled_from([one.value for one in HandlingClass]), max_size=2)
PIECES = st.lists(
    st.builds(
        Piece,
        key=st.integers(0, 5),
        size=st.none() | SIZES,
        weight_grams=st.none() | st.integers(0, 20_000),
        classes=CLASSES,
    ),
    max_size=25,
)
BOXES = st.lists(
    st.builds(
        BoxInfo,
        id=st.uuids(),
        name=st.just("box"),
        size=SIZES,
        max_weight_grams=st.integers(1, 30_000),
        tare_grams=st.integers(0, 500),
        is_premium=st.booleans(),
        is_active=st.booleans(),
    ),
    max_size=6,
)


@given(PIECES, BOXES, st.booleans())
def test_every_piece_is_packed_once_and_no_box_is_exceeded(
    pieces: list[Piece], boxes: list[BoxInfo], premium: bool
) -> None:
    parcels = pack(pieces, boxes, prefers_premium=premium)
    assert Counter(one for parcel in parcels for one in parcel.pieces) == Counter(pieces)
    for parcel in parcels:
        assert parcel.pieces
        if parcel.box is None:
            assert len(parcel.pieces) == 1
            assert not any(can_hold(one, parcel.pieces) for one in boxes if one.is_active)
            continue
        assert parcel.box.is_active
        room = inside(parcel.box)
        assert sum(one.weight_grams or 0 for one in parcel.pieces) <= parcel.box.max_weight_grams
        sized = [one.sides for one in parcel.pieces if one.sides is not None]
        assert all(a <= room.a and b <= room.b and c <= room.c for a, b, c in sized)
        if len(parcel.pieces) > 1:
            filled = sum(one.volume for one in sized)
            assert filled <= max(
                room.volume * FILL_PERCENT // 100, max(s.volume for s in sized) if sized else 0
            )


@given(PIECES, BOXES)
def test_what_must_go_apart_does(pieces: list[Piece], boxes: list[BoxInfo]) -> None:
    apart = {"live_animals", "hazardous"}
    for parcel in pack(pieces, boxes):
        assert len({one.classes & apart for one in parcel.pieces}) == 1
        if any("oversize" in one.classes for one in parcel.pieces):
            assert len(parcel.pieces) == 1


SMALL, MIDDLE, LARGE = box(200, 150, 100), box(300, 200, 150), box(600, 400, 400)


def test_the_smallest_box_that_holds_all_is_taken() -> None:
    (parcel,) = pack([piece(0, 190, 90, 140)], [LARGE, SMALL, MIDDLE])
    assert parcel.box == SMALL  # turned on its side
    assert parcel.weight_grams == 200  # with the box


def test_pieces_that_fit_by_volume_only_are_not_put_together() -> None:
    cube = box(100, 100, 100)
    assert len(pack([piece(0, 60, 60, 60), piece(1, 60, 60, 60)], [cube])) == 2
    assert len(pack([piece(0, 50, 100, 40), piece(1, 50, 100, 40)], [cube])) == 1


def test_weight_splits_parcels() -> None:
    parcels = pack([piece(n, 50, 50, 50, weight=6_000) for n in range(3)], [LARGE])
    assert [len(one.pieces) for one in parcels] == [1, 1, 1]


def test_unknown_sizes_go_by_weight() -> None:
    light = box(200, 150, 100, weight=500)
    (parcel,) = pack([piece(0, weight=400), piece(1, weight=400)], [light, MIDDLE])
    assert parcel.box == MIDDLE


def test_an_unknown_weight_leaves_the_parcels_weight_unknown() -> None:
    (parcel,) = pack([piece(0, 50, 50, 50, weight=None)], [SMALL])
    assert (parcel.box, parcel.weight_grams) == (SMALL, None)


def test_premium_boxes_are_for_premium_orders() -> None:
    fine = box(200, 150, 100, premium=True)
    (plain,) = pack([piece(0, 50, 50, 50)], [fine, LARGE])
    (premium,) = pack([piece(0, 50, 50, 50)], [fine, LARGE], prefers_premium=True)
    assert (plain.box, premium.box) == (LARGE, fine)


def test_what_fits_no_box_goes_as_it_is() -> None:
    (parcel,) = pack([piece(0, 900, 900, 900)], [LARGE])
    assert parcel.box is None


def test_many_pieces_are_quick() -> None:
    parcels = pack([piece(0, 20, 20, 20, weight=1) for _ in range(2_000)], [LARGE])
    assert sum(len(one.pieces) for one in parcels) == 2_000
