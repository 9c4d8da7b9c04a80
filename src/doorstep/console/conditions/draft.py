"""A condition while it is being written: groups and lines of typed text, perhaps not yet right.

A draft is read from any form that was sent, and never refuses: what is wrong with it the parser of
``kernel.conditions`` says once the draft is turned into a document (``document.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

KINDS = ("all", "any", "none")
# A deeper tree or a longer one is refused by the parser; these only bound the work on a bad form.
_DEEPEST, _MOST = 10, 400
_KEY = re.compile(rf"r(?:\.\d{{1,3}}){{0,{_DEEPEST}}}", re.ASCII)

Path = tuple[int, ...]  # () is the outermost group, (0, 2) the third child of its first child


@dataclass(frozen=True)
class Line:
    """One comparison as it is typed.

    :param inputs: by the last part of each control's name: ``{"op": ("gte",), "a": ("2",)}``.
        The names are listed in the README.
    """

    fact: str
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, part: str, default: str = "") -> str:
        """Return what was typed into one control, without the spaces around it."""
        found = self.inputs.get(part, ())
        return found[-1].strip() if found else default

    def many(self, part: str) -> list[str]:
        """Return what was ticked under one name, or typed there, one on each line."""
        typed = [text for value in self.inputs.get(part, ()) for text in value.split("\n")]
        return [text.strip() for text in typed if text.strip()]


@dataclass(frozen=True)
class Lines:
    """A group: how its children go together, and the children.

    :param is_bare: the outermost group stands for its only child (the stored condition has no
        group there, and gets none by being looked at).
    """

    kind: str = "all"
    children: tuple[Line | Lines, ...] = ()
    is_bare: bool = False


Draft = Lines
Child = Line | Lines


def key_of(path: Path) -> str:
    """Write a path as the forms have it: ``r``, ``r.0.2``."""
    return ".".join(["r", *map(str, path)])


def path_of(key: str) -> Path | None:
    """Read a path back; None where it is none."""
    if not _KEY.fullmatch(key):
        return None
    return tuple(int(part) for part in key.split(".")[1:])


def read(data: Mapping[str, Sequence[str]], name: str) -> Draft:
    """Read the draft in a sent form.

    :param data: all values by control name (``request.POST.lists()`` as a dict).
    :param name: the editor's name: its controls are called ``name-r.0-op`` and so on.
    """
    found: dict[Path, dict[str, tuple[str, ...]]] = {}
    for control, values in data.items():
        parts = control.split("-", 2)
        if len(parts) < 3 or parts[0] != name:
            continue
        path = path_of(parts[1])
        if path is not None and (path in found or len(found) < _MOST):
            found.setdefault(path, {})[parts[2]] = tuple(values)
    return _group(found.pop((), {}), _children(found, ()))


def _children(found: Mapping[Path, dict[str, tuple[str, ...]]], parent: Path) -> tuple[Child, ...]:
    below = sorted(p for p in found if len(p) == len(parent) + 1 and p[: len(parent)] == parent)
    children: list[Child] = []
    for path in below:
        inputs = dict(found[path])
        if "kind" in inputs:
            children.append(_group(inputs, _children(found, path)))
        else:
            fact = "".join(inputs.pop("fact", ("",))[-1:]).strip()
            children.append(Line(fact, inputs))
    return tuple(children)


def _group(inputs: Mapping[str, tuple[str, ...]], children: tuple[Child, ...]) -> Lines:
    kind = "".join(inputs.get("kind", ("all",))[-1:])
    return Lines(kind if kind in KINDS else "all", children, bool(inputs.get("bare")))


def at(draft: Draft, path: Path) -> Child | None:
    """Return what stands at a path, None where nothing does."""
    node: Child = draft
    for nth in path:
        if not isinstance(node, Lines) or nth >= len(node.children):
            return None
        node = node.children[nth]
    return node


def walk(node: Child, path: Path = ()) -> Iterator[tuple[Path, Child]]:
    """Walk a draft from the top, each node with its path."""
    yield path, node
    if isinstance(node, Lines):
        for nth, child in enumerate(node.children):
            yield from walk(child, (*path, nth))


def add(draft: Draft, path: Path, child: Child) -> Draft:
    """Put a child at the end of the group at a path; a draft without that group stays."""

    def grow(node: Child) -> Child:
        assert isinstance(node, Lines)
        return replace(node, children=(*node.children, child), is_bare=False)

    return _change(draft, path, grow) if isinstance(at(draft, path), Lines) else draft


def put(draft: Draft, path: Path, child: Child) -> Draft:
    """Replace what stands at a path; nothing there, nothing changed."""
    if not path or at(draft, path) is None:
        return draft
    return _change(draft, path, lambda _old: child)


def remove(draft: Draft, path: Path) -> Draft:
    """Take out a line or a group with all that is in it."""
    if not path or at(draft, path) is None:
        return draft

    def shrink(node: Child) -> Child:
        assert isinstance(node, Lines)
        kept = node.children[: path[-1]] + node.children[path[-1] + 1 :]
        return replace(node, children=kept)

    return _change(draft, path[:-1], shrink)


def _change(draft: Draft, path: Path, change: Callable[[Child], Child]) -> Any:
    if not path:
        return change(draft)
    nth, rest = path[0], path[1:]
    children: list[Child] = list(draft.children)
    below: Any = children[nth]
    children[nth] = _change(below, rest, change)
    return replace(draft, children=tuple(children))
