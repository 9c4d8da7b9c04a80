from importlib import import_module

from django.apps import AppConfig


class FulfillmentConfig(AppConfig):
    name = "doorstep.rooms.fulfillment"
    label = "fulfillment"

    def ready(self) -> None:
        import_module("doorstep.rooms.fulfillment.events")
