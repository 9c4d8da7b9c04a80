from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "doorstep.rooms.inventory"
    label = "inventory"
