from importlib import import_module

from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "doorstep.rooms.wallet"
    label = "wallet"

    def ready(self) -> None:
        """Register the room's actions, events, handlers, exports and loops."""
        for part in ("api", "events", "handlers", "exporting", "jobs"):
            import_module(f"doorstep.rooms.wallet.{part}")
        import_module("doorstep.rooms.wallet.sending").bind()
