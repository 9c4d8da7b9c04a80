"""What conditions say about each fact is English that somebody has read."""

from __future__ import annotations

import re

import pytest

from doorstep.kernel.conditions.api import registry
from doorstep.kernel.conditions.phrases import has_phrase
from tests.architecture.condition_words import KEPT, sentences

FACTS = [
    fact
    for subject in registry.subjects()
    if subject.name != "probe"
    for fact in registry.facts_of(subject.name)
]


def test_every_fact_says_how_it_is_spoken_of() -> None:
    assert [fact.name for fact in FACTS if not has_phrase(fact)] == []


def test_the_sentences_are_those_that_were_read() -> None:
    """Look at them when they change; ``condition_words.py`` says how they are written down."""
    assert "\n".join(sentences()).splitlines() == KEPT.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "clumsy",
    [
        r"\b(?:exactly|least|most|than|and) 1 [a-z]+s\b(?<!grams)",  # one pieces
        r"\b(?:[02-9]|1[0-9]) (?:order|piece|day|return|parcel|time)\b",
        r"[{}]",
        r"  \w+.*  ",
        r"\bis at least .* is\b",
        r"\bnumber of\b(?! orders| times| pieces)",
        r"_",
    ],
)
def test_nothing_reads_like_a_form(clumsy: str) -> None:
    said = [line for line in sentences() if line.startswith("  ")]
    assert [line for line in said if re.search(clumsy, line)] == []
