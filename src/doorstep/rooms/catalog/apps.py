from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "doorstep.rooms.catalog"
    label = "catalog"
