"""What keeps a mail of blocks from being sent: named at the block, with the mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from doorstep.rooms.messaging.templating.blocks.block_types import NOWHERE, OWN_ADDRESS, Setting
from doorstep.rooms.messaging.templating.blocks.document import Block, Document
from doorstep.rooms.messaging.templating.blocks.names import targets_of
from doorstep.rooms.messaging.templating.blocks.words import Words, image_problem, link_problem
from doorstep.rooms.messaging.templating.mjml_check import is_unsafe


@dataclass(frozen=True, slots=True)
class BlockMistake:
    """What is wrong with one block. ``setting`` is where; ``number`` counts blocks from 1."""

    block_id: int
    number: int
    name: str
    setting: str
    problem: str

    def __str__(self) -> str:
        """Say it with its place."""
        return f"Block {self.number}, {self.name}: {self.problem}"


def check_blocks(document: Document, message: str) -> list[BlockMistake]:
    """Return what is wrong with the blocks of a kind of message; empty when it can be sent."""
    return [
        BlockMistake(block.id, number, block.kind.name, setting, problem)
        for number, block in enumerate(document.blocks, 1)
        for setting, problem in block_problems(block, message)
    ]


def block_problems(block: Block, message: str) -> list[tuple[str, str]]:
    """Return what is wrong with one block: the setting ("" for the whole) and the sentence."""
    if not block.kind.fits(message):
        return [("", "This message knows nothing of that. Take the block out.")]
    found = [
        (setting.name, problem)
        for setting in block.kind.settings
        for problem in _setting_problems(block, setting, message)
    ]
    extra = _WHOLE.get(block.type)
    return found + (list(extra(block)) if extra else [])


def _setting_problems(block: Block, setting: Setting, message: str) -> Iterator[str]:
    value = block.get(setting.name)
    if setting.kind in ("line", "text"):
        if not value.strip() and not setting.is_optional:
            yield f"“{setting.label}” is empty. Write it, or take the block out."
        yield from Words(message).mistakes(value, with_links=setting.is_long)
        if setting.name in _READ_ALOUD and is_unsafe(value):
            yield "It reads like a script, which no inbox would take. Say it in plain words."
    elif setting.kind == "image":
        yield from _address(value, setting, image_problem)
    elif setting.kind == "target":
        if value not in (NOWHERE, OWN_ADDRESS) and value not in targets_of(message):
            yield f"This message does not know “{value}”. Choose where a click leads."
    elif setting.kind == "link" and _is_asked(block):
        needed = setting if "target" not in _names(block) else _needed(setting)
        yield from _address(value, needed, link_problem)


def _address(
    value: str, setting: Setting, problem_of: Callable[[str], str | None]
) -> Iterator[str]:
    if not value:
        if not setting.is_optional:
            yield f"“{setting.label}” has no address. Put it in: it starts with https://"
    elif problem := problem_of(value):
        yield f"The address of “{setting.label}” does not work: {problem}."


def _names(block: Block) -> set[str]:
    return {setting.name for setting in block.kind.settings}


def _is_asked(block: Block) -> bool:
    """Tell whether the typed address counts: not where a known one was chosen."""
    return "target" not in _names(block) or block.get("target") == OWN_ADDRESS


def _needed(setting: Setting) -> Setting:
    return Setting(setting.name, setting.label, setting.kind, limit=setting.limit)


def _image(block: Block) -> Iterator[tuple[str, str]]:
    is_decoration = block.get("decorative") == "yes"
    if not block.get("alt").strip() and not is_decoration:
        yield "alt", _NO_WORDS
    if is_decoration and block.get("target") != NOWHERE:
        yield (
            "decorative",
            (
                "A picture that leads somewhere is more than decoration. Say what it shows, or let a"
                " click open nothing."
            ),
        )


def _columns(block: Block) -> Iterator[tuple[str, str]]:
    for side in ("left", "right"):
        if block.get(f"{side}_image") and not block.get(f"{side}_alt").strip():
            yield f"{side}_alt", _NO_WORDS
        if not block.get(f"{side}_image") and not block.get(f"{side}_text").strip():
            yield f"{side}_text", "This column is empty. Give it a picture or a text."


def _button(block: Block) -> Iterator[tuple[str, str]]:
    if block.get("target") == NOWHERE:
        yield "target", "The button leads nowhere. Choose what a click opens."


_READ_ALOUD = frozenset({"alt", "left_alt", "right_alt", "title"})  # what becomes an attribute
_NO_WORDS = (
    "The picture has no words for those who can’t see it. Say in a few words what it shows,"
    " or that it is only decoration."
)
_WHOLE: dict[str, Callable[[Block], Iterator[tuple[str, str]]]] = {
    "image": _image,
    "columns": _columns,
    "button": _button,
}
