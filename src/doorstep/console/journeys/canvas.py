"""What the pages show of a definition: cards, wires and list lines, with words and addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from doorstep.console.journeys import words
from doorstep.console.journeys.editing import BEFORE
from doorstep.console.journeys.graph import (
    START,
    Definition,
    Edge,
    arms_of,
    steps_of,
)
from doorstep.console.journeys.layout import PLUS, Card, Layout, make_layout
from doorstep.console.journeys.outline import Item, make_outline, number_steps
from doorstep.console.journeys.words import Names, Shown
from doorstep.rooms.journeys.contracts import DefinitionProblem, StepCounts

LABEL_WIDTH, LABEL_HEIGHT = 144, 24


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses inside the builder; what is open stays open, the place is kept.

    :param base: the builder's page.
    :param view: ``canvas`` or ``list``.
    """

    base: str
    view: str = "canvas"
    is_far: bool = False

    def to(self, anchor: str = "", **query: str) -> str:
        """Return the builder's address with something open in it."""
        kept = {
            "view": self.view if self.view != "canvas" else "",
            "far": "1" if self.is_far else "",
        }
        asked = urlencode({k: v for k, v in {**kept, **query}.items() if v})
        return self.base + (f"?{asked}" if asked else "") + (f"#{anchor}" if anchor else "")


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as cards and lines show it."""

    id: str
    number: int
    shown: Shown
    href: str
    problems: tuple[DefinitionProblem, ...] = ()
    counts: StepCounts | None = None
    is_open: bool = False
    is_on_path: bool = False

    @property
    def anchor(self) -> str:
        """The id of its element in the page."""
        return f"s-{self.number}"

    @property
    def is_broken(self) -> bool:
        """Whether something in it keeps the journey from being published."""
        return any(problem.is_blocking for problem in self.problems)


@dataclass(frozen=True, slots=True)
class PlusView:
    """A ``+``: where it stands, where it leads, what it says to those who don't see the place."""

    edge: Edge
    x: int
    y: int
    href: str
    words: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class LabelView:
    """The name of a way."""

    x: int
    y: int
    words: str


@dataclass(frozen=True, slots=True)
class SignView:
    """Where a way ends or goes back."""

    card: Card
    step: StepView | None


@dataclass(frozen=True, slots=True)
class Canvas:
    """Everything drawn, each part ready for its template."""

    layout: Layout
    start: Card
    start_words: str
    cards: tuple[tuple[Card, StepView, tuple[PlusView, ...]], ...]
    start_plus: PlusView
    labels: tuple[LabelView, ...]
    signs: tuple[SignView, ...]
    wires: tuple[tuple[str, bool], ...]  # path, is on the way of a test


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the list, with what hangs below it."""

    item: Item
    step: StepView | None
    plus: PlusView | None
    ways: tuple[tuple[str, tuple[LineView, ...]], ...] = ()


@dataclass(frozen=True)
class Picture:
    """A definition with everything that is to be seen on it.

    :param path: the edges a test took, to be highlighted.
    """

    definition: Definition
    names: Names
    links: Links
    problems: Iterable[DefinitionProblem] = ()
    counts: Mapping[str, StepCounts] | None = None
    open_step: str | None = None
    open_edge: Edge | None = None
    path: frozenset[str] | None = None

    def steps(self) -> dict[str, StepView]:
        """Return the steps that can be reached, by id."""
        by_step: dict[str, list[DefinitionProblem]] = {}
        for problem in self.problems:
            by_step.setdefault(problem.step, []).append(problem)
        found = steps_of(self.definition)
        return {
            step: StepView(
                step,
                number,
                words.show_step(found[step], self.names),
                self.links.to(f"s-{number}", step=step),
                tuple(by_step.get(step, ())),
                self.counts.get(step) if self.counts else None,
                step == self.open_step,
                self.path is not None and step in self.path,
            )
            for step, number in number_steps(self.definition).items()
        }

    def canvas(self) -> Canvas:
        """Return the canvas."""
        layout, steps = make_layout(self.definition), self.steps()
        pluses: dict[str, list[PlusView]] = {}
        labels = []
        for wire in layout.wires:
            plus = self._plus(wire.edge, steps, wire.plus[0] - PLUS // 2, wire.plus[1] - PLUS // 2)
            pluses.setdefault(wire.edge.step, []).append(plus)
            if wire.label:
                x, y = wire.label[0] - LABEL_WIDTH // 2, wire.label[1] - LABEL_HEIGHT // 2
                labels.append(LabelView(x, y, self._way(wire.edge)))
        cards = [card for card in layout.cards if card.node.kind == "step"]
        return Canvas(
            layout,
            next(card for card in layout.cards if card.node.kind == "start"),
            words.trigger(self.definition, self.names),
            tuple((c, steps[c.node.step], tuple(pluses[c.node.step])) for c in cards),
            pluses[START][0],
            tuple(labels),
            tuple(
                SignView(card, steps.get(card.node.step))
                for card in layout.cards
                if card.node.kind in ("end", "back")
            ),
            tuple((wire.path, self._is_on_path(wire.edge)) for wire in layout.wires),
        )

    def lines(self) -> tuple[LineView, ...]:
        """Return the list."""
        steps = self.steps()

        def view(item: Item) -> LineView:
            plus = self._plus(item.edge, steps, 0, 0) if item.edge else None
            if item.meets and item.kind == "step":
                plus = self._plus(Edge(item.step, BEFORE), steps, 0, 0)
            ways = tuple((self._way(w.edge), tuple(map(view, w.items))) for w in item.ways)
            return LineView(item, steps.get(item.step), plus, ways)

        return tuple(map(view, make_outline(self.definition)))

    def _way(self, edge: Edge) -> str:
        return words.show_way(steps_of(self.definition)[edge.step], edge.slot)

    def _plus(self, edge: Edge, steps: Mapping[str, StepView], x: int, y: int) -> PlusView:
        place = self.place(edge, steps)
        is_open = edge == self.open_edge
        anchor = steps[edge.step].anchor if edge.step in steps else "s-0"
        return PlusView(edge, x, y, self.links.to(anchor, at=str(edge)), place, is_open)

    def place(self, edge: Edge, steps: Mapping[str, StepView] | None = None) -> str:
        """Say where an edge is: "after step 3, “Yes”"."""
        steps = steps if steps is not None else self.steps()
        if edge.step == START:
            return _("at the beginning")
        number = steps[edge.step].number if edge.step in steps else 0
        if edge.slot == BEFORE:
            return _("before step %d, where ways meet") % number
        way = self._way(edge)
        if way:
            return _("after step %(number)d, “%(way)s”") % {"number": number, "way": way}
        return _("after step %d") % number

    def _is_on_path(self, edge: Edge) -> bool:
        return self.path is not None and str(edge) in self.path


def path_of(
    definition: Definition, passed: Iterable[tuple[str, str]], here: str = ""
) -> frozenset[str]:
    """Return the steps somebody passed and the edges they took, to be highlighted.

    :param passed: each step with what came out there.
    :param here: the step they stand at.
    """
    found = {str(Edge(START, "first")), *([here] if here else [])}
    for step, outcome in passed:
        if step in steps_of(definition):
            found |= {step, str(Edge(step, _slot(steps_of(definition)[step], outcome)))}
    return frozenset(found)


def _slot(step: Mapping[str, Any], outcome: str) -> str:
    """Return the way that an outcome leads."""
    if outcome in ("yes", "no"):
        return outcome
    if outcome in ("timed_out", "gave_up"):
        return "otherwise"
    if outcome.startswith("arm:"):
        named = [str(arm.get("name")) for arm in arms_of(step)]
        name = outcome.removeprefix("arm:")
        return f"arm-{named.index(name)}" if name in named else "next"
    return "next"


def frame_rows(definition: Definition, names: Names, links: Links) -> list[dict[str, Any]]:
    """Return what stands on top: label, words, and where it is changed."""
    ends = words.exits(definition, names)
    return [
        {"key": "trigger", "icon": "spark", "label": _("Starts when"), "words": words.trigger(definition, names)},
        {"key": "filter", "icon": "filter", "label": _("Only for"), "words": words.audience(definition)},
        {"key": "reentry", "icon": "refresh", "label": _("Again"), "words": words.reentry(definition)},
        {"key": "exits", "icon": "door", "label": _("Ends early"), "words": "; ".join(ends) or _("Never")},
        {"key": "goal", "icon": "check", "label": _("Goal"), "words": words.goal(definition, names)},
        {"key": "holdout_percent", "icon": "customers", "label": _("Held out"), "words": words.holdout(definition)},
    ]  # fmt: skip
