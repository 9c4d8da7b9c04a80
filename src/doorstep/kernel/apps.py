from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "doorstep.kernel"
    label = "kernel"
