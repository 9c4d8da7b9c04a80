"""Outgoing webhooks."""

from importlib import import_module

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Endpoints of merchants' systems, what is sent to them, and the loops that send it."""

    name = "doorstep.connectors.webhooks"
    label = "connectors_webhooks"

    def ready(self) -> None:
        """Register the actions, the handler and the worker loops of this app."""
        import_module("doorstep.connectors.webhooks.api")
        import_module("doorstep.connectors.webhooks.handlers")
        import_module("doorstep.connectors.webhooks.jobs")
