"""Programs that look at mails are told from people, by signs that are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from doorstep.rooms.messaging.rules.machines import (
    Sight,
    agent_in_report,
    machine_sign,
    provider_says_machine,
    say_machine,
)

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def sight(kind: str = "clicked", **changes: object) -> Sight:
    values: dict[str, object] = {
        "target": "https://fern.example/a",
        "agent": SAFARI,
        "since_sent": timedelta(minutes=10),
    }
    return Sight(kind, AT, **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "sign"),
    [
        (sight(), ""),
        (sight("opened"), ""),
        (sight(is_honeypot=True), "honeypot"),
        (sight(method="HEAD"), "head_request"),
        (sight(agent=""), "no_agent"),
        (sight(agent="Barracuda Sentinel (EE)"), "scanner_agent"),
        (sight(agent="python-requests/2.32"), "scanner_agent"),
        (sight(agent="Mozilla/5.0 (compatible; Proofpoint URL Defense)"), "scanner_agent"),
        (sight("opened", agent="Mozilla/5.0"), "apple_proxy"),
        (sight("opened", agent=GMAIL), ""),
        (sight("opened", agent=GMAIL, since_sent=timedelta(seconds=3)), "mail_proxy_ahead"),
        (sight(since_sent=timedelta(seconds=1)), "too_soon"),
        (sight("opened", since_sent=timedelta(milliseconds=300)), "too_soon"),
        (sight("opened", since_sent=timedelta(seconds=5)), ""),
    ],
)
def test_signs(seen: Sight, sign: str) -> None:
    assert machine_sign(seen) == sign
    assert bool(say_machine(sign)) == bool(sign)


def test_many_links_at_once_are_no_hand() -> None:
    before = [
        (AT - timedelta(seconds=1), "https://fern.example/b"),
        (AT - timedelta(seconds=2), "https://fern.example/c"),
    ]
    assert machine_sign(sight(), before) == "burst"
    slow = [(at - timedelta(seconds=60), url) for at, url in before]
    assert machine_sign(sight(), slow) == ""
    # the same link again and again is an impatient person
    same = [(at, "https://fern.example/a") for at, _ in before]
    assert machine_sign(sight(), same) == ""


def test_what_providers_say() -> None:
    assert agent_in_report({"UserAgent": "x"}) == "x"
    assert agent_in_report({"event": {"client-info": {"user-agent": "y"}}}) == "y"
    assert agent_in_report({"ip": "192.0.2.1"}) is None
    assert provider_says_machine({"sg_machine_open": True})
    assert not provider_says_machine({"sg_machine_open": False})
    assert not provider_says_machine({"url": "https://robot.example"})
