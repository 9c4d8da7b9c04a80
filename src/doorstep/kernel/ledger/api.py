"""The door of the ledger (ADR 0013): what other parts of the house import."""

from doorstep.kernel.ledger.contracts import (
    AccountKey,
    AccountView,
    CauseReused,
    Credit,
    Debit,
    EntryKind,
    EntryView,
    LotView,
    NotEnough,
)
from doorstep.kernel.ledger.crediting import credit_many, mature
from doorstep.kernel.ledger.due import (
    Ending,
    claim_ending,
    expire_due,
    list_stores_due,
    mature_due,
)
from doorstep.kernel.ledger.moving import move_holder, move_lots
from doorstep.kernel.ledger.reading import (
    Owed,
    find_discrepancies,
    find_entries,
    get_accounts,
    list_accounts,
    list_entries,
    list_lots,
    list_owed,
)
from doorstep.kernel.ledger.returning import MoreThanSpent, TakenBack, give_back, take_back
from doorstep.kernel.ledger.spending import spend, spend_many

__all__ = [
    "AccountKey",
    "AccountView",
    "CauseReused",
    "Credit",
    "Debit",
    "Ending",
    "EntryKind",
    "EntryView",
    "LotView",
    "MoreThanSpent",
    "NotEnough",
    "Owed",
    "TakenBack",
    "claim_ending",
    "credit_many",
    "expire_due",
    "find_discrepancies",
    "find_entries",
    "get_accounts",
    "give_back",
    "list_accounts",
    "list_entries",
    "list_lots",
    "list_owed",
    "list_stores_due",
    "mature",
    "mature_due",
    "move_holder",
    "move_lots",
    "spend",
    "spend_many",
    "take_back",
]
