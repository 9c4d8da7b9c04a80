"""Merging, undoing, editing, exporting and erasing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from doorstep.kernel.actions.catalog import run_action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.ids import new_id
from doorstep.kernel.models.audit import AuditEntry
from doorstep.kernel.models.events import OutboxEvent
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers import api
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.customers.models import Merge
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(days=3)
SAM = Actor("user", "sam", "Sam", role="support")
INES = Actor("user", "ines", "Ines", role="owner")
MIA = Actor("user", "mia", "Mia", role="marketer")


def resolve(*claims: PersonClaim, at: datetime = AT) -> list[UUID]:
    return api.resolve_customers(claims, at=at)


@pytest.fixture
def pair(store: StoreInfo) -> tuple[UUID, UUID]:
    """Maya by her platform id and phone, and Maya by her work address."""
    first, second = resolve(
        PersonClaim("7", "shopify", "x@marketplace.amazon.de", "+4915112345678", "Maya"),
        PersonClaim(email="maya@work.example", name="Maya Lindqvist", locale="sv", country="SE"),
    )
    api.edit_customer(customer_id=first, tags=["vip"], by=SAM, at=AT)
    api.edit_customer(customer_id=second, tags=["tea", "vip"], note="likes oolong", by=SAM, at=AT)
    OutboxEvent.objects.all().delete()
    return first, second


def values(customer: UUID) -> set[str]:
    return {one.value for one in api.list_identities(customer)}


def test_merging_moves_and_undoing_moves_back_exactly(pair: tuple[UUID, UUID]) -> None:
    first, second = pair
    before = api.get_customer(first), api.get_customer(second), values(first), values(second)
    merge = api.merge_customers(survivor_id=first, absorbed_id=second, by=SAM, at=AT)
    maya = api.get_customer(first)
    assert (maya.name, maya.email, maya.email_is_relay) == ("Maya", "maya@work.example", False)
    assert (maya.locale, maya.note, maya.tags) == ("sv", "likes oolong", ("vip", "tea"))
    assert api.get_customer(second).merged_into == first
    assert api.get_customers([second])[second] == maya
    assert values(second) == set()
    assert resolve(PersonClaim(email="maya@work.example")) == [first]
    resolve(PersonClaim("7", "shopify", "maya@new.example"))

    undone = api.undo_merge(merge_id=merge.id, by=SAM, at=LATER)
    assert undone.undone_at == LATER
    assert values(second) == before[3]
    assert values(first) == before[2] | {"maya@new.example"}  # came later: stays
    assert api.get_customer(second) == before[1]
    restored = api.get_customer(first)
    assert (restored.locale, restored.note, restored.tags) == ("", "", ("vip",))
    assert restored.email == before[0].email
    assert [(row.name, row.payload["merge_id"]) for row in OutboxEvent.objects.order_by("id")] == [
        ("customers.customers_merged", str(merge.id)),
        ("customers.customers_unmerged", str(merge.id)),
    ]
    with pytest.raises(Conflict):
        api.undo_merge(merge_id=merge.id, by=SAM, at=LATER)
    again = api.merge_customers(survivor_id=second, absorbed_id=first, by=SAM, at=LATER)
    assert [one.id for one in api.list_merges(first)] == [again.id, merge.id]


def test_what_was_edited_after_a_merge_stays(pair: tuple[UUID, UUID]) -> None:
    first, second = pair
    merge = api.merge_customers(survivor_id=first, absorbed_id=second, by=SAM, at=AT)
    api.edit_customer(customer_id=first, note="moved to Malmö", by=SAM, at=LATER)
    api.set_preferences(customer_id=first, locale="de", by=SAM, at=LATER)
    api.undo_merge(merge_id=merge.id, by=SAM, at=LATER)
    maya = api.get_customer(first)
    assert (maya.note, maya.locale, maya.country_code) == ("moved to Malmö", "de", "")


def test_merges_in_a_row_are_undone_last_first(pair: tuple[UUID, UUID]) -> None:
    first, second = pair
    (third,) = resolve(PersonClaim(email="m@third.example"))
    inner = api.merge_customers(survivor_id=first, absorbed_id=second, by=SAM, at=AT)
    outer = api.merge_customers(survivor_id=third, absorbed_id=first, by=SAM, at=AT)
    assert api.get_customers([second])[second].id == third
    with pytest.raises(Conflict, match="undo that merge first"):
        api.undo_merge(merge_id=inner.id, by=SAM, at=AT)
    api.undo_merge(merge_id=outer.id, by=SAM, at=AT)
    assert api.get_customers([second])[second].id == first
    api.undo_merge(merge_id=inner.id, by=SAM, at=AT)
    assert api.get_customers([second])[second].id == second
    assert values(second) == {"maya@work.example"}


def test_what_merging_refuses(pair: tuple[UUID, UUID], other_store: StoreInfo) -> None:
    first, second = pair
    with pytest.raises(Invalid):
        api.merge_customers(survivor_id=first, absorbed_id=first, by=SAM, at=AT)
    with pytest.raises(NotFound):
        api.merge_customers(survivor_id=first, absorbed_id=new_id(), by=SAM, at=AT)
    with pytest.raises(PermissionDenied):
        api.merge_customers(survivor_id=first, absorbed_id=second, by=MIA, at=AT)
    with store_scope(other_store.id), pytest.raises(NotFound):
        api.merge_customers(survivor_id=first, absorbed_id=second, by=SAM, at=AT)
    assert Merge.objects.count() == 0
    api.merge_customers(survivor_id=first, absorbed_id=second, by=SAM, at=AT)
    (other,) = resolve(PersonClaim(email="o@x.example"))
    with pytest.raises(Conflict):
        api.merge_customers(survivor_id=other, absorbed_id=second, by=SAM, at=AT)
    with pytest.raises(Conflict):
        api.edit_customer(customer_id=second, name="X", by=SAM, at=AT)


def test_merging_settles_the_suggestion(store: StoreInfo) -> None:
    anna, ben = resolve(
        PersonClaim(email="a@x.example"), PersonClaim(phone="+4915112345678", name="Ben")
    )
    resolve(PersonClaim(email="a@x.example", phone="+4915112345678"))
    assert len(api.list_suggestions()) == 1
    api.merge_customers(survivor_id=ben, absorbed_id=anna, by=SAM, at=AT)
    assert api.list_suggestions() == []


def test_editing_says_what_is_wrong_and_keeps_people_apart(pair: tuple[UUID, UUID]) -> None:
    first, _ = pair
    for wrong, error, field in (
        ({"email": "nonsense"}, Invalid, "email"),
        ({"phone": "12"}, Invalid, "phone"),
        ({"country_code": "Sweden"}, Invalid, "country_code"),
        ({"email": "Maya@Work.example"}, Conflict, "email"),
    ):
        with pytest.raises(error) as caught:
            api.edit_customer(customer_id=first, **wrong, by=SAM, at=AT)  # type: ignore[arg-type]
        assert caught.value.field == field
    edited = api.edit_customer(
        customer_id=first, email="Maya@home.example", phone="0151 99999998", by=SAM, at=AT
    )
    assert (edited.email, edited.phone, edited.email_is_relay) == (
        "Maya@home.example",
        "+4915199999998",
        False,
    )
    assert {"maya@home.example", "+4915199999998", "+4915112345678"} <= values(first)
    assert api.edit_customer(customer_id=first, email="", by=SAM, at=AT).email == ""
    entry = AuditEntry.objects.filter(subject=f"customer:{first}").latest("id")
    assert "maya" not in str(entry.changes).lower()  # the audit trail can't be erased


def test_a_wrong_identity_can_be_taken_away(pair: tuple[UUID, UUID]) -> None:
    _, second = pair
    (identity,) = api.list_identities(second)
    api.remove_identity(identity_id=identity.id, by=SAM, at=AT)
    assert resolve(PersonClaim(email="maya@work.example")) != [second]
    with pytest.raises(NotFound):
        api.remove_identity(identity_id=identity.id, by=SAM, at=AT)


def test_preferences_are_checked(pair: tuple[UUID, UUID]) -> None:
    _, second = pair
    found = run_action(
        "customers.set_preferences",
        {"customer_id": str(second), "preferred_channel": "email", "timezone": "Europe/Stockholm"},
        by=SAM,
        at=AT,
    )
    assert (found.preferred_channel, found.timezone) == ("email", "Europe/Stockholm")
    for wrong, field in (
        ({"preferred_channel": "sms"}, "preferred_channel"),
        ({"preferred_channel": "fax"}, "preferred_channel"),
        ({"locale": "xx-nowhere"}, "locale"),
        ({"timezone": "Mars/Base"}, "timezone"),
    ):
        with pytest.raises(Invalid) as caught:
            run_action(
                "customers.set_preferences", {"customer_id": str(second)} | wrong, by=SAM, at=AT
            )
        assert caught.value.field == field


def test_a_person_gets_a_copy_and_is_forgotten(pair: tuple[UUID, UUID]) -> None:
    first, second = pair
    merge = api.merge_customers(survivor_id=first, absorbed_id=second, by=SAM, at=AT)
    copy = api.export_customer(customer_id=second, by=SAM, at=AT)
    assert {one["id"] for one in copy["customers"]} == {str(first), str(second)}
    assert "maya@work.example" in {one["value"] for one in copy["identities"]}
    with pytest.raises(PermissionDenied):
        api.erase_customer(customer_id=first, by=SAM, at=AT)
    for _ in range(2):
        api.erase_customer(customer_id=second, by=INES, at=LATER)
    for customer in (first, second):
        shell = api.get_customer(customer)
        assert shell.erased_at == LATER
        assert (shell.name, shell.email, shell.phone, shell.tags) == ("", "", "", ())
        assert values(customer) == set()
    assert Merge.objects.get(id=merge.id).moved == {}
    erased = OutboxEvent.objects.filter(name="customers.customer_erased")
    assert [set(row.payload["customer_ids"]) for row in erased] == [{str(first), str(second)}]
    assert api.search_customers("maya").customers == ()
    assert resolve(PersonClaim(email="maya@work.example"))[0] not in pair
    with pytest.raises(Conflict):
        api.undo_merge(merge_id=merge.id, by=SAM, at=LATER)
    with pytest.raises(Conflict):
        api.edit_customer(customer_id=first, name="X", by=SAM, at=LATER)


def test_customers_are_found_by_name_address_and_number(store: StoreInfo) -> None:
    amelie, maya, tom = resolve(
        PersonClaim(email="al@example.fr", name="Amélie Laurent", seen_at=AT),
        PersonClaim(email="maya@example.com", phone="0151 12345678", name="Maya Lindqvist"),
        PersonClaim(email="tom@example.com", name="Tom Baker", phone="+1 555 232 0199"),
        at=LATER,
    )

    def found(text: str, **options: str) -> list[UUID]:
        return [one.id for one in api.search_customers(text, **options).customers]

    assert found("amelie") == found("LAUR am") == found("AL@") == [amelie]
    assert found("lindq") == found("0151 123") == found("+49151") == [maya]
    assert found("+1 555") == found("tom@example.com") == [tom]
    assert found("nobody") == found("100%") == found("'; --") == []
    assert found("m:* | t") == []  # words, never operators
    assert set(found("")) == {amelie, maya, tom}
    api.edit_customer(customer_id=tom, tags=["vip"], by=SAM, at=AT)
    assert found("", tag="vip") == [tom]
    assert api.list_tags() == ["vip"]
    first = api.search_customers(limit=2)
    rest = api.search_customers(limit=2, cursor=first.next_cursor)
    assert [one.id for one in (*first.customers, *rest.customers)][-1] == amelie
    assert rest.next_cursor == ""
    with pytest.raises(Invalid):
        api.search_customers(cursor="nonsense!")
    owner = api.find_customer_by_email("MAYA@example.com")
    assert owner is not None
    assert owner.id == maya
    assert api.find_customer_by_phone("0151 12345678") == owner
    assert api.find_customer_by_email("") is None
