"""Where the bytes of an import come from: a file on this machine, or an upload's pieces."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from typing import IO
from uuid import UUID

from doorstep.connectors.csv_import.models import UploadPiece

PIECE = 1024 * 1024


def hash_file(stream: IO[bytes]) -> tuple[str, int]:
    """Return SHA-256 (hex) and size of a whole stream, and rewind it."""
    stream.seek(0)
    digest, size = hashlib.sha256(), 0
    while part := stream.read(PIECE):
        digest.update(part)
        size += len(part)
    stream.seek(0)
    return digest.hexdigest(), size


def iter_pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Cut a stream into pieces."""
    while part := stream.read(PIECE):
        yield part


def open_upload(run_id: UUID) -> io.BufferedReader:
    """Open an upload's pieces as one stream; they are fetched one by one."""
    return io.BufferedReader(_Pieces(run_id), buffer_size=PIECE)


class _Pieces(io.RawIOBase):
    def __init__(self, run_id: UUID) -> None:
        self._run_id = run_id
        self._place = 0
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        if not self._rest:
            piece = (
                UploadPiece.objects.filter(run_id=self._run_id, place=self._place)
                .values_list("body", flat=True)
                .first()
            )
            if piece is None:
                return 0
            self._place += 1
            self._rest = bytes(piece)
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def store_pieces(run_id: UUID, store_id: UUID, parts: Iterable[bytes]) -> None:
    """Keep an upload's bytes for the worker, within the caller's transaction."""
    for place, part in enumerate(parts):
        UploadPiece.objects.create(store_id=store_id, run_id=run_id, place=place, body=part)
