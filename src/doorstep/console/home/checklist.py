"""Setting up a store, as steps that look for themselves whether they are done."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.connectors.base import api as connectors
from doorstep.console.access import ConsoleRequest
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter, OrderState
from doorstep.rooms.stores import api as stores

HISTORY = OrderFilter(state=OrderState.HISTORY)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, why, where, and whether the store shows that it was done."""

    title: str
    why: str
    href: str
    is_done: bool


def setup_steps(request: ConsoleRequest) -> list[Step]:
    """Return the steps in the order in which they help most (one small query each)."""
    store = request.store

    def at(name: str) -> str:
        return reverse(f"console:{name}", args=[store.slug])

    connections = connectors.list_connections()
    return [
        Step(
            _("Connect a shop"),
            _("New orders come in by themselves. Nobody is written to about old ones."),
            at("settings-connections"),
            any(one.brings == "orders" for one in connections),
        ),
        Step(
            _("Set your brand"),
            _("A support e-mail and a postal address, which the law asks for in every message."),
            at("settings"),
            bool(store.support_email and store.postal_address),
        ),
        Step(
            _("Send messages through a provider"),
            _("Until then every message stays in the built-in mailbox."),
            at("settings-connections"),
            any(sender.is_active for sender in messaging.list_senders()),
        ),
        Step(
            _("Set stock"),
            _("From then on, no more is sold than there is."),
            at("stock-import"),
            bool(inventory.list_stock(limit=1).rows),
        ),
        Step(
            _("Name your carriers"),
            _("With their services: so that days of arrival and links to parcels are right."),
            at("settings-carriers"),
            bool(fulfillment.list_carriers()),
        ),
        Step(
            _("Follow parcels"),
            _("Connect a carrier or an aggregator: late and lost parcels show up by themselves."),
            at("settings-connections"),
            any(one.brings == "tracking" for one in connections),
        ),
        Step(
            _("Import past orders"),
            _("So that returning shoppers are known. Nobody is written to."),
            at("imports"),
            bool(orders.list_orders(HISTORY, limit=1).items),
        ),
        Step(
            _("Invite the team"),
            _("Each person with a role of their own."),
            at("settings-team"),
            len(stores.list_members()) > 1,
        ),
    ]
