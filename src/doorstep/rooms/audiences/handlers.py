"""What the audiences room does when something happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import get_type_hints

from doorstep.kernel.events.registry import Recorded, all_events, handles
from doorstep.rooms.audiences.activity.stock import look_at_variants
from doorstep.rooms.audiences.contracts import BuildReason
from doorstep.rooms.audiences.events import SegmentBuilt
from doorstep.rooms.audiences.keeping import following, people
from doorstep.rooms.audiences.keeping.checking import FOLLOWER
from doorstep.rooms.audiences.keeping.rebuilding import find_anew, find_anew_those_naming
from doorstep.rooms.customers.events import CustomerErased, CustomersMerged, CustomersUnmerged
from doorstep.rooms.inventory.events import StockIncreased
from doorstep.rooms.orders.events import OrdersImported
from doorstep.rooms.stores.events import StoreSettingsChanged

# An import comes in many chunks: one build for what came within two minutes.
IMPORT_REST = timedelta(minutes=2)


def events_about_people() -> list[type]:
    """List the events registered so far that name a customer."""
    named = {*following.PEOPLE, "customer_ids"}
    return [one.cls for one in all_events() if named & set(get_type_hints(one.cls))]


@handles(*events_about_people(), name=FOLLOWER)
def follow_customers(batch: Sequence[Recorded]) -> None:
    """Keep segments fresh: whoever something happened to is decided anew."""
    following.follow(batch)


@handles(OrdersImported, name="audiences.find_imported")
def find_imported(batch: Sequence[Recorded]) -> None:
    """Find everybody anew after history came in: an import names no customers."""
    find_anew(BuildReason.IMPORTED, at=max(one.at for one in batch) + IMPORT_REST)


@handles(StoreSettingsChanged, name="audiences.follow_zone")
def follow_zone(batch: Sequence[Recorded]) -> None:
    """Find everybody anew when the store's days begin at another hour."""
    if any("timezone" in one.event.fields for one in batch):
        find_anew(BuildReason.SETTINGS, at=max(one.at for one in batch))


@handles(SegmentBuilt, name="audiences.follow_builds")
def follow_builds(batch: Sequence[Recorded]) -> None:
    """Sweep the segments that ask about one that was just built: its build names nobody."""
    find_anew_those_naming({one.event.segment_id for one in batch}, at=max(one.at for one in batch))


@handles(StockIncreased, name="audiences.wishes_in_stock")
def tell_wishes(batch: Sequence[Recorded]) -> None:
    """Tell who wished for what was sold out and is there again."""
    variants = {one for recorded in batch for one in recorded.event.variant_ids}
    look_at_variants(variants, at=max(one.at for one in batch))


@handles(
    CustomersMerged, CustomersUnmerged, CustomerErased, name="audiences.move_people",
    start="beginning",
)  # fmt: skip
def move_people(batch: Sequence[Recorded]) -> None:
    """Move what people did on the site along with them, and erase it with them."""
    people.follow([one.event for one in batch])
