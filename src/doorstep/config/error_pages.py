"""Pages for what went wrong, in plain words; problem documents (RFC 9457) for programs."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

MACHINE_PATHS = ("/api/", "/hooks/")


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What a person reads: what is wrong, and what to do."""

    status: int
    title: str
    advice: str


BAD_REQUEST = ErrorPage(
    400,
    "This request was not understood",
    "Something in the address or in what was sent is not right. Go back and try again.",
)
UNKNOWN_HOST = ErrorPage(
    400,
    "Nothing is served under this name",
    "If this is your domain, enter it in the store's settings, or in DOORSTEP_HOSTS.",
)
FORBIDDEN = ErrorPage(
    403,
    "You may not see this page",
    "Your role does not include it. Ask the owner of the store if you need it.",
)
EXPIRED_FORM = ErrorPage(
    403,
    "This form has expired",
    "For safety, a form is only good for the browser that opened it, and cookies must be allowed. "
    "Go back, reload the page and send it again.",
)
NOT_FOUND = ErrorPage(
    404,
    "There is no page here",
    "The address may be misspelled, or the link is no longer valid. Check it, or ask the shop for a "
    "new link.",
)
FAILED = ErrorPage(
    500,
    "Something went wrong on our side",
    "Nothing you did. The fault has been recorded; please try again in a minute.",
)


def answer(request: HttpRequest, page: ErrorPage) -> HttpResponse:
    """Return the page, or a problem document where a program asked."""
    if request.path.startswith(MACHINE_PATHS):
        problem = {
            "type": "about:blank",
            "title": page.title,
            "status": page.status,
            "detail": page.advice,
        }
        return JsonResponse(problem, status=page.status, content_type="application/problem+json")
    return render(request, "errors/page.html", {"page": page}, status=page.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return answer(request, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return answer(request, FORBIDDEN)


def expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without its cross-site token."""
    return answer(request, EXPIRED_FORM)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return answer(request, NOT_FOUND)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500; the traceback is in the log."""
    return answer(request, FAILED)
