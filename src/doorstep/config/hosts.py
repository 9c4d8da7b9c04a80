"""Which host names are answered: the installation's own, and the portal domains of its stores.

Django's own list is fixed when a process starts; a merchant adds a domain in the console.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import validate_host

from doorstep.config import error_pages
from doorstep.rooms.stores.api import find_store_by_host

REMEMBERED_SECONDS = 60.0


class HostMiddleware:
    """Refuse requests for host names that are not ours: links are built from them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._stores: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = (urlsplit(f"//{request.get_host()}").hostname or "").lower()
        own = f"[{host}]" if ":" in host else host
        if validate_host(own, settings.OWN_HOSTS) or self._is_store(host):
            return self.get_response(request)
        return error_pages.answer(request, error_pages.UNKNOWN_HOST)

    def _is_store(self, host: str) -> bool:
        """Ask the database at most once a minute for a store's domain; made-up names each time."""
        at = time.monotonic()
        if self._stores.get(host, 0.0) > at:
            return True
        if find_store_by_host(host) is None:
            self._stores.pop(host, None)
            return False
        self._stores[host] = at + REMEMBERED_SECONDS
        return True
