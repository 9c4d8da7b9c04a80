"""What happens to products and variants. Keyed by the variant."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("catalog.variant_untracked")
@dataclass(frozen=True, slots=True)
class VariantUntracked:
    """A variant's stock is counted no more: it can always be sold, and no order waits for it."""

    variant_id: UUID
