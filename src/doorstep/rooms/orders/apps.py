from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "doorstep.rooms.orders"
    label = "orders"

    def ready(self) -> None:
        from doorstep.rooms.orders import (  # noqa: F401
            actions,
            events,
            exporting,
            fact_words,
            facts,
            handlers,
            jobs,
        )
