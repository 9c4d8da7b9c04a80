"""Where pages listen for news, as the pages and their security policy need to know it.

``/live`` is a path on the page's own host (behind a reverse proxy); ``:8001/live`` is another port
of whatever host name the page was opened under; ``https://live.example.com/live`` is anywhere.
"""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

_PATH = re.compile(r"(?:/[\w.~-]+)+")
_PORT = re.compile(rf"(:\d+)(?:{_PATH.pattern})?")
_PLACE = re.compile(rf"(https?://[\w.-]+(?::\d+)?)(?:{_PATH.pattern})?")


def find_address(given: str, port: str, *, by_path: bool) -> str:
    """Return the address without a slash at its end; empty when nothing serves it.

    :param given: what the installation says; when empty, the rest decides.
    :param port: where ``doorstep live`` listens beside this process, empty when it does not.
    :param by_path: a proxy is in front. It may show one port only, and a page that came by HTTPS
        may not listen to anything less.
    :raises ImproperlyConfigured: it is none of the three forms.
    """
    default = "/live" if by_path else f":{port}/live" if port else ""
    address = given.rstrip("/") or default
    if address and not any(form.fullmatch(address) for form in (_PATH, _PORT, _PLACE)):
        raise ImproperlyConfigured(
            f"DOORSTEP_LIVE_URL is {address!r}; it must be a path (/live), a port (:8001/live) or an "
            "address (https://live.example.com/live)."
        )
    return address


def policy_sources(address: str) -> list[str]:
    """Return what ``connect-src`` must allow besides the page's own origin."""
    if found := _PORT.fullmatch(address):
        return [f"http://*{found[1]}"]
    if found := _PLACE.fullmatch(address):
        return [found[1]]
    return []
