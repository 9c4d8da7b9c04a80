"""Gift wishes among cart attributes and line properties."""

from __future__ import annotations

from doorstep.connectors.base.gifts import Gift, read_gift


def test_names_are_compared_without_case_and_punctuation() -> None:
    found = read_gift(
        [("Gift Message", " Happy birthday! "), ("_gift_wrap", "1"), ("gift-receipt", "Yes")]
    )
    assert found == Gift(is_gift=True, message="Happy birthday!", wrap=True, receipt=True)


def test_a_no_is_no_wish() -> None:
    assert read_gift([("is_gift", "No"), ("Gift Wrap", "false"), ("Gift Note", "  ")]) == Gift()


def test_other_properties_are_not_gifts() -> None:
    assert read_gift([("Engraving", "gift"), ("Color", "Gift blue")]) == Gift()


def test_each_message_is_kept_once() -> None:
    pairs = [("Gift message", "To Rose"), ("gift_message", "To Rose"), ("Gift note", "From Maya")]
    assert read_gift(pairs).message == "To Rose\nFrom Maya"
