from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "doorstep.rooms.inventory"
    label = "inventory"

    def ready(self) -> None:
        """Register the actions and the events."""
        from doorstep.rooms.inventory import api, events  # noqa: F401
