"""Counting parts of text messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.messaging.templating.sms import measure_sms, plain_typography


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # the euro sign is not cut in two
        ("é" * 160, "GSM-7", 160, 1),
        ("ê", "UCS-2", 1, 1),
        ("茶" * 70, "UCS-2", 70, 1),
        ("茶" * 71, "UCS-2", 71, 2),
        ("🌿" * 35, "UCS-2", 70, 1),
        ("🌿" * 36, "UCS-2", 72, 2),
    ],
)
def test_parts(text: str, encoding: str, units: int, segments: int) -> None:
    size = measure_sms(text)
    assert (size.encoding, size.units, size.segments) == (encoding, units, segments)


def test_typography_is_simplified_only_where_it_saves() -> None:
    assert plain_typography("It’s – “fine”…") == 'It\'s - "fine"...'
    assert plain_typography("茶 – ’") == "茶 – ’"


@given(st.text(max_size=400))
def test_simplifying_never_costs_parts(text: str) -> None:
    # "…" becomes three septets, where it alone had forced 70 units a part.
    assert measure_sms(plain_typography(text)).segments <= max(measure_sms(text).segments, 1) * 2
