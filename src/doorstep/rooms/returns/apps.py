from importlib import import_module

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "doorstep.rooms.returns"
    label = "returns"

    def ready(self) -> None:
        for name in (
            "policy.facts",
            "api",
            "events",
            "exporting",
            "fact_words",
            "facts",
            "handlers",
            "jobs",
        ):
            import_module(f"doorstep.rooms.returns.{name}")
        from doorstep.rooms.fulfillment import ports as papers
        from doorstep.rooms.orders import ports as mails
        from doorstep.rooms.returns.policy.text.writing import mailed_policies, policy_summaries

        papers.bind_return_terms(policy_summaries)
        mails.bind_return_policies(mailed_policies)
