from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "doorstep.rooms.returns"
    label = "returns"
