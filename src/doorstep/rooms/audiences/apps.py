from django.apps import AppConfig


class AudiencesConfig(AppConfig):
    name = "doorstep.rooms.audiences"
    label = "audiences"

    def ready(self) -> None:
        """Register what this room listens to, its loops and its facts."""
