"""The condition editor: what was sent becomes a draft, the draft becomes a form and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from doorstep.console.conditions import draft as drafts
from doorstep.console.conditions.controls import Offers, controls_of, fields_of
from doorstep.console.conditions.document import EXACT, from_tree, place_of, to_document
from doorstep.console.conditions.draft import Draft, Line, Lines, Path, key_of, path_of
from doorstep.kernel.conditions.api import (
    Condition,
    Fact,
    InvalidCondition,
    Registry,
    describe,
    parse,
    registry,
)

FindOffers = Callable[[set[str]], Offers]


def _no_offers(_facts: set[str]) -> Offers:
    return {}


@dataclass(frozen=True)
class ConditionEditor:
    """One editor on a page.

    :param name: what its controls' names begin with; letters only, one a page.
    :param currency: the store's, for amounts.
    :param is_strict: say what is still missing, too (somebody pressed "Save").
    :param picker: where a list of facts is open: at a group to add to it, at a line to change it.
    :param query: what is searched for in that list.
    :param focus: id of the control that gets the cursor.
    :param is_asking: a button of the editor was pressed: show the page again, save nothing.
    """

    subject: str
    draft: Draft
    currency: str
    name: str = "where"
    is_strict: bool = False
    picker: Path | None = None
    query: str = ""
    focus: str = ""
    is_asking: bool = False
    find_offers: FindOffers = _no_offers
    facts: Registry = registry

    @classmethod
    def of(cls, document: Any, subject: str, currency: str, **more: Any) -> ConditionEditor:
        """Return an editor that shows a stored condition (``{"all": []}`` for none yet)."""
        facts: Registry = more.get("facts", registry)
        try:
            tree = parse(document, subject, facts=facts).to_json()["where"]
        except InvalidCondition:
            tree = document["where"] if isinstance(document, Mapping) and "where" in document else document  # fmt: skip
        editor = cls(subject, from_tree(tree, facts=facts), currency, **more)
        return editor._settled()

    @classmethod
    def read(cls, data: QueryDict, subject: str, currency: str, **more: Any) -> ConditionEditor:
        """Return the editor as a form was sent, after what its button asked for."""
        name = more.get("name", "where")
        sent = dict(data.lists())
        opened = path_of(data.get(f"{name}-open", "-"))
        editor = cls(
            subject,
            drafts.read(sent, name),
            currency,
            picker=opened,
            query=data.get(f"{name}-find", "")[:80],
            **more,
        )
        do = data.get(f"{name}-do", "")
        return (editor._do(do) if do else editor)._settled()

    @staticmethod
    def was_sent(data: QueryDict, name: str = "where") -> bool:
        """Tell whether a form with this editor in it was sent."""
        return f"{name}-r-kind" in data

    def strictly(self) -> ConditionEditor:
        """Return the editor saying what is still missing, too: somebody wants to save."""
        return replace(self, is_strict=True)

    # -- what it means

    @cached_property
    def tree(self) -> Any:
        """The JSON tree as typed, right or not."""
        return to_document(self.draft, self.currency, facts=self.facts)

    @cached_property
    def _parsed(self) -> tuple[Condition | None, InvalidCondition | None]:
        try:
            return parse(self.tree, self.subject, facts=self.facts), None
        except InvalidCondition as error:
            return None, error

    @property
    def condition(self) -> Condition | None:
        """The condition, None while something in it is wrong or missing."""
        return self._parsed[0]

    @property
    def document(self) -> dict[str, Any]:
        """The canonical document to store.

        :raises InvalidCondition: while something is wrong.
        """
        condition, error = self._parsed
        if condition is None:
            assert error is not None
            raise error
        return condition.to_json()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked at all."""
        return not self.draft.children

    @cached_property
    def sentence(self) -> str:
        """The whole condition in words, "" while it is not right or empty."""
        condition = self.condition
        if condition is None or self.is_empty:
            return ""
        words = describe(condition.root)
        for value, label in self._labels():
            words = words.replace(f"“{value}”", f"“{label}”")
        return words

    def _labels(self) -> list[tuple[str, str]]:
        """Return the names of ids that stand in the sentence (segments)."""
        return [
            pair for offer in self.offers.values() for pair in offer.values if pair[0] != pair[1]
        ]

    @cached_property
    def offers(self) -> Offers:
        """Values to choose from, of the facts that the draft uses."""
        used = {node.fact for _path, node in drafts.walk(self.draft) if isinstance(node, Line)}
        return self.find_offers(used) if used else {}

    @cached_property
    def problems(self) -> dict[tuple[Path, str], str]:
        """What is wrong, by node and part ("fact", "op", "value", "within", "with.…", "")."""
        error = self._parsed[1]
        found: dict[tuple[Path, str], str] = {}
        for problem in error.problems if error else ():
            place, part = place_of(problem.path, self.draft)
            node = drafts.at(self.draft, place)
            is_blank = _is_blank(node, part)
            if is_blank and not self.is_strict:
                continue
            found.setdefault((place, part), _blank_words(node) if is_blank else problem.message)
        return found

    @property
    def is_unfinished(self) -> bool:
        """Whether something is wrong or missing."""
        return self.condition is None

    # -- what a button asks for

    def _do(self, do: str) -> ConditionEditor:
        verb, _colon, rest = do.partition(":")
        key, _colon, fact = rest.partition(":")
        path = path_of(key) if key else ()
        asked = replace(self, is_asking=True)
        if path is None:
            return asked
        match verb:
            case "add" | "fact":
                return asked._opened(path)
            case "pick":
                return asked._picked(path, fact)
            case "group":
                return asked._grouped(path)
            case "remove":
                draft = drafts.remove(self.draft, path)
                return replace(asked, draft=draft, picker=None, focus=asked._id(path[:-1], "add"))
            case "close":
                return replace(asked, picker=None, focus=asked._id(path, "add"))
        return asked

    def _opened(self, path: Path) -> ConditionEditor:
        if drafts.at(self.draft, path) is None:
            return self
        return replace(self, picker=path, query="", focus=f"{self.name}-find")

    def _picked(self, path: Path, fact_name: str) -> ConditionEditor:
        fact = self._fact(fact_name)
        node = drafts.at(self.draft, path)
        if fact is None or node is None:
            return self
        if isinstance(node, Lines):
            draft = drafts.add(self.draft, path, Line(fact.name))
            place = (*path, len(node.children))
        else:
            draft = drafts.put(self.draft, path, Line(fact.name, self._kept(node, fact)))
            place = path
        return replace(self, draft=draft, picker=None, query="", focus=self._id(place, "fact"))

    def _kept(self, line: Line, fact: Fact) -> Mapping[str, tuple[str, ...]]:
        """Return what was typed, where it suits the new fact as well."""
        old = self._fact(line.fact)
        is_alike = old is not None and (old.type, old.choices) == (fact.type, fact.choices)
        return line.inputs if is_alike and not line.get(EXACT) else {}

    def _grouped(self, path: Path) -> ConditionEditor:
        node = drafts.at(self.draft, path)
        if not isinstance(node, Lines):
            return self
        kind = "any" if node.kind == "all" else "all"
        draft = drafts.add(self.draft, path, Lines(kind))
        return replace(self, draft=draft)._opened((*path, len(node.children)))

    def _fact(self, name: str) -> Fact | None:
        fact = self.facts.fact_named(name)
        return fact if fact is not None and fact.subject == self.subject else None

    def _id(self, path: Path, part: str) -> str:
        return f"{self.name}-{key_of(path)}-{part}"

    # -- keeping the draft to what is shown

    def _settled(self) -> ConditionEditor:
        """Give every line the inputs that its controls show: what one sees is what is meant."""
        return replace(self, draft=self._map(self._settle))

    def _settle(self, line: Line) -> Line:
        fact = self._fact(line.fact)
        if line.get(EXACT):
            return Line(line.fact, {EXACT: (line.get(EXACT),)})
        if fact is None:
            return Line(line.fact)
        fields: dict[str, tuple[str, ...]] = {}
        for control in controls_of(line, fact, self.currency, {}):
            for part, value in fields_of(control):
                fields[part] = (*fields.get(part, ()), value)
        return Line(line.fact, fields)

    def _map(self, change: Callable[[Line], Line]) -> Draft:
        def walk(node: Line | Lines) -> Line | Lines:
            if isinstance(node, Line):
                return change(node)
            return replace(node, children=tuple(map(walk, node.children)))

        changed = walk(self.draft)
        assert isinstance(changed, Lines)
        return changed


def _is_blank(node: Line | Lines | None, part: str) -> bool:
    """Tell whether a problem is only that nothing was typed yet."""
    if isinstance(node, Lines):
        return not node.children
    if not isinstance(node, Line) or node.get(EXACT):
        return False
    if part == "value":
        parts: Sequence[str] = ("a", "b", "a.n", "b.n")
    elif part == "within":
        parts = ("in.n", "in.from", "in.to")
    elif part.startswith("with"):
        return not any(node.get(one) for one in node.inputs if one.startswith("with."))
    else:
        return False
    shown = [one for one in parts if one in node.inputs]
    return any(not node.get(one) for one in shown) or not shown


def _blank_words(node: Line | Lines | None) -> str:
    if isinstance(node, Lines):
        return _("This group is empty: add a condition to it, or remove it.")
    return _("Fill this in, or remove the line.")
