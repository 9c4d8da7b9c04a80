"""What every console page's frame shows: navigation by permission, and what needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doorstep.kernel.actions import permissions
from doorstep.kernel.tenancy import store_scope


@dataclass(frozen=True)
class NavItem:
    """One entry of the side navigation."""

    label: Any
    icon: str
    url_name: str  # also the section's name: a page is in the section its url name starts with
    permission: str


# In the order of a day's work: orders and parcels, what is sold, who buys, what they are told.
NAVIGATION = (
    NavItem(_("Home"), "home", "home", "orders.view"),
    NavItem(_("Orders"), "box", "orders", "orders.view"),
    NavItem(_("Changes"), "edit", "changes", "changes.view"),
    NavItem(_("Packing"), "scan", "packing", "shipments.change"),
    NavItem(_("Shipments"), "truck", "shipments", "shipments.view"),
    NavItem(_("Parcels"), "pin", "parcels", "parcels.view"),
    NavItem(_("Returns"), "refund", "returns", "returns.view"),
    NavItem(_("Return policy"), "file", "policy", "returns.view"),
    NavItem(_("Stock"), "stock", "stock", "inventory.view"),
    NavItem(_("Products"), "bag", "products", "templates.view"),
    NavItem(_("Customers"), "customers", "customers", "customers.view"),
    NavItem(_("Gift cards"), "gift", "wallet", "wallet.view"),
    NavItem(_("Segments"), "filter", "segments", "audiences.view"),
    NavItem(_("Journeys"), "merge", "journeys", "journeys.view"),
    NavItem(_("Campaigns"), "send", "campaigns", "journeys.view"),
    NavItem(_("Messages"), "mail", "messages", "messages.view"),
    NavItem(_("Templates"), "template", "templates", "templates.view"),
    NavItem(_("Mailbox"), "inbox", "mailbox", "messages.view"),
    NavItem(_("Approvals"), "shield", "approvals", "money.view"),
    NavItem(_("Problems"), "alert", "problems", "problems.view"),
    NavItem(_("Settings"), "settings", "settings", "settings.view"),
)


def console(request: HttpRequest) -> dict[str, Any]:
    """Give the frame of a console page; nothing on other pages."""
    store, actor = getattr(request, "store", None), getattr(request, "actor", None)
    if store is None or actor is None:
        return {}
    match = request.resolver_match
    section = (match.url_name or "").split("-")[0] if match else ""
    with store_scope(store.id):
        waiting = _problem_count(request) if permissions.can(actor, "problems.view") else 0
    nav = [
        {
            "label": item.label,
            "icon": item.icon,
            "href": reverse(f"console:{item.url_name}", args=[store.slug]),
            "current": item.url_name == section,
            "count": waiting if item.url_name == "problems" else 0,
        }
        for item in NAVIGATION
        if permissions.can(actor, item.permission)
    ]
    return {
        "store": store,
        "actor": actor,
        "nav": nav,
        "may": {p.replace(".", "_"): True for p in permissions.ROLES[actor.role]},
        "other_stores": [s for s, _role in request.stores if s.id != store.id],  # type: ignore[attr-defined]
    }


def _problem_count(request: HttpRequest) -> int:
    from doorstep.console.problems.queries import count_problems

    counted: int | None = getattr(request, "problem_count", None)
    return count_problems() if counted is None else counted
