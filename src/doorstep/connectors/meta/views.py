"""Where Meta reports deliveries and what people write: ``/hooks/<channel>/meta/<connection>``."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from uuid import UUID

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.connectors.meta.providers import META
from doorstep.connectors.meta.reading import Found, UnreadableBody, read_body
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.secrets import constant_time_equal
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import (
    Channel,
    DeliveryReport,
    HookConnection,
    InboundChat,
)

log = structlog.get_logger(__name__)
_ACCOUNT = {Channel.WHATSAPP: "phone_number_id", Channel.MESSENGER: "page_id"}
# Meta's challenge is a number; nothing else is ever echoed.
_CHALLENGE = re.compile(r"[0-9A-Za-z_-]{1,128}")


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive_meta_hook(request: HttpRequest, channel: str, connection_id: UUID) -> HttpResponse:
    """Answer Meta's question whether the address is ours (GET), or take a report (POST).

    https://developers.facebook.com/docs/graph-api/webhooks/getting-started

    403 for a wrong token or signature, 404 for another channel's connection, 413 and 422 for a
    body that can't be taken or read. Meta sends again after anything but 200.
    """
    connection = messaging.find_hook_connection(connection_id)
    if connection is None or (connection.channel, connection.provider) != (channel, META):
        return _refusal(404, "There is no such connection.")
    if request.method == "GET":
        return _verify(request, connection)
    try:
        body = request.body
    except RequestDataTooBig:
        return _refusal(413, "The report is too large.")
    except UnreadablePostError:
        return _refusal(400, "The report broke off.")
    given = request.headers.get("X-Hub-Signature-256", "")
    if not is_signed(connection.settings["app_secret"], body, given):
        log.warning("meta_hook_refused", connection=str(connection_id))
        return _refusal(403, "The signature is missing or wrong.")
    account = connection.settings[_ACCOUNT[Channel(channel)]]
    try:
        found = read_body(Channel(channel), json.loads(body), account)
    except (ValueError, RecursionError) as error:
        log.warning("meta_hook_unreadable", connection=str(connection_id), why=str(error)[:200])
        words = str(error) if isinstance(error, UnreadableBody) else "It is no JSON."
        return _refusal(422, f"The report can't be read: {words}")
    _apply(connection, found)
    return HttpResponse("OK", content_type="text/plain")


def signature(app_secret: str, body: bytes) -> str:
    """Return ``X-Hub-Signature-256`` of a body, over its bytes as they came."""
    return f"sha256={hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()}"


def is_signed(app_secret: str, body: bytes, given: str) -> bool:
    """Tell whether a report really comes from Meta."""
    return constant_time_equal(signature(app_secret, body), given)


def _verify(request: HttpRequest, connection: HookConnection) -> HttpResponse:
    token = request.GET.get("hub.verify_token", "")
    challenge = request.GET.get("hub.challenge", "")
    if (
        request.GET.get("hub.mode") != "subscribe"
        or not constant_time_equal(token, connection.settings["hook_secret"])
        or not _CHALLENGE.fullmatch(challenge)
    ):
        log.warning("meta_hook_not_verified", connection=str(connection.id))
        return _refusal(403, "The verify token is missing or wrong.")
    return HttpResponse(challenge, content_type="text/plain")


def _apply(connection: HookConnection, found: Sequence[Found]) -> None:
    """Record reports in one set, then every message by itself, and answer those who wait."""
    by = Actor("connector", connection.provider, connection.provider)
    replies: list[tuple[str, str]] = []
    with store_scope(connection.store_id):
        reports = [one for one in found if isinstance(one, DeliveryReport)]
        messaging.record_deliveries(reports, connection_id=connection.id, by=by, at=now())
        for one in found:
            if isinstance(one, InboundChat):
                words = messaging.answer_chat(one, connection_id=connection.id, by=by, at=now())
                replies += [(one.sender, words)] if words else []
            elif not isinstance(one, DeliveryReport):
                messaging.record_read_up_to(one, connection_id=connection.id, by=by, at=now())
        for to, words in replies:
            messaging.reply_to_chat(connection.id, to, words)


def _refusal(status: int, words: str) -> HttpResponse:
    return JsonResponse({"detail": words}, status=status)
