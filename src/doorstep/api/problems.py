"""Errors of the API: problem details for HTTP APIs (RFC 9457), always the same shape."""

from __future__ import annotations

from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from doorstep.kernel.errors import DomainError

log = structlog.get_logger(__name__)


class FieldProblem(Schema):
    """What is wrong with one field."""

    field: str = Field(description="Path in the request, e.g. `lines.0.quantity`.")
    message: str


class Problem(Schema):
    """An error (RFC 9457)."""

    type: str = Field(description="Stable code of the error, as a URI reference.")
    title: str = Field(description="What is wrong, in plain words.")
    status: int
    detail: str = Field(default="", description="What to do about it.")
    errors: list[FieldProblem] = Field(default_factory=list)


# What every operation may answer beside its own success.
PROBLEMS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429, 500), Problem)


def problem(
    status: int,
    code: str,
    title: str,
    *,
    detail: str = "",
    errors: list[dict[str, str]] | None = None,
) -> HttpResponse:
    """Return an error response."""
    body = {
        "type": f"/api/v1/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": errors or [],
    }
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Doorstep"'
    return response


def register(api: NinjaAPI) -> None:
    """Turn every error of the API into problem details."""

    @api.exception_handler(DomainError)
    def domain(request: HttpRequest, error: DomainError) -> HttpResponse:
        errors = [{"field": error.field, "message": error.message}] if error.field else []
        response = problem(error.status, error.code, error.message, errors=errors)
        retry_after = getattr(error, "retry_after", None)
        if retry_after is not None:
            response["Retry-After"] = str(retry_after)
        return response

    @api.exception_handler(ValidationError)
    def validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [{"field": path(item["loc"]), "message": item["msg"]} for item in error.errors]
        return problem(422, "invalid", "The request does not fit.", errors=errors[:100])

    @api.exception_handler(AuthenticationError)
    def authentication(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(
            401,
            "unauthenticated",
            "This needs an API key.",
            detail="Send `Authorization: Bearer ds_…`. Make a key in the console under Settings.",
        )

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, "not_found", "There is no such thing in this store.")

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "bad_request", str(error))

    @api.exception_handler(Exception)
    def failed(request: HttpRequest, error: Exception) -> HttpResponse:
        log.exception("api_request_failed", path=request.path)
        return problem(
            500,
            "internal_error",
            "Doorstep failed to answer. Nothing was changed.",
            detail="Try again with the same Idempotency-Key; the log tells the operator more.",
        )


def path(location: tuple[Any, ...]) -> str:
    """Write a validation location as a path: ("body", "order", "lines", 0) → "lines.0"."""
    parts = [str(part) for part in location]
    while parts and parts[0] in {"body", "query", "path", "payload"}:
        parts.pop(0)
    return ".".join(parts)
