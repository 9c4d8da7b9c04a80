"""A segment, and how far its members are found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.audiences.contracts import BuildReason, SegmentState


class Segment(StoreModel):
    """Who belongs together, as a condition about customers.

    ``revision`` counts edits: whoever saves says which one they saw. This row is the lock of its
    members: what follows events holds it shared, what edits, sweeps or finishes a build holds it
    alone (``keeping/settling.py``).
    """

    name = models.TextField()
    description = models.TextField(default="", db_default="")
    condition = models.JSONField()  # the canonical document of kernel.conditions
    fingerprint = models.TextField()
    revision = models.PositiveIntegerField(default=1)
    state = models.TextField(default=SegmentState.BUILDING.value)
    created_at = models.DateTimeField()
    created_by = models.TextField()
    edited_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    archived_by = models.TextField(default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "store",
                Lower("name"),
                condition=Q(archived_at__isnull=True),
                name="segment_name",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="segment_named"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="segment_revision"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in SegmentState]), name="segment_state"
            ),
            models.CheckConstraint(
                condition=Q(archived_at__isnull=True, archived_by="")
                | Q(archived_at__isnull=False) & ~Q(archived_by=""),
                name="segment_archived_at_by",
            ),
        ]


class Upkeep(StoreModel):
    """What the loops know of a segment: a row of its own, so that they never wait for an editor.

    ``as_of`` is the latest instant that a whole evaluation counted from. ``due_at`` is when the
    loop looks at it next (a build is due at once), ``check_at`` when everything is compared.
    """

    segment = models.OneToOneField(Segment, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(default=BuildReason.FIRST.value)  # of the build that is due or ran
    revision = models.PositiveIntegerField(default=0)  # the segment's, of the last whole build
    building_since = models.DateTimeField(null=True)
    found = models.PositiveIntegerField(null=True)  # progress of the build: members found,
    written = models.PositiveIntegerField(default=0)  # changes written so far,
    to_write = models.PositiveIntegerField(default=0)  # of so many
    member_count = models.PositiveIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    built_at = models.DateTimeField(null=True)
    build_ms = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    rebuild_at = models.DateTimeField(null=True)  # history came in: a live segment is built anew
    check_at = models.DateTimeField(null=True)
    check_position = models.BigIntegerField(null=True)  # suspects wait until the log is read to it
    repaired = models.PositiveIntegerField(default=0)  # by the last check
    problem = models.TextField(default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=[r.value for r in BuildReason]), name="upkeep_reason"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], name="upkeep_due"),
            models.Index(fields=["check_at"], name="upkeep_check"),
            models.Index(
                fields=["rebuild_at"],
                name="upkeep_rebuild",
                condition=Q(rebuild_at__isnull=False),
            ),
        ]
