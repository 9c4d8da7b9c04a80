"""Addresses in the one form suppressions are matched on, and masked for pages."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

from doorstep.rooms.messaging.contracts import Channel

# Anything below a space, DEL, and the Unicode line ends: a header could be injected with them.
CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
PAGE_SCOPED_ID = re.compile(r"[0-9]{1,32}")
DEVICES_OF = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # a customer's id


class UnusableAddress(ValueError):
    """The text is no address anything can be sent to."""


def normalize_address(channel: str, address: str) -> str:
    """Return the address in the form suppressions and look-ups use.

    E-mail: lower case, the domain in ASCII (IDNA 2008). SMS and WhatsApp: E.164. Messenger: the
    page-scoped id. Notifications: the customer's id, for all their devices.

    :raises UnusableAddress: when nothing could be sent there.
    """
    stripped = address.strip()
    if CONTROL.search(stripped):
        raise UnusableAddress("The address contains a line break or control character.")
    if channel in (Channel.SMS, Channel.WHATSAPP):
        return _normalize_phone(stripped)
    if channel == Channel.MESSENGER:
        return _matching(PAGE_SCOPED_ID, stripped, "A Messenger address is a number.")
    if channel == Channel.PUSH:
        return _matching(DEVICES_OF, stripped, "Notifications go to a customer's devices.")
    return _normalize_email(stripped)


def _matching(shape: re.Pattern[str], address: str, words: str) -> str:
    if not shape.fullmatch(address):
        raise UnusableAddress(words)
    return address


def _normalize_phone(phone: str) -> str:
    compact = re.sub(r"[\s().\-/]", "", phone)
    if not PHONE.fullmatch(compact):
        raise UnusableAddress("The phone number is not in international form (+49...).")
    return compact


def _normalize_email(email: str) -> str:
    local, at, domain = email.rpartition("@")
    if not at or not local or not domain or re.search(r"\s|[<>,;]", email):
        raise UnusableAddress("The e-mail address is not complete.")
    if len(local.encode()) > 64:  # RFC 5321, 4.5.3.1.1
        raise UnusableAddress("The part before the @ is longer than 64 characters.")
    return f"{local.lower()}@{ascii_domain(domain)}"


@lru_cache(maxsize=4096)  # of a shop's readers most are at the same few places
def ascii_domain(domain: str) -> str:
    """Return a domain as it stands in DNS.

    :raises UnusableAddress: for what can't be a domain.
    """
    lowered = domain.lower().rstrip(".")
    if lowered.isascii():
        if not re.fullmatch(r"[a-z0-9_.\-]+|\[[a-z0-9:.]+\]", lowered) or ".." in lowered:
            raise UnusableAddress("The part after the @ is no domain.")
        return lowered
    try:
        return idna.encode(lowered, uts46=True).decode()
    except idna.IDNAError as error:
        raise UnusableAddress("The part after the @ is no domain.") from error


def mask_address(channel: str, address: str) -> str:
    """Return an address that its owner recognises and nobody else learns.

    ``maya@example.com`` becomes ``m•••@example.com``, ``+4915112345678`` becomes ``+49•••78``.
    """
    if channel in (Channel.SMS, Channel.WHATSAPP):
        return f"{address[:3]}•••{address[-2:]}" if len(address) > 6 else "•••"
    if channel in (Channel.MESSENGER, Channel.PUSH):
        return f"•••{address[-2:]}"
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••{at}{domain}" if at else "•••"
