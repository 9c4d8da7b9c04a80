"""The shared part of all connectors."""

from importlib import import_module

from django.apps import AppConfig


class ConnectorsBaseConfig(AppConfig):
    """Connections to platforms, their stored deliveries, and the intake that works them off."""

    name = "doorstep.connectors.base"
    label = "connectors_base"

    def ready(self) -> None:
        """Register the actions, the handlers and the worker loops of this app."""
        import_module("doorstep.connectors.base.actions")
        import_module("doorstep.connectors.base.handlers")
        import_module("doorstep.connectors.base.jobs")
