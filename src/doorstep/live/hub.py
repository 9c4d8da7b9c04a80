"""Who follows what: news of a topic reaches every stream that follows it, in memory.

All of it runs in one event loop, so nothing here is locked. What a stream costs does not grow:
news that comes while earlier news is not yet sent is one piece of news.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

PAGES_PER_SECOND = 50
"""How many pages ask for themselves at once when all have to: the web server must bear it."""
LONGEST_SPREAD = 60
REMEMBERED = 20_000
"""Topics whose last change is remembered, for pages that were made just before it."""
SLACK = 2.0
"""Seconds by which the clocks of two machines may differ."""


class Full(Exception):
    """This process holds as many streams as it may."""


class TooManyFromOne(Exception):
    """One client's address holds as many streams as it may."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many streams may be open."""

    streams: int
    per_client: int


class Follower:
    """One open stream: the news that waits for it, and whether it is over."""

    __slots__ = ("_bell", "_within", "address", "gone", "topic")

    def __init__(self, topic: str, address: str) -> None:
        self.topic = topic
        self.address = address
        self.gone = False
        self._within: int | None = None
        self._bell = asyncio.Event()

    def tell(self, within: int = 0) -> None:
        """Say that the page should look again, at a moment of its choice ``within`` seconds."""
        self._within = within if self._within is None else min(within, self._within)
        self._bell.set()

    def end(self) -> None:
        """End the stream: its reader is gone, or this process ends."""
        self.gone = True
        self._bell.set()

    async def wait(self, seconds: float) -> int | None:
        """Wait for news; return within how many seconds to look, None when nothing came."""
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return None
        self._bell.clear()
        within, self._within = self._within, None
        return within


class Hub:
    """The streams of this process."""

    def __init__(self, limits: Limits) -> None:
        self.count = 0
        self.hears = False
        self._limits = limits
        self._followers: dict[str, set[Follower]] = defaultdict(set)
        self._per_client: Counter[str] = Counter()
        self._recent: OrderedDict[str, float] = OrderedDict()
        self._known_since = 0.0

    def join(self, topic: str, address: str) -> Follower:
        """Add a stream.

        :raises Full: no more streams are held.
        :raises TooManyFromOne: no more of this client's are.
        """
        if self.count >= self._limits.streams:
            raise Full
        if self._per_client[address] >= self._limits.per_client:
            raise TooManyFromOne
        follower = Follower(topic, address)
        self._followers[topic].add(follower)
        self._per_client[address] += 1
        self.count += 1
        return follower

    def leave(self, follower: Follower) -> None:
        """Forget a stream."""
        same = self._followers[follower.topic]
        same.remove(follower)
        if not same:
            del self._followers[follower.topic]
        self._per_client -= Counter([follower.address])  # drops what has come to zero
        self.count -= 1

    def tell(self, topics: Iterable[str], at: float) -> None:
        """Pass on that topics changed at a Unix time."""
        for topic in topics:
            self._recent[topic] = at
            self._recent.move_to_end(topic)
            for follower in self._followers.get(topic, ()):
                follower.tell()
        while len(self._recent) > REMEMBERED:
            _, self._known_since = self._recent.popitem(last=False)

    def hear(self, at: float) -> None:
        """Begin to hear news. What happened before is unknown, so every page looks once."""
        self.hears = True
        self._known_since = at
        self._recent.clear()
        for follower in self._all():
            follower.tell(self._spread())

    def go_deaf(self) -> None:
        """Stop hearing: the database is away. The streams stay."""
        self.hears = False

    def missed(self, topic: str, since: float) -> int | None:
        """Say what a page made at a Unix time ``since`` may not know, like :meth:`Follower.wait`."""
        if not self.hears:
            return None  # all will be told when news can be heard again
        if self._recent.get(topic, 0.0) >= since - SLACK:
            return 0
        return self._spread() if since < self._known_since else None

    def close(self) -> None:
        """End every stream."""
        for follower in self._all():
            follower.end()

    def _spread(self) -> int:
        return min(LONGEST_SPREAD, self.count // PAGES_PER_SECOND)

    def _all(self) -> list[Follower]:
        return [follower for same in self._followers.values() for follower in same]
