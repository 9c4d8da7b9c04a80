from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "doorstep.rooms.billing"
    label = "billing"

    def ready(self) -> None:
        """Register what this room listens to and its actions."""
        from doorstep.rooms.billing import actions, handlers  # noqa: F401
