"""From a draft to a condition's JSON, and back."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from doorstep.console.conditions.draft import Child, Draft, Line, Lines, Path
from doorstep.kernel.conditions.api import Condition, Fact, FactType, Registry, registry
from doorstep.kernel.conditions.operators import OPERATORS, Operator
from doorstep.kernel.errors import Invalid
from doorstep.kernel.money import from_minor

YES, NO = "yes", "no"
EXACT = "exact"  # a line, or a group, that the form carries as it was written
MOST_SHOWN = 60  # lines; a longer condition stays as it is and is shown in words


def operator_of(line: Line, fact: Fact) -> Operator:
    """Return the comparison a line has chosen, else the first that suits its fact."""
    known = OPERATORS[fact.type]
    first = "contains" if fact.type is FactType.SET else next(iter(known))
    if fact.type in (FactType.COUNT, FactType.NUMBER, FactType.MONEY):
        first = "gte"
    if fact.type is FactType.DATETIME:
        first = "within_last"
    return known.get(line.get("op"), known[first])


# -- draft to document


def to_document(draft: Draft, currency: str, *, facts: Registry = registry) -> Any:
    """Return the JSON tree a draft means; what is wrong in it the parser says.

    :param currency: of amounts where the form names none.
    """
    if draft.is_bare and len(draft.children) == 1:
        return _node(draft.children[0], currency, facts)
    return _node(draft, currency, facts)


def _node(node: Child, currency: str, facts: Registry) -> Any:
    if isinstance(node, Lines):
        return {node.kind: [_node(child, currency, facts) for child in node.children]}
    if node.get(EXACT):
        try:
            return json.loads(node.get(EXACT))
        except (ValueError, RecursionError):  # no JSON, or nested too deeply: not ours
            return {}
    fact = facts.fact_named(node.fact)
    if fact is None:
        return {"fact": node.fact, "op": node.get("op")}
    return _comparison(node, fact, currency)


def _comparison(line: Line, fact: Fact, currency: str) -> dict[str, Any]:
    operator = operator_of(line, fact)
    found: dict[str, Any] = {"fact": fact.name, "op": operator.name}
    if fact.params:
        found["with"] = {
            param.name: _scalar(param.type, line, f"with.{param.name}", currency)
            for param in fact.params
        }
    window = _window(line) if fact.windowed else None
    if window is not None:
        found["within"] = window
    value = _operand(line, fact, operator, currency)
    if value is not None:
        found["value"] = value
    if line.get("case"):
        found["ignore_case"] = True
    return found


def _operand(line: Line, fact: Fact, operator: Operator, currency: str) -> Any:
    """Return the operand; None where nothing was typed, which the parser then asks for."""
    match operator.operand:
        case "none":
            return None
        case "span":
            return _span(line, "a") if line.get("a.n") else None
        case "range":
            pair = [_scalar(fact.type, line, part, currency) for part in ("a", "b")]
            return None if pair == [None, None] else pair
        case "many":
            return [_typed(fact.type, text, currency) for text in line.many("a")] or None
        case _:
            return _scalar(fact.type, line, "a", currency)


def _scalar(kind: FactType, line: Line, part: str, currency: str) -> Any:
    if kind in (FactType.DATE, FactType.DATETIME):
        return _moment(line, part)
    text = line.get(part)
    return _typed(kind, text, line.get("cur") or currency) if text else None


def _typed(kind: FactType, text: str, currency: str) -> Any:
    match kind:
        case FactType.BOOL if text in (YES, NO):
            return text == YES
        case FactType.COUNT if text.isascii() and text.isdigit() and len(text) < 20:
            return int(text)
        case FactType.MONEY:
            return {"amount": _plain_number(text), "currency": currency.upper()}
        case FactType.NUMBER:
            return _plain_number(text)
    return text


def _plain_number(text: str) -> str:
    """Read "1.234,50", "1,234.50" and "49,9" as people mean them."""
    if "," in text and "." in text:
        thousands, decimal = (",", ".") if text.rfind(".") > text.rfind(",") else (".", ",")
        return text.replace(thousands, "").replace(decimal, ".")
    return text.replace(",", ".")


def _moment(line: Line, part: str) -> Any:
    mode = line.get(f"{part}.mode") or "day"
    match mode:
        case "today":
            return {"from_today": {"days": 0}}
        case "before_today" | "after_today":
            return {"from_today": _span(line, part, sign=-1 if mode == "before_today" else 1)}
        case "ago" | "ahead":
            return {"from_now": _span(line, part, sign=-1 if mode == "ago" else 1)}
        case _:
            return line.get(part) or None


def _span(line: Line, part: str, sign: int = 1) -> dict[str, Any]:
    text = line.get(f"{part}.n")
    is_whole = text.isascii() and text.isdigit() and len(text) < 10
    return {line.get(f"{part}.unit") or "days": sign * int(text) if is_whole else text or None}


def _window(line: Line) -> Any:
    match line.get("in"):
        case "last":
            return {"last": _span(line, "in")}
        case "days":
            days = {end: line.get(f"in.{end}") for end in ("from", "to")}
            return {end: day for end, day in days.items() if day}
        case _:
            return None


# -- document to draft


def from_condition(condition: Condition, *, facts: Registry = registry) -> Draft:
    """Return the draft that shows a checked condition; turned back it is the same condition."""
    return from_tree(condition.to_json()["where"], facts=facts)


def from_tree(tree: Any, *, facts: Registry = registry) -> Draft:
    """Return the draft of a JSON tree, also of one that is not right (a fact is gone).

    What the controls can't show exactly is carried as it is written, and shown in words.
    """
    if _count(tree) > MOST_SHOWN:
        return Lines("all", (_exact(tree),), is_bare=True)
    node = _draft(tree, facts)
    return node if isinstance(node, Lines) else Lines("all", (node,), is_bare=True)


def _count(tree: Any) -> int:
    kind = _kind(tree)
    return sum(map(_count, tree[kind])) if kind else 1


def _kind(tree: Any) -> str:
    if isinstance(tree, Mapping) and len(tree) == 1:
        [(kind, children)] = tree.items()
        if kind in ("all", "any", "none") and isinstance(children, list | tuple):
            return str(kind)
    return ""


def _draft(tree: Any, facts: Registry) -> Child:
    kind = _kind(tree)
    if kind:
        return Lines(kind, tuple(_draft(child, facts) for child in tree[kind]))
    fact = facts.fact_named(tree["fact"]) if isinstance(tree, Mapping) and "fact" in tree else None
    if fact is None or tree.get("op") not in OPERATORS[fact.type]:
        return _exact(tree)
    line = Line(fact.name, _inputs(tree, fact))
    # "Can the controls show it?" has one honest answer: type it in, and compare.
    is_shown = _same(_comparison(line, fact, ""), tree) and not _is_lost(line)
    return line if is_shown else _exact(tree)


def _exact(tree: Any) -> Line:
    fact = tree.get("fact", "") if isinstance(tree, Mapping) else ""
    return Line(str(fact), {EXACT: (json.dumps(tree, sort_keys=True),)})


def _is_lost(line: Line) -> bool:
    """Tell whether a browser would change what is typed: it drops or turns control characters."""
    texts = (text for values in line.inputs.values() for text in values)
    return any(unicodedata.category(letter) in ("Cc", "Cs") for t in texts for letter in t if letter != "\n")  # fmt: skip


def _same(made: Any, stored: Any) -> bool:
    return _plain(made) == _plain(stored)


def _plain(tree: Any) -> Any:
    """Bring amounts to the form both sides have."""
    if isinstance(tree, Mapping):
        if "amount_minor" in tree and "currency" in tree:
            try:
                amount = from_minor(tree["amount_minor"], tree["currency"])
            except (Invalid, TypeError):
                return tree
            return {"amount": str(amount), "currency": tree["currency"]}
        return {key: _plain(value) for key, value in tree.items()}
    return [_plain(item) for item in tree] if isinstance(tree, list | tuple) else tree


def _inputs(tree: Mapping[str, Any], fact: Fact) -> dict[str, tuple[str, ...]]:
    inputs: dict[str, tuple[str, ...]] = {"op": (tree["op"],)}
    given = tree.get("with", {})
    for param in fact.params:
        value = given.get(param.name) if isinstance(given, Mapping) else None
        inputs |= _shown(param.type, f"with.{param.name}", value)
    within = tree.get("within")
    if isinstance(within, Mapping):
        inputs |= _shown_window(within)
    if tree.get("ignore_case") is True:
        inputs["case"] = ("1",)
    return inputs | _shown_operand(tree.get("value"), fact, OPERATORS[fact.type][tree["op"]])


def _shown_operand(value: Any, fact: Fact, operator: Operator) -> dict[str, tuple[str, ...]]:
    match operator.operand:
        case "none":
            return {}
        case "span":
            return _shown_span("a", value)
        case "range" if isinstance(value, list | tuple) and len(value) == 2:
            return _shown(fact.type, "a", value[0]) | _shown(fact.type, "b", value[1])
        case "many" if isinstance(value, list | tuple):
            return _shown_many(fact, value)
        case "one":
            return _shown(fact.type, "a", value)
    return {}


def _shown_many(fact: Fact, values: Any) -> dict[str, tuple[str, ...]]:
    texts = tuple(_text(value) for value in values)
    if any("\n" in text for text in texts):
        return {}
    return {"a": texts if fact.choices else ("\n".join(texts),)}


def _shown(kind: FactType, part: str, value: Any) -> dict[str, tuple[str, ...]]:
    if kind is FactType.MONEY and isinstance(value, Mapping):
        plain = _plain(value)
        return {part: (_text(plain.get("amount")),), "cur": (_text(plain.get("currency")),)}
    if kind in (FactType.DATE, FactType.DATETIME):
        return _shown_moment(part, value)
    text = _text(value)
    return {part: (text,)} if "\n" not in text else {}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return "" if value is None else str(value)


def _shown_moment(part: str, value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        text = _text(value)
        mode = "day" if re.fullmatch(r"[\d-]{10}", text) else "instant"
        return {f"{part}.mode": (mode,), part: (text,)}
    if value == {"from_today": {"days": 0}}:
        return {f"{part}.mode": ("today",)}
    base = "from_today" if "from_today" in value else "from_now"
    span = value.get(base)
    count = next(iter(span.values()), None) if isinstance(span, Mapping) else None
    is_past = isinstance(count, int) and count <= 0
    modes = ("before_today", "after_today") if base == "from_today" else ("ago", "ahead")
    return {f"{part}.mode": (modes[0] if is_past else modes[1],)} | _shown_span(part, span)


def _shown_span(part: str, span: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(span, Mapping) or len(span) != 1:
        return {}
    [(unit, count)] = span.items()
    text = str(abs(count)) if isinstance(count, int) else _text(count)
    return {f"{part}.n": (text,), f"{part}.unit": (str(unit),)}


def _shown_window(within: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    if "last" in within:
        return {"in": ("last",)} | _shown_span("in", within["last"])
    return {
        "in": ("days",),
        "in.from": (_text(within.get("from")),),
        "in.to": (_text(within.get("to")),),
    }


# -- problems


def place_of(path: str, draft: Draft) -> tuple[Path, str]:
    """Return where in a draft a problem's path points: the node, and the part of it.

    ``$.all[1].any[0].value[2]`` is the first child of the second, its part ``value``.
    """
    nodes = re.findall(r"\.(?:all|any|none)\[(\d+)\]", path)
    place = tuple(int(nth) for nth in nodes)
    if draft.is_bare and len(draft.children) == 1:
        place = (0, *place)
    rest = re.sub(r"^\$(\.where)?(\.(all|any|none)\[\d+\])*", "", path)
    return place, re.sub(r"\[\d+\]", "", rest).strip(".")
