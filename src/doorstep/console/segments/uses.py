"""What goes by a segment, with the page each can be looked at on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.console.access import ConsoleRequest
from doorstep.rooms.audiences import api as audiences

# What each is called, its page, that page's argument, and what one must be allowed for it.
_PAGES = {
    "journey": ("console:journeys-detail", "journeys.view"),
    "campaign": ("console:campaigns-detail", "journeys.view"),
    "segment": ("console:segments-detail", "audiences.view"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """One use; ``href`` is "" for who may not see its page."""

    kind: str
    name: str
    href: str
    is_journey: bool = False


def uses_of(request: ConsoleRequest, segment_ids: Collection[UUID]) -> dict[UUID, list[Use]]:
    """Return what goes by each segment, with links; a constant number of queries."""
    kinds = {"journey": _("journey"), "campaign": _("campaign"), "segment": _("segment")}
    return {
        segment_id: [
            Use(
                kinds[use.kind],
                use.name,
                _href(request, use.kind, use.id),
                use.kind == "journey",
            )
            for use in uses
        ]
        for segment_id, uses in audiences.list_uses(segment_ids).items()
    }


def _href(request: ConsoleRequest, kind: str, use_id: UUID) -> str:
    page, permission = _PAGES[kind]
    if permission not in request.permissions:
        return ""
    return reverse(page, args=[request.store.slug, use_id])
