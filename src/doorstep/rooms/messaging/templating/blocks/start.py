"""What a new mail of blocks begins with, so that nobody faces an empty page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from doorstep.rooms.messaging.templating.blocks.block_types import BLOCK_TYPES
from doorstep.rooms.messaging.templating.blocks.document import Document
from doorstep.rooms.messaging.templating.blocks.names import names_of, targets_of
from doorstep.rooms.messaging.templating.phrases import find_phrase

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


# A built-in line: {{ "parcel.subject" | t: number: order.number }}
_PHRASE = re.compile(r"""\{\{-?\s*"([\w.]+)"\s*\|\s*t\s*(?::([\w.:, ]*))?-?\}\}""")
# {% if name %}Hello {{ name }}{% else %}Hello{% endif %}: what fits everybody stands last.
_CHOICE = re.compile(r"\{% if [^%]*%\}[^%]*\{% else %\}([^%]*)\{% endif %\}")
_ARGUMENT = re.compile(r"(\w+):\s*([\w.]+)")


def starting_lines(message: str, parts: Mapping[str, str], locale: str) -> dict[str, str]:
    """Return a subject and first line in words, from those that may be code.

    Built-in phrases are written out in one language; of two ways to say it the last one is taken.
    What is more than that can't be: then the subject names the message, and the first line is empty.

    :param locale: the language to write them in, e.g. ``de``.
    """
    name = message.split("_", 2)[-1] if message.startswith("own_") else message
    bare = name.replace("_", " ").capitalize()
    return {
        "subject": _in_words(parts.get("subject", ""), message, locale) or bare,
        "preheader": _in_words(parts.get("preheader", ""), message, locale),
    }


def _in_words(line: str, message: str, locale: str) -> str:
    names = names_of(message)

    def written(match: re.Match[str]) -> str:
        phrase = find_phrase(match.group(1), locale)
        if not isinstance(phrase, str):
            return match.group()
        for hole, path in _ARGUMENT.findall(match.group(2) or ""):
            if path not in names:
                return match.group()
            phrase = phrase.replace(f"{{{hole}}}", names[path].liquid)
        return phrase

    plain = _PHRASE.sub(written, _CHOICE.sub(r"\1", line))
    is_code = "{%" in plain or re.search(r"\|\s*t\b", plain)
    return "" if is_code else plain
