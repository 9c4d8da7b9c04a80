"""Campaigns: when each message may go, who is held out, and that stopping means stopping."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.campaigns import sending
from doorstep.rooms.journeys.campaigns.sending import send_campaigns
from doorstep.rooms.journeys.contracts import CampaignInput, CampaignStatus
from doorstep.rooms.journeys.models import Campaign, CampaignRecipient
from doorstep.rooms.journeys.tests.cast import AT, INES, people
from doorstep.rooms.messaging.models import Message, MessageBatch

pytestmark = pytest.mark.django_db(transaction=True)

EVERYBODY = {"fact": "customer.orders", "op": "gte", "value": 0}


def segment() -> UUID:
    """Make a segment of everybody there is by now, with its members found."""
    made = audiences.create_segment(name="All", condition=EVERYBODY, by=INES, at=AT).id
    while audiences.run_builds(AT):
        pass
    return made


def draft(segment_id: UUID, **changes: Any) -> UUID:
    given: dict[str, Any] = {"purpose": "marketing", "template": "newsletter_welcome"}
    campaign = CampaignInput("Hello", segment_id, **{**given, **changes})
    return api.create_campaign(campaign=campaign, by=INES, at=AT)


def start(segment_id: UUID, *, at: datetime = AT, **changes: Any) -> UUID:
    made = draft(segment_id, **changes)
    api.start_campaign(campaign_id=made, revision=1, by=INES, at=at)
    return made


def run(at: datetime = AT, size: int = 5_000) -> None:
    while send_campaigns(at=at, size=size):
        pass


def moments(campaign_id: UUID) -> dict[UUID | None, datetime | None]:
    batch = Campaign.objects.get(id=campaign_id).batch_id
    rows = Message.objects.filter(batch_id=batch)
    return dict(rows.values_list("customer_id", "not_before"))


def test_everybody_is_asked_for_once_in_sets(store: Any) -> None:
    ids = people(23)
    made = start(segment())
    run(size=10)
    view = api.get_campaign(made)
    assert (view.status, view.audience, view.numbers.messages.asked) == ("sent", 23, 23)
    assert set(CampaignRecipient.objects.values_list("customer_id", flat=True)) == set(ids)
    run()
    assert api.get_campaign(made).numbers.messages.asked == 23


def test_the_throttle_spreads_over_sets(store: Any) -> None:
    people(30)
    made = start(segment(), per_minute=10)
    run(size=7)
    by_minute = Counter(
        int(((moment or AT) - AT).total_seconds() // 60) for moment in moments(made).values()
    )
    assert by_minute == {0: 10, 1: 10, 2: 10}


def test_the_throttle_spreads_from_nine_on_where_everybody_has_nine_at_once(store: Any) -> None:
    people(30)
    made = start(segment(), per_minute=10, send_on="2026-03-05T09:00", in_their_zone=True)
    run(AT + timedelta(days=2))
    nine = datetime(2026, 3, 5, 8, tzinfo=UTC)  # Berlin
    by_minute = Counter((m - nine).total_seconds() // 60 for m in moments(made).values() if m)
    assert by_minute == {0: 10, 1: 10, 2: 10}


def test_nine_is_nine_where_each_of_them_is(store: Any) -> None:
    zones = {
        "Asia/Kathmandu": datetime(2026, 3, 8, 3, 15, tzinfo=UTC),
        "Pacific/Kiritimati": datetime(2026, 3, 7, 19, tzinfo=UTC),
        "Pacific/Chatham": datetime(2026, 3, 7, 19, 15, tzinfo=UTC),
        # The clocks went forward at two that night: nine is an hour earlier than the day before.
        "America/New_York": datetime(2026, 3, 8, 13, tzinfo=UTC),
        "Not/AZone": datetime(2026, 3, 8, 8, tzinfo=UTC),  # the shop's
        "": datetime(2026, 3, 8, 8, tzinfo=UTC),
    }
    wanted = {people(1, timezone=zone)[0]: moment for zone, moment in zones.items()}
    made = start(segment(), send_on="2026-03-08T09:00", in_their_zone=True)
    run(AT)
    assert api.get_campaign(made).status == "scheduled"
    run(datetime(2026, 3, 7, 7, tzinfo=UTC))
    assert moments(made) == wanted


def test_a_time_that_is_over_is_refused(store: Any) -> None:
    people(1)
    of = segment()
    with pytest.raises(Invalid, match="time is over"):
        start(of, send_on="2026-03-02T10:59")  # a minute ago in Berlin
    start(of, send_on="2026-03-02T10:59", in_their_zone=True)  # still to come in America
    with pytest.raises(Invalid, match="time is over"):
        start(of, send_on="2026-03-01T21:00", in_their_zone=True)


def test_who_is_held_out_gets_nothing_and_is_counted(store: Any) -> None:
    people(200)
    made = start(segment(), holdout_percent=25)
    run()
    view = api.get_campaign(made)
    assert 30 <= view.held_out <= 70
    assert view.numbers.messages.asked == 200 - view.held_out
    held = CampaignRecipient.objects.filter(is_holdout=True)
    assert not held.filter(message_id__isnull=False).exists()
    written = Message.objects.values_list("customer_id", flat=True)
    assert not set(held.values_list("customer_id", flat=True)) & set(written)


def test_after_stopping_nothing_more_is_asked_for_or_leaves(store: Any) -> None:
    people(20)
    made = start(segment(), purpose="marketing")
    send_campaigns(at=AT, size=10)
    api.stop_campaign(campaign_id=made, by=INES, at=AT)
    run()
    view = api.get_campaign(made)
    assert (view.status, view.audience, view.stopped_by) == ("stopped", 10, "Ines")
    assert MessageBatch.objects.get().stopped_at == AT
    with pytest.raises(Conflict, match="stopped already"):
        api.stop_campaign(campaign_id=made, by=INES, at=AT)


def test_stopping_waits_for_no_set_in_hand(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A set that is asked for while somebody stops the campaign is undone, and holds up nobody."""
    people(20)
    made = start(segment())
    send_campaigns(at=AT, size=5)
    store_id, in_hand, go_on = current_store_id(), threading.Event(), threading.Event()
    keep = sending._keep

    def slowly(*args: Any) -> None:
        keep(*args)
        in_hand.set()
        assert go_on.wait(20)

    monkeypatch.setattr(sending, "_keep", slowly)

    def work() -> None:
        with store_scope(store_id):
            send_campaigns(at=AT, size=10)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    assert in_hand.wait(20)
    api.stop_campaign(campaign_id=made, by=INES, at=AT)
    assert worker.is_alive(), "the set is still in hand"
    go_on.set()
    worker.join(20)
    assert Message.objects.count() == 5
    assert CampaignRecipient.objects.count() == 5
    assert api.get_campaign(made).audience == 5


def test_two_workers_do_not_take_the_same_set(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    people(20)
    made = start(segment())
    store_id, answers = current_store_id(), []
    keep = sending._keep

    def meanwhile(*args: Any) -> None:
        def other() -> None:
            with store_scope(store_id):
                answers.append(send_campaigns(at=AT, size=10))
            connections.close_all()

        monkeypatch.setattr(sending, "_keep", keep)
        second = threading.Thread(target=other)
        second.start()
        second.join(20)
        keep(*args)

    monkeypatch.setattr(sending, "_keep", meanwhile)
    assert send_campaigns(at=AT, size=10) == 10
    assert answers == [0]
    run()
    assert api.get_campaign(made).numbers.messages.asked == 20


def test_one_that_fails_holds_up_no_other(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    people(3)
    everybody = segment()
    broken, fine = start(everybody), start(everybody)
    send = sending._send

    def fail_for_one(campaign: Campaign, *more: Any) -> int:
        if campaign.id == broken:
            raise RuntimeError("the kettle is cold")
        return send(campaign, *more)

    monkeypatch.setattr(sending, "_send", fail_for_one)
    assert send_campaigns(at=AT) == 3
    with pytest.raises(RuntimeError, match="the kettle is cold"):
        send_campaigns(at=AT)
    assert api.get_campaign(fine).status == CampaignStatus.SENT
    assert Message.objects.count() == 3


@pytest.mark.parametrize("send_on", ["9999-12-31T23:59", "0001-01-01T00:00"])
def test_a_time_at_the_end_of_the_calendar_is_refused(store: Any, send_on: str) -> None:
    with pytest.raises(Invalid, match="Write the time"):
        draft(segment(), send_on=send_on, in_their_zone=True)


def test_a_worker_that_dies_in_a_set_repeats_it_whole(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(20)
    made = start(segment())
    send_campaigns(at=AT, size=5)
    keep = sending._keep

    def die(*args: Any) -> None:
        keep(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "_keep", die)
    with pytest.raises(KeyboardInterrupt):
        send_campaigns(at=AT, size=10)
    monkeypatch.setattr(sending, "_keep", keep)
    assert api.get_campaign(made).audience == 5
    run(size=7)
    assert Counter(Message.objects.values_list("customer_id", flat=True)).most_common(1)[0][1] == 1
    assert Message.objects.count() == 20


def test_starting_and_changing_need_the_draft_one_has_seen(store: Any) -> None:
    people(3)
    of = segment()
    made = draft(of)
    changed = CampaignInput("Second", of, "newsletter_welcome")
    assert api.edit_campaign(campaign_id=made, campaign=changed, revision=1, by=INES, at=AT) == 2
    with pytest.raises(Conflict, match="changed this campaign"):
        api.edit_campaign(campaign_id=made, campaign=changed, revision=1, by=INES, at=AT)
    with pytest.raises(Conflict):
        api.start_campaign(campaign_id=made, revision=1, by=INES, at=AT)
    api.start_campaign(campaign_id=made, revision=2, by=INES, at=AT)
    with pytest.raises(Conflict, match="was started"):
        api.start_campaign(campaign_id=made, revision=2, by=INES, at=AT)
    with pytest.raises(Conflict, match="Stop it and copy"):
        api.edit_campaign(campaign_id=made, campaign=changed, revision=2, by=INES, at=AT)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"template": "thank_you", "purpose": "service"}, "template"),  # speaks of an order
        ({"template": "no_such"}, "template"),
        ({"purpose": "service"}, "purpose"),  # the message sells
        ({"topic": "cats"}, "topic"),
        ({"send_on": "tomorrow"}, "send_on"),
        ({"send_on": "2026-03-08T09:00+01:00"}, "send_on"),
        ({"per_minute": 0}, "per_minute"),
        ({"holdout_percent": 51}, "holdout_percent"),
    ],
)
def test_what_can_not_work_is_refused(store: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        draft(segment(), **changes)
    assert refused.value.field == field


def test_an_archived_segment_is_refused(store: Any) -> None:
    of = segment()
    made = draft(of)
    audiences.archive_segment(segment_id=of, by=INES, at=AT)
    with pytest.raises(Invalid, match="archived"):
        api.start_campaign(campaign_id=made, revision=1, by=INES, at=AT)


def test_looking_ahead_writes_nothing_and_says_what_then_happens(store: Any) -> None:
    people(40)
    Customer.objects.filter(name="Shopper 7").update(email="")
    made = draft(segment(), holdout_percent=10, per_minute=10)
    before = Message.objects.count()
    ahead = api.look_ahead(made, at=AT)
    assert (ahead.people, ahead.sampled + ahead.sampled_held_out) == (40, 40)
    assert Message.objects.count() == before
    assert ahead.minutes == 4
    api.start_campaign(campaign_id=made, revision=1, by=INES, at=AT)
    run()
    dropped = sum(one.people for one in ahead.groups if one.outcome == "drop")
    view = api.get_campaign(made)
    assert view.numbers.messages.stopped + sum(view.numbers.messages.held_back.values()) == dropped
    assert view.held_out == ahead.sampled_held_out


def test_another_shop_does_not_see_it(store: Any, other_store: Any) -> None:
    made = start(segment())
    with store_scope(other_store.id):
        for do in (api.get_campaign, lambda one: api.look_ahead(one, at=AT)):
            with pytest.raises(NotFound):
                do(made)
        with pytest.raises(NotFound):
            api.stop_campaign(campaign_id=made, by=INES, at=AT)
    assert api.get_campaign(made).status == CampaignStatus.SCHEDULED


def test_who_may_only_look_may_not_write_or_start(store: Any) -> None:
    made, wanda = draft(segment()), Actor("user", "2", "Wanda", role="warehouse")
    act: dict[str, Any] = {"by": wanda, "at": AT}
    given = api.get_campaign(made).input
    with pytest.raises(PermissionDenied):
        api.create_campaign(campaign=given, **act)
    with pytest.raises(PermissionDenied):
        api.start_campaign(campaign_id=made, revision=1, **act)
    with pytest.raises(PermissionDenied):
        api.stop_campaign(campaign_id=made, **act)
