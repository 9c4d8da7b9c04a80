"""Mandrill's events, where they differ from what django-anymail knows."""

from __future__ import annotations

from anymail.signals import EventType
from anymail.webhooks.mandrill import MandrillCombinedWebhookView


class MandrillView(MandrillCombinedWebhookView):
    """Reads Mandrill events, with the newer "delivered"."""

    event_types = MandrillCombinedWebhookView.event_types | {"delivered": EventType.DELIVERED}
