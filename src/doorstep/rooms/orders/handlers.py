"""What the orders room does when something happened."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.catalog.events import VariantUntracked
from doorstep.rooms.customers.events import CustomerErased, CustomersMerged, CustomersUnmerged
from doorstep.rooms.inventory.events import ReservationsLost, StockIncreased
from doorstep.rooms.orders import confirming, following
from doorstep.rooms.orders.events import (
    OrderCanceled,
    OrderPlaced,
    OrderPutOnHold,
    OrderRefunded,
    OrdersStillWaiting,
)


@handles(OrderPlaced, name="orders.send_confirmation")
def send_confirmation(batch: Sequence[Recorded]) -> None:
    """Confirm new orders."""
    by = Actor.system("orders.send_confirmation")
    at = max(one.at for one in batch)
    confirming.confirm([one.event.order_id for one in batch], by=by, at=at)


@handles(OrderPutOnHold, name="orders.ask_shoppers")
def ask_shoppers(batch: Sequence[Recorded]) -> None:
    """Ask the shopper where only the shopper can help."""
    by = Actor.system("orders.ask_shoppers")
    confirming.ask_shoppers(batch, by=by, at=max(one.at for one in batch))


@handles(OrderCanceled, name="orders.tell_canceled")
def tell_canceled(batch: Sequence[Recorded]) -> None:
    """Tell shoppers about cancellations."""
    by = Actor.system("orders.tell_canceled")
    confirming.tell_canceled(batch, by=by, at=max(one.at for one in batch))


@handles(OrderRefunded, name="orders.tell_refunded")
def tell_refunded(batch: Sequence[Recorded]) -> None:
    """Tell shoppers about refunds."""
    by = Actor.system("orders.tell_refunded")
    confirming.tell_refunded(batch, by=by, at=max(one.at for one in batch))


@handles(StockIncreased, name="orders.fill_waiting")
def fill_waiting(batch: Sequence[Recorded]) -> None:
    """Give new stock to orders that wait for it, the oldest first."""
    variants = {variant for one in batch for variant in one.event.variant_ids}
    by = Actor.system("orders.fill_waiting")
    following.fill_waiting(variants, by=by, at=max(one.at for one in batch))


@handles(VariantUntracked, name="orders.stop_waiting")
def stop_waiting(batch: Sequence[Recorded]) -> None:
    """Let go the orders that waited for something whose stock is counted no more."""
    variants = {one.event.variant_id for one in batch}
    by = Actor.system("orders.stop_waiting")
    following.fill_waiting(variants, by=by, at=max(one.at for one in batch))


@handles(OrdersStillWaiting, name="orders.fill_next_waiting")
def fill_next_waiting(batch: Sequence[Recorded]) -> None:
    """Go on giving new stock to orders that wait, where the last batch stopped."""
    by = Actor.system("orders.fill_waiting")
    for one in batch:  # one event stands for thousands of orders
        after = (one.event.placed_at, one.event.order_id)
        following.fill_waiting(one.event.variant_ids, by=by, at=one.at, after=after)


@handles(ReservationsLost, name="orders.reserve_again")
def reserve_again(batch: Sequence[Recorded]) -> None:
    """Find out what orders lack after a count took pieces from them."""
    subjects = {subject for one in batch for subject in one.event.subjects}
    by = Actor.system("orders.reserve_again")
    following.reserve_again(subjects, by=by, at=max(one.at for one in batch))


@handles(CustomersMerged, CustomersUnmerged, name="orders.follow_merges", start="beginning")
def follow_merges(batch: Sequence[Recorded]) -> None:
    """Move orders along when customers are merged, and back when that is undone."""
    following.follow_merges([one.event for one in batch])


@handles(CustomerErased, name="orders.erase_people", start="beginning")
def erase_people(batch: Sequence[Recorded]) -> None:
    """Erase the copies of personal data that orders hold; the figures stay."""
    erased = {customer for one in batch for customer in one.event.customer_ids}
    following.erase_people(erased, at=max(one.at for one in batch))
