"""Which store a command works on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from doorstep.runtime.errors import RuntimeProblem


def store_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--store``: its short name; may be left out where there is only one."""
    return click.option(
        "--store", metavar="NAME", help="Short name of the store; not needed when there is one."
    )(command)


def find_store(slug: str | None) -> Any:
    """Return the store's :class:`StoreInfo`.

    :raises RuntimeProblem: no such store, or several and none was named.
    """
    from doorstep.rooms.stores.api import list_stores

    stores = list_stores()
    names = ", ".join(sorted(store.slug for store in stores)) or "none"
    if slug is None and len(stores) == 1:
        return stores[0]
    found = [store for store in stores if store.slug == slug]
    if found:
        return found[0]
    if not stores:
        raise RuntimeProblem(
            "There is no store yet.",
            "Make yours with: doorstep setup (or the demo shop with: doorstep seed)",
        )
    if slug is None:
        raise RuntimeProblem("There are several stores.", f"Name one with --store: {names}.")
    raise RuntimeProblem(f"There is no store “{slug}”.", f"There are: {names}.")
