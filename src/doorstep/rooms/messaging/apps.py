from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "doorstep.rooms.messaging"
    label = "messaging"

    def ready(self) -> None:
        """Register the sender's loop and the handlers."""
        from doorstep.rooms.messaging import handlers, jobs  # noqa: F401
