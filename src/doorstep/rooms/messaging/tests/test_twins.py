"""Two customers turn out to be one in the middle of a campaign: the person gets one message."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from doorstep.kernel.events.registry import Recorded
from doorstep.kernel.ids import new_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.events import CustomersMerged
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import BatchRecipient, BatchSpec, Purpose
from doorstep.rooms.messaging.handlers import follow_customers
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.sending.twins import REASON
from doorstep.rooms.messaging.templating.samples import sample_context
from doorstep.rooms.messaging.tests.cast import AT, INES, SYSTEM, Outbox, shopper
from doorstep.rooms.stores.contracts import StoreInfo

SPEC = BatchSpec(
    key="campaign:1", kind="thank_you", purpose=Purpose.SERVICE, topic="", channel=None, source="",
    context=sample_context("thank_you", "en"), label="Hello", priority=50,
)  # fmt: skip


@pytest.fixture
def two(connected: Outbox) -> tuple[UUID, UUID]:
    """Maya at home and at work, who are two customers as yet."""
    return shopper("maya@example.com"), shopper("maya@work.example")


def ask(*people: UUID, days: int = 0, subject: str = "") -> list[UUID]:
    """Ask for one message of the campaign for each."""
    at = AT + timedelta(days=days)
    batch = api.open_batch(SPEC, at=AT)
    asked = [BatchRecipient(one, f"campaign:1:{one}:{days}:{subject}", subject) for one in people]
    return [one.message_id for one in api.request_batch(batch, asked, by=SYSTEM, at=at)]


def make_one(survivor: UUID, absorbed: UUID, *, days: int = 0) -> CustomersMerged:
    at = AT + timedelta(days=days)
    done = customers.merge_customers(survivor_id=survivor, absorbed_id=absorbed, by=INES, at=at)
    return CustomersMerged(done.id, survivor, absorbed)


def heard(event: CustomersMerged, store: StoreInfo) -> None:
    """Let the room hear of the merge."""
    recorded = Recorded(
        1, new_id(), store.id, "customers.customers_merged", event, "k", "", AT, SYSTEM
    )
    follow_customers([recorded])


def status(message_id: UUID) -> str:
    return Message.objects.get(id=message_id).status


def test_of_two_that_wait_the_older_goes(two: tuple[UUID, UUID], store: StoreInfo) -> None:
    home, work = two
    first, second = ask(home, work)
    heard(make_one(work, home), store)
    dropped, kept = sorted([first, second], key=lambda one: status(one) != "dropped")
    assert [status(dropped), status(kept)] == ["dropped", "queued"]
    assert api.explain(dropped)[-1].reason == REASON
    assert "same person" in Message.objects.get(id=dropped).status_words


def test_before_anybody_moved_them_the_sender_sees_it(
    two: tuple[UUID, UUID], connected: Outbox
) -> None:
    home, work = two
    ids = ask(home, work)
    make_one(home, work)
    while send_due(at=AT):
        pass
    assert len(connected.sent) == 1
    assert sorted(status(one) for one in ids) == ["dropped", "sent"]


@pytest.mark.parametrize("is_heard", [True, False])
def test_what_has_left_keeps_the_other_back(
    two: tuple[UUID, UUID], connected: Outbox, store: StoreInfo, is_heard: bool
) -> None:
    home, work = two
    [first] = ask(home)
    while send_due(at=AT):
        pass
    [second] = ask(work)
    event = make_one(work, home)
    if is_heard:
        heard(event, store)
    while send_due(at=AT):
        pass
    assert [status(first), status(second)] == ["sent", "dropped"]
    assert len(connected.sent) == 1


def test_what_is_no_twin_goes(two: tuple[UUID, UUID], connected: Outbox, store: StoreInfo) -> None:
    home, work = two
    ids = [*ask(home, subject="order:1"), *ask(work, subject="order:2"), *ask(work, days=5)]
    heard(make_one(home, work, days=5), store)
    while send_due(at=AT + timedelta(days=5)):
        pass
    assert [status(one) for one in ids] == ["sent"] * 3
