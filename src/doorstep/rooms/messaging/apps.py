from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "doorstep.rooms.messaging"
    label = "messaging"

    def ready(self) -> None:
        """Register the sender's loop, the handlers and what is exported."""
        from doorstep.rooms.messaging import exporting, handlers, jobs  # noqa: F401
