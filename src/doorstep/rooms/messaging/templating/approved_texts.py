"""Check the list of texts that WhatsApp approved, before it is stored."""

from __future__ import annotations

from doorstep.rooms.messaging.rules.approved_texts import UnreadableLine, read_approved_texts
from doorstep.rooms.messaging.templating.compiled import SmsSource, compile_sms
from doorstep.rooms.messaging.templating.errors import TemplateError, did_you_mean
from doorstep.rooms.messaging.templating.kinds import CONTEXT_TYPES


def check_approved_texts(listing: str) -> None:
    """Check that every line names a message we send and values that it knows.

    :raises UnreadableLine: the first thing wrong, in plain words.
    """
    for text in read_approved_texts(listing).values():
        if text.kind not in CONTEXT_TYPES:
            hint = did_you_mean(text.kind, CONTEXT_TYPES)
            raise UnreadableLine(f"There is no message “{text.kind}”. {hint}".strip())
        for number, value in enumerate(text.parameters, 1):
            try:
                compile_sms(SmsSource(text.kind, value))
            except TemplateError as error:
                where = f"{text.kind}, value {number}"
                raise UnreadableLine(f"{where}: {error.problem} {error.hint}".strip()) from error
