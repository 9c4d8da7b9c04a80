from django.apps import AppConfig


class StoresConfig(AppConfig):
    name = "doorstep.rooms.stores"
    label = "stores"
