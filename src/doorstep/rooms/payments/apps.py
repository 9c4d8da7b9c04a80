from importlib import import_module

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "doorstep.rooms.payments"
    label = "payments"

    def ready(self) -> None:
        for name in ("api", "events", "handlers", "jobs"):
            import_module(f"doorstep.rooms.payments.{name}")
