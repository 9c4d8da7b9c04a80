"""Whether an event's fields are as a definition asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def fits(where: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """Tell whether all fields are as asked.

    A list in ``where`` means one of it; a field that is a list itself fits when one of its values
    does. Booleans and numbers are compared as such, everything else as text.

    >>> fits({"kind": ["searched", "page_viewed"]}, {"kind": "searched"})
    True
    >>> fits({"changed": "email"}, {"changed": ["name", "email"]})
    True
    """
    return all(_fits(wanted, fields.get(name)) for name, wanted in where.items())


def _fits(wanted: Any, value: Any) -> bool:
    values = value if isinstance(value, list | tuple) else [value]
    wished = wanted if isinstance(wanted, list) else [wanted]
    return any(_comparable(one) in wished for one in values)


def _comparable(value: Any) -> Any:
    if isinstance(value, bool | int):
        return value
    return "" if value is None else str(value)
