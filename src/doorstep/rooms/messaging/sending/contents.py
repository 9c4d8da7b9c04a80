"""What was sent, as it is kept: whole, or as what fills the gaps of a frame kept once."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection
from pydantic_core import to_json

from doorstep.kernel.columns import as_columns
from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging.templating.frames import Body, EmailFrame


@dataclass(frozen=True, slots=True)
class Framed:
    """Which frame a mail was filled into, and with what."""

    frame: EmailFrame
    html_values: tuple[str, ...]
    text_values: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Content:
    """What was sent.

    :param html: "" where it is only needed in what differs.
    :param framed: set when the frame serves many; then only what differs is kept per message.
    """

    subject: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()
    framed: Framed | None = None

    def packed(self) -> bytes:
        """Return HTML, text and headers as JSON, compressed when whole (level 1: time is dear)."""
        if self.framed is None:
            plain = {"html": self.html, "text": self.text, "headers": self.headers}
            return zlib.compress(json.dumps(plain, ensure_ascii=False).encode(), 1)
        values = self.framed.text_values
        filling = {
            "html": _said_once(self.framed.html_values),
            "text": self.text if values is None else values,
            "headers": self.headers,
        }
        return to_json(filling)


def _said_once(values: Sequence[str]) -> list[str | int]:
    """Return values with what was there before told by its place: a link's token is everywhere."""
    places: dict[str, int] = {}
    return [
        value if (place := places.setdefault(value, nth)) == nth else place
        for nth, value in enumerate(values)
    ]


def unpack_content(subject: str, packed: bytes, frame: bytes | None = None) -> Content:
    """Return kept content.

    :param frame: the ``packed`` of the frame it was filled into.
    """
    if frame is None:
        plain = json.loads(zlib.decompress(packed))
        html, text = plain["html"], plain["text"]
    else:
        plain, still = json.loads(packed), json.loads(zlib.decompress(frame))
        values = plain["html"]
        values = [value if isinstance(value, str) else values[value] for value in values]
        html = Body(tuple(still["html"])).fill(values)
        text = plain["text"]
        if not isinstance(text, str):
            text = Body(tuple(still["text"])).fill(text)
    return Content(subject, html, text, tuple((name, value) for name, value in plain["headers"]))


_KEEP_FRAMES = """
    INSERT INTO messaging_contentframe (id, store_id, packed, created_at)
    SELECT t.id, %(store)s, t.packed, %(at)s
    FROM unnest(%(ids)s::uuid[], %(packed)s::bytea[]) AS t(id, packed)
    ON CONFLICT (id) DO NOTHING
"""
_KEEP = """
    INSERT INTO messaging_messagecontent
        (id, store_id, message_id, subject_line, packed, frame_id, rendered_at)
    SELECT t.id, %(store)s, t.message_id, t.subject,
           coalesce(t.packed, convert_to(t.filling, 'UTF8')), t.frame_id, %(at)s
    FROM unnest(%(ids)s::uuid[], %(messages)s::uuid[], %(subjects)s::text[], %(packed)s::bytea[],
                %(fillings)s::text[], %(frames)s::uuid[])
         AS t(id, message_id, subject, packed, filling, frame_id)
    ON CONFLICT (message_id) DO UPDATE
    SET subject_line = excluded.subject_line, packed = excluded.packed,
        frame_id = excluded.frame_id, rendered_at = excluded.rendered_at
"""


def keep_contents(store_id: UUID, kept: Sequence[tuple[UUID, Content]], *, at: datetime) -> None:
    """Keep what was sent, by message, in the caller's transaction; two statements for all."""
    if not kept:
        return
    frames = {content.framed.frame for _, content in kept if content.framed is not None}
    ids = {frame: _frame_id(store_id, frame) for frame in frames}
    with connection.cursor() as cursor:
        if frames:
            values: dict[str, Any] = {"store": store_id, "at": at, "ids": list(ids.values()),
                      "packed": [_packed_frame(frame) for frame in ids]}  # fmt: skip
            cursor.execute(_KEEP_FRAMES, values)
        rows = [
            (new_id(), message_id, content.subject, *_as_text(content),
             content.framed and ids[content.framed.frame])
            for message_id, content in kept
        ]  # fmt: skip
        columns = zip(_COLUMNS, as_columns(rows, len(_COLUMNS)), strict=True)
        cursor.execute(_KEEP, {"store": store_id, "at": at, **dict(columns)})


_COLUMNS = ("ids", "messages", "subjects", "packed", "fillings", "frames")


def _as_text(content: Content) -> tuple[str | None, str | None]:
    """Return what is kept as the statement takes it: bytes in hexadecimal, or JSON as it is."""
    packed = content.packed()
    return (f"\\x{packed.hex()}", None) if content.framed is None else (None, packed.decode())


def _plain_frame(frame: EmailFrame) -> bytes:
    kept = frame.html.kept
    if "plain" not in kept:
        plain = {"html": frame.html.texts, "text": frame.text.texts}
        kept["plain"] = json.dumps(plain, ensure_ascii=False).encode()
    found: bytes = kept["plain"]
    return found


def _packed_frame(frame: EmailFrame) -> bytes:
    kept = frame.html.kept
    if "packed" not in kept:
        kept["packed"] = zlib.compress(_plain_frame(frame))
    found: bytes = kept["packed"]
    return found


def _frame_id(store_id: UUID, frame: EmailFrame) -> UUID:
    """Return the id that follows from store and content; the same in every process."""
    kept = frame.html.kept
    if "id" not in kept:
        kept["id"] = UUID(bytes=sha256(store_id.bytes + _plain_frame(frame)).digest()[:16])
    found: UUID = kept["id"]
    return found
