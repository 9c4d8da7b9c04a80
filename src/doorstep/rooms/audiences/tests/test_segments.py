"""Segments are made, filled, kept fresh, changed and put away."""

from __future__ import annotations

import pytest

from doorstep.rooms.audiences import api
from doorstep.rooms.audiences.tests.cast import AT, BUYERS, MIA, order, people, settle
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def test_a_segment_is_built_and_then_kept_by_events(store: StoreInfo) -> None:
    maya, jonas = people("maya", "jonas")
    order("maya", 1)
    settle(AT)
    made = api.create_segment(name="  Buyers ", condition=BUYERS, by=MIA, at=AT)
    assert (made.name, made.member_count, made.state) == ("Buyers", None, "building")
    assert made.words == "number of orders is at least 1"
    settle(AT)
    found = api.get_segment(made.id)
    assert (found.member_count, found.state, found.progress_percent) == (1, "live", 100)
    assert api.filter_members(made.id, [maya, jonas]) == {maya}
    order("jonas", 2)
    settle(AT)
    assert api.is_member(made.id, jonas)
    assert api.list_member_ids(made.id) == sorted([maya, jonas])
