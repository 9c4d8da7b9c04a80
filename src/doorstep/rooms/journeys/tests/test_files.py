"""Journeys that come as files: from another store, by hand, or made to break something."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doorstep.kernel.errors import Invalid
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.models import Journey
from doorstep.rooms.journeys.tests.cast import AT, INES, WAIT, definition

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "odd",
    ['{"days": NaN}', '{"days": 1e999}', '"\\u0000"', '{"\\udc00": 1}', '"\\ud800"'],
)
def test_what_the_database_can_not_keep_is_refused(store: Any, odd: str) -> None:
    """Python reads more as JSON than PostgreSQL does."""
    wrong = definition({"pause": {**WAIT, "for": json.loads(odd)}})
    journey_id = api.create_journey(name="Mine", by=INES, at=AT)
    with pytest.raises(Invalid, match="no JSON has"):
        api.import_journey(definition=wrong, by=INES, at=AT)
    with pytest.raises(Invalid, match="no JSON has"):
        api.save_draft(journey_id=journey_id, definition=wrong, revision=1, by=INES, at=AT)
    assert api.get_journey(journey_id).definition["steps"] == {}
    assert Journey.objects.count() == 1


def test_a_segment_that_is_not_there_counts_nobody_and_is_named(
    store: Any, other_store: Any
) -> None:
    condition = {"fact": "customer.orders", "op": "gte", "value": 1}
    with store_scope(other_store.id):
        theirs = audiences.create_segment(name="Theirs", condition=condition, by=INES, at=AT)
    for segment in (str(theirs.id), str(new_id()), "not an id"):
        trigger = {"type": "segment", "segment": segment, "on": "entered"}
        document = definition({"pause": WAIT}, trigger=trigger)
        made = api.import_journey(definition=document, by=INES, at=AT)
        view = api.get_journey(made)
        assert view.problems[0].message == "The segment does not exist any more."
        assert [p.is_blocking for p in view.problems] == [True, False]  # and it only waits
        assert api.count_audience(view.definition, at=AT) is None
