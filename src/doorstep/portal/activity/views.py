"""The script on the merchant's site, and where it tells what visitors do.

Both answer without a cookie and look at none. The address that is told to reveals nothing: it
answers alike whether something was new, known or thrown away.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib import resources
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from doorstep.kernel import ratelimit
from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

MOST_BYTES = 32 * 1024
# per minute; a page sends one request, seldom more
_OF_A_NETWORK, _OF_A_VISITOR, _OF_A_STORE = 240, 60, 60_000
_SCRIPT_LIVES = 3600


@require_safe
def show_script(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the script with the store's address in it, the same for everybody."""
    store = _store(slug)
    text = _script().replace("{address}", f"{settings.BASE_URL}/s/{store.slug}/activity")
    mark = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
    headers = {
        "Cache-Control": f"public, max-age={_SCRIPT_LIVES}",
        "ETag": mark,
        "X-Content-Type-Options": "nosniff",
        # It is made to be loaded by another site, the merchant's.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("If-None-Match") == mark:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(text, content_type="text/javascript; charset=utf-8", headers=headers)


@csrf_exempt  # no cookie is looked at: what counts is the origin, checked below
@require_http_methods(["POST", "OPTIONS"])
def hear(request: HttpRequest, slug: str) -> HttpResponse:
    """Take what a browser on one of the store's own sites tells.

    A text body with JSON: ``{"visitor", "token", "activities": [...]}``. Answers 204 with nothing
    in it; 403 to other sites, 413 to what is too long, 429 to who tells too much.
    """
    store = _store(slug)
    origin = request.headers.get("Origin", "")
    with store_scope(store.id):
        if not audiences.listens_to(origin):
            return HttpResponse(status=403, headers={"Vary": "Origin"})
        answer = (
            HttpResponse(status=204) if request.method == "OPTIONS" else _record(request, store)
        )
    answer["Access-Control-Allow-Origin"] = origin
    answer["Access-Control-Allow-Methods"] = "POST"
    answer["Access-Control-Allow-Headers"] = "Content-Type"
    answer["Access-Control-Max-Age"] = "86400"
    answer["Vary"] = "Origin"
    answer["Cache-Control"] = "no-store"
    return answer


def _record(request: HttpRequest, store: StoreInfo) -> HttpResponse:
    network = ratelimit.network_of(request.META.get("REMOTE_ADDR", ""))
    spent = _limit("network", f"{store.id} {network}", _OF_A_NETWORK)
    if spent is not None:
        return spent
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return HttpResponse(status=400)
    if length > MOST_BYTES:
        return HttpResponse(status=413)
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return HttpResponse(status=413)
    told = _read(body)
    if told is None:
        return HttpResponse(status=400)
    visitor, token, activities = told
    for name, key, limit in (
        ("visitor", f"{store.id} {visitor}", _OF_A_VISITOR),
        ("store", str(store.id), _OF_A_STORE),
    ):
        spent = _limit(name, key, limit)
        if spent is not None:
            return spent
    audiences.record_visit(visitor=visitor, told=activities, token=token, at=now())
    return HttpResponse(status=204)


def _limit(name: str, key: str, limit: int) -> HttpResponse | None:
    verdict = ratelimit.hit(f"portal.activity.{name}", key, limit, 60)
    if verdict:
        return None
    return HttpResponse(status=429, headers={"Retry-After": str(verdict.retry_after)})


def _read(body: bytes) -> tuple[str, str, list[Any]] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    visitor, token = told.get("visitor"), told.get("token", "")
    activities = told.get("activities", [])
    if not isinstance(visitor, str) or not isinstance(token, str) or len(token) > 2_000:
        return None
    if not isinstance(activities, list):
        return None
    return visitor[:100], token, activities


def _store(slug: str) -> StoreInfo:
    try:
        return stores.get_store_by_slug(slug)
    except NotFound as error:
        raise Http404(error.message) from error


@lru_cache(maxsize=1)
def _script() -> str:
    """Return the script without its comments and indentation."""
    text = resources.files("doorstep.portal.activity").joinpath("activity.js").read_text()
    lines = [line.strip() for line in text.splitlines()]
    # The first line says to whoever looks what this is.
    rest = [line for line in lines[1:] if line and not line.startswith("//")]
    return "\n".join([lines[0], *rest]) + "\n"
