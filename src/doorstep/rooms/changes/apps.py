from importlib import import_module

from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "doorstep.rooms.changes"
    label = "changes"

    def ready(self) -> None:
        for name in ("api", "events", "exporting", "fact_words", "facts", "handlers", "jobs"):
            import_module(f"doorstep.rooms.changes.{name}")
        # Who is asked with consent and cancellation is not told a second time without.
        from doorstep.rooms.changes.notices import asks_about
        from doorstep.rooms.fulfillment.ports import leave_lateness_to

        leave_lateness_to(asks_about)
