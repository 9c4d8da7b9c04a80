"""The configuration as an app: it comes last and ties the others together."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Bind the connectors once everything is loaded."""

    name = "doorstep.config"
    label = "config"

    def ready(self) -> None:
        """Bind the ports."""
        # Imported here: the connectors import models, which exist only now.
        from doorstep.config import wiring

        wiring.bind()
