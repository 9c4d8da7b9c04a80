"""Segments by their names, where a sentence about a condition has their ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from doorstep.kernel.conditions.api import Condition, Decision, Trace
from doorstep.rooms.audiences.models import Segment
from doorstep.rooms.audiences.rules.asking import GONE, SEGMENTS

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def name_segments(words: str) -> str:
    """Return a sentence with names where it has ids; a query only when it has some."""
    return _named(words, _names([words]))


def name_in_decisions(
    condition: Condition, decisions: Mapping[UUID, Decision]
) -> dict[UUID, Decision]:
    """Return decisions whose words name segments; one query when the condition is about them."""
    if not any(ref.fact.name == SEGMENTS for ref in condition.refs):
        return dict(decisions)
    names = _names(words for one in decisions.values() for words in _words(one.trace))
    return {key: replace(one, trace=_renamed(one.trace, names)) for key, one in decisions.items()}


def _names(sentences: Iterable[str]) -> dict[str, str]:
    ids = {found for words in sentences for found in _ID.findall(words)}
    if not ids:
        return {}
    known = Segment.objects.filter(id__in=ids).values_list("id", "name")
    names = {str(segment_id): name for segment_id, name in known}
    return {found: names.get(found, GONE) for found in ids}


def _named(words: str, names: Mapping[str, str]) -> str:
    return _ID.sub(lambda match: names.get(match[0], match[0]), words) if names else words


def _words(trace: Trace) -> Iterable[str]:
    yield trace.words
    for child in trace.children:
        yield from _words(child)


def _renamed(trace: Trace, names: Mapping[str, str]) -> Trace:
    children = tuple(_renamed(child, names) for child in trace.children)
    return replace(trace, words=_named(trace.words, names), children=children)
