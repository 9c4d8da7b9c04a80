"""A load generator in a process of its own: sends pre-built requests over kept connections.

Raw sockets and no parsing beyond the status line and the length, so that it does not take the
cores away from what is measured. ``python -m bench.load PORT REQUESTS ANSWERS CONNECTIONS RATE``:
REQUESTS holds length-prefixed requests, ANSWERS gets one record (number, status, sent, seconds)
for each; RATE is requests per second, 0 for as fast as they are answered.
"""

from __future__ import annotations

import asyncio
import struct
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bench import harness

RECORD = struct.Struct("<IIdd")  # number, status, monotonic time it was sent, seconds to the answer
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered request; ``sent`` is the system's monotonic clock, ``seconds`` the wait."""

    number: int
    status: int
    sent: float
    seconds: float


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    """Write requests for a generator to send."""
    with path.open("wb") as out:
        for request in requests:
            out.write(_LENGTH.pack(len(request)) + request)


def run(port: int, path: Path, *, connections: int = 8, rate: float = 0) -> list[Answer]:
    """Send a file of requests from a process of its own and return the answers, as sent."""
    answers = path.with_suffix(".answers")
    arguments = (str(port), str(path), str(answers), str(connections), str(rate))
    child = harness.start("bench.load", *arguments)
    if child.wait():
        raise RuntimeError("the load generator failed; its words are above")
    return sorted((Answer(*one) for one in RECORD.iter_unpack(answers.read_bytes())), key=_sent)


def _sent(answer: Answer) -> float:
    return answer.sent


def _read(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while length := stream.read(_LENGTH.size):
        yield number, stream.read(_LENGTH.unpack(length)[0])
        number += 1


class _Client:
    """One kept connection that takes the next request when it has the answer to the last."""

    def __init__(self, port: int, todo: Iterator[tuple[int, bytes]], out: BinaryIO) -> None:
        self._port = port
        self._todo = todo
        self._out = out

    async def work(self, began: float, rate: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        for number, request in self._todo:
            if rate:
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            sent = time.monotonic()
            writer.write(request)
            status = await _answer(reader)
            self._out.write(RECORD.pack(number, status, sent, time.monotonic() - sent))
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, found, rest = head.partition(b"content-length:")
    if found:
        await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
    elif b"transfer-encoding: chunked" in head:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return int(head.split(b" ", 2)[1])


async def _main(port: int, requests: Path, answers: Path, connections: int, rate: float) -> None:
    with requests.open("rb") as stream, answers.open("wb") as out:
        todo = _read(stream)
        began = time.monotonic()
        clients = [_Client(port, todo, out) for _ in range(connections)]
        await asyncio.gather(*(client.work(began, rate) for client in clients))


if __name__ == "__main__":
    _port, _requests, _answers, _connections, _rate = sys.argv[1:]
    asyncio.run(_main(int(_port), Path(_requests), Path(_answers), int(_connections), float(_rate)))
