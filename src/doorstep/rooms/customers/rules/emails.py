"""E-mail addresses in the one form people are recognized by, and marketplaces' relay addresses."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import idna

_LOCAL = re.compile(r'[^\s<>()\[\],;:\\"@\x00-\x1f\x7f]{1,64}')
_DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")
_LONGEST = 254  # RFC 5321, 4.5.3.1.3 less the brackets around a path

# Where marketplaces forward mail between buyer and seller. The marketplace decides whom such an
# address reaches and for how long, so it recognizes nobody, and its terms forbid selling to it.
_MARKETPLACE_RELAY = re.compile(
    r"""marketplace\.amazon(\.[a-z]{2,3}){1,2}
    | members\.ebay(\.[a-z]{2,3}){1,2}
    | ([a-z0-9-]+\.)+etsy\.com
    | relay\.walmart\.com
    | scs[0-9]*\.tiktokw\.us
    | kaufland-marktplatz\.[a-z]{2}
    """,
    re.VERBOSE,
)


def normalize_email(raw: str) -> str:
    """Return the address in lower case, its domain in ASCII (IDNA 2008); ``""`` when unusable.

    The dots and ``+tags`` that Gmail ignores stay: elsewhere they tell two people apart, and an
    address at Google Workspace can't be told from one elsewhere. A suggestion is the way there.
    """
    local, at, domain = unicodedata.normalize("NFC", raw.strip()).rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        return ""
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return ""
    ascii_domain = _ascii_domain(domain)
    email = f"{local.lower()}@{ascii_domain}"
    return email if ascii_domain and len(email.encode()) <= _LONGEST else ""


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    """Return a domain as it stands in DNS, ``""`` for what can't be one."""
    lowered = domain.lower().rstrip(".")
    if not lowered.isascii():
        try:
            lowered = idna.encode(lowered, uts46=True).decode()
        except idna.IDNAError:
            return ""
    return lowered if len(lowered) <= 253 and _DOMAIN.fullmatch(lowered) else ""


def is_relay(email: str) -> bool:
    """Tell whether a normalized address is a marketplace's relay.

    Apple's and Firefox's private relays are not: their address belongs to one person for good
    and was given to this store by that person, so it recognizes and can be written to like any.
    """
    return _MARKETPLACE_RELAY.fullmatch(email.rpartition("@")[2]) is not None
