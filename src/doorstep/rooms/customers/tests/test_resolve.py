"""Recognizing people in sets, and at the same moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.customers import api
from doorstep.rooms.customers.contracts import IdentityKind, PersonClaim
from doorstep.rooms.customers.models import Customer, Identity, MergeSuggestion
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(days=3)
SAM = Actor("user", "sam", "Sam", role="support")


def resolve(*claims: PersonClaim, at: datetime = AT) -> list[UUID]:
    with transaction.atomic():
        return api.resolve_customers(claims, at=at)


@pytest.mark.django_db
def test_one_person_over_two_channels_is_one_customer(store: StoreInfo) -> None:
    (first,) = resolve(
        PersonClaim("11", "shopify", "Maya@Example.com", "0151 12345678", "Maya Lindqvist", "sv")
    )
    (second,) = resolve(
        PersonClaim("w-9", "woocommerce", " maya@example.COM", "", "M. Lindqvist", "de", "DE"),
        at=LATER,
    )
    (third,) = resolve(PersonClaim(phone="+49 151 12345678", name="Lindqvist"))
    assert first == second == third
    maya = api.get_customer(first)
    assert (maya.name, maya.email, maya.phone) == (
        "Maya Lindqvist",
        "Maya@Example.com",
        "+4915112345678",
    )
    assert (maya.locale, maya.country_code) == ("sv", "DE")
    assert (maya.first_seen_at, maya.last_seen_at) == (AT, LATER)
    assert {(one.kind, one.channel, one.value) for one in api.list_identities(first)} == {
        ("platform", "shopify", "11"),
        ("platform", "woocommerce", "w-9"),
        ("email", "", "maya@example.com"),
        ("phone", "", "+4915112345678"),
    }


@pytest.mark.django_db
def test_platform_ids_of_two_channels_are_two_people(store: StoreInfo) -> None:
    ids = resolve(PersonClaim("1", "shopify"), PersonClaim("1", "woocommerce"))
    assert len(set(ids)) == 2


@pytest.mark.django_db
def test_relay_addresses_recognize_nobody_and_give_way(store: StoreInfo) -> None:
    relay = "abc@marketplace.amazon.de"
    first, second = resolve(PersonClaim(email=relay), PersonClaim(email=relay))
    assert first != second
    assert api.get_customer(first).email_is_relay
    assert {one.id for one in api.search_customers("abc@m").customers} == {first, second}
    (known,) = resolve(PersonClaim("A1", "amazon", email=relay))
    (again,) = resolve(PersonClaim("A1", "amazon", email="tom@example.com"))
    assert known == again
    tom = api.get_customer(known)
    assert (tom.email, tom.email_is_relay) == ("tom@example.com", False)
    resolve(PersonClaim("A1", "amazon", email=relay))
    assert api.get_customer(known).email == "tom@example.com"


@pytest.mark.django_db
def test_who_tells_nothing_is_a_customer_each(store: StoreInfo) -> None:
    ids = resolve(PersonClaim(), PersonClaim(name="Tom Baker"), PersonClaim(email="nonsense"))
    assert len(set(ids)) == 3
    assert api.get_customer(ids[2]).email == ""


@pytest.mark.django_db
def test_conflicting_evidence_waits_for_a_person(store: StoreInfo) -> None:
    anna, jonas = resolve(
        PersonClaim(email="anna@example.com", name="Anna Weber"),
        PersonClaim(email="jonas@example.com", phone="+4915112345678", name="Jonas Weber"),
    )
    for _ in range(2):
        (found,) = resolve(PersonClaim(email="anna@example.com", phone="+4915112345678"))
        assert found == anna
    (suggestion,) = api.list_suggestions()
    assert {suggestion.first.id, suggestion.second.id} == {anna, jonas}
    assert suggestion.reason == "conflicting_evidence"
    assert api.list_suggestions(customer_id=jonas) == [suggestion]
    api.dismiss_suggestion(suggestion_id=suggestion.id, by=SAM, at=AT)
    resolve(PersonClaim(email="anna@example.com", phone="+4915112345678"))
    assert api.list_suggestions() == []
    (third,) = resolve(PersonClaim(phone="+4915112345678", name="Layla Haddad"))
    assert third not in {anna, jonas}
    assert [one.reason for one in api.list_suggestions()] == ["same_phone"]


@pytest.mark.django_db
def test_history_comes_in_any_order(store: StoreInfo) -> None:
    old, new = AT - timedelta(days=400), AT - timedelta(days=2)
    (maya,) = set(
        resolve(
            PersonClaim(email="maya@example.com", seen_at=new),
            PersonClaim(email="maya@example.com", seen_at=old, name="Maya"),
        )
    )
    found = api.get_customer(maya)
    assert (found.first_seen_at, found.last_seen_at, found.name) == (old, new, "Maya")


@pytest.mark.django_db
def test_odd_text_is_stored_as_it_can_be(store: StoreInfo) -> None:
    (found,) = resolve(
        PersonClaim(
            "x\x00y", "shopify", "a\x00@x.de", "1\x002", "李\x00小龙" + "x" * 999, "q" * 99, "zz"
        )
    )
    row = api.get_customer(found)
    assert row.name.startswith("李 小龙")
    assert len(row.name) == 300
    assert (row.email, row.country_code) == ("", "ZZ")


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_people(store: StoreInfo) -> None:
    def claims(prefix: str, count: int) -> list[PersonClaim]:
        return [
            PersonClaim(
                f"{prefix}{n}",
                "shopify",
                f"{prefix}{n}@example.com",
                f"+49{prefix}{n:07d}",
                f"P {n}",
            )
            for n in range(count)
        ]

    def queries(people: list[PersonClaim]) -> int:
        with CaptureQueriesContext(connection) as captured:
            resolve(*people)
        return len(captured)

    assert queries(claims("151", 2)) == queries(claims("152", 300)) <= 10
    assert queries(claims("151", 2)) == queries(claims("152", 300)) <= 10


@pytest.mark.django_db
def test_stores_do_not_share_people(store: StoreInfo, other_store: StoreInfo) -> None:
    (here,) = resolve(PersonClaim(email="maya@example.com"))
    with store_scope(other_store.id):
        (there,) = resolve(PersonClaim(email="maya@example.com"))
        assert there != here
        assert api.get_customers([here, there]).keys() == {there}
        assert [one.id for one in api.search_customers("maya@").customers] == [there]


@pytest.mark.django_db
def test_the_database_refuses_broken_identities(store: StoreInfo) -> None:
    (maya, tom) = resolve(PersonClaim(email="maya@example.com"), PersonClaim(phone="+15552320199"))
    base = {"store_id": store.id, "customer_id": tom, "created_at": AT}
    for broken in (
        {"kind": IdentityKind.EMAIL.value, "value": "maya@example.com"},
        {"kind": "fax", "value": "1"},
        {"kind": IdentityKind.EMAIL.value, "value": ""},
        {"kind": IdentityKind.EMAIL.value, "value": "x@y.de", "channel": "shopify"},
        {"kind": IdentityKind.PLATFORM.value, "value": "1"},
        {"kind": IdentityKind.PHONE.value, "value": "+49", "is_relay": True},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Identity.objects.create(**(base | broken))  # type: ignore[arg-type]
    for change in (
        {"phone": "0151"},
        {"preferred_channel": "fax"},
        {"country_code": "de"},
        {"merged_into_id": maya},
        {"last_seen_at": AT - timedelta(days=1)},
        {"erased_at": AT},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.filter(id=maya).update(**change)
    small, large = sorted((maya, tom))
    for pair in ((large, small), (small, small)):
        with pytest.raises(IntegrityError), transaction.atomic():
            MergeSuggestion.objects.create(
                store_id=store.id,
                first_id=pair[0],
                second_id=pair[1],
                reason="same_phone",
                created_at=AT,
            )


@pytest.fixture
def shop(transactional_db: None) -> Iterator[StoreInfo]:
    info = stores.create_store(slug="shop", name="Shop", currency="EUR", country_code="DE", at=AT)
    with store_scope(info.id):
        yield info


def test_the_same_new_person_in_many_intakes_is_one(shop: StoreInfo) -> None:
    def intake(nth: int) -> UUID:
        with store_scope(shop.id):
            return resolve(
                PersonClaim(f"{nth % 2}", "shopify", "maya@example.com", "", f"Maya {nth}")
            )[0]

    assert len(set(at_once(12, intake))) == 1
    assert Customer.objects.count() == 1
    assert Identity.objects.count() == 3


def test_overlapping_batches_in_any_order_never_deadlock(shop: StoreInfo) -> None:
    people = [
        PersonClaim(f"{n}", "shopify", f"p{n}@example.com", f"+4915112345{n:03d}", f"Person {n}")
        for n in range(30)
    ]

    def intake(nth: int) -> dict[str, UUID]:
        chance = random.Random(nth)
        known: dict[str, UUID] = {}
        with store_scope(shop.id):
            for _ in range(4):
                some = chance.sample(people, 15)
                found = resolve(*some, at=AT + timedelta(seconds=nth))
                known |= {claim.email: key for claim, key in zip(some, found, strict=True)}
        return known

    seen: dict[str, UUID] = {}
    for known in at_once(8, intake):
        for email, customer in known.items():
            assert seen.setdefault(email, customer) == customer
    assert Customer.objects.count() == len(seen)
    assert Identity.objects.count() == 3 * len(seen)


def test_merging_while_orders_come_in_leaves_one_holder(shop: StoreInfo) -> None:
    maya, twin = resolve(
        PersonClaim(email="maya@example.com"), PersonClaim(email="maya@work.example")
    )

    def work(nth: int) -> UUID | None:
        with store_scope(shop.id):
            if nth == 3:
                api.merge_customers(survivor_id=maya, absorbed_id=twin, by=SAM, at=AT)
                return None
            return resolve(PersonClaim(email="maya@work.example", name="Maya"))[0]

    assert set(at_once(8, work)) <= {maya, twin, None}
    assert resolve(PersonClaim(email="maya@work.example")) == [maya]
    assert set(Identity.objects.values_list("customer_id", flat=True)) == {maya}
