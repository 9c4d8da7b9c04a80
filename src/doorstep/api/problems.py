"""Errors of the API: problem details for HTTP APIs (RFC 9457), always the same shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from doorstep.api.bodies import printable
from doorstep.kernel.errors import DomainError

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 100


class FieldProblem(Schema):
    """What is wrong with one field."""

    field: str = Field(
        description="Path in the request.", examples=["lines.0.quantity", "total_minor"]
    )
    message: str


class Problem(Schema):
    """An error (RFC 9457)."""

    type: str = Field(
        description="Address of the error's explanation; its last part is a stable code.",
        examples=["/api/v1/problems/invalid"],
    )
    title: str = Field(description="What is wrong, in plain words.")
    status: int
    detail: str = Field(default="", description="What to do about it.")
    errors: list[FieldProblem] = Field(default_factory=list)


class FieldErrors(DomainError):
    """Several fields are wrong."""

    code = "invalid"
    status = 422

    def __init__(self, errors: list[FieldProblem]) -> None:
        super().__init__("The request does not fit.")
        self.errors = errors


def problem(
    status: int,
    code: str,
    title: str,
    *,
    detail: str = "",
    errors: list[FieldProblem] | None = None,
    retry_after: int | None = None,
) -> HttpResponse:
    """Return an error response.

    :param retry_after: seconds.
    """
    body = {
        "type": f"/api/v1/problems/{code}",
        "title": printable(title, 500),
        "status": status,
        "detail": detail,
        "errors": [error.model_dump() for error in (errors or [])[:MAX_ERRORS]],
    }
    response = JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Doorstep"'
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def not_found() -> HttpResponse:
    """Return the one answer for everything that is not there, or is another store's."""
    return problem(404, "not_found", "There is no such thing in this store.")


def not_allowed(allowed: str) -> HttpResponse:
    """Return the answer to a method that the address does not have."""
    response = problem(405, "method_not_allowed", f"This address answers {allowed} only.")
    response["Allow"] = allowed
    return response


def _domain(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem(
        error.status,
        error.code,
        error.message,
        errors=field_problems(error),
        retry_after=getattr(error, "retry_after", None),
    )


def field_problems(error: DomainError) -> list[FieldProblem]:
    """Return what an error says about fields: ``lines[0].sku`` becomes ``lines.0.sku``."""
    if isinstance(error, FieldErrors):
        return error.errors
    if not error.field:
        return []
    field = error.field.replace("[", ".").replace("]", "")
    return [FieldProblem(field=printable(field), message=printable(error.message, 500))]


def _validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    if any(item["loc"][:1] == ("path",) for item in error.errors):
        return not_found()  # what is no id can't be the id of anything
    errors = [found(item["loc"], item["msg"]) for item in error.errors]
    return problem(422, "invalid", "The request does not fit.", errors=errors)


def found(location: tuple[Any, ...], message: str) -> FieldProblem:
    """Return one finding: ("body", "payload", "lines", 0), "…" is about ``lines.0``."""
    parts = list(location)
    if parts and parts[0] in {"body", "query", "header"}:
        parts.pop(0)
    if parts and parts[0] == "payload":  # what the operations call the body as a whole
        parts.pop(0)
    words = message.removeprefix("Value error, ")
    return FieldProblem(field=printable(".".join(map(str, parts))), message=printable(words, 500))


def _authentication(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(
        401,
        "unauthenticated",
        "This needs an API key that works.",
        detail="Send “Authorization: Bearer ds_…”. Make a key in the console under Settings.",
    )


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, DomainError):  # what our own parser said about the body
        return _domain(request, error.__cause__)
    return problem(error.status_code, "bad_request", str(error))


def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(
        413, "body_too_large", "The body is larger than 8 MB.", detail="Send less at once."
    )


def _unreadable(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problem(400, "bad_request", "The body ended before its stated length.")


def _unavailable(request: HttpRequest, error: OperationalError) -> HttpResponse:
    log.exception("api_database_failed", path=request.path)
    return problem(
        503,
        "unavailable",
        "The database is busy or away. Nothing was changed.",
        detail="Send it again with the same Idempotency-Key.",
        retry_after=2,
    )


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("api_request_failed", path=request.path)
    return problem(
        500,
        "internal_error",
        "Doorstep failed to answer. Nothing was changed.",
        detail="Send it again with the same Idempotency-Key; the log tells the operator more.",
    )


def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return not_found()


_HANDLERS: dict[type[Exception], Callable[..., HttpResponse]] = {
    DomainError: _domain,
    ValidationError: _validation,
    AuthenticationError: _authentication,
    Http404: _missing,
    HttpError: _http,
    RequestDataTooBig: _too_large,
    UnreadablePostError: _unreadable,
    OperationalError: _unavailable,
    Exception: _failed,
}


def register(api: NinjaAPI) -> None:
    """Turn every error of the API into problem details."""
    for kind, handler in _HANDLERS.items():
        api.add_exception_handler(kind, handler)
