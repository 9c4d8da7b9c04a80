"""Addresses, answers by SMS, statuses and back-off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.messaging.contracts import MessageStatus
from doorstep.rooms.messaging.rules.addresses import (
    UnusableAddress,
    mask_address,
    normalize_address,
)
from doorstep.rooms.messaging.rules.backoff import DELAYS, delay_after
from doorstep.rooms.messaging.rules.sms_words import meaning_of
from doorstep.rooms.messaging.rules.statuses import NEXT, may_follow, sources_of


@pytest.mark.parametrize(
    ("address", "normal"),
    [
        (" Maya.Lindqvist@Example.COM ", "maya.lindqvist@example.com"),
        ("jonas@bücher.example", "jonas@xn--bcher-kva.example"),
        ("jonas@BÜCHER.example", "jonas@xn--bcher-kva.example"),
        ("ليلى@example.com", "ليلى@example.com"),
        ("o'neil+tea@example.co.uk", "o'neil+tea@example.co.uk"),
    ],
)
def test_mail_addresses_have_one_form(address: str, normal: str) -> None:
    assert normalize_address("email", address) == normal
    assert normalize_address("email", normal) == normal


@pytest.mark.parametrize(
    "address",
    [
        "", "maya", "@example.com", "maya@", "maya@exa mple.com", "maya@example.com,x@y.z",
        "maya@example..com", "<maya@example.com>", "maya@example.com\r\nBcc: all@example.com",
        "maya\u2028@example.com", "a" * 65 + "@example.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_said_so(address: str) -> None:
    with pytest.raises(UnusableAddress):
        normalize_address("email", address)


@given(st.text())
def test_no_text_breaks_the_normalizer(text: str) -> None:
    for channel in ("email", "sms"):
        try:
            normal = normalize_address(channel, text)
        except UnusableAddress:
            continue
        assert "\n" not in normal
        assert normalize_address(channel, normal) == normal


def test_numbers_are_e164() -> None:
    assert normalize_address("sms", "+49 (151) 1234-5678") == "+4915112345678"
    for wrong in ("0151 12345678", "+0151", "+49151abc", "+123"):
        with pytest.raises(UnusableAddress):
            normalize_address("sms", wrong)


def test_masking_shows_the_owner_and_nobody_else() -> None:
    assert mask_address("email", "maya@example.com") == "m•••@example.com"
    assert mask_address("sms", "+4915112345678") == "+49•••78"


@pytest.mark.parametrize(
    "text",
    [
        "STOP", " stop. ", "Stop!", "StopAll", "QUIT", "end", "Revoke", "opt out", "OPT-OUT",
        "cancel", "unsubscribe", "please stop", "STOP NOW", "stop texting me",
        "Please stop sending me messages", "don't text me any more", "Do not contact me",
        "take me off your list", "remove me", "leave me alone", "no more texts please",
        "I want to opt out", "unsubscribe me", "I revoke my consent", "Abmelden", "ARRÊT",
        "baja", "إيقاف", "keine SMS mehr", "plus de messages",
    ],
)  # fmt: skip
def test_any_reasonable_wording_is_a_stop(text: str) -> None:
    assert meaning_of(text) == "stop"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("START", "start"), ("unstop", "start"), ("yes", "start"),
        ("HELP", "help"), ("Info?", "help"), ("hilfe", "help"),
        ("Thanks, it arrived!", "other"), ("When does it stop raining", "other"),
        ("Can you cancel my order?", "other"), ("The end table is broken", "other"),
        ("", "other"), ("👍", "other"),
    ],
)  # fmt: skip
def test_other_answers(text: str, meaning: str) -> None:
    assert meaning_of(text) == meaning


def test_statuses_are_all_in_the_table() -> None:
    assert set(NEXT) == set(MessageStatus)
    assert not may_follow(MessageStatus.DROPPED, MessageStatus.SENDING)
    assert not may_follow(MessageStatus.SENT, MessageStatus.QUEUED)
    assert sources_of(MessageStatus.SENT) == {MessageStatus.SENDING}


def test_waiting_grows_and_ends() -> None:
    delays = [delay_after(n) for n in range(1, len(DELAYS) + 1)]
    assert delays == sorted(d for d in delays if d)
    assert sum(DELAYS, timedelta()) > timedelta(hours=24)
    assert delay_after(len(DELAYS) + 1) is None
