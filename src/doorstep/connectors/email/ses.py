"""Amazon SES notifications (through SNS) without the AWS library.

django-anymail reads the events; it wants boto3 only to confirm a subscription, which is one GET.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView

from doorstep.kernel.http import OutboundError, client

_SNS_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


class SesTrackingView(AmazonSESTrackingWebhookView):
    """Reads SES events; the password in the URL says that they are meant for us."""

    def __init__(self, **kwargs: Any) -> None:
        # Not AmazonSESBaseWebhookView's: it asks for boto3's parameters.
        AnymailBaseWebhookView.__init__(self, **kwargs)
        self.auto_confirm_enabled = True

    def auto_confirm_sns_subscription(self, sns_message: dict[str, Any]) -> None:
        """Confirm the topic's subscription: the password was right, so it was asked for.

        :raises AnymailWebhookValidationFailure: the link does not lead to Amazon.
        """
        url = str(sns_message.get("SubscribeURL", ""))
        parts = urlsplit(url)
        if parts.scheme != "https" or not _SNS_HOST.fullmatch(parts.hostname or ""):
            raise AnymailWebhookValidationFailure("The SubscribeURL does not lead to Amazon SNS.")
        try:
            with client("sns") as http:
                http.get(url).raise_for_status()
        except OutboundError as error:
            raise AnymailWebhookValidationFailure(f"SNS did not answer: {error}") from error
