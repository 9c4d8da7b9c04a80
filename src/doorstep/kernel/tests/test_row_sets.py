"""Rows written in sets: what jsonb can't hold, and what a table has already."""

from __future__ import annotations

import json

import pytest

from doorstep.kernel.row_sets import dump_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ([], "[]"),
        ((), "[]"),
        ({}, "{}"),
        ("", '""'),
        (0, "0"),
        (False, "false"),
        ({"a\x00": ["b\x00", {"c": "\x00"}]}, '{"a":["b",{"c":""}]}'),
    ],
)
def test_what_a_jsonb_column_gets(value: object, text: str | None) -> None:
    assert dump_json(value) == text


def test_a_text_that_only_looks_like_nul_is_kept() -> None:
    written = dump_json({"a": "\\u0000"})
    assert written is not None
    assert json.loads(written) == {"a": "\\u0000"}
