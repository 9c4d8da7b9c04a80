"""Frozen values of the ledger. Amounts are integers of the account's unit (minor units, points)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from doorstep.kernel.errors import Conflict


class EntryKind(StrEnum):
    """Why an account moved."""

    CREDITED = "credited"  # came in
    MATURED = "matured"  # was pending, can be spent from now on
    SPENT = "spent"
    GIVEN_BACK = "given_back"  # of a spend
    EXPIRED = "expired"
    REVERSED = "reversed"  # taken back
    MOVED_OUT = "moved_out"  # to another account
    MOVED_IN = "moved_in"


class NotEnough(Conflict):
    """The account has less than that."""

    code = "not_enough"

    def __init__(self, has: int, wanted: int) -> None:
        super().__init__("There is not enough on this account.")
        self.has = has
        self.wanted = wanted


class CauseReused(Conflict):
    """The cause moved something else before: another account, or another amount."""

    code = "cause_reused"


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Which account: what it is used for, whose it is, what it counts."""

    book: str  # "store_credit"
    holder: str  # "customer:<uuid>"
    unit: str  # "EUR", "points"


@dataclass(frozen=True, slots=True)
class Credit:
    """Something comes in, as one lot.

    :param cause: what makes it happen once in its book.
    :param is_pending: it can't be spent before ``matures_at`` (None: until somebody says so).
    :param expires_at: when what is left of it ends.
    :param rule: the rule that gave it, as it is now (plain JSON).
    """

    account: AccountKey
    amount: int
    cause: str
    words: str = ""
    expires_at: datetime | None = None
    is_pending: bool = False
    matures_at: datetime | None = None
    rule: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Debit:
    """Something goes out: what expires soonest first.

    :param kind: ``SPENT``, or ``REVERSED`` when it is taken back.
    :param as_far_as_possible: takes what there is when it is less; else raises ``NotEnough``.
    """

    account: AccountKey
    amount: int
    cause: str
    words: str = ""
    kind: EntryKind = EntryKind.SPENT
    as_far_as_possible: bool = False
    rule: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class AccountView:
    """What an account has. ``next_*`` tell of the lots that end first.

    :param balance: can be spent now; what has ended is not in it, even before it is booked.
    """

    id: UUID
    key: AccountKey
    balance: int
    pending: int
    next_expiry_at: datetime | None = None
    next_expiry_amount: int = 0


@dataclass(frozen=True, slots=True)
class EntryView:
    """One movement. ``is_repeat``: its cause had moved it before; nothing moved now."""

    id: UUID
    account_id: UUID
    nth: int
    kind: EntryKind
    amount: int
    pending: int
    balance_after: int
    pending_after: int
    cause: str
    source_id: UUID | None
    words: str
    rule: Mapping[str, Any] = field(hash=False)
    at: datetime
    by: str
    by_label: str
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class LotView:
    """What is left of something that came in."""

    id: UUID
    account_id: UUID
    amount: int
    remaining: int
    is_pending: bool
    matures_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
