"""A mail server that takes everything and notes when: ``python -m bench.sink PORT FOLDER``.

It really speaks SMTP (RFC 5321 with PIPELINING, RFC 2920) and reads each mail's headers. In FOLDER
it keeps ``arrivals`` (one record each: the order's number, when it was taken) and ``mails`` (every
mail with its envelope, so that the very same can be sent again).
"""

from __future__ import annotations

import asyncio
import re
import struct
import sys
import time
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import BinaryIO

ARRIVAL = struct.Struct("<Id")  # the order's number, the system's monotonic time
_LENGTHS = struct.Struct("<HHI")
_NUMBER = re.compile(r"#(\d+)")
_ADDRESS = re.compile(rb"<([^>]*)>")
_OFFER = (
    b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10485760\r\n"
)
_END = b"\r\n.\r\n"


def order_number(mail: bytes) -> int:
    """Return the order's number from a mail's subject. :raises ValueError: there is none."""
    headers = BytesHeaderParser().parsebytes(mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    subject = str(make_header(decode_header(headers["Subject"])))
    found = _NUMBER.search(subject)
    if found is None:
        raise ValueError(f"No order's number in the subject: {subject!r}")
    return int(found[1])


def read_mails(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield sender, recipient and bytes of every mail taken so far."""
    with (folder / "mails").open("rb") as stream:
        while lengths := stream.read(_LENGTHS.size):
            sender, recipient, mail = (stream.read(n) for n in _LENGTHS.unpack(lengths))
            yield sender.decode(), recipient.decode(), mail


def read_arrivals(folder: Path) -> list[tuple[int, float]]:
    """Return number and time of every mail taken so far."""
    data = (folder / "arrivals").read_bytes()
    return list(ARRIVAL.iter_unpack(data[: len(data) // ARRIVAL.size * ARRIVAL.size]))


def count_arrivals(folder: Path) -> int:
    """Return how many mails were taken so far."""
    return (folder / "arrivals").stat().st_size // ARRIVAL.size


class Session(asyncio.Protocol):
    """One client."""

    def __init__(self, arrivals: BinaryIO, mails: BinaryIO) -> None:
        self._arrivals = arrivals
        self._mails = mails
        self._pending = b""
        self._in_body = False
        self._sender = self._recipient = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while True:
            mark = _END if self._in_body else b"\r\n"
            part, found, rest = self._pending.partition(mark)
            if not found:
                return
            self._pending = rest
            self._transport.write(self._take(part + b"\r\n") if self._in_body else self._obey(part))

    def _obey(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return _OFFER
        if verb in (b"MAIL", b"RCPT"):
            found = _ADDRESS.search(line)
            if found is None:
                return b"501 5.1.7 an address in angle brackets, please\r\n"
            if verb == b"MAIL":
                self._sender, self._recipient = found[1], b""
            else:
                self._recipient = found[1]
            return b"250 2.1.0 Ok\r\n"
        if verb == b"DATA":
            if not self._recipient:
                return b"503 5.5.1 RCPT first\r\n"
            self._in_body = True
            return b"354 go ahead\r\n"
        if verb == b"QUIT":
            self._transport.write(b"221 2.0.0 Bye\r\n")
            self._transport.close()
            return b""
        if verb in (b"HELO", b"RSET", b"NOOP"):
            return b"250 2.0.0 Ok\r\n"
        return b"502 5.5.2 not known\r\n"

    def _take(self, stuffed: bytes) -> bytes:
        self._in_body = False
        mail = stuffed.replace(b"\r\n..", b"\r\n.")
        try:
            number = order_number(mail)
        except ValueError as error:
            return f"554 5.6.0 {error}\r\n".encode("ascii", "replace")
        self._mails.write(_LENGTHS.pack(len(self._sender), len(self._recipient), len(mail)))
        self._mails.write(self._sender + self._recipient + mail)
        self._mails.flush()
        self._arrivals.write(ARRIVAL.pack(number, time.monotonic()))
        self._arrivals.flush()
        return b"250 2.0.0 Ok: taken\r\n"


async def _main(port: int, folder: Path) -> None:
    with (folder / "arrivals").open("wb") as arrivals, (folder / "mails").open("wb") as mails:
        server = await asyncio.get_running_loop().create_server(
            lambda: Session(arrivals, mails), "127.0.0.1", port
        )
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), Path(sys.argv[2])))
