from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "doorstep.rooms.customers"
    label = "customers"

    def ready(self) -> None:
        """Register the actions, the events and what conditions can ask."""
        from doorstep.rooms.customers import api, events, fact_words, facts  # noqa: F401
