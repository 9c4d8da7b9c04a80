from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "doorstep.rooms.journeys"
    label = "journeys"

    def ready(self) -> None:
        """Register what this room listens to, its loops and its actions."""
        from doorstep.rooms.journeys import (  # noqa: F401
            api,
            crediting,
            jobs,
            listening,
            segment_uses,
            webhooks,
        )
        from doorstep.rooms.journeys.campaigns import results  # noqa: F401
        from doorstep.rooms.journeys.content import kind_users, source

        listening.listen()
        source.bind()
        kind_users.bind()
        segment_uses.bind()
