"""The SMS providers that can be connected, bound in ``config/wiring.py``."""

from __future__ import annotations

from doorstep.connectors.sms import kannel, twilio
from doorstep.rooms.messaging.ports import Provider, SettingField, bind_provider

SMS = "sms"

PROVIDERS = (
    Provider(
        "twilio",
        SMS,
        "Twilio",
        (
            SettingField("account_sid", "Account SID"),
            SettingField("auth_token", "Auth token", is_secret=True),
            SettingField(
                "messaging_service_sid",
                "Messaging service SID",
                is_required=False,
                help="Instead of one number, a pool that Twilio picks the sender from",
            ),
        ),
        twilio.TwilioSender,
        twilio.check_settings,
        reports=True,
    ),
    Provider(
        "kannel",
        SMS,
        "Kannel gateway",
        (
            SettingField(
                "url",
                "Address",
                help="e.g. http://gateway:13013/cgi-bin/sendsms",
                is_place=True,
            ),
            SettingField("username", "User"),
            SettingField("password", "Password", is_secret=True),
        ),
        kannel.KannelSender,
        kannel.check_settings,
        reports=True,
    ),
)


def bind() -> None:
    """Make every SMS provider available."""
    for provider in PROVIDERS:
        bind_provider(provider)
