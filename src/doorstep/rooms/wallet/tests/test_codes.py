"""Codes: readable, forgiving, and every slip is noticed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.wallet.rules.codes import (
    ALPHABET,
    LENGTH,
    RANDOM_CHARACTERS,
    make_code,
    read_code,
    show_code,
)

codes = st.builds(make_code)


def test_a_code_has_more_than_80_random_bits() -> None:
    assert len(ALPHABET) == 32
    assert RANDOM_CHARACTERS * 5 >= 80
    assert len({make_code() for _ in range(1000)}) == 1000


@given(codes)
def test_what_is_shown_can_be_typed_back(code: str) -> None:
    shown = show_code(code)
    assert [len(group) for group in shown.split("-")] == [4] * 5
    typed = shown.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert read_code(shown) == read_code(typed) == code


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code: str, place: int, wrong: str) -> None:
    changed = code[:place] + wrong + code[place + 1 :]
    assert read_code(changed) == (code if changed == code else "")


@given(codes, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_two_characters_that_changed_places_are_noticed(code: str, one: int, two: int) -> None:
    letters = list(code)
    letters[one], letters[two] = letters[two], letters[one]
    changed = "".join(letters)
    assert read_code(changed) == (code if changed == code else "")


@given(st.text(max_size=200))
def test_anything_may_be_typed(text: str) -> None:
    assert read_code(text) in ("", text) or len(read_code(text)) == LENGTH
