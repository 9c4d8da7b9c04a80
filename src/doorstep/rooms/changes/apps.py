from importlib import import_module

from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "doorstep.rooms.changes"
    label = "changes"

    def ready(self) -> None:
        for name in ("api", "events", "facts", "handlers", "jobs"):
            import_module(f"doorstep.rooms.changes.{name}")
