from importlib import import_module

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "doorstep.rooms.tracking"
    label = "tracking"

    def ready(self) -> None:
        for part in (
            "actions",
            "clocks.loop",
            "events",
            "exporting",
            "facts",
            "fact_words",
            "handlers",
            "telling.handling",
        ):
            import_module(f"doorstep.rooms.tracking.{part}")
