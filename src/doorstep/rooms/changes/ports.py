"""The shop platform's hands: what an order's own shop is told when the order changes here.

Bound to connectors in ``config/wiring.py`` by the connection's kind. Called by a job, never inside
a transaction, with the task's id as idempotency key where the platform has such a thing; where it
has none, ``tell`` looks first whether the platform already stands where it should.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class ShopPower(StrEnum):
    """What a platform lets others change."""

    CHANGE_ADDRESS = "change_address"
    CHANGE_LINES = "change_lines"  # quantities, variants, new and removed lines
    CANCEL = "cancel"
    DELAY = "delay"  # a wish is written where the merchant's shop shows it (note, tag)


class TryAgain(Exception):
    """Raise when the outcome is unknown or the platform is busy (rate limit, 5xx, time-out)."""

    def __init__(self, words: str, after_seconds: float | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.after_seconds = after_seconds


@dataclass(frozen=True, slots=True)
class TellLine:
    """How many pieces a line should have; a new one has no external id but what it is of."""

    line_external_id: str
    quantity: int
    variant_external_id: str = ""
    product_external_id: str = ""
    sku: str = ""
    unit_price_minor: int | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """What the platform is asked to do.

    :param power: which kind of change it is.
    :param lines: every line that differs, for CHANGE_LINES.
    :param address: field → value (``orders.contracts.AddressView``), for CHANGE_ADDRESS.
    :param restock: put canceled pieces back on the platform's shelf.
    :param note: why, as the merchant reads it there.
    """

    task_id: UUID
    power: ShopPower
    connection_id: UUID
    order_external_id: str
    currency: str
    lines: tuple[TellLine, ...] = ()
    address: Mapping[str, str] = field(default_factory=dict)
    restock: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The platform did it; ``details`` keeps its names for new things (line ids)."""

    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class No:
    """The platform refused, for good; ``words`` are for the merchant."""

    code: str
    words: str


class ShopPlatform(Protocol):
    """A shop that can be told."""

    @property
    def kind(self) -> str:
        """The connection's kind."""

    def powers(self, connection_id: UUID) -> frozenset[ShopPower]:
        """What it can do with the access the connection has now (none without credentials)."""

    def tell(self, ask: Tell) -> Done | No:
        """Do it, once per ``task_id``. :raises TryAgain: not known, or busy."""


_platforms: dict[str, ShopPlatform] = {}


def register_platform(platform: ShopPlatform) -> None:
    """Make a platform known; called by the wiring."""
    _platforms[platform.kind] = platform


def find_platform(kind: str) -> ShopPlatform | None:
    """Return the platform of a connection's kind, None where nobody can be told."""
    return _platforms.get(kind)


class KindOfConnection(Protocol):
    """Says of which kind a connection is (the connections are kept above the rooms)."""

    def __call__(self, connection_id: UUID) -> str: ...


_kind_of: list[KindOfConnection] = []


def bind_kind_of_connection(kind_of: KindOfConnection) -> None:
    """Let the wiring say how a connection's kind is found; "" for an unknown one."""
    _kind_of[:] = [kind_of]


def platform_of(connection_id: UUID | None) -> ShopPlatform | None:
    """Return who is told about an order of this connection; None: nobody (API, CSV)."""
    if connection_id is None or not _kind_of:
        return None
    return find_platform(_kind_of[0](connection_id))
