"""The picture and the links of our mails: keep the look, and lead on.

A look that can't be kept must not cost the reader their page, and no address leads anywhere that
the store's own mail does not name.
"""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import render_not_found
from doorstep.rooms.messaging import api as messaging

_DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_METHODS = ["GET", "HEAD"]


def _visitor(request: HttpRequest) -> messaging.Visitor:
    return messaging.Visitor(request.headers.get("User-Agent", ""), request.method or "GET")


@require_http_methods(_METHODS)
@private_page
def show_dot(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with one clear dot, whoever asks."""
    try:
        messaging.record_open(token, _visitor(request), at=now())
    except NotFound:
        return HttpResponse(status=404)
    response = HttpResponse(_DOT, content_type="image/gif")
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(_METHODS)
@private_page
def lead_on(request: HttpRequest, token: str, signature: str, packed: str) -> HttpResponse:
    """Lead to the address that the link's signature holds for."""
    try:
        url = messaging.record_click(token, signature, packed, _visitor(request), at=now())
    except NotFound:
        return render_not_found(request)
    return _redirect(url)


@require_http_methods(_METHODS)
@private_page
def lead_on_in_mail(request: HttpRequest, token: str, address: str) -> HttpResponse:
    """Lead to an address that stands in the very mail."""
    _, _, url = request.get_full_path().partition(f"/t/{token}/u/")
    try:
        target = messaging.record_own_click(token, url, _visitor(request), at=now())
    except NotFound:
        return render_not_found(request)
    return _redirect(target)


@require_http_methods(_METHODS)
@private_page
def catch_machine(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a link that no reader can see."""
    try:
        messaging.record_honeypot(token, _visitor(request), at=now())
    except NotFound:
        return HttpResponse(status=404)
    return HttpResponse(status=204)


def _redirect(url: str) -> HttpResponse:
    # Django's redirect refuses what it does not know; these are http and https, and signed.
    if urlsplit(url).scheme.lower() not in ("http", "https"):
        return HttpResponse(status=404)
    response = HttpResponse(status=302)
    response["Location"] = url.replace("\r", "").replace("\n", "")
    response["Cache-Control"] = "no-store"
    return response
