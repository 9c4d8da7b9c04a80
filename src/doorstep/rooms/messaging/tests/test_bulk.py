"""Asking for a batch decides exactly as asking for each message of it would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.bulk import situations
from doorstep.rooms.messaging.contracts import (
    BatchRecipient,
    BatchResults,
    BatchSpec,
    Channel,
    ConsentGrant,
    ConsentState,
    MessageRequest,
    PauseReason,
    PauseRequest,
    Purpose,
)
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.messaging.tests.cast import AT, INES, SYSTEM

pytestmark = pytest.mark.django_db

EMAILS = ["", "{n}@example.com", "{n}@EXAMPLE.com", "{n}@bücher.example", "no address{n}", "{n}@a..b",
          "{n}@marketplace.amazon.de", "{n}@a.Etsy.com", "{n}@[127.0.0.1]", "{n}@a@example.com",
          "a" * 64 + "{n}@example.com"]  # fmt: skip
PHONES = ["", "+4915112345678", "+13055550100", "+33612345678", "+1234"]
ZONES = ["", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Mars/Olympus_Mons"]
COUNTRIES = [("", ""), ("DE", ""), ("US", "FL"), ("US", "TX"), ("FR", "")]

OTHER = {Purpose.SERVICE: Purpose.MARKETING, Purpose.MARKETING: Purpose.SERVICE}
SAID = st.lists(
    st.tuples(
        st.sampled_from([Channel.EMAIL, Channel.SMS]),
        st.sampled_from(["", "tips", "offers"]),
        st.sampled_from(list(ConsentState)),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=5,
)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.sampled_from(EMAILS),
            "phone": st.sampled_from(PHONES),
            "zone": st.sampled_from(ZONES),
            "country": st.sampled_from(COUNTRIES),
            "preferred": st.sampled_from(["", "email", "sms", "whatsapp"]),
            "relay": st.booleans(),
            "said": SAID,
            "got": st.lists(
                st.tuples(st.sampled_from([Channel.EMAIL, Channel.SMS]), st.integers(0, 9)),
                max_size=4,
            ),
            "suppressed": st.booleans(),
            "paused": st.booleans(),
            "erased": st.sampled_from([False] * 9 + [True]),
        }
    ),
    min_size=1,
    max_size=12,
)


def _make(person: dict[str, Any], purpose: Purpose) -> UUID:
    n = new_id().hex[-10:]
    country, region = person["country"]
    row = Customer(
        id=new_id(),
        store_id=current_store_id(),
        name="" if person["erased"] else "Maya",
        email="" if person["erased"] else person["email"].format(n=n),
        email_is_relay=person["relay"],
        phone="" if person["erased"] or person["phone"] == "+1234" else person["phone"],
        timezone=person["zone"],
        country_code=country,
        region_code=region,
        preferred_channel=person["preferred"],
        created_at=AT,
        first_seen_at=AT,
        last_seen_at=AT,
        erased_at=AT if person["erased"] else None,
    )
    row.save()
    grants = [
        ConsentGrant(
            row.id,
            channel,
            purpose if same else OTHER[purpose],
            state,
            "test",
            AT - timedelta(days=9 - day),
            topic,
        )
        for channel, topic, state, day, same in person["said"]
    ]
    api.record_consent(grants, by=INES, at=AT)
    for nth, (channel, days) in enumerate(person["got"]):
        at = AT - timedelta(days=days)
        Message.objects.create(
            store_id=row.store_id, customer_id=row.id, kind="newsletter", purpose="marketing",
            channel=channel, cause=f"got:{row.id}:{nth}", to_address="x@example.com",
            status="sent", sent_at=at, created_at=at, created_by="test",
        )  # fmt: skip
    usable = "@" in row.email and ".." not in row.email and len(row.email) < 64
    if person["suppressed"] and usable:
        api.suppress_address(channel=Channel.EMAIL, address=row.email, by=INES, at=AT)
    if person["paused"]:
        api.put_pauses(
            [PauseRequest(row.id, f"t:{row.id}", PauseReason.LATE_PARCEL, AT + timedelta(days=3))],
            by=SYSTEM, at=AT,
        )  # fmt: skip
    return row.id


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    people=PEOPLE,
    purpose=st.sampled_from([Purpose.SERVICE, Purpose.MARKETING]),
    channel=st.sampled_from([None, None, Channel.EMAIL, Channel.SMS]),
    hours=st.integers(0, 23),
)
def test_a_set_is_decided_as_each_of_it(
    store: Any, people: list[dict[str, Any]], purpose: Purpose, channel: Channel | None, hours: int
) -> None:
    at = AT + timedelta(hours=hours)
    ids = []
    with transaction.atomic():
        for person in people:
            ids.append(_make(person, purpose))
    spec = BatchSpec(
        key=f"set:{new_id()}", kind="thank_you", purpose=purpose, topic="tips", channel=channel
    )
    with transaction.atomic():
        sid = transaction.savepoint()
        one_by_one = api.request_messages(
            [
                MessageRequest(
                    spec.kind, purpose, f"each:{one}", one, {}, channel=channel, topic="tips"
                )
                for one in ids
            ],
            by=SYSTEM,
            at=at,
        )
        transaction.savepoint_rollback(sid)
        batch_id = api.open_batch(spec, at=at)
        together = api.request_batch(
            batch_id, [BatchRecipient(one, f"set:{one}") for one in ids], by=SYSTEM, at=at
        )
        assert [(a.status, a.channel, a.reason, a.words) for a in together] == [
            (a.status, a.channel, a.reason, a.words) for a in one_by_one
        ]
        rows = {m.id: m for m in Message.objects.filter(batch_id=batch_id)}
        for answer, customer_id in zip(together, ids, strict=True):
            row = rows[answer.message_id]
            assert (row.customer_id, row.status, row.topic) == (customer_id, answer.status, "tips")
            assert row.to_address or row.status == "dropped"
        transaction.set_rollback(True)


def _crowd(count: int) -> list[BatchRecipient]:
    rows = [
        Customer(
            id=new_id(), store_id=current_store_id(), name="Maya",
            email=f"maya{n}@example.com", created_at=AT, first_seen_at=AT, last_seen_at=AT,
        )
        for n in range(count)
    ]  # fmt: skip
    Customer.objects.bulk_create(rows)
    return [BatchRecipient(row.id, f"crowd:{row.id}") for row in rows]


def test_any_number_takes_the_same_statements(store: Any) -> None:
    batch_id = api.open_batch(BatchSpec("k", "thank_you", Purpose.SERVICE), at=AT)
    counts = []
    for size in (2, 300):
        crowd = _crowd(size)
        with CaptureQueriesContext(connection) as queries:
            api.request_batch(batch_id, crowd, by=SYSTEM, at=AT)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_each_message_of_a_batch_tells_why(store: Any) -> None:
    batch_id = api.open_batch(BatchSpec("k", "thank_you", Purpose.SERVICE), at=AT)
    answers = api.request_batch(batch_id, _crowd(2), by=SYSTEM, at=AT)
    with CaptureQueriesContext(connection) as queries:
        told = api.explain_many([one.message_id for one in answers])
    assert len(queries) <= 2
    for one in answers:
        (decision,) = told[one.message_id]
        assert (decision.stage, decision.at) == ("request", AT)
        assert (decision.reason, decision.words) == (one.reason, one.words)
        assert decision.trace
        assert api.explain(one.message_id) == (decision,)


def test_a_cause_is_decided_once(store: Any) -> None:
    batch_id = api.open_batch(BatchSpec("k", "thank_you", Purpose.SERVICE), at=AT)
    crowd = _crowd(3)
    first = api.request_batch(batch_id, crowd, by=SYSTEM, at=AT)
    second = api.request_batch(batch_id, [*crowd, *_crowd(1)], by=SYSTEM, at=AT)
    assert [a.duplicate for a in second] == [True, True, True, False]
    assert [a.message_id for a in second[:3]] == [a.message_id for a in first]
    assert Message.objects.count() == 4


def test_a_batch_opened_twice_is_one(store: Any) -> None:
    spec = BatchSpec("k", "thank_you", Purpose.SERVICE)
    assert api.open_batch(spec, at=AT) == api.open_batch(spec, at=AT)
    batch_id = api.open_batch(spec, at=AT)
    api.request_batch(batch_id, _crowd(2), by=SYSTEM, at=AT)
    assert api.batch_results([batch_id]) == {batch_id: BatchResults(asked=2, waiting=2)}


def test_a_batch_of_another_store_is_unknown(store: Any, other_store: Any) -> None:
    from doorstep.kernel.errors import NotFound
    from doorstep.kernel.tenancy import store_scope

    batch_id = api.open_batch(BatchSpec("k", "thank_you", Purpose.SERVICE), at=AT)
    with store_scope(other_store.id):
        with pytest.raises(NotFound):
            api.request_batch(batch_id, [BatchRecipient(new_id(), "c")], by=SYSTEM, at=AT)
        with pytest.raises(NotFound):
            api.stop_batch(batch_id, by=INES, at=AT)


@pytest.mark.parametrize(
    ("relay", "word"), list(zip(situations.RELAYS, situations.LENT_WORDS, strict=True))
)
def test_every_address_a_marketplace_lends_holds_its_word(relay: str, word: str) -> None:
    @given(st.from_regex(relay, fullmatch=True))
    def holds(domain: str) -> None:
        assert word.strip("%") in domain

    holds()
