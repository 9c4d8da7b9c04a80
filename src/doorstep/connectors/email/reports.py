"""Read providers' webhooks with django-anymail and put them into our words."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from anymail.exceptions import AnymailError, AnymailNotSupportedWarning
from anymail.signals import AnymailTrackingEvent
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from django.core.exceptions import (
    ImproperlyConfigured,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import HttpRequest

from doorstep.connectors.email.brevo import BrevoView
from doorstep.connectors.email.esp import METADATA_KEY
from doorstep.connectors.email.mandrill import MandrillView
from doorstep.connectors.email.permanence import is_permanent
from doorstep.connectors.email.ses import SesTrackingView
from doorstep.rooms.messaging.contracts import DeliveryReport

Settings = Mapping[str, str]
_ODD_SHAPES = (KeyError, TypeError, AttributeError)


class UntrustedReport(Exception):
    """The webhook's password or signature is missing or wrong."""


class UnreadableReport(Exception):
    """The webhook's body is not what its provider sends."""


def _with_password(view: type[AnymailBaseWebhookView]) -> Callable[[Settings], Any]:
    """Check the user name and password that stand in the webhook's URL."""
    return lambda settings: view(webhook_secret=[settings["hook_secret"]])


def _sendgrid(settings: Settings) -> AnymailBaseWebhookView:
    if not settings.get("webhook_key"):
        return SendGridTrackingWebhookView(webhook_secret=[settings["hook_secret"]])
    return SendGridTrackingWebhookView(
        webhook_secret=[], tracking_webhook_verification_key=settings["webhook_key"]
    )


_VIEWS: dict[str, Callable[[Settings], Any]] = {
    "amazon_ses": _with_password(SesTrackingView),
    "brevo": _with_password(BrevoView),
    "mailgun": lambda s: MailgunTrackingWebhookView(
        webhook_secret=[], webhook_signing_key=s["webhook_key"]
    ),
    "mandrill": lambda s: MandrillView(webhook_secret=[], webhook_key=s["webhook_key"]),
    "postmark": _with_password(PostmarkTrackingWebhookView),
    "sendgrid": _sendgrid,
    "sparkpost": _with_password(SparkPostTrackingWebhookView),
}
REPORTING_PROVIDERS = frozenset(_VIEWS)

# django-anymail no longer tests against SendGrid; our conformance test does, on every change.
warnings.filterwarnings("ignore", category=AnymailNotSupportedWarning)


def read_reports(request: HttpRequest, provider: str, settings: Settings) -> list[DeliveryReport]:
    """Check who sent a webhook and return what it reports.

    :raises UntrustedReport: before anything in the body is believed.
    :raises UnreadableReport: the body is not what the provider sends.
    """
    view = _VIEWS[provider](settings)
    try:
        view.run_validators(request)
    except RequestDataTooBig:
        raise  # Django answers 400
    except RecursionError as error:
        raise UnreadableReport("The JSON is nested too deeply.") from error
    except (SuspiciousOperation, AnymailError, UnicodeDecodeError, ValueError) as error:
        # Mandrill's error names the URL, which may hold a password.
        raise UntrustedReport(re.sub(r"//[^/@\s]*@", "//", str(error))) from error
    except _ODD_SHAPES as error:  # anymail looks for a signature where a list or a word stands
        raise UntrustedReport(f"{type(error).__name__}: {error}") from error
    try:
        events = view.parse_events(request)
        return [to_report(provider, e) for e in events if isinstance(e, AnymailTrackingEvent)]
    except (ImproperlyConfigured, AnymailError) as error:
        raise UnreadableReport(str(error)) from error
    except RecursionError as error:
        raise UnreadableReport("The JSON is nested too deeply.") from error
    except (ValueError, AssertionError, OverflowError, *_ODD_SHAPES) as error:
        raise UnreadableReport(f"{type(error).__name__}: {error}") from error


def to_report(provider: str, event: AnymailTrackingEvent) -> DeliveryReport:
    """Turn anymail's event into ours; anymail lacks the difference of hard and soft bounces."""
    raw = _plain(event.esp_event)
    permanent = event.event_type == "bounced" and is_permanent(provider, raw, event.reject_reason)
    description = event.mta_response or event.description or ""
    return DeliveryReport(
        kind=str(event.event_type),
        recipient=str(event.recipient or ""),
        provider_message_id=str(event.message_id or ""),
        occurred_at=event.timestamp,
        raw=raw,
        doorstep_message_id=_our_id(event.metadata),
        description=str(description)[:500],
        is_permanent=permanent,
        reject_reason=event.reject_reason or "",
    )


def _our_id(metadata: object) -> UUID | None:
    value = metadata.get(METADATA_KEY) if isinstance(metadata, Mapping) else None
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None


def _plain(raw: object) -> dict[str, Any]:
    """Return the provider's words as JSON without what differs when they are sent again."""
    plain = json.loads(json.dumps(raw, default=str))
    if not isinstance(plain, dict):
        return {"event": plain}
    plain.pop("signature", None)  # Mailgun signs every attempt anew
    return plain
