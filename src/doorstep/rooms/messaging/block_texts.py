"""Mails written with blocks: what they can hold, and the body that is made of them."""

from __future__ import annotations

from collections.abc import Mapping

from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.templating.blocks.check import check_blocks
from doorstep.rooms.messaging.templating.blocks.document import PART, Document, read_document
from doorstep.rooms.messaging.templating.blocks.layout import compile_blocks
from doorstep.rooms.messaging.templating.errors import TemplateError


def blocks_of(source: Mapping[str, str]) -> Document | None:
    """Return the blocks that a text's parts are made of, None when it is written as code.

    :raises Invalid: the part is not of the form.
    """
    written = source.get(PART, "")
    return read_document(written) if written else None


def with_body(kind: str, source: Mapping[str, str], *, marks: bool = False) -> dict[str, str]:
    """Return parts whose body says what the blocks say; written as code they stay as they are.

    The body that came along is never believed: blocks and body can't differ. The plain text is
    made from the body.

    :param marks: an anchor ``block-<id>`` before each block (for the editor's look at it).
    :raises Invalid: the blocks are not of the form.
    """
    document = blocks_of(source)
    if document is None:
        return {part: text for part, text in source.items() if part != PART}
    body = compile_blocks(document, kind, marks=marks)
    return {**source, "body": body, "text": "", PART: document.dump()}


def block_errors(kind: str, channel: Channel, source: Mapping[str, str]) -> list[TemplateError]:
    """Return what is wrong with a mail's blocks, each named with its place; empty for code.

    :raises Invalid: the blocks are not of the form.
    """
    document = blocks_of(source) if channel == Channel.EMAIL else None
    if document is None:
        return []
    if not document.blocks:
        return [TemplateError("The mail has no blocks yet: add one.")]
    return [TemplateError(str(mistake)) for mistake in check_blocks(document, kind)]
