"""Normalizing and matching, without a database."""

from __future__ import annotations

from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.customers.contracts import SuggestionReason
from doorstep.rooms.customers.rules.emails import is_relay, normalize_email
from doorstep.rooms.customers.rules.matching import Evidence, Key, Person, match
from doorstep.rooms.customers.rules.names import fold_name, names_contradict
from doorstep.rooms.customers.rules.phones import normalize_phone, phone_beginning


@pytest.mark.parametrize(
    ("raw", "email"),
    [
        ("  Maya@Example.COM ", "maya@example.com"),
        ("jonas@bücher.example", "jonas@xn--bcher-kva.example"),
        ("m.a.y.a+tea@gmail.com", "m.a.y.a+tea@gmail.com"),
        ("o'brien@example.co.uk", "o'brien@example.co.uk"),
        ("amélie@example.fr", "amélie@example.fr"),
        ("ame\u0301lie@example.fr", "amélie@example.fr"),
        ("maya@example.com.", "maya@example.com"),
        ("", ""),
        ("maya", ""),
        ("maya@", ""),
        ("@example.com", ""),
        ("maya@localhost", ""),
        ("maya@@example.com", ""),
        ("maya lind@example.com", ""),
        ("maya@exa mple.com", ""),
        ("maya@example..com", ""),
        (".maya@example.com", ""),
        ("maya@-x.com", ""),
        ("maya\n@example.com", ""),
        ("Maya <maya@example.com>", ""),
        ("a" * 65 + "@example.com", ""),
        ("a" * 60 + "@" + "b." * 110 + "com", ""),
        ("maya@" + "x" * 64 + ".com", ""),
    ],
)
def test_addresses_have_one_form(raw: str, email: str) -> None:
    assert normalize_email(raw) == email
    assert normalize_email(email) == email


@pytest.mark.parametrize(
    ("email", "relay"),
    [
        ("x7k2@marketplace.amazon.de", True),
        ("x7k2@marketplace.amazon.co.uk", True),
        ("abc@members.ebay.com", True),
        ("abc@members.ebay.co.uk", True),
        ("abc@convos.etsy.com", True),
        ("abc@relay.walmart.com", True),
        ("staff@etsy.com", False),
        ("abc@privaterelay.appleid.com", False),  # one person's, given to this store
        ("abc@notmarketplace.amazon.de", False),
        ("abc@marketplace.amazon.de.evil.example", False),
        ("maya@example.com", False),
        ("", False),
    ],
)
def test_marketplaces_relays_are_known(email: str, relay: bool) -> None:
    assert is_relay(email) is relay


@pytest.mark.parametrize(
    ("raw", "country", "phone"),
    [
        ("0151 123 456 78", "DE", "+4915112345678"),
        ("+49 (0) 151 / 12345678", "", "+4915112345678"),
        ("0049 151 12345678", "DE", "+4915112345678"),
        ("(555) 232-0199", "US", "+15552320199"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("0151 12345678", "", ""),
        ("0151 12345678", "XX", ""),
        ("000000000", "DE", ""),
        ("1234567890", "US", ""),
        ("12", "DE", ""),
        ("call me", "DE", ""),
        ("", "DE", ""),
        ("+49" + "1" * 200, "", ""),
    ],
)
def test_numbers_become_international(raw: str, country: str, phone: str) -> None:
    assert normalize_phone(raw, country) == phone


@pytest.mark.parametrize(
    ("text", "country", "beginning"),
    [
        ("0151 23", "DE", "+4915123"),
        ("+49 151", "US", "+49151"),
        ("0049151", "DE", "+49151"),
        ("06 123", "IT", "+3906123"),
        ("555 2", "US", "+15552"),
        ("maya", "DE", ""),
        ("a1234@x.de", "DE", ""),
        ("12", "DE", ""),
    ],
)
def test_typed_digits_find_numbers(text: str, country: str, beginning: str) -> None:
    assert phone_beginning(text, country) == beginning


def test_names_fold_for_search() -> None:
    assert fold_name("  Amélie   LAURENT ") == "amelie laurent"
    assert fold_name("Søren Groß Łuk") == "soren gross luk"
    assert fold_name("ليلى حداد") == "ليلى حداد"


@pytest.mark.parametrize(
    ("first", "second", "contradict"),
    [
        ("maya lindqvist", "maya lindqvist", False),
        ("maya lindqvist", "lindqvist maya", False),
        ("m. lindqvist", "maya lindqvist", False),
        ("maya k. lindqvist", "maya lindqvist", False),
        ("lindqvist", "maya lindqvist", False),
        ("", "maya lindqvist", False),
        ("anna weber", "jonas weber", True),
        ("maya lindqvist", "layla haddad", True),
        ("m maya", "maya max", False),
        ("a a", "anna weber", True),
    ],
)
def test_names_of_two_people_contradict(first: str, second: str, contradict: bool) -> None:
    assert names_contradict(first, second) is contradict
    assert names_contradict(second, first) is contradict


def claim(platform: str = "", email: str = "", phone: str = "", name: str = "") -> Evidence:
    return Evidence(
        ("platform", "shopify", platform) if platform else None,
        ("email", "", email) if email else None,
        ("phone", "", phone) if phone else None,
        name,
    )


def ids() -> UUID:
    return UUID(int=next(_numbers))


_numbers = count(1000)


def test_evidence_within_a_batch_is_learned_as_it_comes() -> None:
    found = match(
        [
            claim(email="maya@x.de", name="maya lindqvist"),
            claim(platform="7", email="maya@x.de", phone="+49151"),
            claim(platform="7"),
            claim(phone="+49151", name="m lindqvist"),
            claim(),
            claim(),
        ],
        {},
        {},
        ids,
    )
    maya, *others = found.customer_ids
    assert others[:3] == [maya] * 3
    assert len({maya, *others[3:]}) == 3  # nothing known: a customer of its own each
    assert set(found.learned.values()) == {maya}
    assert found.suggestions == {}


def test_conflicting_evidence_suggests_and_moves_nothing() -> None:
    a, b = UUID(int=1), UUID(int=2)
    holders: dict[Key, UUID] = {("email", "", "a@x.de"): a, ("phone", "", "+49152"): b}
    people = {a: Person("anna", "a@x.de"), b: Person("ben", "b@x.de")}
    found = match([claim(email="a@x.de", phone="+49152")], holders, people, ids)
    assert found.customer_ids == [a]
    assert found.learned == {}
    assert found.suggestions == {(a, b): SuggestionReason.CONFLICTING_EVIDENCE}


@pytest.mark.parametrize(
    ("email", "name", "same"),
    [
        ("", "", True),
        ("", "B. Young", True),
        ("", "anna young", False),
        ("other@x.de", "ben young", False),
    ],
)
def test_a_phone_alone_matches_unless_something_contradicts(
    email: str, name: str, same: bool
) -> None:
    ben = UUID(int=2)
    found = match(
        [claim(email=email, phone="+49152", name=fold_name(name))],
        {("phone", "", "+49152"): ben},
        {ben: Person("ben young", "ben@x.de")},
        ids,
    )
    assert (found.customer_ids == [ben]) is same
    assert (not found.suggestions) is same


evidences = st.builds(
    claim,
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from(["", "a@x.de", "b@x.de", "c@x.de"]),
    st.sampled_from(["", "+491", "+492", "+493"]),
    st.sampled_from(["", "anna", "ben"]),
)


@given(st.lists(evidences, max_size=12))
def test_nobody_is_two_people_and_known_people_stay_themselves(claims: list[Evidence]) -> None:
    first = match(claims, {}, {}, ids)
    assert len(first.customer_ids) == len(claims)
    assert set(first.customer_ids) == set(first.created)
    # Everything that recognizes somebody belongs to exactly one, and both halves of a
    # suggestion exist.
    assert set(first.learned) == {key for one in claims for key in one.identities()}
    for pair in first.suggestions:
        assert pair[0] < pair[1]
        assert set(pair) <= set(first.created)
    # The same claims again, now known, create nobody and learn nothing.
    people: dict[UUID, Person] = {}
    for customer, one in zip(first.customer_ids, claims, strict=True):
        person = people.setdefault(customer, Person("", ""))
        person.name = person.name or one.name
        person.email = person.email or (one.email[2] if one.email else "")
    loud = [one for one in claims if one.platform or one.email]
    again = match(loud, first.learned, people, ids)
    assert again.created == {}
    assert again.learned == {}
