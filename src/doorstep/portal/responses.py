"""Headers that every personal page carries."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def private_page(view: View[P]) -> View[P]:
    """Keep a page out of shared caches, search engines and Referer headers.

    The address of such a page is its key: it must not reach the sites the page links to. A page
    may set a Referrer-Policy of its own.
    """

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "private, no-cache"
        # Django logs the path of every 4xx answer; these paths hold keys (an expired link is
        # genuine, and opens again when the store allows more days).
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response

    return wrapped
