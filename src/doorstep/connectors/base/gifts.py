"""Gift wishes: what shops and plugins write into cart attributes and line properties.

No platform has fields of its own for them. The names below are those that the common gift apps
write, compared without case, spaces and punctuation ("Gift Message", ``_gift_message``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from doorstep.connectors.base.payload import NOTE

_MESSAGES = {
    "giftmessage", "giftnote", "gifttext", "giftcardmessage", "ordergiftmessage",
    "messagetorecipient", "geschenknachricht", "grußbotschaft", "grußtext", "messagecadeau",
    "mensajederegalo", "رسالةالهدية",
}  # fmt: skip
_FLAGS = {
    "gift", "isgift", "isthisagift", "thisisagift", "thisorderisagift", "giftorder", "sendasgift",
    "geschenk", "cadeau", "regalo", "هدية",
}  # fmt: skip
_WRAPS = {
    "giftwrap", "giftwrapping", "giftwrapped", "addgiftwrap", "addgiftwrapping", "giftbox",
    "geschenkverpackung", "emballagecadeau", "envolturaderegalo", "تغليفالهدية",
}  # fmt: skip
_RECEIPTS = {
    "giftreceipt", "hideprices", "noprices", "noinvoice", "giftinvoice", "geschenkbeleg",
    "ohnepreise", "ticketcadeau", "ticketregalo",
}  # fmt: skip
_NO = {"", "0", "no", "n", "false", "off", "none", "nein", "non", "لا"}


@dataclass(frozen=True, slots=True)
class Gift:
    """What an order says about being a gift."""

    is_gift: bool = False
    message: str = ""
    wrap: bool = False
    receipt: bool = False


def read_gift(pairs: Iterable[tuple[str, str]]) -> Gift:
    """Find gift wishes among name and value pairs, the order's own ones first.

    A text under a name that asks yes or no counts as yes. Several messages (one a line) are
    kept, each once, one below the other.
    """
    messages: dict[str, None] = {}
    flags: set[str] = set()
    for name, value in pairs:
        key, text = re.sub(r"[\W_]+", "", name.lower()), value.strip()
        if key in _MESSAGES and text:
            messages[text] = None
        elif text.lower() in _NO:
            continue
        elif key in _FLAGS:
            flags.add("gift")
        elif key in _WRAPS:
            flags.add("wrap")
        elif key in _RECEIPTS:
            flags.add("receipt")
    return Gift(
        is_gift=bool(messages or flags),
        message="\n".join(messages)[:NOTE],
        wrap="wrap" in flags,
        receipt="receipt" in flags,
    )
