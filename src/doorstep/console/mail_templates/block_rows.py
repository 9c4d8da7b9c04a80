"""What the block editor shows of each block: a line of it, its fields, what is to be mended."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from doorstep.rooms.messaging import api as messaging

_MARKS = re.compile(r"\*+|^[ \t]*[-•][ \t]+|\[([^\[\]\n]*)\]\([^()\s]*\)", re.M)
_NAME = re.compile(r"\{\{-?\s*([\w.]+)[^{}]*\}\}")
_TELLING = ("text", "title", "code", "left_text", "alt", "url", "left_alt", "right_text", "list")
_GROUND = ("align", "color", "ground", "size", "width", "look", "count")
_SHOWN = 90


def block_rows(
    document: messaging.BlockDocument,
    kind: str,
    mistakes: list[messaging.BlockMistake],
    *,
    open_id: int | None,
    at: str,
    typed: dict[str, str] | None,
) -> list[dict[str, Any]]:
    """Return each block as the page shows it.

    :param at: the control that gets the cursor, e.g. ``up-3``.
    :param typed: what was typed into the open block, where it could not be kept.
    """
    rows = []
    for number, block in enumerate(document.blocks, 1):
        wrong = [one for one in mistakes if one.block_id == block.id]
        word, _dash, who = at.partition("-")
        rows.append(
            {
                "id": block.id,
                "number": number,
                "kind": block.kind,
                "says": excerpt(block, kind),
                "mistakes": wrong,
                "is_open": block.id == open_id,
                "is_first": number == 1,
                "is_last": number == len(document.blocks),
                "at": word if who == str(block.id) else "",
                "fields": _fields(block, kind, wrong, typed, at) if block.id == open_id else [],
            }
        )
    return rows


def palette(kind: str) -> list[Any]:
    """Return the blocks to choose from."""
    return list(messaging.list_block_types(kind))


def excerpt(block: messaging.Block, kind: str) -> str:
    """Return the beginning of what a block says, with examples in the place of names."""
    names = messaging.list_block_names(kind)
    for setting in block.kind.settings:
        value = block.get(setting.name).strip()
        if setting.name not in _TELLING or not value:
            continue
        if setting.choices:
            return dict(setting.choices)[value]
        plain = _MARKS.sub(lambda match: match.group(1) or "", value)
        shown = _NAME.sub(
            lambda match: names[match[1]].example if match[1] in names else match[0], plain
        )
        words = " ".join(shown.split())
        return f"{words[:_SHOWN]}…" if len(words) > _SHOWN else words
    return block.kind.note


def _fields(
    block: messaging.Block,
    kind: str,
    mistakes: list[messaging.BlockMistake],
    typed: dict[str, str] | None,
    at: str,
) -> list[dict[str, Any]]:
    fields = [
        _field(
            setting,
            (typed or {}).get(setting.name, block.get(setting.name)),
            [one.problem for one in mistakes if one.setting == setting.name],
            kind,
        )
        for setting in block.kind.settings
    ]
    wrong = next((one for one in fields if one["problems"]), None)
    first = next((one for one in fields if at == f"b-{one['name']}"), wrong or fields[0])
    first["has_cursor"] = at == "field" or at.startswith("b-")
    return fields


def _field(
    setting: messaging.BlockSetting, value: str, problems: list[str], kind: str
) -> dict[str, Any]:
    return {
        "name": setting.name,
        "id": f"b-{setting.name}",
        "label": setting.label,
        "kind": setting.kind,
        "hint": setting.hint,
        "limit": setting.limit,
        "value": value,
        # Words for a picture can be left out only for another choice, which stands below them.
        "is_optional": setting.is_optional and setting.name != "alt" and setting.kind != "yes",
        "is_short": setting.name in _GROUND,
        "options": _options(setting, kind),
        "names": name_groups(kind) if setting.kind in ("line", "text") else [],
        "problems": problems,
    }


def _options(setting: messaging.BlockSetting, kind: str) -> list[tuple[str, str]]:
    if setting.kind != "target":
        return list(setting.choices)
    known = [(one.path, one.meaning) for one in messaging.list_block_targets(kind).values()]
    nothing = [("", _("Nothing"))] if not setting.default else []
    return [*nothing, *known, ("address", _("An address of your own"))]


def name_groups(kind: str) -> list[tuple[str, list[Any]]]:
    """Return the names that words can hold, for a menu: by what they are about."""
    names = messaging.list_block_names(kind).values()
    return [(group, list(found)) for group, found in groupby(names, key=lambda one: one.group)]
