from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "doorstep.rooms.catalog"
    label = "catalog"

    def ready(self) -> None:
        """Register the actions."""
        from doorstep.rooms.catalog import api  # noqa: F401
