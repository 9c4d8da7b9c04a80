"""Who may tell us about money."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from doorstep.connectors.payments.stripe.signature import is_signed, sign

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = int(AT.timestamp())
BODY = b'{"id": "evt_1", "amount": 10}'


def test_a_fresh_signature_with_any_of_the_secrets_holds() -> None:
    header = sign(BODY, "whsec_old", at=NOW)
    assert is_signed(header, BODY, ["whsec_new", "whsec_old"], at=AT)
    both = f"{header},v1={sign(BODY, 'whsec_new', at=NOW).partition('v1=')[2]},v0=abc"
    assert is_signed(both, BODY, ["whsec_new"], at=AT)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_an_old_or_future_one_does_not(seconds: int) -> None:
    header = sign(BODY, "whsec_1", at=NOW + seconds)
    assert not is_signed(header, BODY, ["whsec_1"], at=AT)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_are_allowed(seconds: int) -> None:
    header = sign(BODY, "whsec_1", at=NOW + seconds)
    assert is_signed(header, BODY, ["whsec_1"], at=AT)


@pytest.mark.parametrize(
    "header",
    [
        "", "t=", "v1=abc", f"t={NOW}", f"t={NOW},v1=", f"t={NOW},v0={'0' * 64}", "t=,v1=é", "t=٣,v1=a",
        f"t={NOW},t={NOW},v1={'0' * 64}", "t=" + "9" * 400 + ",v1=a", "," * 5_000,
    ],
)  # fmt: skip
def test_odd_headers_are_refused(header: str) -> None:
    assert not is_signed(header, BODY, ["whsec_1"], at=AT)


def test_a_changed_body_another_secret_or_no_secret_is_refused() -> None:
    header = sign(BODY, "whsec_1", at=NOW)
    assert is_signed(header, BODY, ["whsec_1"], at=AT + timedelta(seconds=1))
    assert not is_signed(header, BODY.replace(b"10", b"99"), ["whsec_1"], at=AT)
    assert not is_signed(header, BODY, ["whsec_2"], at=AT)
    assert not is_signed(header, BODY, [], at=AT)
    assert not is_signed(sign(BODY, "", at=NOW), BODY, [""], at=AT)
    # The time is signed with the body: it can't be made fresh again.
    old = sign(BODY, "whsec_1", at=NOW - 4_000).replace(f"t={NOW - 4_000}", f"t={NOW}")
    assert not is_signed(old, BODY, ["whsec_1"], at=AT)
