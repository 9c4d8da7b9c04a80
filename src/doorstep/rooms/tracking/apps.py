from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "doorstep.rooms.tracking"
    label = "tracking"

    def ready(self) -> None:
        from doorstep.rooms.tracking import events  # noqa: F401
