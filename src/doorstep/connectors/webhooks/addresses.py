"""Which addresses webhooks may be sent to."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from doorstep.kernel.errors import Invalid
from doorstep.kernel.netguard import OutboundRefused, Policy

_LONGEST = 2000


def policy(*, is_demo: bool) -> Policy:
    """Return where a store's webhooks may go: a demo's only to what the installation names.

    Anybody may enter a demo; without this, it would send whatever to whomever they like.
    """
    ports = () if is_demo else settings.DOORSTEP_OUTBOUND_PORTS
    return Policy.read(settings.DOORSTEP_OUTBOUND_ALLOW, ports)


def clean_url(url: str) -> str:
    """Return an address that webhooks can go to.

    What its name resolves to is looked at when something is sent, each time anew: it changes.

    :raises Invalid: naming what is wrong with it.
    """
    url = url.strip()
    if not url or len(url) > _LONGEST or any(ord(char) <= 32 or ord(char) == 127 for char in url):
        raise _wrong("Enter a web address of at most 2,000 characters, without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        raise _wrong("This is not a web address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong("Enter a whole web address, as https://example.com/webhooks.")
    if "@" in parts.netloc or parts.fragment:
        raise _wrong(
            "Leave out name, password and “#…”: the signature tells the receiver who sends."
        )
    _check_place(parts, port)
    return url


def _check_place(parts: SplitResult, port: int) -> None:
    """Refuse at once what would be refused at each sending."""
    allowed = policy(is_demo=False)
    host = (parts.hostname or "").rstrip(".").lower()
    named = (host, port) in allowed.hosts
    address = _literal(host)
    inside = address is not None and any(address in network for network in allowed.networks)
    if parts.scheme == "http" and not (named or inside or (allowed.networks and not address)):
        raise _wrong("Webhooks go to https:// addresses: on http:// anybody on the way reads them.")
    try:
        allowed.check_port(host, port)
        if address is not None:
            allowed.check_address(host, port, address)
    except OutboundRefused as error:
        raise _wrong(str(error)) from None
    if host == "localhost" and not named and not allowed.networks:
        raise _wrong(
            "“localhost” is Doorstep's own machine. If the receiver really runs there, add "
            f"localhost:{port} to DOORSTEP_OUTBOUND_ALLOW."
        )


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None


def _wrong(words: str) -> Invalid:
    return Invalid(words, field="url")
