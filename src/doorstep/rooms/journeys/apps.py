from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "doorstep.rooms.journeys"
    label = "journeys"

    def ready(self) -> None:
        """Register what this room listens to, and its loops."""
