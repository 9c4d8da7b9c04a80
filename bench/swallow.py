"""A mail server that swallows all it gets as fast as it comes: ``python -m bench.swallow PORT FOLDER``.

It really speaks SMTP (RFC 5321 with PIPELINING, RFC 2920). In FOLDER it keeps ``arrivals``, one
record for each mail: the UUID of its Message-ID and when it was taken; and ``mails``, the first
:data:`KEPT` of them with their envelopes, so that the very same can be sent again by a bare loop.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import sys
import threading
import time
from collections import deque
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


class Log:
    """What was taken, written a few times a second: arrivals, and some of the mails."""

    def __init__(self, arrivals: BinaryIO, mails: BinaryIO) -> None:
        self._arrivals, self._mails = arrivals, mails
        self._arrived: deque[bytes] = deque()
        self._kept = 0
        self._lock = threading.Lock()

    def note(self, message_id: bytes) -> None:
        """Note a mail, by its Message-ID's UUID."""
        self._arrived.append(ARRIVAL.pack(UUID(message_id.decode()).bytes, time.monotonic()))

    def keep(self, sender: bytes, recipient: bytes, stuffed: bytes) -> None:
        """Keep a mail with its envelope, of the first ones."""
        with self._lock:
            self._kept += 1
            mail = stuffed.replace(b"\r\n..", b"\r\n.") + b"\r\n"
            self._mails.write(_LENGTHS.pack(len(sender), len(recipient), len(mail)))
            self._mails.write(sender + recipient + mail)

    @property
    def keeps(self) -> bool:
        """Tell whether there is room for another mail."""
        return self._kept < KEPT

    def flush(self) -> None:
        """Write what came since the last time."""
        while self._arrived:
            self._arrivals.write(self._arrived.popleft())
        self._arrivals.flush()
        with self._lock:
            self._mails.flush()


class Session:
    """One client, in a thread of its own. Nothing is copied that is not kept."""

    def __init__(self, connection: socket.socket, log: Log) -> None:
        self._connection, self._log = connection, log
        self._buffer = bytearray(262_144)
        self._begin = self._end = self._seen = 0  # what is unread, and how far it was looked at
        self._in_body = self._is_over = False
        self._sender = self._recipient = b""

    def run(self) -> None:
        """Talk until the client says QUIT or hangs up."""
        with self._connection, contextlib.suppress(ConnectionError):
            self._connection.sendall(b"220 sink.example ESMTP\r\n")
            while not self._is_over and self._read():
                answers = self._answers()
                if answers:
                    self._connection.sendall(b"".join(answers))

    def _read(self) -> bool:
        if self._end == len(self._buffer):
            del self._buffer[: self._begin]
            self._end -= self._begin
            self._seen -= self._begin
            self._begin = 0
            self._buffer.extend(bytes(262_144))
        with memoryview(self._buffer) as whole, whole[self._end :] as room:
            count = self._connection.recv_into(room)
        self._end += count
        return count > 0

    def _answers(self) -> list[bytes]:
        answers = []
        while True:
            mark = _END if self._in_body else b"\r\n"
            # Behind a mail nobody may send more than commands, DATA last (RFC 2920, 3.1): so its end
            # is the only one there is, and soonest found from behind.
            look = self._buffer.rfind if self._in_body else self._buffer.find
            found = look(mark, self._seen, self._end)
            if found < 0:
                self._seen = max(self._begin, self._end - len(mark) + 1)
                break
            if self._in_body:
                answers.append(self._take(self._begin, found))
            else:
                answers.append(self._obey(bytes(self._buffer[self._begin : found])))
            self._begin = self._seen = found + len(mark)
        if self._begin == self._end:
            self._begin = self._end = self._seen = 0
        return answers

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
            self._is_over = True
            return b"221 2.0.0 Bye\r\n"
        return _OK if verb in (b"HELO", b"RSET", b"NOOP") else b"502 5.5.2 not known\r\n"

    def _take(self, begin: int, end: int) -> bytes:
        self._in_body = False
        found = _ID.search(self._buffer, begin, end)
        if found is None:
            return b"554 5.6.0 a Message-ID with a UUID, please\r\n"
        if self._log.keeps:
            self._log.keep(self._sender, self._recipient, bytes(self._buffer[begin:end]))
        self._log.note(bytes(found[1]))
        return b"250 2.0.0 Ok: taken\r\n"


def main(port: int, folder: Path) -> None:
    """Take mails until the end of the process."""
    with (folder / "arrivals").open("wb") as arrivals, (folder / "mails").open("wb") as mails:
        log = Log(arrivals, mails)
        server = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=_accept, args=(server, log), daemon=True).start()
        while True:
            time.sleep(0.05)
            log.flush()


def _accept(server: socket.socket, log: Log) -> None:
    while True:
        connection, _ = server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=Session(connection, log).run, daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
