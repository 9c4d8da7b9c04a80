"""Stores apart: every row carries its store, every query happens inside one store's scope.

The scope is the store's id. Without a scope a query raises instead of answering with everybody's
rows; with one, a foreign store's row does not exist (and so becomes a 404 at the edges).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import models
from django_scopes import ScopedManager, get_scope, scope

from doorstep.kernel.ids import new_id


class MissingStoreScope(RuntimeError):
    """Code that needs a store ran outside of any store's scope: a programming error."""


@contextmanager
def store_scope(store_id: UUID) -> Iterator[None]:
    """Run a block as one store: queries see and touch that store's rows only."""
    if not isinstance(store_id, UUID):  # django-scopes takes None for "no filter": refuse it
        raise MissingStoreScope(f"A store scope needs a store's UUID, not {store_id!r}.")
    with scope(store_id=store_id):
        yield


def current_store_id() -> UUID:
    """Return the id of the store whose scope is active.

    :raises MissingStoreScope: outside of any scope.
    """
    store_id = get_scope().get("store_id")
    if not isinstance(store_id, UUID):
        raise MissingStoreScope("No store scope is active: wrap this in store_scope(store_id).")
    return store_id


class StoreModel(models.Model):
    """Base of every table with a store's data."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # No index of its own: what is listed by store has indexes that begin with it, and parts are
    # found by their parent. One index less per row is what an import of 200,000 orders feels.
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    # django-scopes makes a manager class of its own, which the type checker cannot see.
    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]
    # For workers that serve all stores in one statement. Deliberately long to type and easy to
    # search for; pages and the API never use it.
    all_stores = models.Manager()  # noqa: DJ012 (the managers' order decides which is the default)

    class Meta:
        abstract = True
