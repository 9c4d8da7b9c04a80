"""What other parts of the room add to a mail's HTML: counted opens, links that tell of clicks.

A decorator sees the HTML once per *frame* (a template in one language for one batch), not once per
mail: a million mails must not be read again one by one. Two kinds of marks stand in that HTML:
:data:`VALUE` where the text of the single mail will be, and, wherever a decorator writes
:data:`MESSAGE`, the message's own token (the one of its preferences link). A link whose address holds a value (``VALUE.search``) is
one that differs from mail to mail; a decorator may wrap such an address, but must leave the mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from doorstep.rooms.messaging.contracts import PreferenceRules
from doorstep.rooms.messaging.templating.frames import CLOSE, MESSAGE, OPEN
from doorstep.rooms.stores.contracts import StoreInfo

__all__ = ["MESSAGE", "VALUE", "Decorator", "Framed", "decorated", "decorator"]

VALUE = re.compile(f"{OPEN}[0-9p]+{CLOSE}")
"""Stands for what differs from mail to mail."""


@dataclass(frozen=True, slots=True)
class Framed:
    """What the mails of one frame have in common."""

    store: StoreInfo
    kind: str
    purpose: str
    batch_id: UUID | None
    rules: PreferenceRules | None = None  # what the store lets be counted; None: to be asked for


Decorator = Callable[[str, Framed], str]
_decorators: list[Decorator] = []


def decorator(function: Decorator) -> Decorator:
    """Register a function that is given every e-mail's HTML and returns it changed, or as it is."""
    if function not in _decorators:
        _decorators.append(function)
    return function


def decorated(html: str, framed: Framed) -> str:
    """Return HTML as the registered decorators leave it, in the order of their registration."""
    for function in _decorators:
        html = function(html, framed)
    return html
