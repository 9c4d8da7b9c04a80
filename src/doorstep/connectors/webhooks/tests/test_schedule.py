"""Waits between tries."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from doorstep.connectors.webhooks.schedule import WAITS, is_given_up, next_try
from doorstep.connectors.webhooks.tests.conftest import AT


@given(st.integers(1, len(WAITS)))
def test_waits_are_about_what_the_table_says(failures: int) -> None:
    due = next_try(failures, AT)
    assert due is not None
    assert WAITS[failures - 1] * 0.89 <= due - AT <= WAITS[failures - 1] * 1.11


def test_the_last_failure_ends_it() -> None:
    assert next_try(len(WAITS) + 1, AT) is None
    assert timedelta(days=3) < sum(WAITS, timedelta()) < timedelta(days=4)


def test_a_receiver_may_ask_for_more_but_not_for_ever() -> None:
    assert next_try(1, AT, asked_wait=3600) == AT + timedelta(hours=1)
    assert next_try(1, AT, asked_wait=1e9) == AT + timedelta(hours=24)
    soon = next_try(2, AT, asked_wait=1)
    assert soon is not None
    assert soon - AT > timedelta(minutes=4)


def test_endpoints_are_given_up_after_five_days() -> None:
    assert not is_given_up(None, AT)
    assert not is_given_up(AT - timedelta(days=4, hours=23), AT)
    assert is_given_up(AT - timedelta(days=5), AT)
