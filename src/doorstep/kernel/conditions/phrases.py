"""How a fact is said: the sentence its value and its comparisons stand in.

A room that declares a fact says here how people speak of it: "has placed {} orders". The hole is
filled with a value ("17") or with what is asked ("at least 2"). Who it is about is never said: the
sentence is read after a name, or after "who".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doorstep.kernel.conditions.facts import Fact, FactType

_NUMBERS = (FactType.COUNT, FactType.NUMBER, FactType.MONEY)
_DATES = (FactType.DATE, FactType.DATETIME)
_NOUNS = (FactType.TEXT, FactType.ENUM)


@dataclass(frozen=True, slots=True)
class Phrase:
    """The sentences of one fact; a parameter's value stands in braces by its name.

    :param says: with one hole, ``{}``. Of a yes-or-no, the sentence of a yes. Of a text, what it
        is called: "the delivery country".
    :param one: the same with exactly one: "has placed {} order".
    :param no: the opposite: of a yes-or-no, of a set ("has not bought {}").
    :param known: what "is known" (of a set: is not empty) means: "has placed an order".
    :param unknown: and its opposite.
    """

    says: str
    one: str = ""
    no: str = ""
    known: str = ""
    unknown: str = ""


_phrases: dict[str, Phrase] = {}


def say_fact(
    name: str, says: str, *, one: str = "", no: str = "", known: str = "", unknown: str = ""
) -> None:
    """Say how a fact is spoken of; the same twice is fine.

    :raises ValueError: there are two phrases for it, or a hole is missing.
    """
    phrase = Phrase(says, one, no, known, unknown)
    if _phrases.setdefault(name, phrase) != phrase:
        raise ValueError(f"two phrases for {name}")
    if one and "{}" in says and "{}" not in one:
        raise ValueError(f"{name}: where does the number go?")


def has_phrase(fact: Fact) -> bool:
    """Tell whether somebody said how a fact is spoken of."""
    return fact.name in _phrases


def phrase_of(fact: Fact) -> Phrase:
    """Return how a fact is spoken of; without a phrase its label has to do."""
    found = _phrases.get(fact.name) or _from_label(fact)
    topic = found.says if fact.type in _NOUNS else f"the {fact.label.removeprefix('the ')}"
    known, unknown = f"{topic} is known", f"{topic} is not known"
    if fact.type is FactType.BOOL:
        known = f"it is known whether it {found.says}"
        unknown = f"it is not known whether it {found.says}"
    return Phrase(
        found.says,
        found.one or found.says,
        found.no,
        found.known or known,
        found.unknown or unknown,
    )


def _from_label(fact: Fact) -> Phrase:
    label = fact.label if fact.label.startswith(("the ", "a ")) else f"the {fact.label}"
    if fact.type is FactType.BOOL:
        if fact.label.startswith("is "):
            return Phrase(fact.label, no=f"is not {fact.label.removeprefix('is ')}")
        return Phrase(fact.label, no=f"not {fact.label}")
    if fact.type is FactType.SET:
        return Phrase(
            f"{label} include {{}}",
            no=f"{label} do not include {{}}",
            known=f"{label} are not empty",
            unknown=f"{label} are empty",
        )
    if fact.type in _NUMBERS or fact.type in _DATES:
        return Phrase(f"{label} is {{}}")
    return Phrase(label)


def fill(template: str, slot: str, params: Iterable[tuple[str, str]]) -> str:
    """Put words into a sentence's holes, each once: what people typed is no template."""
    parts = template.split("{}")
    for name, shown in params:
        parts = [part.replace(f"{{{name}}}", shown) for part in parts]
    return slot.join(parts)
