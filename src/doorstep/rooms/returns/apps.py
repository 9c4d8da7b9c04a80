from importlib import import_module

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "doorstep.rooms.returns"
    label = "returns"

    def ready(self) -> None:
        for name in ("policy.facts", "api", "events", "exporting", "facts", "handlers", "jobs"):
            import_module(f"doorstep.rooms.returns.{name}")
        from doorstep.rooms.fulfillment import ports
        from doorstep.rooms.returns.policy.text.writing import policy_summaries

        ports.bind_return_terms(policy_summaries)
