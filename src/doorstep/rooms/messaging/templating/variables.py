"""Which names a message knows: derived from the context's types, shown in the editor.

``Shape`` is what may stand behind a name: a record (dict of shapes), a list of one shape
(:class:`Items`), a plain value (``VALUE``), or anything (``ANYTHING``: not checked).
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from doorstep.rooms.messaging.templating.context import MoneyValue
from doorstep.rooms.messaging.templating.formats import show_money
from doorstep.rooms.messaging.templating.journey_context import is_own_kind
from doorstep.rooms.messaging.templating.kinds import CONTEXT_TYPES, context_type
from doorstep.rooms.messaging.templating.samples import sample_context

VALUE: Final = "value"
ANYTHING: Final = "anything"


@dataclass(frozen=True, slots=True)
class Items:
    """A list whose items have one shape."""

    item: Shape


Shape = dict[str, Any] | Items | str


@dataclass(frozen=True, slots=True)
class Variable:
    """One name for the editor's list.

    ``path`` as written in a template (``order.number``; ``order.lines[].title`` for what each
    line has), ``kind`` one of text, number, yes/no, amount, date, list, group.
    """

    path: str
    meaning: str
    kind: str
    example: str
    usage: str


@lru_cache(maxsize=64)
def shape_of(kind: str) -> dict[str, Any]:
    """Return the names that a kind of message knows; all names for an unknown kind."""
    if kind in CONTEXT_TYPES or is_own_kind(kind):
        return _record(context_type(kind))
    merged: dict[str, Any] = {}
    for known in CONTEXT_TYPES.values():
        merged.update(_record(known))
    return merged


def is_money(shape: Shape) -> bool:
    """Tell whether a shape is an amount of money."""
    return isinstance(shape, dict) and set(shape) == {"minor", "currency"}


def variable_reference(kind: str, locale: str = "en") -> list[Variable]:
    """List every name a kind of message knows, with meaning and example.

    :raises KeyError: no such kind.
    """
    example = sample_context(kind, locale)
    return list(_variables(context_type(kind), "", example))


def _record(record: type) -> dict[str, Any]:
    hints = get_type_hints(record, include_extras=True)
    return {name: _shape(hint) for name, hint in hints.items()}


def _plain(hint: Any) -> Any:
    """Strip ``Annotated`` and ``| None``."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (types.UnionType, typing.Union):
        options = [option for option in get_args(hint) if option is not type(None)]
        return _plain(options[0])
    return hint


def _shape(hint: Any) -> Shape:
    plain = _plain(hint)
    if typing.is_typeddict(plain):
        return _record(plain)
    if get_origin(plain) is list:
        return Items(_shape(get_args(plain)[0]))
    if get_origin(plain) is dict:
        return ANYTHING
    return VALUE


def _meaning(hint: Any, plain: Any) -> str:
    if get_origin(hint) is Annotated:
        return str(get_args(hint)[1])
    first_line = (plain.__doc__ or "").split("\n")[0]
    return first_line.split(". ")[0].rstrip(".")


def _variables(record: type, prefix: str, example: Any) -> Iterator[Variable]:
    for name, hint in get_type_hints(record, include_extras=True).items():
        plain = _plain(hint)
        path = f"{prefix}{name}"
        value = example.get(name) if isinstance(example, dict) else None
        yield _variable(path, name, hint, plain, value)
        if plain is MoneyValue:
            continue
        if typing.is_typeddict(plain):
            yield from _variables(plain, f"{path}.", value)
        elif get_origin(plain) is list and typing.is_typeddict(_plain(get_args(plain)[0])):
            first = value[0] if value else None
            yield from _variables(_plain(get_args(plain)[0]), f"{path}[].", first)


def _variable(path: str, name: str, hint: Any, plain: Any, value: Any) -> Variable:
    shown = path.rpartition("[].")[2] if "[]" in path else path
    if "[]" in path:
        shown = f"{_single(path.rpartition('[].')[0].rpartition('.')[2])}.{shown}"
    kind, usage = _kind(name, plain, shown)
    return Variable(path, _meaning(hint, plain), kind, _example(kind, value), usage)


def _single(name: str) -> str:
    """Return what one item of a list is called in examples."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else "row"


def _kind(name: str, plain: Any, shown: str) -> tuple[str, str]:
    if plain is MoneyValue:
        return "amount", f"{{{{ {shown} | money }}}}"
    if typing.is_typeddict(plain) or get_origin(plain) is dict:
        return "group", "{{ json_ld | json_ld }}" if name == "json_ld" else ""
    if get_origin(plain) is list:
        return "list", f"{{% for {_single(name)} in {shown} %}} … {{% endfor %}}"
    if name.endswith("_date"):
        return "date", f'{{{{ {shown} | date: "day" }}}}'
    if name.endswith("_at"):
        return "date", f"{{{{ {shown} | datetime }}}}"
    if plain is bool:
        return "yes/no", f"{{% if {shown} %}} … {{% endif %}}"
    return "number" if plain is int else "text", f"{{{{ {shown} }}}}"


def _example(kind: str, value: Any) -> str:
    if value is None or kind in ("group", "list"):
        return ""
    if kind == "amount":
        return show_money(value["minor"], value["currency"], "en")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
