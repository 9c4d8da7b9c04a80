from importlib import import_module

from django.apps import AppConfig


class FulfillmentConfig(AppConfig):
    name = "doorstep.rooms.fulfillment"
    label = "fulfillment"

    def ready(self) -> None:
        for name in (
            "api",
            "events",
            "exporting",
            "facts",
            "fact_words",
            "handlers",
            "jobs",
            "packing.facts",
            "packing.handlers",
        ):
            import_module(f"doorstep.rooms.fulfillment.{name}")
