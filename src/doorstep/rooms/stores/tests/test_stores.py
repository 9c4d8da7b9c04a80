"""Stores, team and keys: what may be changed, by whom, and what the database refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores import api
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.stores.models import Store, User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
INES = Actor("user", "ines", "Ines", role="owner")
MARCO = Actor("user", "marco", "Marco", role="manager")


@pytest.fixture
def shop() -> Iterator[StoreInfo]:
    """A store whose scope is active."""
    info = api.create_store(slug="shop", name="Shop", currency="EUR", at=AT)
    with store_scope(info.id):
        yield info


def test_settings_change_and_are_checked(shop: StoreInfo) -> None:
    api.change_settings(settings={"name": "Fern", "timezone": "Europe/Berlin"}, by=MARCO, at=AT)
    assert api.get_store().name == "Fern"
    for wrong, field in (
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"default_locale": "xx-none"}, "default_locale"),
        ({"faq_url": "javascript:alert(1)"}, "faq_url"),
        ({"name": "Fern\nBcc: all@example.com"}, "name"),
        ({"transit_days_min": 9, "transit_days_max": 2}, "transit_days_min"),
    ):
        with pytest.raises(Invalid) as caught:
            api.change_settings(settings=wrong, by=MARCO, at=AT)
        assert caught.value.field == field
    with pytest.raises(Invalid):
        api.change_settings(settings={"is_demo": True}, by=MARCO, at=AT)


def test_a_domain_is_found_however_it_was_written_and_is_one_stores(shop: StoreInfo) -> None:
    other = api.create_store(slug="other", name="Other", currency="EUR", at=AT)
    with store_scope(other.id):
        api.change_settings(settings={"portal_host": "Orders.Fern.example."}, by=MARCO, at=AT)
    assert api.find_store_by_host("orders.fern.example") == api.get_store(other.id)
    with pytest.raises(Conflict) as claimed:
        api.change_settings(settings={"portal_host": "orders.fern.example"}, by=MARCO, at=AT)
    assert claimed.value.field == "portal_host"


def test_the_database_refuses_broken_stores(shop: StoreInfo) -> None:
    for broken in ({"currency": "eur"}, {"brand_color": "red"}, {"order_link_days": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Store.objects.filter(id=shop.id).update(**broken)


def test_only_owners_change_the_team(shop: StoreInfo) -> None:
    with pytest.raises(PermissionDenied):
        api.add_member(email="sam@example.com", name="Sam", role="support", by=MARCO, at=AT)
    assert api.list_members() == []


def test_a_store_never_loses_its_last_owner(shop: StoreInfo) -> None:
    ines = api.add_member(email="Ines@Example.com", name="Ines", role="owner", by=INES, at=AT)
    assert ines.email == "ines@example.com"
    with pytest.raises(Conflict):
        api.add_member(email="ines@example.com", name="Ines", role="support", by=INES, at=AT)
    with pytest.raises(Conflict):
        api.remove_member(user_id=ines.user_id, by=INES, at=AT)
    with pytest.raises(Conflict):
        api.change_role(user_id=ines.user_id, role="manager", by=INES, at=AT)
    api.add_member(email="co@example.com", name="Co", role="owner", by=INES, at=AT)
    api.remove_member(user_id=ines.user_id, by=INES, at=AT)
    assert api.find_role(ines.user_id) is None


def test_people_see_the_stores_they_belong_to(shop: StoreInfo) -> None:
    sam = api.add_member(email="sam@example.com", name="Sam", role="support", by=INES, at=AT)
    other = api.create_store(slug="other", name="Other", currency="USD", at=AT)
    assert [(s.slug, role) for s, role in api.list_stores_of(sam.user_id)] == [("shop", "support")]
    with store_scope(other.id):
        assert api.find_role(sam.user_id) is None
    User.objects.filter(id=sam.user_id).update(is_active=False)
    assert api.list_stores_of(sam.user_id) == []


def test_a_key_works_until_it_is_revoked(shop: StoreInfo) -> None:
    key = api.create_api_key(name="ERP", scopes=["orders.view"], by=INES, at=AT)
    found = api.authenticate_api_key(key.secret, at=AT)
    assert found is not None
    assert (found.store_id, found.scopes) == (shop.id, ("orders.view",))
    for forged in ("", "ds_", key.secret + "x", key.secret.replace("ds_", "dx_"), "ds_\x00_a"):
        assert api.authenticate_api_key(forged, at=AT) is None
    api.revoke_api_key(key_id=key.info.id, by=INES, at=AT)
    assert api.authenticate_api_key(key.secret, at=AT) is None
    with pytest.raises(NotFound):
        api.revoke_api_key(key_id=key.info.id, by=INES, at=AT)


def test_a_key_has_the_limits_of_who_made_it(shop: StoreInfo) -> None:
    def role_of(user_id: str, role: str) -> str:
        by = Actor("user", user_id, "Somebody", role=role)
        key = api.create_api_key(name="ERP", scopes=["money.move"], by=by, at=AT)
        found = api.authenticate_api_key(key.secret, at=AT)
        assert found is not None
        return found.role

    ines = api.add_member(email="ines@example.com", name="Ines", role="owner", by=INES, at=AT)
    marco = api.add_member(email="marco@example.com", name="Marco", role="manager", by=INES, at=AT)
    assert role_of(str(ines.user_id), "owner") == "owner"
    assert role_of(str(marco.user_id), "manager") == "manager"


def test_a_key_needs_known_scopes(shop: StoreInfo) -> None:
    for scopes in ([], ["orders.everything"]):
        with pytest.raises(Invalid):
            api.create_api_key(name="ERP", scopes=scopes, by=INES, at=AT)
