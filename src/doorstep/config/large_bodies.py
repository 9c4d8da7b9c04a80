"""Bodies that are larger than any form here: refused before a byte of them is read.

Django's own limit does not count files, so that a form of 100 MB would be written to disk first.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

# Six pictures of 10 MB, the most that a form takes, and what stands around them.
MOST_BYTES = 64 * 1024 * 1024


class LargeBodyMiddleware:
    """Answer 413 to a body whose length says that it is too large."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let everything of a usual size pass."""
        said = request.META.get("CONTENT_LENGTH") or "0"
        if said.isdigit() and int(said) > MOST_BYTES:
            words = _("This is larger than 64 MB. Send less at once: fewer or smaller pictures.")
            response = HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
            response["Connection"] = "close"
            return response
        return self.get_response(request)
