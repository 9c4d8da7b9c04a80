from importlib import import_module

from django.apps import AppConfig


class AudiencesConfig(AppConfig):
    name = "doorstep.rooms.audiences"
    label = "audiences"

    def ready(self) -> None:
        """Register what this room listens to, its loops and its facts.

        The handlers come last: they read every event that names a customer, so the rooms below
        must have registered theirs, which they have as they stand before this room.
        """
        for part in (
            "events",
            "actions",
            "exporting",
            "facts",
            "fact_words",
            "keeping.loops",
            "activity.recording",
            "activity.site_settings",
            "activity.forgetting",
            "activity.stock",
            "taking",
            "handlers",
        ):
            import_module(f"doorstep.rooms.audiences.{part}")
