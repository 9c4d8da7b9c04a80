"""Where SMS providers report deliveries and deliver answers."""

from __future__ import annotations

from uuid import UUID
from xml.sax.saxutils import escape

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from doorstep.connectors.sms import kannel_reports, twilio_reports
from doorstep.connectors.sms.twilio import is_signed
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import DeliveryReport, HookConnection, InboundSms

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def receive_twilio(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Take a status callback or an answer from Twilio; answers with TwiML."""
    connection = _find(connection_id, "twilio")
    if connection is None:
        return _refusal(404, "There is no such connection.")
    form = request.POST.dict()
    url = f"{settings.BASE_URL}{request.get_full_path()}"  # as Twilio called it, before any proxy
    given = request.headers.get("X-Twilio-Signature", "")
    if not is_signed(connection.settings["auth_token"], url, form, given):
        log.warning("twilio_hook_refused", connection=str(connection_id))
        return _refusal(403, "The signature is missing or wrong.")
    found = twilio_reports.read(form)
    if found is None:
        return _refusal(422, "This is neither a status nor a message.")
    words = _apply(connection, found)
    reply = f"<Message>{escape(words)}</Message>" if words else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{reply}</Response>'
    return HttpResponse(body, content_type="text/xml")


@require_GET
def receive_kannel(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Take a delivery report or an answer from Kannel; the answer's text is sent back."""
    connection = _find(connection_id, "kannel")
    if connection is None:
        return _refusal(404, "There is no such connection.")
    token = request.GET.get("token", "")
    if not constant_time_compare(token, connection.settings["hook_secret"]):
        log.warning("kannel_hook_refused", connection=str(connection_id))
        return _refusal(403, "The token is missing or wrong.")
    found = kannel_reports.read(request.GET.dict())
    if found is None:
        return _refusal(422, "This is neither a delivery report nor a message.")
    return HttpResponse(_apply(connection, found), content_type="text/plain; charset=utf-8")


def _apply(connection: HookConnection, found: DeliveryReport | InboundSms) -> str:
    by = Actor("connector", connection.provider, connection.provider)
    with store_scope(connection.store_id):
        if isinstance(found, InboundSms):
            return messaging.answer_sms(found, connection_id=connection.id, by=by, at=now())
        messaging.record_deliveries([found], connection_id=connection.id, by=by, at=now())
    return ""


def _find(connection_id: UUID, provider: str) -> HookConnection | None:
    connection = messaging.find_hook_connection(connection_id)
    if connection is None or (connection.channel, connection.provider) != ("sms", provider):
        return None
    return connection


def _refusal(status: int, words: str) -> HttpResponse:
    return JsonResponse({"detail": words}, status=status)
