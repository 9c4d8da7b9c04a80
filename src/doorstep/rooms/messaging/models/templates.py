"""A store's own templates. Without a row the built-in ones are used."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Channel


class TemplateVersion(StoreModel):
    """One published text of a template. Never changed, so what was sent can be shown again.

    ``source`` maps each part (subject, preheader, body, text) to what the merchant wrote. A
    process compiles a version once and keeps it in memory: a version never changes.
    """

    kind = models.TextField()
    channel = models.TextField()
    locale = models.TextField()
    number = models.PositiveIntegerField()
    source = models.JSONField()
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "channel", "locale", "number"],
                name="template_version_number",
            ),
        ]


class Template(StoreModel):
    """A store's own text for one kind, channel and locale: the draft and what is published.

    ``locale`` is a language ("de", "pt-BR"), or "" for a text that serves all languages.
    """

    kind = models.TextField()
    channel = models.TextField()
    locale = models.TextField()
    published = models.ForeignKey(
        TemplateVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    draft = models.JSONField(null=True)
    draft_at = models.DateTimeField(null=True)
    draft_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "channel", "locale"], name="one_template_per_key"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[c.value for c in Channel]), name="template_channel"
            ),
            models.CheckConstraint(
                condition=Q(draft__isnull=True, draft_at__isnull=True, draft_by="")
                | Q(draft__isnull=False, draft_at__isnull=False) & ~Q(draft_by=""),
                name="template_draft_by",
            ),
        ]
