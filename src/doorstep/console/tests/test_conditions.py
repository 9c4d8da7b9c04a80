"""The condition editor: any condition survives the form; every button does what it says."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from doorstep.console.conditions import draft as drafts
from doorstep.console.conditions.draft import Draft, Line, Lines
from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.shelves import MORE, arrange, shelf_of
from doorstep.console.tests.html_forms import sent_by
from doorstep.kernel.conditions.api import parse, registry
from doorstep.kernel.tests.test_conditions_agree import FACTS, comparisons, trees


def editor_of(tree: Any, **more: Any) -> ConditionEditor:
    return ConditionEditor.of(tree, "probe", "EUR", facts=FACTS, **more)


def html_of(editor: ConditionEditor) -> str:
    return render_to_string(
        "console/conditions/editor.html",
        {"editor": editor, "url": "/there/", "empty_words": "everybody is in"},
    )


def press(editor: ConditionEditor, do: str = "") -> ConditionEditor:
    """Send the form as it stands in the page, by one of its buttons."""
    buttons = {"where_do": do} if do else {}
    return ConditionEditor.read(sent_by(html_of(editor), **buttons), "probe", "EUR", facts=FACTS)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=comparisons() | trees | st.just({"all": []}))
@example(tree={"fact": "probe.city", "op": "in", "value": ["a, b", "\n", " c ", '"', "<b>"]})
@example(tree={"fact": "probe.city", "op": "eq", "value": "a\u2028b", "ignore_case": True})
@example(tree={"fact": "probe.born", "op": "eq", "value": {"from_today": {"weeks": 0}}})
@example(tree={"fact": "probe.placed", "op": "lt", "value": {"from_now": {"days": 0}}})
@example(tree={"any": [{"none": [{"fact": "probe.gift", "op": "ne", "value": False}]}]})
def test_any_condition_survives_the_form(tree: Any) -> None:
    stored = parse(tree, "probe", facts=FACTS).canonical()
    editor = editor_of(tree)
    for _again in range(2):
        assert editor.condition is not None
        assert editor.condition.canonical() == stored
        assert editor.problems == {}
        editor = press(editor)


texts = st.text(max_size=8)
inputs = st.dictionaries(
    st.sampled_from(["op", "a", "b", "a.n", "a.unit", "a.mode", "in", "in.n", "cur", "exact"]),
    texts | st.sampled_from(["eq", "gte", "last", "days", "between", "today", "{}", "[]", "5"]),
)
lines = st.builds(
    lambda fact, typed: Line(fact, {part: (text,) for part, text in typed.items()}),
    st.sampled_from([fact.name for fact in FACTS.facts_of("probe")]) | texts,
    inputs,
)
wild = st.recursive(
    lines, lambda below: st.builds(Lines, st.sampled_from(drafts.KINDS), st.lists(below, max_size=3).map(tuple)), max_leaves=6
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(draft=wild.map(lambda node: node if isinstance(node, Lines) else Lines("all", (node,))))
def test_any_form_can_be_read_and_shown(draft: Draft) -> None:
    """Half-finished, wrong and hostile forms come back as they were, with what is wrong."""
    data = QueryDict(mutable=True)
    for path, node in drafts.walk(draft):
        key = f"where-{drafts.key_of(path)}"
        if isinstance(node, Lines):
            data[f"{key}-kind"] = node.kind
        else:
            data[f"{key}-fact"] = node.fact
            for part, values in node.inputs.items():
                data.setlist(f"{key}-{part}", list(values))
    editor = ConditionEditor.read(data, "probe", "EUR", facts=FACTS, is_strict=True)
    assert (editor.condition is None) == bool(editor.problems)
    again = ConditionEditor.read(sent_by(html_of(editor)), "probe", "EUR", facts=FACTS)
    assert again.tree == editor.tree or "\\u" in repr(editor.tree) or _has_controls(editor.tree)


@pytest.mark.parametrize("depth", [9, 300, 900, 100_000])
def test_what_is_nested_too_deeply_is_refused_in_words(depth: int) -> None:
    """A form can be written by hand; its part that no control shows is JSON."""
    text = '{"all": [' * depth + '{"fact": "probe.gift", "op": "eq", "value": true}' + "]}" * depth
    data = QueryDict(mutable=True)
    data["where-r-kind"], data["where-r.0-fact"], data["where-r.0-exact"] = (
        "all",
        "probe.gift",
        text,
    )
    editor = ConditionEditor.read(data, "probe", "EUR", facts=FACTS, is_strict=True)
    assert editor.condition is None
    assert editor.problems
    html_of(editor)


def _has_controls(tree: Any) -> bool:
    """Browsers drop control characters that were put into a form by hand."""
    return any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in str(tree)) or "\\x" in repr(tree)  # fmt: skip


def test_a_marketer_builds_a_condition_without_a_script() -> None:
    editor = editor_of({"all": []})
    assert "everybody is in" in html_of(editor)
    editor = press(editor, "add:r")
    assert "The page views." in html_of(editor)
    editor = press(editor, "pick:r:probe.page_views")
    assert editor.focus == "where-r.0-fact"
    assert editor.condition is None
    assert editor.problems == {}  # not finished is not wrong
    data = sent_by(html_of(editor))
    data["where-r.0-in"], data["where-r.0-a"] = "last", "2"
    editor = ConditionEditor.read(data, "probe", "EUR", facts=FACTS)
    data = sent_by(html_of(editor))
    assert data["where-r.0-in.unit"] == "days"
    data["where-r.0-in.n"] = "90"
    data["where-do"] = "group:r"
    editor = ConditionEditor.read(data, "probe", "EUR", facts=FACTS)
    editor = press(editor, "pick:r.1:probe.gift")
    assert editor.document["where"] == {
        "all": [
            {"fact": "probe.page_views", "op": "gte", "value": 2, "within": {"last": {"days": 90}}},
            {"any": [{"fact": "probe.gift", "op": "eq", "value": True}]},
        ]
    }
    assert editor.sentence == "has opened at least 2 pages in the last 90 days and is a gift"
    editor = press(editor, "remove:r.1")
    assert editor.focus == "where-r-add"
    assert len(editor.draft.children) == 1


def test_changing_the_question_keeps_an_answer_that_suits() -> None:
    editor = editor_of({"fact": "probe.page_views", "op": "gt", "value": 3})
    assert press(editor, "pick:r.0:probe.visits").tree == {
        "fact": "probe.visits",
        "op": "gt",
        "value": 3,
    }
    changed = press(editor, "pick:r.0:probe.city")
    assert changed.tree == {"fact": "probe.city", "op": "eq"}
    assert changed.problems == {}


@pytest.mark.parametrize(
    "do",
    ["add:r.9", "add:x", "pick:r:nothing.such", "pick:r.7:probe.city", "pick:r:order.total", "remove:r",
     "remove:r.4.4", "group:r.0", "close:r", "nonsense", ":::", "add:r.0.0.0.0.0.0.0.0.0.0.0.0.0.0"],
)  # fmt: skip
def test_a_button_for_something_gone_changes_nothing(do: str) -> None:
    editor = editor_of({"any": [{"fact": "probe.city", "op": "eq", "value": "Tea"}]})
    assert press(editor, do).tree == editor.tree


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"op": ("gte",), "a": ("many",)}, "Write a whole number from 0 on."),
        ({"op": ("gte",), "a": ("",)}, "Fill this in, or remove the line."),
        ({"op": ("between",), "a": ("5",), "b": ("2",)}, "swap them."),
        ({"op": ("gte",), "a": ("1",), "in": ("last",), "in.n": ("x",)}, "Days is a whole number."),
        ({"op": ("gte",), "a": ("1",), "in": ("days",)}, "Fill this in, or remove the line."),
    ],
)
def test_problems_stand_at_their_place(line: dict[str, tuple[str, ...]], words: str) -> None:
    draft = Lines("all", (Line("probe.gift", {"a": ("yes",)}), Line("probe.page_views", line)))
    editor = ConditionEditor("probe", draft, "EUR", facts=FACTS, is_strict=True)._settled()
    [((place, _part), said)] = editor.problems.items()
    assert place == (1,)
    assert said.endswith(words) or words in said[:1].upper() + said[1:] + "."
    html = html_of(editor)
    assert 'aria-invalid="true"' in html
    assert html.count('class="error"') >= 1


def test_a_fact_that_is_gone_is_kept_and_named() -> None:
    tree = {"all": [{"fact": "probe.vanished", "op": "eq", "value": 1}, {"fact": "probe.gift", "op": "eq", "value": True}]}  # fmt: skip
    editor = press(editor_of(tree))
    assert editor.tree == tree
    assert "no fact “probe.vanished”" in html_of(editor)


def test_a_huge_condition_stays_as_it_is() -> None:
    one = {"fact": "probe.visits", "op": "gt", "value": 1}
    tree = {"any": [one | {"value": n} for n in range(150)]}
    editor = press(editor_of(tree))
    assert editor.document["where"] == tree
    assert "kept as written" in html_of(editor)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("49,90", 4990), ("1.234,50", 123450), ("1,234.50", 123450), ("49.9", 4990), ("49", 4900)],
)
def test_amounts_as_people_write_them(typed: str, amount: int) -> None:
    draft = Lines("all", (Line("probe.total", {"op": ("gte",), "a": (typed,)}),))
    editor = ConditionEditor("probe", draft, "EUR", facts=FACTS)
    assert editor.document["where"]["all"][0]["value"] == {"amount_minor": amount, "currency": "EUR"}  # fmt: skip


def test_every_fact_about_customers_stands_on_a_shelf() -> None:
    facts = registry.facts_of("customer")
    assert [fact.name for fact in facts if shelf_of(fact) == MORE] == []


def test_the_search_finds_by_any_word() -> None:
    facts = registry.facts_of("customer")
    [shelf] = arrange(facts, "  NUMBER of ordérs ")
    assert [entry.name for entry in shelf.entries] == ["customer.orders"]
    assert arrange(facts, "xyzzy") == []
