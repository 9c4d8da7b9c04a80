"""Brevo's events, where they differ from what django-anymail expects."""

from __future__ import annotations

import json
from typing import Any

from anymail.signals import AnymailTrackingEvent
from anymail.webhooks.brevo import BrevoTrackingWebhookView


class BrevoView(BrevoTrackingWebhookView):
    """Reads Brevo events, also those of mails that other software sent from the same account."""

    # Brevo's own samples say "unsubscribed"; django-anymail knows "unsubscribe".
    event_types = BrevoTrackingWebhookView.event_types | {
        "unsubscribed": BrevoTrackingWebhookView.event_types["unsubscribe"],
    }

    def esp_to_anymail_event(self, esp_event: dict[str, Any]) -> AnymailTrackingEvent:
        """Read one event; a custom header that is not JSON is somebody else's and left out."""
        custom = esp_event.get("X-Mailin-custom")
        if custom is not None and not _is_json_object(custom):
            esp_event = {k: v for k, v in esp_event.items() if k != "X-Mailin-custom"}
        return super().esp_to_anymail_event(esp_event)


def _is_json_object(text: object) -> bool:
    try:
        return isinstance(json.loads(str(text)), dict)
    except ValueError:
        return False
