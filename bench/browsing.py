"""A browser of a benchmark's own: pages over one kept connection, forms read out of them.

Nothing is known of the pages beforehand but the names of their fields: hidden fields are sent back
as they came, as a browser without scripts would.
"""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
# What is wrong with a field says more than the banner that there is something.
_WRONG = (
    re.compile(r'class="(?:error|small reason)"[^>]*>(.*?)</p>', re.S),
    re.compile(r'role="alert"[^>]*>(.*?)</div></div>', re.S),
    re.compile(r'role="alert"[^>]*>(.*?)</p>', re.S),
)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Page:
    """One answer."""

    status: int
    text: str
    location: str

    def hidden(self) -> dict[str, str]:
        """Return the hidden fields of its forms."""
        return {name: html.unescape(value) for name, value in _HIDDEN.findall(self.text)}

    def words(self) -> str:
        """Return what it says is wrong, "" where it says nothing."""
        found = next(filter(None, (one.search(self.text) for one in _WRONG)), None)
        return " ".join(html.unescape(_TAG.sub(" ", found[1])).split()) if found else ""


class Browser:
    """One shopper's connection, from an address of their own on this machine."""

    def __init__(self, port: int, address: str, waits: list[float]) -> None:
        self._port, self._address, self._waits = port, address, waits
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Page:
        """Ask for a page."""
        return await self._send(f"GET {path} HTTP/1.1\r\n", b"")

    async def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """Send a form."""
        body = urlencode(fields).encode()
        head = f"POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        return await self._send(head, body)

    async def post_json(self, path: str, body: bytes, key: str) -> Page:
        """Call the API."""
        head = (
            f"POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {key}\r\n"
        )
        return await self._send(head, body)

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _send(self, head: str, body: bytes) -> Page:
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                "127.0.0.1", self._port, local_addr=(self._address, 0), limit=2**20
            )
        reader, writer = self._streams
        rest = (
            f"Host: 127.0.0.1:{self._port}\r\nAccept: text/html\r\nAccept-Language: en\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write((head + rest).encode() + body)
        status, headers, text = await _answer(reader)
        self._waits.append((time.perf_counter() - began) * 1000)
        return Page(status, text.decode(), headers.get("location", ""))


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = b""
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    return int(head[0].split(" ", 2)[1]), headers, body
