"""What happens to segments, and what visitors do on the merchant's site. Keyed by the customer."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("audiences.segment_entered")
@dataclass(frozen=True, slots=True)
class SegmentEntered:
    """A customer began to belong to a segment: by what happened, an edit of it, or an import.

    Never published for a segment's first build, or when it is taken back into use.
    """

    segment_id: UUID
    customer_id: UUID


@event("audiences.segment_left")
@dataclass(frozen=True, slots=True)
class SegmentLeft:
    """A customer does not belong to a segment any more."""

    segment_id: UUID
    customer_id: UUID


@event("audiences.segment_built")
@dataclass(frozen=True, slots=True)
class SegmentBuilt:
    """A segment's members were all found anew: after it was made, edited, or as the check.

    ``repaired`` counts memberships that the events had got wrong (0 when all is well).
    """

    segment_id: UUID
    members: int
    repaired: int


@event("audiences.wish_back_in_stock")
@dataclass(frozen=True, slots=True)
class WishBackInStock:
    """Something a customer wishes for was sold out and can be bought again.

    ``product_ids``: all of their wishes that came back at that moment.
    """

    customer_id: UUID
    product_ids: list[UUID]


@event("audiences.site_activity_recorded")
@dataclass(frozen=True, slots=True)
class SiteActivityRecorded:
    """A known customer did something on the merchant's site.

    ``kind`` is page_viewed, product_viewed, searched, added_to_wishlist, removed_from_wishlist,
    added_to_cart or a name of the merchant's own. What was looked at stands in the room's table,
    as it can be erased there.
    """

    activity_id: UUID
    customer_id: UUID
    kind: str
    product_id: UUID | None = None
