"""News for open pages: after the change can be read, of every subject, and only with a ticket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import transaction

from dev.testing.servers import database_url
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.events.sequencer import sequence
from doorstep.kernel.ids import new_id
from doorstep.kernel.live import make_ticket
from doorstep.kernel.live_tickets import (
    CHANNEL,
    LIFETIME,
    BadTicket,
    ExpiredTicket,
    read_ticket,
    topic_of,
)
from doorstep.kernel.tests.conftest import AT, BY, KettleBoiled, boil

KEYS = [settings.SECRET_KEY]


@pytest.fixture
def listener(transactional_db: None) -> Iterator[psycopg.Connection]:
    """A connection that hears what pages hear."""
    with psycopg.connect(database_url(), autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        yield connection


def heard(listener: psycopg.Connection) -> list[str]:
    """Return the topics told so far, notification by notification."""
    return [news.payload for news in listener.notifies(timeout=0.3)]


def test_each_subject_of_a_batch_is_told_once(listener: psycopg.Connection, store_id: UUID) -> None:
    boil("maya", 1, 2, 3)
    boil("jonas", 4)
    assert heard(listener) == []  # not yet in the log
    sequence()
    assert heard(listener) == [topic_of(store_id, "kettle:1")]
    sequence()
    assert heard(listener) == []


def test_an_event_about_nothing_tells_nobody(listener: psycopg.Connection, store_id: UUID) -> None:
    with transaction.atomic():
        publish_many([EventDraft(KettleBoiled(1), "maya", AT, BY)])
    assert sequence() == 1
    assert heard(listener) == []


def test_what_is_rolled_back_is_not_told(listener: psycopg.Connection, store_id: UUID) -> None:
    boil("maya", 1)
    with pytest.raises(RuntimeError), transaction.atomic():
        sequence()
        raise RuntimeError
    assert heard(listener) == []


def test_thousands_of_subjects_fit_into_few_notifications(
    listener: psycopg.Connection, store_id: UUID
) -> None:
    subjects = [f"order:{new_id()}" for _ in range(1300)]
    with transaction.atomic():
        publish_many(
            [EventDraft(KettleBoiled(1), "maya", AT, BY, subject=subject) for subject in subjects]
        )
    assert sequence() == 1300
    parts = heard(listener)
    assert len(parts) == 3
    assert {topic for part in parts for topic in part.split()} == {
        topic_of(store_id, subject) for subject in subjects
    }


def test_a_ticket_opens_one_subject_of_one_store_for_hours(store_id: UUID) -> None:
    ticket = make_ticket(store_id, "order:1", at=AT)
    opened = read_ticket(ticket, secrets=KEYS, at=AT + LIFETIME - timedelta(seconds=1))
    assert opened.topic == topic_of(store_id, "order:1")
    assert (opened.made_at, opened.ends_at) == (AT, AT + LIFETIME)
    assert opened.topic != topic_of(new_id(), "order:1")
    with pytest.raises(ExpiredTicket):
        read_ticket(ticket, secrets=KEYS, at=AT + LIFETIME)


def test_a_changed_or_foreign_ticket_opens_nothing(store_id: UUID) -> None:
    ticket = make_ticket(store_id, "order:1", at=AT)
    other = make_ticket(store_id, "order:2", at=AT)
    later = make_ticket(store_id, "order:1", at=AT + LIFETIME)
    for forged in (
        "", ticket[:-1], ticket + "A", other[:12] + ticket[12:], ticket[:12] + later[12:20] + ticket[20:],
        ticket[:12] + "zzzzzzzz" + ticket[20:], "é" * len(ticket),
    ):  # fmt: skip
        with pytest.raises(BadTicket):
            read_ticket(forged, secrets=KEYS, at=AT)
    with pytest.raises(BadTicket):
        read_ticket(ticket, secrets=["another installation's key"], at=AT)


def test_a_ticket_signed_with_the_former_key_still_opens(store_id: UUID) -> None:
    ticket = make_ticket(store_id, "order:1", at=AT)
    assert read_ticket(ticket, secrets=["the new key", *KEYS], at=AT)
