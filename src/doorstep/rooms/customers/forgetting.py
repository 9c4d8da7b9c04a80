"""What rooms forget of a person while it is still known how they can be reached.

Most of what a room keeps hangs on the customer's id and goes on ``CustomerErased``. What people
typed where nobody recognized them (a withdrawal without its order) is found by address or number
only, and those are gone once the customer is erased. So a room registers here, and is called in
the same transaction, before.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from doorstep.rooms.customers.contracts import Person

Forgetter = Callable[[Person, datetime], None]

_forgetters: dict[str, Forgetter] = {}


def forgets(name: str) -> Callable[[Forgetter], Forgetter]:
    """Register what a room forgets by address under ``name``.

    :raises ValueError: another room has this name.
    """

    def register(forgetter: Forgetter) -> Forgetter:
        if _forgetters.setdefault(name, forgetter) is not forgetter:
            raise ValueError(f"two rooms forget {name}")
        return forgetter

    return register


def forget_all(person: Person, *, at: datetime) -> None:
    """Let every room forget what it finds by the person's addresses."""
    for name in sorted(_forgetters):
        _forgetters[name](person, at)
