"""Where e-mail providers report deliveries: ``/hooks/email/<provider>/<connection_id>``."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.connectors.email.reports import (
    REPORTING_PROVIDERS,
    UnreadableReport,
    UntrustedReport,
    read_reports,
)
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api as messaging

log = structlog.get_logger(__name__)


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def receive_email_hook(request: HttpRequest, provider: str, connection_id: UUID) -> HttpResponse:
    """Take a provider's report.

    401 asks for the password (Amazon sends it only then), 404 answers for another provider's
    connection, 422 for a body that can't be read; providers send again after anything but 2xx.
    """
    connection = messaging.find_hook_connection(connection_id)
    if (
        connection is None
        or (connection.channel, connection.provider) != ("email", provider)
        or provider not in REPORTING_PROVIDERS
    ):
        return _refusal(404, "There is no such connection.")
    if request.method == "HEAD":  # providers probe the address when it is set up
        return HttpResponse()
    try:
        reports = read_reports(request, provider, connection.settings)
    except UntrustedReport as error:
        log.warning("email_hook_refused", connection=str(connection_id), why=str(error))
        response = _refusal(401, "The webhook's password or signature is missing or wrong.")
        response["WWW-Authenticate"] = 'Basic realm="Doorstep"'
        return response
    except UnreadableReport as error:
        log.warning("email_hook_unreadable", connection=str(connection_id), why=str(error))
        return _refusal(422, f"The report can't be read: {str(error)[:200]}")
    by = Actor("connector", provider, connection.provider)
    with store_scope(connection.store_id):
        messaging.record_deliveries(reports, connection_id=connection.id, by=by, at=now())
    return HttpResponse(status=204)


def _refusal(status: int, words: str) -> HttpResponse:
    return JsonResponse({"detail": words}, status=status)
