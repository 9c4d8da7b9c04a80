"""Journeys and their published versions."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.journeys.contracts import JourneyStatus


class JourneyVersion(StoreModel):
    """One published definition. Never changed: people inside go on by it.

    ``is_open`` is False once nobody can be inside any more, so that the engine need not look.
    """

    journey = models.ForeignKey("journeys.Journey", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    note = models.TextField(default="")
    published_at = models.DateTimeField()
    published_by = models.TextField()
    published_by_label = models.TextField(default="")
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "journey", "number"], name="journey_version_number"
            ),
            # What an enrollment's key points at.
            models.UniqueConstraint(
                fields=["id", "journey", "store"], name="journey_version_in_journey"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="journey_version_counts"),
        ]


class Journey(StoreModel):
    """A program: what is live, and the draft somebody works on.

    ``revision`` counts the saves of the draft; who saves names the one they began with, so that
    two people never write over each other unseen.
    """

    name = models.TextField()
    template = models.TextField(default="")
    status = models.TextField(default=JourneyStatus.DRAFT)
    draft = models.JSONField(null=True)
    revision = models.PositiveIntegerField(default=1)
    live = models.ForeignKey(
        JourneyVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # A date trigger's days up to this one have been looked at.
    dated_until = models.DateField(null=True)
    # Members a segment already had are enrolled in sets; where that stands.
    filling_after = models.UUIDField(null=True)
    is_filling = models.BooleanField(default=False)
    approval_asked_by = models.TextField(default="")
    approval_note = models.TextField(default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in JourneyStatus]), name="journey_status"
            ),
            models.CheckConstraint(
                condition=Q(live__isnull=False) | Q(status__in=["draft", "archived"]),
                name="journey_live_has_version",
            ),
            models.CheckConstraint(
                condition=Q(draft__isnull=False) | Q(live__isnull=False),
                name="journey_has_definition",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="journey_has_name"),
            models.CheckConstraint(
                condition=Q(updated_at__gte=F("created_at")), name="journey_updated"
            ),
        ]
        indexes = [models.Index(fields=["store", "-updated_at"], name="journey_newest")]


class DraftRevision(StoreModel):
    """A draft as it was before a save, so that it can be undone."""

    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+", db_index=False)
    revision = models.PositiveIntegerField()
    definition = models.JSONField()
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "journey", "revision"], name="journey_draft_revision"
            )
        ]
