"""One gap of a frame: what differs from mail to mail, rendered only where it has to be.

Most gaps print one text (``{{ customer.first_name }}``, a link), and need no engine for that. Others
decide by a few plain values (``{% if customer.orders_before > 3 %}``): what they print follows from
those values, so whoever has the same ones gets the same text, which is kept for a while.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from liquid import Expression, escape
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path

from doorstep.rooms.messaging.templating.environment import GuardedOutputNode, PlainPath
from doorstep.rooms.messaging.templating.filters import safe_url
from doorstep.rooms.messaging.templating.limits import RenderLimits

_NEEDS_ESCAPING = re.compile("[&<>'\"]")
_MISSING = object()
_PLAIN = (str, int, bool, type(None))
_KEPT = 256  # texts of one gap
_KEPT_CHARS = 2_000
_TRIED = 100  # mails after which a gap that prints something else for everybody is given up

NamePath = tuple[str, ...]


class Gap:
    """The nodes between two texts that stand still."""

    __slots__ = ("_decides_by", "_hits", "_html", "_kept", "_link", "_most", "_path", "_tries",
                 "nodes")  # fmt: skip

    def __init__(
        self, nodes: Sequence[Node], *, html: bool, is_steady: bool, limits: RenderLimits
    ) -> None:
        """Look at what the nodes look at.

        :param is_steady: no gap sets a name that another could read.
        """
        self.nodes = nodes
        self._html = html
        self._path, self._link = _printed(nodes) if is_steady else ((), False)
        self._decides_by = _decides_by(nodes) if is_steady and not self._path else ()
        self._most = min(limits.value_chars, limits.output_chars // 10)  # it grows by escaping
        self._kept: dict[tuple[Any, ...], str] = {}
        self._tries = self._hits = 0

    def quickly(self, context: Mapping[str, Any]) -> tuple[str | None, tuple[Any, ...] | None]:
        """Return the text where it needs no engine; else None, and under which key to keep it."""
        if self._path:
            value = _look_up(context, self._path)
            if type(value) is not str or len(value) > self._most:
                return None, None
            text = safe_url(value) if self._link else value
            if self._html and _NEEDS_ESCAPING.search(text):
                text = str(escape(text))
            return text, None
        if not self._decides_by:
            return None, None
        key: list[Any] = []
        for path in self._decides_by:
            value = _look_up(context, path)
            # The kind belongs to it: True, 1 and 1.0 are equal, and print differently.
            kind = type(value)
            if kind not in _PLAIN:
                return None, None
            key += (kind, value)
        found = tuple(key)
        known = self._kept.get(found)
        self._count(known is not None)
        return known, found if self._decides_by else None

    def keep(self, key: tuple[Any, ...], text: str) -> None:
        """Keep a text for who has the same values."""
        if len(text) + sum(len(one) for one in key if type(one) is str) > _KEPT_CHARS:
            return
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[key] = text

    def _count(self, is_hit: bool) -> None:
        self._tries += 1
        self._hits += is_hit
        if self._tries >= _TRIED:
            if self._hits * 4 < self._tries:
                self._decides_by = ()
                self._kept.clear()
            self._tries = self._hits = 0


def _look_up(context: Mapping[str, Any], path: NamePath) -> Any:
    """Return what a path names, as the engine would; ``_MISSING`` where only that can tell."""
    found: Any = context
    for name in path:
        if type(found) is dict:
            found = found.get(name, _MISSING)
        elif found is None:
            return None
        else:
            return _MISSING
    return found


def _printed(nodes: Sequence[Node]) -> tuple[NamePath, bool]:
    """Return the path of a gap that is nothing but ``{{ a.b }}``, and whether it is a link."""
    if len(nodes) != 1 or type(nodes[0]) is not GuardedOutputNode:
        return (), False
    expression: Any = nodes[0].expression
    is_link = False
    if type(expression) is FilteredExpression:
        filters = expression.filters or []
        is_link = [(one.name, one.args) for one in filters] == [("safe_url", [])]
        if filters and not is_link:
            return (), False
        expression = expression.left
    return _names(expression) or (), is_link


def _decides_by(nodes: Iterable[Node]) -> tuple[NamePath, ...]:
    """Return the paths that alone decide what some nodes print; nothing where more does."""
    paths: dict[NamePath, None] = {}
    for node in nodes:
        if not _collect(node, paths):
            return ()
    return tuple(paths)


def _collect(node: Node, paths: dict[NamePath, None]) -> bool:
    if list(node.block_scope()) or list(node.template_scope()):
        return False  # a loop's rounds, or a name of its own
    return all(_collect_of(one, paths) for one in node.expressions()) and all(
        _collect(child, paths)
        for child in node.children(None)  # type: ignore[arg-type]  # no partials: none needed
    )


def _collect_of(expression: Expression, paths: dict[NamePath, None]) -> bool:
    if isinstance(expression, Path):
        names = _names(expression)
        if names is None:
            return False
        paths[names] = None
        return True
    return all(_collect_of(child, paths) for child in expression.children())


def _names(expression: Expression) -> NamePath | None:
    """Return a path of plain names; None for any other expression."""
    if type(expression) is not PlainPath or not all(type(one) is str for one in expression.path):
        return None
    return tuple(str(one) for one in expression.path)
