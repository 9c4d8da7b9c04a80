"""RFC 8291's own example, and what browsers must not be sent."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from dev.fakes.push_service import Browser
from doorstep.connectors.webpush.encryption import (
    MAX_PLAIN_BYTES,
    UnusableKey,
    base64url,
    encrypt,
    point_of,
    read_base64url,
)
from doorstep.connectors.webpush.vapid import PRIVATE, PUBLIC, generate_keys, read_key

# RFC 8291, appendix A
PLAIN = b"When I grow up, I want to be a watermelon"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SENDERS_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6"
    "TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy"
    "4a-fN"
)


def test_the_rfcs_example_comes_out_byte_for_byte() -> None:
    body = encrypt(PLAIN, P256DH, AUTH, salt=read_base64url(SALT), own_key=read_key(SENDERS_KEY))
    assert base64url(body) == BODY


@given(st.binary(max_size=MAX_PLAIN_BYTES))
def test_the_browser_reads_what_was_written_and_nobody_else(plain: bytes) -> None:
    browser, other = Browser("maya", ""), Browser("tom", "")
    body = encrypt(plain, **browser.keys)
    assert browser.open(body) == plain
    assert len(body) <= 4096
    with pytest.raises(InvalidTag):
        other.open(body)


def test_two_messages_share_nothing() -> None:
    browser = Browser("maya", "")
    one, two = (encrypt(b"the same", **browser.keys) for _ in range(2))
    assert one[:16] != two[:16]
    assert one[21:86] != two[21:86]
    assert one[86:] != two[86:]


def test_a_changed_bit_is_noticed() -> None:
    browser = Browser("maya", "")
    body = bytearray(encrypt(b"hello", **browser.keys))
    body[-1] ^= 1
    with pytest.raises(InvalidTag):
        browser.open(bytes(body))


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 3993 bytes"):
        encrypt(b"x" * (MAX_PLAIN_BYTES + 1), P256DH, AUTH)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (base64url(b"\x04" + b"\x01" * 64), AUTH),  # not on the curve
        (base64url(b"\x00"), AUTH),  # the point at infinity
        (base64url(point_of(ec.generate_private_key(ec.SECP384R1()).public_key())), AUTH),
        (P256DH, base64url(b"short")),
        (P256DH, "é"),
        ("", AUTH),
    ],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(UnusableKey):
        encrypt(b"hello", p256dh, auth)


def test_a_stores_keys_belong_together_and_are_its_own() -> None:
    one, two = generate_keys(), generate_keys()
    assert base64url(point_of(read_key(one[PRIVATE]).public_key())) == one[PUBLIC]
    assert len(read_base64url(one[PRIVATE])) == 32
    assert one != two
