"""Bodies sent in chunks: without a length, Django takes them for empty.

A signature over a body that was not read can only be wrong, and a form would miss all its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_length(application: Application) -> Application:
    """Read a chunked body before the application is asked, one byte beyond what it takes at most.

    :param application: refuses a body that is too large itself.
    """

    def run(request: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        is_chunked = "chunked" in request.get("HTTP_TRANSFER_ENCODING", "").lower()
        # Only a server that ends the stream by itself may be read to the end (PEP 3333 has no word).
        if is_chunked and request.get("wsgi.input_terminated"):
            body = request["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            request["wsgi.input"] = BytesIO(body)
            request["CONTENT_LENGTH"] = str(len(body))
        return application(request, start_response)

    return run
