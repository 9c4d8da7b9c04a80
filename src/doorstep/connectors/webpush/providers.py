"""Notifications in the browser, as a provider; bound in ``config/wiring.py``."""

from __future__ import annotations

from doorstep.connectors.webpush import sender, vapid
from doorstep.rooms.messaging.ports import Provider, SettingField, bind_provider

PROVIDERS = (
    Provider(
        "webpush",
        "push",
        "Notifications in the browser",
        (
            SettingField(
                "contact",
                "Contact",
                help="An e-mail address that somebody reads: push services write there when "
                "something is wrong with what you send.",
            ),
        ),
        sender.WebPushSender,
        sender.check_settings,
        generate=vapid.generate_keys,
        help="Needs no account anywhere. The keys are made when you connect, and kept: shoppers "
        "turn notifications on from their order page.",
    ),
)


def bind() -> None:
    """Make notifications available."""
    for provider in PROVIDERS:
        bind_provider(provider)
