from importlib import import_module

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "doorstep.rooms.returns"
    label = "returns"

    def ready(self) -> None:
        for name in ("policy.facts", "api", "events", "exporting", "handlers", "jobs"):
            import_module(f"doorstep.rooms.returns.{name}")
