"""A mail server that swallows all it gets as fast as it comes: ``python -m bench.swallow PORT FOLDER``.

It really speaks SMTP (RFC 5321 with PIPELINING, RFC 2920). In FOLDER it keeps ``arrivals``, one
record for each mail: the UUID of its Message-ID and when it was taken; and ``mails``, the first
:data:`KEPT` of them with their envelopes, so that the very same can be sent again by a bare loop.
"""

from __future__ import annotations

import asyncio
import re
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

ARRIVAL = struct.Struct("<16sd")  # the UUID of the Message-ID, the system's monotonic time
KEPT = 2_000
_LENGTHS = struct.Struct("<HHI")
_ID = re.compile(rb"^Message-ID: <([0-9a-f-]{36})@", re.MULTILINE)
_ADDRESS = re.compile(rb"<([^>]*)>")
_OFFER = (
    b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10485760\r\n"
)
_END = b"\r\n.\r\n"
_OK = b"250 2.0.0 Ok\r\n"


def read_arrivals(folder: Path) -> list[tuple[bytes, float]]:
    """Return the id and the time of every mail taken so far."""
    data = (folder / "arrivals").read_bytes()
    return list(ARRIVAL.iter_unpack(data[: len(data) // ARRIVAL.size * ARRIVAL.size]))


def count_arrivals(folder: Path) -> int:
    """Return how many mails were taken so far."""
    return (folder / "arrivals").stat().st_size // ARRIVAL.size


def read_mails(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield sender, recipient and bytes of the mails that were kept."""
    with (folder / "mails").open("rb") as stream:
        while lengths := stream.read(_LENGTHS.size):
            sender, recipient, mail = (stream.read(n) for n in _LENGTHS.unpack(lengths))
            yield sender.decode(), recipient.decode(), mail


class Session(asyncio.Protocol):
    """One client."""

    def __init__(self, arrivals: BinaryIO, mails: BinaryIO) -> None:
        self._arrivals = arrivals
        self._mails = mails
        self._pending = bytearray()
        self._in_body = False
        self._sender = self._recipient = b""
        self._kept = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._pending += data
        answers = []
        while True:
            mark = _END if self._in_body else b"\r\n"
            end = self._pending.find(mark)
            if end < 0:
                break
            part = bytes(self._pending[:end])
            del self._pending[: end + len(mark)]
            answers.append(self._take(part) if self._in_body else self._obey(part))
        if answers:
            self._transport.write(b"".join(answers))

    def _obey(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb in (b"MAIL", b"RCPT"):
            found = _ADDRESS.search(line)
            if found is None:
                return b"501 5.1.7 an address in angle brackets, please\r\n"
            if verb == b"MAIL":
                self._sender, self._recipient = found[1], b""
            else:
                self._recipient = found[1]
            return _OK
        if verb == b"DATA":
            if not self._recipient:
                return b"503 5.5.1 RCPT first\r\n"
            self._in_body = True
            return b"354 go ahead\r\n"
        if verb == b"EHLO":
            return _OFFER
        if verb == b"QUIT":
            self._transport.write(b"221 2.0.0 Bye\r\n")
            self._transport.close()
            return b""
        return _OK if verb in (b"HELO", b"RSET", b"NOOP") else b"502 5.5.2 not known\r\n"

    def _take(self, stuffed: bytes) -> bytes:
        self._in_body = False
        found = _ID.search(stuffed)
        if found is None:
            return b"554 5.6.0 a Message-ID with a UUID, please\r\n"
        if self._mails.tell() < KEPT * 40_000 and self._kept < KEPT:
            self._keep(stuffed.replace(b"\r\n..", b"\r\n.") + b"\r\n")
        self._arrivals.write(ARRIVAL.pack(UUID(found[1].decode()).bytes, time.monotonic()))
        return b"250 2.0.0 Ok: taken\r\n"

    def _keep(self, mail: bytes) -> None:
        self._kept += 1
        self._mails.write(_LENGTHS.pack(len(self._sender), len(self._recipient), len(mail)))
        self._mails.write(self._sender + self._recipient + mail)


async def _flush(*files: BinaryIO) -> None:
    while True:
        await asyncio.sleep(0.05)
        for file in files:
            file.flush()


async def _main(port: int, folder: Path) -> None:
    with (folder / "arrivals").open("wb") as arrivals, (folder / "mails").open("wb") as mails:
        server = await asyncio.get_running_loop().create_server(
            lambda: Session(arrivals, mails), "127.0.0.1", port
        )
        await asyncio.gather(server.serve_forever(), _flush(arrivals, mails))


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), Path(sys.argv[2])))
