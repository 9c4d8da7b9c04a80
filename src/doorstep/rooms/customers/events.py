"""What happens to customers. Events carry ids only: they can't be erased, people can."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("customers.customers_merged")
@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """Two customers became one.

    Rooms move what they keep of ``absorbed_id`` to ``survivor_id`` and remember the rows they
    moved under ``merge_id``: undoing moves exactly those back.
    """

    merge_id: UUID
    survivor_id: UUID
    absorbed_id: UUID


@event("customers.customers_unmerged")
@dataclass(frozen=True, slots=True)
class CustomersUnmerged:
    """A merge was taken back: what it moved goes back, what came later stays."""

    merge_id: UUID
    survivor_id: UUID
    restored_id: UUID


@event("customers.customer_erased")
@dataclass(frozen=True, slots=True)
class CustomerErased:
    """A person's data was erased here; rooms erase their own copies (addresses, messages).

    ``customer_ids``: the customer and everybody who had been merged into it.
    """

    customer_ids: list[UUID]


@event("customers.customer_changed")
@dataclass(frozen=True, slots=True)
class CustomerChanged:
    """What is known of a person was changed by hand or by themselves; ``changed`` names fields."""

    customer_id: UUID
    changed: list[str]
