"""Every recorded webhook of seven e-mail providers says the right thing about the address.

The bodies were written by the providers and their users, and live outside the repository; the
test runs where the folder is and says so where it is not. What each file must mean is read off its
own name and raw fields here, without the code under test. Signatures and passwords are made anew:
the recorded ones belong to keys nobody has.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from doorstep.connectors.email.reports import UnreadableReport, UntrustedReport, read_reports
from doorstep.rooms.messaging.contracts import DeliveryReport
from doorstep.rooms.messaging.rules.deliveries import suppression_of

FOLDER = (
    Path(os.environ.get("DOORSTEP_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures"))
    / "messaging"
    / "email_events"
)
KEY = "a-key"
SETTINGS = {"hook_secret": "doorstep:hush", "webhook_key": KEY}
PROVIDERS = {
    "anymail/amazon_ses_webhooks": "amazon_ses",
    "anymail/mandrill_webhooks": "mandrill",
    "anymail/postmark_webhooks": "postmark",
    "anymail/sendgrid_webhooks": "sendgrid",
    "anymail/sparkpost_webhooks": "sparkpost",
    "symfony/brevo": "brevo",
    "symfony/mailchimp": "mandrill",
    "symfony/mailgun": "mailgun",
    "symfony/postmark": "postmark",
    "symfony/sendgrid": "sendgrid",
}
# (folder, start of the file's name) -> kind of the first report, what it suppresses. Longest first.
EXPECTED: dict[tuple[str, str], tuple[str, str]] = {
    ("anymail/amazon_ses_webhooks", "bounce"): ("bounced", "hard_bounce"),
    ("anymail/amazon_ses_webhooks", "multiple_bounce"): ("bounced", "hard_bounce"),
    ("anymail/amazon_ses_webhooks", "complaint"): ("complained", "complaint"),
    ("anymail/amazon_ses_webhooks", "delivery"): ("delivered", ""),
    ("anymail/amazon_ses_webhooks", "send"): ("sent", ""),
    ("anymail/amazon_ses_webhooks", "reject"): ("rejected", ""),
    ("anymail/amazon_ses_webhooks", "open"): ("opened", ""),
    ("anymail/amazon_ses_webhooks", "click"): ("clicked", ""),
    ("anymail/amazon_ses_webhooks", "rendering"): ("failed", ""),
    ("anymail/mandrill_webhooks", "hard_bounce"): ("bounced", "hard_bounce"),
    ("anymail/mandrill_webhooks", "click"): ("clicked", ""),
    ("anymail/mandrill_webhooks", "send"): ("sent", ""),
    ("anymail/mandrill_webhooks", "old_tracking"): ("sent", ""),
    ("anymail/postmark_webhooks", "bounce_event"): ("bounced", "hard_bounce"),
    ("anymail/postmark_webhooks", "bounce_unsubscribe"): ("unsubscribed", "unsubscribe"),
    ("anymail/postmark_webhooks", "spam"): ("complained", "complaint"),
    ("anymail/postmark_webhooks", "unsubscribe"): ("unsubscribed", "unsubscribe"),
    ("anymail/postmark_webhooks", "subscription_change_bounce"): ("bounced", "hard_bounce"),
    ("anymail/postmark_webhooks", "resubscribe"): ("subscribed", ""),
    ("anymail/postmark_webhooks", "delivered"): ("delivered", ""),
    ("anymail/postmark_webhooks", "open"): ("opened", ""),
    ("anymail/postmark_webhooks", "click"): ("clicked", ""),
    ("anymail/sendgrid_webhooks", "bounce"): ("bounced", "hard_bounce"),
    ("anymail/sendgrid_webhooks", "deferred"): ("deferred", ""),
    ("anymail/sendgrid_webhooks", "delivered"): ("delivered", ""),
    ("anymail/sendgrid_webhooks", "open"): ("opened", ""),
    ("anymail/sendgrid_webhooks", "click"): ("clicked", ""),
    ("anymail/sendgrid_webhooks", "processed"): ("queued", ""),
    ("anymail/sendgrid_webhooks", "compatibility"): ("delivered", ""),
    ("anymail/sendgrid_webhooks", "dropped_unsubscribed"): ("rejected", "unsubscribe"),
    ("anymail/sendgrid_webhooks", "dropped_bounced"): ("rejected", "hard_bounce"),
    ("anymail/sendgrid_webhooks", "dropped_invalid"): ("rejected", "hard_bounce"),
    ("anymail/sparkpost_webhooks", "bounce_event"): ("bounced", "hard_bounce"),
    ("anymail/sparkpost_webhooks", "bounce_challenge"): ("autoresponded", ""),
    ("anymail/sparkpost_webhooks", "delay"): ("deferred", ""),
    ("anymail/sparkpost_webhooks", "delivery"): ("delivered", ""),
    ("anymail/sparkpost_webhooks", "injection"): ("queued", ""),
    ("anymail/sparkpost_webhooks", "unsubscribe"): ("unsubscribed", "unsubscribe"),
    ("anymail/sparkpost_webhooks", "generation_failure"): ("failed", ""),
    ("anymail/sparkpost_webhooks", "generation_rejection"): ("rejected", ""),
    ("anymail/sparkpost_webhooks", "open"): ("opened", ""),
    ("anymail/sparkpost_webhooks", "amp"): ("opened", ""),
    ("anymail/sparkpost_webhooks", "initial_open"): ("unknown", ""),
    ("anymail/sparkpost_webhooks", "click"): ("clicked", ""),
    ("symfony/brevo", "hard_bounce"): ("bounced", "hard_bounce"),
    ("symfony/brevo", "invalid_email"): ("bounced", "hard_bounce"),
    ("symfony/brevo", "soft_bounce"): ("bounced", ""),
    ("symfony/brevo", "blocked"): ("rejected", ""),
    ("symfony/brevo", "complaint"): ("complained", "complaint"),
    ("symfony/brevo", "defered"): ("deferred", ""),
    ("symfony/brevo", "delivered"): ("delivered", ""),
    # The file is called after its folder upstream; its event is "invalid_email".
    ("symfony/brevo", "error"): ("bounced", "hard_bounce"),
    ("symfony/brevo", "unsubscribed"): ("unsubscribed", "unsubscribe"),
    ("symfony/brevo", "request"): ("queued", ""),
    ("symfony/brevo", "click"): ("clicked", ""),
    ("symfony/brevo", "opened"): ("opened", ""),
    ("symfony/brevo", "unique_opened"): ("opened", ""),
    ("symfony/brevo", "proxy_open"): ("opened", ""),
    ("symfony/mailchimp", "hard_bounce"): ("bounced", "hard_bounce"),
    ("symfony/mailchimp", "soft_bounce"): ("bounced", ""),
    ("symfony/mailchimp", "spam"): ("complained", "complaint"),
    ("symfony/mailchimp", "unsub"): ("unsubscribed", "unsubscribe"),
    ("symfony/mailchimp", "reject"): ("rejected", ""),
    ("symfony/mailchimp", "deferral"): ("deferred", ""),
    ("symfony/mailchimp", "delivered"): ("delivered", ""),
    ("symfony/mailchimp", "send"): ("sent", ""),
    ("symfony/mailchimp", "opens"): ("opened", ""),
    ("symfony/mailchimp", "click"): ("clicked", ""),
    ("symfony/mailgun", "permanent_failure"): ("bounced", "hard_bounce"),
    ("symfony/mailgun", "temporary_failure"): ("deferred", ""),
    ("symfony/mailgun", "suppression_failure"): ("bounced", "hard_bounce"),
    ("symfony/mailgun", "spam"): ("complained", "complaint"),
    ("symfony/mailgun", "unsubscribes"): ("unsubscribed", "unsubscribe"),
    ("symfony/mailgun", "delivered"): ("delivered", ""),
    ("symfony/mailgun", "accepted"): ("queued", ""),
    ("symfony/mailgun", "opens"): ("opened", ""),
    ("symfony/mailgun", "clicks"): ("clicked", ""),
    ("symfony/postmark", "bounce"): ("bounced", "hard_bounce"),
    ("symfony/postmark", "spam"): ("complained", "complaint"),
    # Postmark says the change was made because of a hard bounce.
    ("symfony/postmark", "subscription_change"): ("bounced", "hard_bounce"),
    ("symfony/postmark", "delivery"): ("delivered", ""),
    ("symfony/postmark", "open"): ("opened", ""),
    ("symfony/postmark", "link_click"): ("clicked", ""),
    ("symfony/sendgrid", "webhook"): ("rejected", "hard_bounce"),
}
# An inbound notice sent to the tracking address by mistake, and batches (checked by their size).
MISDIRECTED = {"incorrect_tracking_event", "incorrect_received_event"}

pytestmark = [
    pytest.mark.fixtures,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason=f"recorded e-mail events are not here ({FOLDER}); see DOORSTEP_FIXTURES",
    ),
]


def _files() -> list[Path]:
    return [path for folder in PROVIDERS for path in sorted((FOLDER / folder).glob("*.json"))]


def _request(provider: str, path: Path) -> HttpRequest:
    """Wrap a recorded body the way its provider posts it."""
    body = json.loads(path.read_text())
    made = {"mandrill": _mandrill, "amazon_ses": _ses, "mailgun": _mailgun}.get(provider, _json)(
        body
    )
    if provider != "mandrill":  # which signs the URL, password and all
        made.META["HTTP_AUTHORIZATION"] = f"Basic {base64.b64encode(b'doorstep:hush').decode()}"
    return made


def _json(body: Any, **headers: str) -> HttpRequest:
    return RequestFactory().post(
        "/hook", json.dumps(body), content_type="application/json", headers=headers
    )


def _mandrill(body: Any) -> HttpRequest:
    events = json.dumps(body["mandrill_events"] if isinstance(body, dict) else body)
    signed = f"http://testserver/hookmandrill_events{events}"
    digest = hmac.new(KEY.encode(), signed.encode(), hashlib.sha1).digest()
    return RequestFactory().post(
        "/hook",
        {"mandrill_events": events},
        headers={"X-Mandrill-Signature": base64.b64encode(digest).decode()},
    )


def _ses(body: Any) -> HttpRequest:
    whole = body if "Type" in body else {
        "Type": "Notification", "MessageId": "m", "Message": json.dumps(body),
    }  # fmt: skip
    headers = {"x-amz-sns-message-type": whole["Type"], "x-amz-sns-message-id": whole["MessageId"]}
    return _json(whole, **headers)


def _mailgun(body: Any) -> HttpRequest:
    signature = body["signature"]
    signed = f"{signature['timestamp']}{signature['token']}".encode()
    signature["signature"] = hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    return _json(body)


def _read(path: Path) -> list[DeliveryReport]:
    provider = PROVIDERS[str(path.parent.relative_to(FOLDER))]
    # SendGrid's key is a public one: its password in the URL is what is tried here.
    settings = SETTINGS | ({"webhook_key": ""} if provider == "sendgrid" else {})
    return read_reports(_request(provider, path), provider, settings)


def _expected(path: Path) -> tuple[str, str] | None:
    folder = str(path.parent.relative_to(FOLDER))
    starts = [name for place, name in EXPECTED if place == folder and path.name.startswith(name)]
    return EXPECTED[folder, max(starts, key=len)] if starts else None


def test_every_recorded_event_means_what_its_provider_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong, table, kinds = [], [], Counter[str]()
    for path in _files():
        name = str(path.relative_to(FOLDER))
        if any(path.name.startswith(part) for part in MISDIRECTED):
            with pytest.raises(UnreadableReport):
                _read(path)
            table.append(f"{name:88} refused: for another address")
            continue
        try:
            reports = _read(path)
        except (UnreadableReport, UntrustedReport) as error:
            wrong.append(f"{name}: {error!r}")
            continue
        if not reports:
            wrong.append(f"{name}: no report")
            continue
        kinds.update(report.kind for report in reports)
        first = reports[0]
        reason = suppression_of(first)
        found = (first.kind, reason.value if reason else "")
        nobody = "" if first.recipient else "(names no recipient)"
        table.append(f"{name:88} {len(reports):>2} {found[0]:13} {found[1]:12} {nobody}")
        if (expected := _expected(path)) is not None and expected != found:
            wrong.append(f"{name}: {found}, not {expected}")
        if expected is None and "batch" not in path.name:
            wrong.append(f"{name}: nobody said what it means")
    with capsys.disabled():
        print("\n" + "\n".join(table))
        print(f"{len(table)} files, reports: {dict(kinds.most_common())}")
    assert not wrong, "\n".join(wrong)
    assert len(table) >= 80


@pytest.mark.parametrize("provider", sorted(set(PROVIDERS.values())))
def test_no_provider_is_believed_without_its_proof(provider: str) -> None:
    path = next(p for p in _files() if PROVIDERS[str(p.parent.relative_to(FOLDER))] == provider)
    request = _request(provider, path)
    other = SETTINGS | {"hook_secret": "doorstep:other", "webhook_key": "other"}
    if provider == "sendgrid":
        other["webhook_key"] = ""
    with pytest.raises(UntrustedReport):
        read_reports(request, provider, other)
