from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "doorstep.rooms.messaging"
    label = "messaging"

    def ready(self) -> None:
        """Register the loops, the handlers, what is exported and what conditions can ask."""
        from doorstep.rooms.messaging import (  # noqa: F401
            exporting,
            fact_words,
            facts,
            handlers,
            jobs,
            preference_jobs,
        )
        from doorstep.rooms.messaging.sending import counted_links  # noqa: F401
