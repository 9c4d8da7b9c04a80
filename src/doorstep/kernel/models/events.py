"""The event log's tables. How they work together: docs/adr/0003-event-log.md."""

from __future__ import annotations

from django.db import models

from doorstep.kernel.ids import new_id


class EventRow(models.Model):
    """What an event carries, before and after it has got its place in the log."""

    event_id = models.UUIDField(default=new_id)
    store_id = models.UUIDField()
    name = models.TextField()
    key = models.TextField()  # events of one key are handled in order
    subject = models.TextField(default="")  # "order:<uuid>", what timelines ask for
    actor = models.TextField()
    actor_label = models.TextField(default="")
    payload = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        abstract = True


class OutboxEvent(EventRow):
    """An event written by an action's transaction, not yet given its place in the log."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        db_table = "kernel_outbox"


class LoggedEvent(EventRow):
    """An event with its place. Rows are never changed; positions become visible in order."""

    position = models.BigAutoField(primary_key=True)
    lane = models.SmallIntegerField()

    class Meta:
        db_table = "kernel_event"
        indexes = [
            models.Index(fields=["store_id", "subject", "position"], name="event_by_subject"),
            models.Index(fields=["store_id", "key", "position"], name="event_by_key"),
        ]


class LaneCursor(models.Model):
    """How far one handler has read one lane. Its row lock is the right to read on."""

    id = models.BigAutoField(primary_key=True)
    handler = models.TextField()
    lane = models.SmallIntegerField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "kernel_lane_cursor"
        constraints = [
            models.UniqueConstraint(fields=["handler", "lane"], name="one_cursor_per_lane"),
            models.CheckConstraint(condition=models.Q(position__gte=0), name="cursor_position"),
        ]


class ParkedEvent(models.Model):
    """An event one handler could not take, and the later events of the same key behind it."""

    id = models.BigAutoField(primary_key=True)
    handler = models.TextField()
    position = models.BigIntegerField()
    store_id = models.UUIDField()
    key = models.TextField()
    name = models.TextField()
    subject = models.TextField(default="")
    # "failed" has an error of its own; "behind" waits for an earlier one of its key
    status = models.TextField()
    error = models.TextField(default="")
    attempts = models.PositiveIntegerField(default=0)
    parked_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kernel_parked_event"
        constraints = [
            models.UniqueConstraint(fields=["handler", "position"], name="parked_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=["failed", "behind"]), name="parked_status"
            ),
        ]
        indexes = [
            models.Index(fields=["handler", "key", "position"], name="parked_by_key"),
            models.Index(fields=["store_id", "parked_at"], name="parked_by_store"),
        ]
