"""An editor's draft as the templates show it: groups, lines and controls with their ids."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from doorstep.console.conditions import draft as drafts
from doorstep.console.conditions.controls import Control, controls_of
from doorstep.console.conditions.document import EXACT
from doorstep.console.conditions.draft import Line, Lines, Path, key_of
from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.shelves import Shelf, arrange, capital
from doorstep.kernel.conditions.api import InvalidCondition, describe, parse


@dataclass(frozen=True)
class ShownControl:
    """A control with its id and name, and whether the problem of its line is about it."""

    control: Control
    id: str
    name: str
    is_wrong: bool = False


@dataclass(frozen=True)
class Picker:
    """An open list of facts."""

    key: str
    shelves: list[Shelf]
    query: str
    count: int


@dataclass(frozen=True)
class ShownLine:
    """A comparison.

    :param exact: its JSON, where the form carries it as it was written; ``words`` says it.
    """

    key: str
    label: str
    fact: str
    description: str
    is_first: bool
    joiner: str
    controls: list[ShownControl] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    picker: Picker | None = None
    exact: str = ""
    words: str = ""
    is_group: bool = False


@dataclass(frozen=True)
class ShownGroup:
    """A group with its children."""

    key: str
    kind: str
    kinds: list[tuple[str, Any]]
    children: list[ShownLine | ShownGroup]
    is_first: bool
    joiner: str
    is_bare: bool
    problems: list[str] = field(default_factory=list)
    picker: Picker | None = None
    is_group: bool = True
    is_root: bool = False
    may_nest: bool = True


def show(editor: ConditionEditor) -> ShownGroup:
    """Return the whole form of an editor."""
    group = _Showing(editor).node(editor.draft, (), "")
    assert isinstance(group, ShownGroup)
    return group


class _Showing:
    def __init__(self, editor: ConditionEditor) -> None:
        self.editor = editor
        self.problems = editor.problems

    def node(self, node: Line | Lines, path: Path, joiner: str) -> ShownLine | ShownGroup:
        return (
            self._group(node, path, joiner)
            if isinstance(node, Lines)
            else self._line(node, path, joiner)
        )

    def _group(self, node: Lines, path: Path, joiner: str) -> ShownGroup:
        between = _("and") if node.kind == "all" else _("or")
        return ShownGroup(
            key=key_of(path),
            kind=node.kind,
            kinds=[
                ("all", _("all of these")),
                ("any", _("at least one of these")),
                ("none", _("none of these")),
            ],
            children=[self.node(one, (*path, n), between) for n, one in enumerate(node.children)],
            is_first=not path or path[-1] == 0,
            joiner=joiner,
            is_bare=node.is_bare,
            problems=self._problems_of(path),
            picker=self._picker(path),
            is_root=not path,
            may_nest=len(path) < 4,
        )

    def _line(self, node: Line, path: Path, joiner: str) -> ShownLine:
        editor, key = self.editor, key_of(path)
        fact = editor.facts.fact_named(node.fact)
        exact = node.get(EXACT)
        wrong = {part for place, part in self.problems if place == path}
        controls = []
        if fact is not None and not exact:
            controls = [
                self._control(control, key, wrong)
                for control in controls_of(node, fact, editor.currency, editor.offers)
            ]
        return ShownLine(
            key=key,
            label=capital(fact.label) if fact else node.fact or _("Several conditions"),
            fact=node.fact,
            description=fact.description if fact else "",
            is_first=path[-1] == 0,
            joiner=joiner,
            controls=controls,
            problems=self._problems_of(path),
            picker=self._picker(path),
            exact=exact,
            words=self._words(exact) if exact else "",
        )

    def _control(self, control: Control, key: str, wrong: set[str]) -> ShownControl:
        name = f"{self.editor.name}-{key}-{control.part}"
        return ShownControl(control, name, name, bool(control.of) and control.of in wrong)

    def _problems_of(self, path: Path) -> list[str]:
        found = [words for (place, _part), words in self.problems.items() if place == path]
        return list(dict.fromkeys(capital(words).rstrip(".") + "." for words in found))

    def _words(self, exact: str) -> str:
        """Say in words what the form carries as it was written, "" where that is not possible."""
        try:
            tree = json.loads(exact)
            return describe(parse(tree, self.editor.subject, facts=self.editor.facts).root)
        except (ValueError, RecursionError, InvalidCondition):
            return ""

    def _picker(self, path: Path) -> Picker | None:
        editor = self.editor
        if editor.picker != path or drafts.at(editor.draft, path) is None:
            return None
        usable = [fact for fact in editor.facts.facts_of(editor.subject) if fact.sql is not None]
        shelves = arrange(usable, editor.query)
        count = sum(len(shelf.entries) for shelf in shelves)
        return Picker(key_of(path), shelves, editor.query, count)
