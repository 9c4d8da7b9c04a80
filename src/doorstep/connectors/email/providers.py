"""The e-mail providers that can be connected, bound in ``config/wiring.py``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from doorstep.connectors.email.esp import EspSender
from doorstep.connectors.email.smtp import SmtpSender, SmtpSettings
from doorstep.rooms.messaging.ports import MessageSender, Provider, SettingField, bind_provider

Settings = Mapping[str, str]
EMAIL = "email"

_SMTP_FIELDS = (
    SettingField(
        "host", "Server", help="Name of the mail server, e.g. smtp.example.com", is_place=True
    ),
    SettingField("port", "Port", is_required=False, help="587 with STARTTLS, 465 with SSL"),
    SettingField("security", "Encryption", default="starttls", choices=("starttls", "ssl", "none")),
    SettingField("username", "User name", is_required=False),
    SettingField("password", "Password", is_secret=True, is_required=False),
    SettingField(
        "bounce_address",
        "Bounce address",
        is_required=False,
        help="Where the mail servers return what they can't deliver; empty: the From address",
    ),
)


def _smtp(settings: Settings) -> SmtpSender:
    return SmtpSender(SmtpSettings.from_settings(settings))


def _check_smtp(settings: Settings) -> None:
    SmtpSettings.from_settings(settings)


def _ses_settings(settings: Settings) -> SmtpSettings:
    """Return the SMTP door of Amazon SES: with it no AWS library is needed.

    SES answers ``250 Ok <id>`` with the id its notifications carry.
    """
    region = settings.get("region", "")
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
        raise ValueError("The AWS region looks like eu-central-1.")
    plain = SmtpSettings.from_settings(
        {
            "host": f"email-smtp.{region}.amazonaws.com",
            "username": settings.get("username", ""),
            "password": settings.get("password", ""),
        }
    )
    return replace(plain, reply_id=re.compile(r"^Ok (\S+)", re.IGNORECASE))


def _check_ses(settings: Settings) -> None:
    _ses_settings(settings)


def _mailgun_url(settings: Settings) -> str:
    host = "api.eu.mailgun.net" if settings.get("region") == "eu" else "api.mailgun.net"
    return f"https://{host}/v3"


def _esp(
    backend: str, options: Callable[[Settings], dict[str, object]]
) -> Callable[[Settings], MessageSender]:
    return lambda settings: EspSender(backend, options(settings))


_API_KEY = SettingField("api_key", "API key", is_secret=True)

PROVIDERS = (
    Provider("smtp", EMAIL, "SMTP server", _SMTP_FIELDS, _smtp, _check_smtp),
    Provider(
        "amazon_ses",
        EMAIL,
        "Amazon SES",
        (
            SettingField("region", "AWS region", help="e.g. eu-central-1"),
            SettingField("username", "SMTP user name"),
            SettingField("password", "SMTP password", is_secret=True),
        ),
        lambda settings: SmtpSender(_ses_settings(settings)),
        _check_ses,
        reports=True,
    ),
    Provider(
        "postmark",
        EMAIL,
        "Postmark",
        (
            SettingField("server_token", "Server API token", is_secret=True),
            SettingField("message_stream", "Message stream", is_required=False),
        ),
        _esp(
            "postmark",
            lambda s: {
                "server_token": s["server_token"],
                "message_stream": s.get("message_stream") or None,
            },
        ),
        reports=True,
    ),
    Provider(
        "sendgrid",
        EMAIL,
        "SendGrid",
        (
            _API_KEY,
            SettingField(
                "webhook_key",
                "Webhook verification key",
                is_secret=True,
                is_required=False,
                help="From Settings, Mail Settings, Signed Event Webhook",
            ),
        ),
        _esp("sendgrid", lambda s: {"api_key": s["api_key"]}),
        reports=True,
    ),
    Provider(
        "mailgun",
        EMAIL,
        "Mailgun",
        (
            _API_KEY,
            SettingField("domain", "Sending domain"),
            SettingField("region", "Region", default="us", choices=("us", "eu")),
            SettingField("webhook_key", "HTTP webhook signing key", is_secret=True),
        ),
        _esp(
            "mailgun",
            lambda s: {
                "api_key": s["api_key"],
                "sender_domain": s["domain"],
                "api_url": _mailgun_url(s),
            },
        ),
        reports=True,
    ),
    Provider(
        "mandrill",
        EMAIL,
        "Mailchimp Transactional (Mandrill)",
        (_API_KEY, SettingField("webhook_key", "Webhook key", is_secret=True)),
        _esp("mandrill", lambda s: {"api_key": s["api_key"]}),
        reports=True,
    ),
    Provider(
        "sparkpost",
        EMAIL,
        "SparkPost",
        (_API_KEY, SettingField("region", "Region", default="us", choices=("us", "eu"))),
        _esp(
            "sparkpost",
            lambda s: {
                "api_key": s["api_key"],
                "api_url": "https://api.eu.sparkpost.com/api/v1"
                if s.get("region") == "eu"
                else "https://api.sparkpost.com/api/v1",
            },
        ),
        reports=True,
    ),
    Provider(
        "brevo",
        EMAIL,
        "Brevo",
        (_API_KEY,),
        _esp("brevo", lambda s: {"api_key": s["api_key"]}),
        reports=True,
    ),
)


def bind() -> None:
    """Make every e-mail provider available."""
    for provider in PROVIDERS:
        bind_provider(provider)
