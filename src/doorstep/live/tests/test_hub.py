"""Who is told what, how often, and how much of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doorstep.live import hub as hubs
from doorstep.live import stream
from doorstep.live.hub import Full, Hub, Limits, TooManyFromOne
from doorstep.live.stream import pour


def complete(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end in a thread: a browser's loop may be running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def hub(streams: int = 10, per_client: int = 10) -> Hub:
    """Return a hub that has heard the database since 1,000 s."""
    made = Hub(Limits(streams, per_client))
    made.hear(1000.0)
    return made


def test_news_reach_only_those_who_follow_the_topic() -> None:
    async def run() -> None:
        here = hub()
        tea, cup = here.join("tea", "1.1.1.1"), here.join("cup", "1.1.1.1")
        here.tell(["tea", "nobody"], 1001.0)
        assert await tea.wait(1) == 0
        assert await cup.wait(0.01) is None

    complete(run())


def test_news_that_wait_are_one_piece_of_news() -> None:
    async def run() -> None:
        here = hub()
        follower = here.join("tea", "1.1.1.1")
        for nth in range(1000):
            here.tell(["tea"], 1001.0 + nth)
        assert await follower.wait(1) == 0
        assert await follower.wait(0.01) is None

    complete(run())


def test_limits_hold_for_the_process_and_for_one_address() -> None:
    here = hub(streams=3, per_client=2)
    first = here.join("tea", "1.1.1.1")
    here.join("cup", "1.1.1.1")
    with pytest.raises(TooManyFromOne):
        here.join("tea", "1.1.1.1")
    here.join("tea", "2.2.2.2")
    with pytest.raises(Full):
        here.join("tea", "3.3.3.3")
    here.leave(first)
    here.join("tea", "1.1.1.1")
    assert here.count == 3


def test_what_left_leaves_nothing_behind() -> None:
    here = hub()
    for follower in [here.join("tea", "1.1.1.1"), here.join("tea", "2.2.2.2")]:
        here.leave(follower)
    assert (here.count, dict(here._followers), dict(here._per_client)) == (0, {}, {})


def test_a_page_made_before_a_change_is_told_when_it_comes() -> None:
    here = hub()
    here.tell(["tea"], 2000.0)
    assert here.missed("tea", 1999.0) == 0
    assert here.missed("tea", 2003.0) is None
    assert here.missed("cup", 1999.0) is None
    # Made before this process listened: nobody knows what changed since.
    assert here.missed("cup", 900.0) == 0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "REMEMBERED", 2)
    here = hub()
    for nth, topic in enumerate(["tea", "cup", "pot"]):
        here.tell([topic], 2000.0 + nth)
    assert len(here._recent) == 2
    # The oldest was forgotten, so a page from before it may have missed something.
    assert here.missed("spoon", 1999.0) == 0
    assert here.missed("spoon", 2001.0) is None


def test_when_the_database_is_back_all_look_again_one_after_the_other() -> None:
    async def run() -> None:
        here = hub(streams=1000, per_client=1000)
        followers = [here.join(f"topic {nth}", "1.1.1.1") for nth in range(500)]
        here.go_deaf()
        assert here.missed("topic 1", 900.0) is None
        here.hear(3000.0)
        assert {await one.wait(1) for one in followers} == {10}

    complete(run())


def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SLOWEST", 0.05)
    sent: list[dict[str, Any]] = []

    async def stuck(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def run() -> None:
        here = hub()
        follower = here.join("tea", "1.1.1.1")
        async with asyncio.timeout(2):
            await pour(follower, stuck, until=datetime.now(UTC) + timedelta(hours=1))

    complete(run())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


def test_a_stream_beats_while_nothing_happens_and_ends_with_its_ticket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.05)
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def run() -> None:
        follower = hub().join("tea", "1.1.1.1")
        await pour(follower, send, until=datetime.now(UTC) + timedelta(seconds=0.3))

    complete(run())
    text = "".join(message["body"].decode() for message in sent[1:])
    assert text.startswith("retry: ")
    assert 3 <= text.count(": still here\n\n") <= 7
    assert sent[-1]["more_body"] is False
