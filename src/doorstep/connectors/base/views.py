"""The address platforms send their webhooks to."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from doorstep.connectors.base import receive
from doorstep.connectors.base.contracts import TOKEN
from doorstep.kernel.clock import now

log = structlog.get_logger(__name__)


def problem(status: int, code: str, title: str) -> JsonResponse:
    """Answer with RFC 9457 problem details."""
    return JsonResponse(
        {"type": "about:blank", "status": status, "code": code, "title": title},
        status=status,
        content_type="application/problem+json",
    )


_TOO_LARGE = (413, "body_too_large", f"The body is larger than {receive.MAX_BODY} bytes.")


@csrf_exempt
@require_POST
def receive_hook(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Store one webhook of a connection: 200, or 400, 401, 413, 503 with problem details.

    200 is answered for repetitions too, because that is what makes the platform stop.
    """
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > receive.MAX_BODY:
            return problem(*_TOO_LARGE)
        body = request.read(receive.MAX_BODY + 1)
    except (UnreadablePostError, ValueError):
        return problem(400, "unreadable_body", "The body ended before its stated length.")
    if len(body) > receive.MAX_BODY:
        return problem(*_TOO_LARGE)
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in request.META.items()
        if name.startswith("HTTP_")
    }
    if request.META.get("QUERY_STRING"):
        headers[TOKEN] = request.GET.get("token", "")[:500]
    try:
        receive.receive(connection_id, headers, body, at=now())
    except receive.BadSignature as error:
        return problem(error.status, error.code, error.message)
    except OperationalError:
        log.exception("delivery_not_stored", connection=str(connection_id))
        answer = problem(503, "try_again", "The delivery could not be stored. Send it again.")
        answer["Retry-After"] = "30"
        return answer
    return HttpResponse(status=200)
