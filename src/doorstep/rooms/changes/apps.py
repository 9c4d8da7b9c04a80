from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "doorstep.rooms.changes"
    label = "changes"
