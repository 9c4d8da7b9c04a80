"""Drafts as they were, for those who come back to a journey that somebody changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from doorstep.rooms.journeys.models import DraftRevision


def find_draft_revision(journey_id: UUID, revision: int) -> Mapping[str, Any] | None:
    """Return the draft as it was at a revision, None where it was not kept."""
    row = DraftRevision.objects.filter(journey_id=journey_id, revision=revision).first()
    return None if row is None else row.definition


def can_undo_draft(journey_id: UUID) -> bool:
    """Tell whether an earlier state of the draft is kept."""
    return DraftRevision.objects.filter(journey_id=journey_id).exists()
