"""What the steps of asking a vendor have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doorstep.rooms.payments.ports import (
    LinkProvider,
    PaymentProvider,
    TryAgain,
    find_provider,
    label_of,
)

# Asks the vendor; runs outside of any transaction.
Question = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class LookLater:
    """Nothing to do now, but the answer is not final: ask once more at another time."""

    after_seconds: float
    words: str


@dataclass(frozen=True, slots=True)
class Park:
    """A person has to look."""

    words: str


def ready_provider(name: str) -> PaymentProvider:
    """Return a provider that can be asked.

    :raises TryAgain: this installation or this store has it no more.
    """
    found = find_provider(name)
    if found is None or not found.is_ready():
        raise TryAgain(f"{label_of(name)} is not connected. Connect it under Settings, Payments.")
    return found


def ready_link_provider(name: str) -> LinkProvider:
    """Return a provider that takes payments.

    :raises TryAgain: there is none of this name now.
    """
    found = ready_provider(name)
    if not isinstance(found, LinkProvider):
        raise TryAgain(f"{found.label} takes no payments.")
    return found
