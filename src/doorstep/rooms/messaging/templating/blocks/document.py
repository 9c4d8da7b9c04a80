"""A mail as an ordered list of blocks: read, written and rearranged.

As a template's part it is JSON text::

    {"version": 1, "blocks": [{"id": 1, "type": "heading", "settings": {"text": "Hello"}}]}

Reading checks the *form* (known types, known settings, sizes), so that nothing else is ever kept.
Whether a block says what it needs is asked of ``check``: a draft may be unfinished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.rooms.messaging.templating.blocks.block_types import BLOCK_TYPES, BlockType

VERSION = 1
MOST_BLOCKS = 60
PART = "blocks"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a mail. ``id`` is its own within the mail; settings left out have defaults."""

    id: int
    type: str
    settings: Mapping[str, str]

    @property
    def kind(self) -> BlockType:
        """Return what is known of its type."""
        return BLOCK_TYPES[self.type]

    def get(self, name: str) -> str:
        """Return a setting, its default where nothing was chosen."""
        return self.settings.get(name, self.kind.setting(name).default)


@dataclass(frozen=True, slots=True)
class Document:
    """The blocks of a mail, in their order. Every change returns a new one."""

    blocks: tuple[Block, ...] = ()

    def place(self, block_id: int) -> int:
        """Return where a block stands, from 0.

        :raises NotFound: it is not there (any more).
        """
        for place, block in enumerate(self.blocks):
            if block.id == block_id:
                return place
        raise NotFound("This block is no longer there.")

    def add(self, type_: str, place: int, settings: Mapping[str, str] | None = None) -> Document:
        """Put a new block at a place (0 is the top; beyond the end is the end).

        :raises Invalid: there is no such type, or there are too many blocks.
        """
        fresh = max((block.id for block in self.blocks), default=0) + 1
        made = Block(fresh, type_, dict(settings or {}))
        place = min(max(place, 0), len(self.blocks))
        return _checked((*self.blocks[:place], made, *self.blocks[place:]))

    def copy(self, block_id: int) -> Document:
        """Put a copy of a block below it.

        :raises NotFound: it is not there. :raises Invalid: there are too many blocks.
        """
        place = self.place(block_id)
        block = self.blocks[place]
        return self.add(block.type, place + 1, block.settings)

    def move(self, block_id: int, by: int) -> Document:
        """Move a block up (negative) or down; at the edge it stays.

        :raises NotFound: it is not there.
        """
        place = self.place(block_id)
        rest = [block for block in self.blocks if block.id != block_id]
        rest.insert(min(max(place + by, 0), len(rest)), self.blocks[place])
        return Document(tuple(rest))

    def remove(self, block_id: int) -> Document:
        """Take a block away.

        :raises NotFound: it is not there.
        """
        place = self.place(block_id)
        return Document(self.blocks[:place] + self.blocks[place + 1 :])

    def change(self, block_id: int, settings: Mapping[str, str]) -> Document:
        """Give a block settings; those not named stay as they are.

        :raises NotFound: it is not there. :raises Invalid: a setting it does not have, or too long.
        """
        place = self.place(block_id)
        block = self.blocks[place]
        changed = replace(block, settings={**block.settings, **settings})
        return _checked((*self.blocks[:place], changed, *self.blocks[place + 1 :]))

    def dump(self) -> str:
        """Return it as a template's part."""
        blocks = [
            {"id": block.id, "type": block.type, "settings": dict(block.settings)}
            for block in self.blocks
        ]
        return json.dumps({"version": VERSION, "blocks": blocks}, ensure_ascii=False)


def read_document(text: str) -> Document:
    """Read a template's part.

    :raises Invalid: it is not of this form; the sentence names the block.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise _broken("The blocks are not JSON.") from None
    if not isinstance(raw, dict) or set(raw) != {"version", "blocks"}:
        raise _broken("The blocks need “version” and “blocks”.")
    if raw["version"] != VERSION:
        raise _broken(f"The blocks have version {VERSION}.")
    if not isinstance(raw["blocks"], list):
        raise _broken("“blocks” is a list.")
    blocks = tuple(_read_block(one, number) for number, one in enumerate(raw["blocks"], 1))
    return _checked(blocks)


def _read_block(raw: Any, number: int) -> Block:
    if not isinstance(raw, dict) or set(raw) != {"id", "type", "settings"}:
        raise _broken(f"Block {number} needs “id”, “type” and “settings”.")
    block_id, type_, settings = raw["id"], raw["type"], raw["settings"]
    if type(block_id) is not int or not 0 < block_id < 1_000_000:
        raise _broken(f"Block {number} needs a whole number as its “id”.")
    if not isinstance(type_, str) or not isinstance(settings, dict):
        raise _broken(f"Block {number} needs a name as “type” and an object as “settings”.")
    if not all(isinstance(value, str) for value in settings.values()):
        raise _broken(f"The settings of block {number} are texts.")
    return Block(block_id, type_, settings)


def _checked(blocks: tuple[Block, ...]) -> Document:
    if len(blocks) > MOST_BLOCKS:
        raise _broken(f"A mail has up to {MOST_BLOCKS} blocks: take one out first.")
    if len({block.id for block in blocks}) != len(blocks):
        raise _broken("Two blocks have the same “id”.")
    return Document(tuple(_tidy(block, number) for number, block in enumerate(blocks, 1)))


def _tidy(block: Block, number: int) -> Block:
    if block.type not in BLOCK_TYPES:
        raise _broken(f"Block {number}: there is no block “{block.type[:40]}”.")
    known = {setting.name: setting for setting in block.kind.settings}
    for name, value in block.settings.items():
        if name not in known:
            raise _broken(f"Block {number} ({block.kind.name}) has no setting “{name[:40]}”.")
        setting = known[name]
        if len(value) > setting.limit:
            raise _broken(
                f"Block {number} ({block.kind.name}): “{setting.label}” has up to "
                f"{setting.limit} characters, not {len(value)}. Make it shorter."
            )
        if setting.choices and value not in dict(setting.choices):
            raise _broken(f"Block {number} ({block.kind.name}): choose “{setting.label}” anew.")
    kept = {name: _clean(value, known[name].is_long) for name, value in block.settings.items()}
    return replace(block, settings=kept)


def _clean(value: str, is_long: bool) -> str:
    """Drop what no keyboard types (and the signs the compiler keeps for itself)."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in value if c == "\n" or (c.isprintable() and c != "\ue000") or c in _OK)
    return kept.rstrip() if is_long else " ".join(kept.split())


# Not “printable” to Python, but written in real languages: joiners and marks of direction.
_OK = frozenset("\u200c\u200d\u200e\u200f\u00a0\u202f\u00ad\t\ufeff")


def _broken(sentence: str) -> Invalid:
    return Invalid(sentence, field=PART)
