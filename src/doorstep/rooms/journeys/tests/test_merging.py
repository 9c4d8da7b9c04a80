"""Two people turn out to be one: the re-entry rule says which way goes on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from doorstep.kernel.ids import new_id
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.campaigns.sending import send_campaigns
from doorstep.rooms.journeys.contracts import CampaignInput
from doorstep.rooms.journeys.merging import join_people
from doorstep.rooms.journeys.models import CampaignRecipient, Enrollment
from doorstep.rooms.journeys.rules.definition import Reentry
from doorstep.rooms.journeys.rules.merging import Way, settle
from doorstep.rooms.journeys.tests.cast import AT, DAY, INES, WAIT, let_in, live, people
from doorstep.rooms.messaging.models import Message

NEVER, ALWAYS, MONTHLY = Reentry(), Reentry("always"), Reentry("after", 30)


def way(day: int, *, absorbed: bool = False, ended: bool = False, order: str = "") -> Way:
    """Return a way that began some days after the first."""
    key = f"order:{order}" if order else f"event:{new_id()}"
    return Way(new_id(), absorbed, key, bool(order), AT + timedelta(days=day), not ended)


@pytest.mark.parametrize(
    ("rule", "ways", "ending"),
    [
        (NEVER, [way(0), way(3, absorbed=True)], {1}),
        (NEVER, [way(3), way(0, absorbed=True)], {0}),
        (NEVER, [way(0, ended=True), way(90, absorbed=True)], {1}),
        (MONTHLY, [way(0, ended=True), way(90, absorbed=True)], set()),
        (MONTHLY, [way(0, ended=True), way(29, absorbed=True)], {1}),
        (ALWAYS, [way(0, ended=True), way(1, absorbed=True)], set()),
        (ALWAYS, [way(0), way(1, absorbed=True)], {1}),
        (ALWAYS, [way(0, order="1"), way(1, absorbed=True, order="2")], set()),
        (ALWAYS, [way(1, order="1"), way(0, absorbed=True, order="1")], {1}),
        (NEVER, [way(0), way(1, ended=True, absorbed=True)], set()),
        # of one's own, both were let in
        (NEVER, [way(0, order="1"), way(1, order="2"), way(9, ended=True, absorbed=True)], set()),
    ],
)
def test_the_rule_decides_as_if_they_had_been_one(
    rule: Reentry, ways: list[Way], ending: set[int]
) -> None:
    assert settle(ways, rule).end == {ways[nth].id for nth in ending}


def test_an_entry_of_both_stays_where_it_is() -> None:
    mine, theirs = way(1, order="1"), way(0, absorbed=True, order="1")
    other = way(2, absorbed=True, ended=True)
    assert settle([mine, theirs, other], ALWAYS).move == {other.id}


@pytest.mark.django_db
def test_the_earlier_way_goes_on_as_the_survivors(store: object) -> None:
    version = live({"pause": WAIT})
    survivor, absorbed = people(2)
    let_in(version, [absorbed], at=AT)
    let_in(version, [survivor], at=AT + DAY, key="later")
    join_people(survivor, absorbed, at=AT + 2 * DAY)
    rows = Enrollment.objects.order_by("entered_at").values_list(
        "customer_id", "status", "exit_reason"
    )
    assert list(rows) == [(survivor, "active", ""), (survivor, "exited", "merged")]


@pytest.mark.django_db(transaction=True)
def test_a_campaign_asks_a_person_once(store: object) -> None:
    first, second = sorted(people(2))
    condition = {"fact": "customer.orders", "op": "gte", "value": 0}
    segment: UUID = audiences.create_segment(name="All", condition=condition, by=INES, at=AT).id
    while audiences.run_builds(AT):
        pass
    given = CampaignInput("Hello", segment, purpose="marketing", template="newsletter_welcome")
    campaign = api.create_campaign(campaign=given, by=INES, at=AT)
    api.start_campaign(campaign_id=campaign, revision=1, by=INES, at=AT)
    send_campaigns(at=AT, size=1)
    join_people(second, first, at=AT)
    while send_campaigns(at=AT, size=1):
        pass
    assert list(CampaignRecipient.objects.values_list("customer_id", flat=True)) == [second]
    assert Message.objects.count() == 1
