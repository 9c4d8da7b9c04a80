from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "doorstep.rooms.journeys"
    label = "journeys"
