"""What each role of a merchant's team may do."""

from __future__ import annotations

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import PermissionDenied

OWNER = "owner"

_VIEWS = frozenset(
    {
        "orders.view",
        "customers.view",
        "inventory.view",
        "messages.view",
        "templates.view",
        "shipments.view",
        "parcels.view",
        "audiences.view",
        "journeys.view",
        "returns.view",
        "changes.view",
        "money.view",
        "wallet.view",
    }
)
_BELOW_OWNER: dict[str, frozenset[str]] = {
    "manager": _VIEWS
    | {
        "orders.change",
        "orders.import",
        "shipments.change",
        "parcels.change",
        "customers.merge",
        "inventory.adjust",
        "messages.send",
        "templates.edit",
        "audiences.edit",
        "journeys.edit",
        "journeys.publish",
        "returns.change",
        "returns.receive",
        "returns.policy",
        "changes.decide",
        "money.move",
        "wallet.issue",
        "approvals.decide",
        "problems.view",
        "problems.retry",
        "settings.view",
        "settings.edit",
    },
    "warehouse": frozenset(
        {
            "orders.view",
            "orders.change",
            "inventory.view",
            "inventory.adjust",
            "shipments.view",
            "shipments.change",
            "parcels.view",
            "parcels.change",
            "returns.view",
            "returns.receive",
            "problems.view",
        }
    ),
    "support": _VIEWS
    | {
        "orders.change",
        "parcels.change",
        "customers.merge",
        "messages.send",
        "returns.change",
        "changes.decide",
        "money.move",
        "wallet.issue",
        "problems.view",
    },
    "marketer": _VIEWS
    | {
        "templates.edit",
        "messages.send",
        "audiences.edit",
        "journeys.edit",
        "journeys.publish",
        # Why a message waits or does not go stands in the contact rules and with the senders: to
        # look, not to change.
        "settings.view",
    },
    # Prepares journeys and campaigns; nothing reaches anybody before somebody else presses publish.
    "contributor": _VIEWS | {"journeys.edit"},
}
# The owner may do all that anybody may, and alone decides who is on the team.
ROLES: dict[str, frozenset[str]] = {
    OWNER: frozenset[str]().union(*_BELOW_OWNER.values()) | {"staff.edit"},
    **_BELOW_OWNER,
}
ALL_PERMISSIONS = ROLES[OWNER]


def can(actor: Actor, permission: str) -> bool:
    """Tell whether the actor may do what the permission names.

    People and API keys act by role (and a key's scopes); connectors, handlers and shoppers act
    through code that decides for them, so they pass here.
    """
    if actor.permissions is not None and permission not in actor.permissions:
        return False
    if actor.kind in {"user", "api_key"}:
        return permission in ROLES.get(actor.role, frozenset())
    return True


def check(actor: Actor, permission: str) -> None:
    """Raise unless the actor may.

    :raises PermissionDenied: with words for the person who was refused.
    """
    if not can(actor, permission):
        role = actor.role or "this key"
        raise PermissionDenied(
            f"The role “{role}” may not do this ({permission}). Ask an owner of the store."
        )
