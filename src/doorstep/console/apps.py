from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "doorstep.console"
    label = "console"
