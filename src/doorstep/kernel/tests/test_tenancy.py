"""Without a store's scope nothing is found; with one, only that store's rows."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.shortcuts import get_object_or_404
from django_scopes.exceptions import ScopeError

from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import MissingStoreScope, current_store_id, store_scope
from doorstep.kernel.tests.conftest import AT
from doorstep.rooms.stores.api import create_store
from doorstep.rooms.stores.models import ApiKey

pytestmark = pytest.mark.django_db


def make_key(slug: str) -> ApiKey:
    """Make a store with one row in it."""
    store = create_store(slug=slug, name=slug, currency="EUR", at=AT)
    return ApiKey.all_stores.create(
        store_id=store.id, name="till", prefix=slug, secret_hash="", scopes=[], created_at=AT
    )


def test_without_a_scope_a_query_raises() -> None:
    with pytest.raises(ScopeError):
        list(ApiKey.objects.all())
    with pytest.raises(ScopeError):
        get_object_or_404(ApiKey, pk=new_id())
    with pytest.raises(MissingStoreScope):
        current_store_id()


def test_another_stores_row_does_not_exist() -> None:
    ours, theirs = make_key("fern"), make_key("kettle")
    with store_scope(ours.store_id):
        assert list(ApiKey.objects.all()) == [ours]
        with pytest.raises(ApiKey.DoesNotExist):
            ApiKey.objects.get(pk=theirs.pk)


@pytest.mark.parametrize("wrong", [None, "", "fern", 3])
def test_a_scope_needs_a_stores_id(wrong: object) -> None:
    """django-scopes reads None as "do not filter": that must not open everything."""
    with pytest.raises(MissingStoreScope), store_scope(wrong):  # type: ignore[arg-type]
        pass


def test_scopes_nest_and_end() -> None:
    outer, inner = new_id(), new_id()
    with store_scope(outer):
        with store_scope(inner):
            assert current_store_id() == inner
        assert current_store_id() == outer
    with pytest.raises(MissingStoreScope):
        current_store_id()
    assert isinstance(outer, UUID)
