"""A store's logo, for its pages and its mails."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from doorstep.kernel.errors import NotFound
from doorstep.rooms.stores import api as stores


@require_safe
def show_logo(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the logo.

    A logo may be an SVG, which can hold a script: opened by itself it runs in a sandbox that
    may load nothing.

    :raises Http404: no such store, or it has no logo.
    """
    try:
        content, mime_type = stores.get_logo(stores.get_store_by_slug(slug).id)
    except NotFound as error:
        raise Http404(error.message) from error
    response = HttpResponse(content, content_type=mime_type)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "public, max-age=3600"
    return response
