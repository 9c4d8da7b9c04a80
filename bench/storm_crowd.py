"""The crowd of `bench.storm`: shoppers who walk through the real forms, all at once."""

from __future__ import annotations

import asyncio
import html
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from bench.browsing import Browser, Page
from bench.storm_shop import Scene, Target

_GOOD, _REFUSED = {200, 201, 303}, {409, 422, 429}
_PIECES = re.compile(r'name="(q_[0-9a-f]+)" value="(\d+)" min="(\d+)" max="(\d+)"')
_ADD = re.compile(r'name="(a_[0-9a-f]+)" value="\d+" min="\d+" max="(\d+)"')
_SWAP = re.compile(r'<select class="input" id="v_[^"]+" name="(v_[0-9a-f]+)">(.*?)</select>', re.S)
_SELECT = re.compile(r'<select id="[^"]+" name="([a-z]_[^"]+)"[^>]*>(.*?)</select>', re.S)
_OPTION = re.compile(r'<option value="([^"]+)"(?![^>]*disabled)')
_RADIO = re.compile(r'<input type="radio" name="(outcome|method)" value="([^"]+)"')
_PAY = re.compile(r'href="([^"]*/pay/[^"]+)"')


@dataclass
class Tally:
    """What came of everything that was tried."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    words: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)  # what no shopper should ever see
    waits: list[float] = field(default_factory=list)
    spent: dict[UUID, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))


class Shopper:
    """One of the crowd: visit after visit, each as somebody else with an address of their own."""

    def __init__(self, nth: int, port: int, scene: Scene, tally: Tally) -> None:
        self._nth, self._port, self._scene, self._tally = nth, port, scene, tally
        self._chance = random.Random(nth)
        self._visit = 0
        self._browser = Browser(port, "127.0.0.1", tally.waits)

    async def shop(self, until: float) -> None:
        """Visit until it is over."""
        visits: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (35, self._edit), (10, self._cancel), (30, self._give_back), (20, self._spend),
            (5, self._look),
        )  # fmt: skip
        weights = [weight for weight, _ in visits]
        while time.monotonic() < until:
            self._visit += 1
            address = f"127.{1 + self._nth}.{self._visit // 250 % 256}.{1 + self._visit % 250}"
            self._browser = Browser(self._port, address, self._tally.waits)
            try:
                await self._chance.choices([visit for _, visit in visits], weights)[0]()
            except (OSError, asyncio.IncompleteReadError) as error:
                self._tally.wrong.append(f"the connection broke: {error!r}")
            await self._browser.close()

    def _target(self, *, is_home: bool) -> Target:
        """Choose an order; every fifth time one of a few, where the others are as well."""
        half = len(self._scene.targets) // 2
        first = half if is_home else 0
        few = min(half, 40)
        return self._scene.targets[
            first + self._chance.randrange(few if self._chance.random() < 0.2 else half)
        ]

    def _note(self, act: str, page: Page, words: str = "") -> bool:
        """Count an answer; tells whether it went well."""
        tally = self._tally
        tally.answers[act, page.status] += 1
        if page.status in _REFUSED:
            words = words or page.words()
            tally.words[act, page.status, re.sub(r"[\d.,]+", "…", words)[:90]] += 1
            if not words:
                tally.wrong.append(f"{act}: {page.status} without a word")
        elif page.status not in _GOOD:
            tally.wrong.append(f"{act}: {page.status} {page.text[:300]}")
        return page.status in _GOOD

    async def _get(self, act: str, path: str) -> Page:
        page = await self._browser.get(path)
        self._note(act, page)
        return page

    async def _final(self, act: str, path: str, fields: Mapping[str, str]) -> str:
        """Send the last form, now and then twice at once; return where it led to."""
        if self._chance.random() < 0.15:
            other = Browser(self._port, "127.0.0.2", self._tally.waits)
            pages = await asyncio.gather(self._browser.post(path, fields), other.post(path, fields))
            await other.close()
        else:
            pages = [await self._browser.post(path, fields)]
        led = set()
        for page in pages:
            if self._note(act, page) and page.status == 303:
                led.add(page.location)
        if len(led) > 1:
            self._tally.wrong.append(f"{act}: the same form did two things: {led}")
        if led:
            self._tally.done[act] += 1
        return urlsplit(led.pop()).path if led else ""

    async def _look(self) -> None:
        target = self._target(is_home=self._chance.random() < 0.5)
        await self._get("look", target.path)

    async def _edit(self) -> None:
        here = self._target(is_home=False).path + "/change"
        page = await self._get("edit", here)
        pieces = _PIECES.findall(page.text)
        if not pieces:  # it was canceled, or another change is under way
            self._tally.done["edit: not offered"] += page.status == 200
            return
        price = await self._browser.post(here, self._wishes(page, pieces))
        self._note("edit", price)
        if price.status == 200 and 'name="agreed"' in price.text:
            sure = {**price.hidden(), "sure": "yes"}
            led = await self._final("edit", here, sure)
            if led:
                await self._settle(led)

    def _wishes(self, page: Page, pieces: list[tuple[str, str, str, str]]) -> dict[str, str]:
        """Fill in the items' form: more or fewer of one, another size, or something new."""
        chance, fields = self._chance, {name: now for name, now, _, _ in pieces}
        name, now, fewest, most = chance.choice(pieces)
        kind = chance.random()
        swaps = [(n, _OPTION.findall(body)) for n, body in _SWAP.findall(page.text)]
        swaps = [(n, found) for n, found in swaps if found]
        additions = _ADD.findall(page.text)
        if kind < 0.15 and swaps:
            swapped, found = chance.choice(swaps)
            fields[swapped] = chance.choice(found)
        elif kind < 0.3 and additions:
            fields[chance.choice(additions)[0]] = "1"
        elif kind < 0.35:  # by hand: more than there is
            fields[name] = str(int(most) + 50)
        else:
            wanted = int(now) + chance.choice((-1, -1, 1))
            fields[name] = str(max(int(fewest), min(wanted, int(most))))
        return fields

    async def _settle(self, result: str) -> None:
        """Look at what became of a change; pay where it costs more, or take it back."""
        page = await self._get("edit", result)
        found = _PAY.search(page.text)
        if found is None:
            return
        if self._chance.random() < 0.3:
            self._note("take back", await self._browser.post(result, {}))
            return
        pay = urlsplit(html.unescape(found[1])).path
        for _ in range(10):  # until the worker has had the practice page made
            page = await self._get("pay", pay)
            if "/practice" in page.text:
                paid = await self._browser.post(f"{pay}/practice", {})
                self._tally.done["pay"] += self._note("pay", paid)
                return
            await asyncio.sleep(0.5)

    async def _cancel(self) -> None:
        here = self._target(is_home=False).path + "/cancel"
        page = await self._get("cancel", here)
        if 'name="reason"' not in page.text:
            self._tally.done["cancel: not offered"] += page.status == 200
            return
        price = await self._browser.post(here, {"reason": "changed_mind"})
        self._note("cancel", price)
        if price.status == 200 and 'name="agreed"' in price.text:
            await self._final("cancel", here, {**price.hidden(), "sure": "yes"})

    async def _give_back(self) -> None:
        here = self._target(is_home=True).path + "/return"
        page = await self._get("return", here)
        selects = {name: _OPTION.findall(body) for name, body in _SELECT.findall(page.text)}
        lines = [name[2:] for name in selects if name.startswith("q_")]
        if not lines:
            self._tally.done["return: not offered"] += page.status == 200
            return
        chance, line = self._chance, self._chance.choice(lines)
        pieces = chance.choice([one for one in selects[f"q_{line}"] if one != "0"])
        wanted = "9" if chance.random() < 0.05 else pieces  # by hand: more than was bought
        reason = chance.choice(selects.get(f"r_{line}") or [""])
        chosen = {f"q_{line}": wanted, f"r_{line}": reason, "step": "terms"}
        terms = await self._browser.post(here, page.hidden() | chosen)
        if self._note("return", terms) and _RADIO.search(terms.text):
            await self._choose_terms(here, terms)

    async def _choose_terms(self, here: str, terms: Page) -> None:
        offered: dict[str, list[str]] = defaultdict(list)
        for name, value in _RADIO.findall(terms.text):
            offered[name].append(value)
        chosen = {name: self._chance.choice(values) for name, values in offered.items()}
        for name, body in _SELECT.findall(terms.text):
            options = _OPTION.findall(body)
            if name.startswith("x_") and options and chosen.get("outcome") == "exchange":
                chosen[name] = self._chance.choice(options)
        summary = await self._browser.post(here, terms.hidden() | chosen | {"step": "summary"})
        if not self._note("return", summary) or summary.status != 200:
            return
        led = await self._final("return", here, summary.hidden() | {"step": "send"})
        if led:
            await self._get("return", led)

    async def _spend(self) -> None:
        """Pay at the shop's own checkout, every other time where others spend as well."""
        chance, buyers = self._chance, self._scene.buyers
        some = min(len(buyers), 40) if chance.random() < 0.5 else len(buyers)
        customer, amount = buyers[chance.randrange(some)], chance.randint(50, 1_500)
        reference = f"storm-{uuid4()}"
        body = json.dumps(
            {
                "customer_id": str(customer), "currency": "EUR", "amount_minor": amount,
                "reference": reference, "words": "Tea at the till",
            }
        ).encode()  # fmt: skip
        key = chance.choice(self._scene.keys)
        for _ in range(2 if chance.random() < 0.1 else 1):
            page = await self._browser.post_json("/api/v1/wallet/spends", body, key)
            # A problem's title says what is wrong; its detail what to do, where there is something.
            words = "" if page.status in _GOOD else str(json.loads(page.text).get("title", ""))
            if self._note("spend", page, words):
                self._tally.spent[customer][reference] = amount
                self._tally.done["spend"] += 1


async def storm(port: int, scene: Scene, *, shoppers: int, seconds: float) -> tuple[Tally, float]:
    """Let the crowd in; return what came of it and how long it took."""
    tally, began = Tally(), time.monotonic()
    crowd = [Shopper(nth, port, scene, tally) for nth in range(shoppers)]
    await asyncio.gather(*(one.shop(began + seconds) for one in crowd))
    return tally, time.monotonic() - began
