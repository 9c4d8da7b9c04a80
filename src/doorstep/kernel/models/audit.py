"""Who did what: one entry per action of a person or an API key. Append-only (by trigger)."""

from __future__ import annotations

from django.db import models

from doorstep.kernel.ids import new_id


class AuditEntry(models.Model):
    """One action that was carried out."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField(null=True)  # null: an act on the installation itself
    at = models.DateTimeField()
    actor = models.TextField()
    actor_label = models.TextField(default="")
    action = models.TextField()
    subject = models.TextField(default="")
    changes = models.JSONField(default=dict)  # {"field": [before, after]}

    class Meta:
        db_table = "kernel_audit_entry"
        indexes = [
            models.Index(fields=["store_id", "subject", "-at"], name="audit_by_subject"),
            models.Index(fields=["store_id", "-at"], name="audit_by_time"),
        ]
