"""What a new mail of blocks begins with, so that nobody faces an empty page."""

from __future__ import annotations

from doorstep.rooms.messaging.templating.blocks.block_types import BLOCK_TYPES
from doorstep.rooms.messaging.templating.blocks.document import Document
from doorstep.rooms.messaging.templating.blocks.names import targets_of

_WORDS = {"text": "Write here what you want to say."}


def starting_document(message: str) -> Document:
    """Return the first blocks of a kind of message: what most mails of its kind have.

    :raises KeyError: no such kind.
    """
    wanted: list[tuple[str, dict[str, str]]] = [
        ("heading", {"text": "Your headline"}),
        ("greeting", {}),
        ("text", _WORDS),
        *_body(message),
        ("signature", {}),
    ]
    made = Document()
    for type_, settings in wanted:
        if BLOCK_TYPES[type_].fits(message):
            made = made.add(type_, len(made.blocks), settings)
    return made


def _body(message: str) -> list[tuple[str, dict[str, str]]]:
    own = [path for path in targets_of(message) if path.partition(".")[0] not in _COMMON]
    if own:  # what the mail is sent for, such as the link that confirms a sign-up
        return [("button", {"text": "Open it here", "target": own[0]})]
    if BLOCK_TYPES["parcel"].fits(message):
        return [("parcel", {}), ("parcel_lines", {})]
    if BLOCK_TYPES["products"].fits(message):
        return [("button", {"text": "To the shop"}), ("products", {})]
    return [
        ("button", {"text": "View your order", "target": "links.order"}),
        ("order_lines", {}),
        ("order_totals", {}),
        ("delivery", {}),
    ]


_COMMON = frozenset({"brand", "links", "parcel"})
